/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog report: the mails of a log in figures, each of them counted once.
 *
 * All files are one log in the order of time, read once through a core with its story. What has to
 * be counted of a line alone is counted at once: refusals, deferrals, logins. A mail is kept until
 * its record is a minute old, as its links may come late: then it is known whether it was a mail of
 * its own or another one's way through a filter, and what became of each recipient in the end. It
 * counts by the time when it came in, a recipient by that of its last line. doc/report.md tells
 * what each figure is.
 *
 * Memory is bounded: so many mails at once (mails.h), so many rows a table (table.h).
 */
#ifndef PFXLOG_REPORT_H
#define PFXLOG_REPORT_H

#include "counting/login.h"
#include "options.h"
#include "counting/clock.h"
#include "report/sheets.h"
#include "counting/table.h"

enum total {
#define TOTAL(total, name, title, kind) TOTAL_##total,
#include "report/totals.def"
#undef TOTAL
    TOTALS
};

enum count_table {
    TABLE_HOURS,
    TABLE_DAYS,
    TABLE_SENDER_DOMAINS,
    TABLE_SENDERS,
    TABLE_RECIPIENT_DOMAINS,
    TABLE_RECIPIENTS,
    TABLE_USERS,
    TABLE_CLIENTS,
    TABLE_SIZES,
    TABLE_REFUSAL_REASONS,
    TABLE_REFUSALS,
    TABLE_NEXT_HOPS,
    TABLE_DEFERRALS,
    TABLE_BOUNCES,
    TABLE_DELAYS,
    TABLE_TLS,
    TABLE_LOGIN_USERS,
    TABLE_LOGIN_CLIENTS,
    TABLE_LOGIN_SERVICES,
    TABLE_FILTERS,
    TABLE_VIRUSES,
    TABLE_GREYLIST,
    TABLE_POSTSCREEN,
    TABLE_WARNINGS,
    TABLE_UNKNOWN,
    TABLES
};

/* Of which section a table is, which has the parts of its keys in its first columns and its counts
 * in those behind. */
struct table_plan {
    enum section section;
    unsigned parts, counts, weighed;
    bool by_key, fixed; /* in the order of keys; rows stay where they are */
};
extern const struct table_plan table_plans[TABLES];

/* Logins of sessions: what each has counted, of the last ones. */
#define SESSIONS 65536
struct session {
    uint64_t key;
    long long counted;
};

struct mails;

struct report {
    const struct pfxlog_options *options;
    struct clock clock;
    struct table table[TABLES];
    int64_t total[TOTALS];
    uint8_t place[TABLES][COLUMNS]; /* of a count in a row, plus one */
    struct tally *hour, *day;       /* rows of the quarter of an hour that the clock has */
    int64_t quarter;
    struct mails *mails;
    struct login_recent recent;
    struct session *session;
    unsigned long lines, ours, beside; /* read; of Postfix; of other products: both as selected */
    unsigned long trouble, fatal;      /* lines about the mail system itself; fatal and panic */
    int64_t first, last;               /* of selected lines; 0: none */
    int64_t now;                       /* of the last line of all */
    unsigned ahead;                    /* how many lines in a row are far ahead of it */
    bool selected;                     /* the line at hand */
    int64_t time;                      /* and its time */
    bool failed;                       /* memory ran out */
    bool problem[SECTIONS];            /* a problem is about it */
    struct sheets sheets;
};

/* sections.c: the row of a key; NULL when memory ran out, which is remembered. */
struct tally *report_row(struct report *report, enum count_table table, struct pfx_slice a,
                         struct pfx_slice b, struct pfx_slice c);
/* Adds to a count of a row, unless that is NULL. */
void report_count(struct report *report, enum count_table table, struct tally *row,
                  enum column column, int64_t number);
/* Adds to a count of an hour and a day. */
void report_count_time(struct report *report, int64_t time, enum column column, int64_t number);
/* False when memory ran out. */
bool report_open(struct report *report);
void report_close(struct report *report);
/* sections.c: makes all sections of what was counted. */
void report_make(struct report *report);
/* problems.c: makes that of problems, of the others. */
void report_find_problems(struct report *report);

/* Whether a section is printed. */
bool report_shows(const struct report *report, enum section section);

/* count.c: a line that was parsed. */
void report_take(struct report *report, const struct pfx_worker *worker, enum pfx_outcome outcome);
/* beside.c: logins, verdicts of filters, greylisting, postscreen. */
void report_take_beside(struct report *report, const struct pfx_worker *worker);
/* A client as a key: "name[address]" or its address; room is for its text. */
struct pfx_slice report_client(const struct pfx_worker *worker, char room[TABLE_KEY]);

/* text.c, html.c, data.c: print it. */
void report_text(const struct report *report);
void report_html(const struct report *report);
void report_json(const struct report *report);
void report_csv(const struct report *report);
/* charts.c: the section as small charts of SVG, a chart a count. */
void report_charts(const struct report *report, enum section section);

#endif
