/* SPDX-License-Identifier: Apache-2.0 */
/* The mails of a report that are not counted yet: those in the queue, and those that ended in the
 * last minute. Some 300 bytes a mail, and 120 a recipient; up to 500,000 mails, then the oldest one
 * is counted as far as it is known. mails.c keeps them, deliveries.c is about their recipients,
 * settle.c counts them.
 */
#ifndef PFXLOG_MAILS_H
#define PFXLOG_MAILS_H

#include "report/report.h"

#define VERDICTS 3 /* of different filters about one mail */
/* A mail that waits for that long is a problem: delay_warning_time is set to that by many. */
#define WAITS_LONG (INT64_C(4) * 3600 * 1000000)
#define NAME 400 /* bytes of an address or a client that are kept */

enum fate {
    FATE_SENT,
    FATE_PASSED_ON,
    FATE_FORWARDED,
    FATE_BOUNCED,
    FATE_EXPIRED,
    FATE_DISCARDED,
    FATE_DEFERRED,
    FATE_OTHER
};

struct recipient {
    struct recipient *next, *chain; /* of its mail; of its slot */
    int64_t time;
    uint64_t hash;
    struct tally *wait, *tls; /* rows of fixed tables, or NULL */
    uint8_t fate;
    bool selected;
    char address[];
};

/* A mail of a queue id. */
struct mail {
    struct mail *chain, *before, *behind; /* of its slot; of the list that it is in */
    struct mail *root;                    /* that it continues, or NULL */
    uint64_t id;
    int64_t opened, arrived, ended; /* its first line; when it came, as far as it is known; 0: no */
    int64_t size;
    struct recipient *recipients;
    struct recipient **slot; /* of recipients by their hashes; NULL while there are few */
    size_t slots, count;
    struct tally *verdict[VERDICTS];
    struct tally *tls;
    char *from, *client, *user;
    uint32_t children; /* mails here that continue it */
    /* What selected lines say. discarded: the mail, or all of its recipients. */
    bool came, queued, refused, held, discarded, deferred, incomplete;
    bool continues, notice; /* another mail; a notice about one */
    bool opens, active;     /* its first line was seen; one of the queue manager */
    bool due;               /* counted once its children are */
};

struct list {
    struct mail *first, *last;
};

struct mails {
    struct report *report;
    struct mail **slot;
    size_t slots, count;
    struct list open, ended;
    unsigned long cut; /* mails that were counted before their end, for want of room */
    uint64_t seed;
    /* Of mails that still wait: when the oldest one came, 0: none waits; how many wait for long. */
    int64_t oldest, late;
};

/* NULL when memory ran out. */
struct mails *mails_open(struct report *report);
void mails_close(struct mails **mails);
/* A line that may be of a mail, of Postfix or a neighbour. */
void mails_see(struct mails *mails, const struct pfx_worker *worker);
/* A row of the table of verdicts, which a filter says of the mail of this line: it counts once,
 * whatever it says again. False: the line is of no mail that is known. */
bool mails_judge(struct mails *mails, const struct pfx_worker *worker, struct tally *verdict);
/* For these rooms: appends to a list, takes out of it, frees a mail that is in none; the mail that
 * all of them continue. */
void mails_append(struct list *list, struct mail *mail);
void mails_take_out(struct list *list, struct mail *mail);
void mails_free(struct mails *mails, struct mail *mail);
struct mail *mails_root(struct mail *mail);

/* deliveries.c: a line about a recipient. */
void deliveries_take(struct report *report, struct mail *mail, const struct pfx_worker *worker);
/* The queue manager gave up those who still wait, in a line without a recipient. */
void deliveries_expire(struct report *report, struct mail *mail);
/* What a record knows better of recipients: what other programs did with the mail. */
void deliveries_correct(struct mail *mail, const struct pfx_worker *worker);
/* What a key of next hops without a host begins with, the domain of the recipient behind it. */
#define NO_HOP "none, for "
/* The domain of an address; "(none)". */
struct pfx_slice deliveries_domain(const char *address);
/* The domain in lower case, the local part as it is. */
void deliveries_lower(char *address);

/* settle.c: counts what ended a minute ago, and what there is no room for. */
void mails_settle(struct mails *mails);
/* Counts all that are left, at the end of the log. */
void mails_end(struct mails *mails);

#endif
