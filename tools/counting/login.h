/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines tell of a login, and how many tries they count for: see doc/pfxlog.rst, audit. */
#ifndef PFXLOG_LOGIN_H
#define PFXLOG_LOGIN_H

#include "trace/view.h"

/* DETAIL: a line that tells of a try once more, or of one that nobody answered. */
enum login { LOGIN_NONE, LOGIN_SUCCEEDED, LOGIN_FAILED, LOGIN_DETAIL };

/* What a line tells of a login. */
enum login login_of(const struct view *view);
/* The service of a line, for people: "submission", "imap". */
const char *login_service(const struct view *view);
/* How many tries a line tells of; 0 of a detail. */
long long login_tries(const struct view *view, enum login login);
/* The session that a login is counted once in; NULL: each line counts by itself, as smtpd's
 * failures do. */
const char *login_session(const struct view *view, enum login login);

/* Lines of what checks passwords for smtpd, which tell the login that smtpd does not log. */
#define LOGIN_RECENT 64
struct login_recent {
    struct {
        int64_t time;
        bool there; /* and not taken yet */
        char user[256], ip[64];
    } one[LOGIN_RECENT]; /* a ring */
    unsigned count;
};

/* Remembers a line about a failure, if it is one of those. */
void login_remember(struct login_recent *recent, const struct view *view, int64_t time);
/* The login that smtpd's warning about that address is about, where it can be that of no other
 * login; else NULL. Each is taken once. Valid until the next login_remember(). */
const char *login_recall(struct login_recent *recent, const char *ip, int64_t time);

#endif
