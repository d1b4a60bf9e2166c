/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog audit: what was seen of one user, one address of clients, or one queue id.
 *
 * The files are read twice, as one log in the order of time, each time through a core with its
 * story. The story puts the login, the client and the envelope on each line of a mail, so a line
 * tells by its own fields whether it is about the subject; but other recipients of the same mail,
 * its continuation behind a filter and the beginning of a session may stand on lines that do not
 * tell that yet. So the first pass only learns which mails and sessions are about the subject, as
 * nodes of a graph, and the second one takes their lines.
 *
 * What counts:
 * - A login that succeeded: the line of the server that was logged in to; over SMTP the first mail
 *   of a session that has a login.
 * - A login that failed: the line of the login process with as many tries as it tells of, and the
 *   warning of smtpd. Lines of what checks passwords (auth, auth-worker, pam, saslauthd) tell of
 * the same tries once more: they are shown and not counted. Nor is a try that the client aborted or
 *   that no server answered.
 * - A mail, once for all its queue ids: a filter, a requeue or another host of our own makes it no
 *   other mail. A forwarded one and a notice are other mails.
 * - An alert of the subject: its key is the user, the queue id, or the address or a network that
 *   the address is in. An alert of another key (an address that guesses at the user, a next hop)
 *   stands beside these when the line that told it is one of those above; one of everything
 *   together does not: it may come with any line. All lines are counted, those that are selected
 *   tell.
 */
#ifndef PFXLOG_AUDIT_H
#define PFXLOG_AUDIT_H

#include "alerts/told.h"
#include "audit/entries.h"
#include "audit/index.h"
#include "audit/subject.h"
#include "counting/login.h"
#include "people/moment.h"
#include "selection.h"
#include "trace/graph.h"

struct audit {
    struct subject subject;
    const struct selection *selection;
    struct entries entries;
    struct graph graph;
    struct index mails, recipients, sessions, logins; /* by node, by recipient, ... */
    struct login_recent recent;
    bool utc;                           /* times and days for people are in UTC */
    bool unread;                        /* a file could not be read to its end */
    unsigned long lines, ours, beside;  /* read; of Postfix; of other products */
    const struct pfx_alerts_told *told; /* by the line at hand, in the second pass; or NULL */
    size_t files;
    int64_t first, last; /* of the lines that fit the selection, microseconds; 0: none */
};

struct pfxlog_options;

/* logins.c: adds a login that is selected and about the subject or one of its sessions: true. One
 * that is not selected may still tell whose login another one is. */
bool logins_take(struct audit *audit, const struct view *view, int64_t time, bool selected,
                 bool session);

/* learn.c: the first pass over a line. */
void audit_learn(struct audit *audit, const struct view *view, int64_t time);
/* Joins what it learned. */
void audit_join(struct audit *audit);
/* The node of the mail or session of a line, when it is about the subject; else 0. */
uint32_t audit_mail(struct audit *audit, const struct view *view);
uint32_t audit_session(struct audit *audit, const struct view *view);

/* gather.c: the second pass over a line. */
void audit_gather(struct audit *audit, const struct view *view, int64_t time);
/* mails.c: a line of a mail. */
void mails_take(struct audit *audit, const struct view *view, int64_t time, uint32_t node);
/* Puts each mail into its sections and says which is counted. */
void mails_sort(struct audit *audit);
/* totals.c: makes the sections of totals. */
void totals_make(struct audit *audit);

/* head.c: makes the section that says what was looked for and in what. */
void head_make(struct audit *audit, const struct pfxlog_options *options);
/* head.c: whether a section is shown, which may be empty. */
bool head_shows(const struct audit *audit, enum section section);
/* head.c: what people have to know of it, or NULL. */
const char *head_note(const struct audit *audit, enum section section);
/* head.c: a name of COLUMN_WHAT for people: "logins failed". */
#define HEAD_ROOM 80
const char *head_title(const char *name, char room[HEAD_ROOM]);
/* head.c: the value of an entry that is a name with one; for programs where audit is NULL. */
const char *head_value(const struct audit *audit, const struct entry *entry, char room[HEAD_ROOM]);
/* head.c: a cell as people read it: times in their zone, names without underscores. */
const char *head_cell(const struct audit *audit, const struct entry *entry, enum column column,
                      char room[HEAD_ROOM]);

/* text.c, html.c, data.c: print it. */
void audit_text(const struct audit *audit);
void audit_html(const struct audit *audit);
void audit_json(const struct audit *audit);
void audit_csv(const struct audit *audit);

#endif
