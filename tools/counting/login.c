/* SPDX-License-Identifier: Apache-2.0 */
/* Logins; see login.h. */
#include "counting/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
/* Postfix waits for the server that checks, and that one before it says no (auth_failure_delay and
 * the penalty of Dovecot's anvil): until then smtpd may log the failure. */
#define PENDING_TIME (20 * SECOND)
/* Lines of several databases that were asked for one try. */
#define SAME_TIME SECOND

static bool is_text(const char *text, const char *other)
{
    return text != NULL && strcmp(text, other) == 0;
}

static bool is_postfix(const struct view *view)
{
    return is_text(view->text[PFX_F_product], "postfix");
}

const char *login_service(const struct view *view)
{
    const char *const *text = view->text;
    enum pfx_field first = is_postfix(view) ? PFX_F_service : PFX_F_proto;

    return text[first] != NULL && text[first][0] != '\0' ? text[first] : text[PFX_F_daemon];
}

/* Of Postfix: smtpd's warning, and the line that a mail begins with. */
static enum login of_postfix(const struct view *view)
{
    const char *reason = view->text[PFX_F_reason], *link = view->text[PFX_F_link];

    if (is_text(view->text[PFX_F_event], "sasl.failed")) {
        /* No password was looked at: reason "sasl" is a server that did not answer. */
        return is_text(view->text[PFX_F_reason_class], "sasl") ||
                       (reason != NULL && strstr(reason, "Invalid authentication mechanism"))
                   ? LOGIN_DETAIL
                   : LOGIN_FAILED;
    }
    if (is_text(view->text[PFX_F_event], "sasl.aborted"))
        return LOGIN_DETAIL;
    /* What a filter hands back has the login of the mail that it got. */
    if (is_text(view->text[PFX_F_event], "smtpd.client") && (link == NULL || link[0] == '\0') &&
        view->text[PFX_F_sasl_username] != NULL)
        return LOGIN_SUCCEEDED;
    return LOGIN_NONE;
}

/* Of a server of mailboxes or a proxy of one, by the action of kinds.tsv: "login" is its own word
 * on a login, "authentication" that of what checks passwords. By the GIM code it would not do: a
 * line without a user has another one. */
static enum login of_others(const struct view *view)
{
    static const char *const reasons[] = {"auth", "policy", "protocol", "unknown_user"};
    const char *action = view->text[PFX_F_action], *daemon = view->text[PFX_F_daemon];
    bool failed = is_text(view->text[PFX_F_event_outcome], "failure"), counts = false;
    size_t length = daemon != NULL ? strlen(daemon) : 0;

    if (is_text(action, "authentication"))
        return failed ? LOGIN_DETAIL : LOGIN_NONE;
    if (!is_text(action, "login"))
        return LOGIN_NONE;
    if (!failed)
        return LOGIN_SUCCEEDED;
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); ++i)
        counts |= is_text(view->text[PFX_F_reason_class], reasons[i]);
    /* Dovecot's auth says why its login process refuses. */
    if (is_text(view->text[PFX_F_product], "dovecot"))
        counts &= length > 6 && strcmp(daemon + length - 6, "-login") == 0;
    return counts ? LOGIN_FAILED : LOGIN_DETAIL;
}

enum login login_of(const struct view *view)
{
    return is_postfix(view) ? of_postfix(view) : of_others(view);
}

/* What is told without a session of its own is one of smtpd's. */
void login_remember(struct login_recent *recent, const struct view *view, int64_t time)
{
    const char *user = view->text[PFX_F_sasl_username], *ip = view->text[PFX_F_client_ip];
    unsigned at = recent->count % LOGIN_RECENT;

    if (view->text[PFX_F_dovecot_session] != NULL || user == NULL || ip == NULL ||
        !is_text(view->text[PFX_F_product], "dovecot") ||
        strlen(user) >= sizeof(recent->one[at].user) || strlen(ip) >= sizeof(recent->one[at].ip))
        return;
    ++recent->count;
    recent->one[at].time = time;
    recent->one[at].there = true;
    snprintf(recent->one[at].user, sizeof(recent->one[at].user), "%s", user);
    snprintf(recent->one[at].ip, sizeof(recent->one[at].ip), "%s", ip);
}

/* The oldest one of an address; -1 where there is none, or another login beside it. */
static int find_recent(const struct login_recent *recent, const char *ip, int64_t time)
{
    int oldest = -1;

    for (unsigned i = 0; ip != NULL && i < LOGIN_RECENT; ++i) {
        unsigned at = (recent->count + i) % LOGIN_RECENT;

        if (!recent->one[at].there || strcmp(recent->one[at].ip, ip) != 0 ||
            time - recent->one[at].time > PENDING_TIME)
            continue;
        if (oldest >= 0 && strcmp(recent->one[oldest].user, recent->one[at].user) != 0)
            return -1;
        oldest = oldest >= 0 ? oldest : (int)at;
    }
    return oldest;
}

const char *login_recall(struct login_recent *recent, const char *ip, int64_t time)
{
    int oldest = find_recent(recent, ip, time);

    if (oldest < 0)
        return NULL;
    for (int i = 0; i < LOGIN_RECENT; ++i) {
        if (recent->one[i].there && strcmp(recent->one[i].user, recent->one[oldest].user) == 0 &&
            strcmp(recent->one[i].ip, ip) == 0 &&
            recent->one[i].time - recent->one[oldest].time < SAME_TIME)
            recent->one[i].there = false;
    }
    recent->one[oldest].there = false;
    return recent->one[oldest].user;
}

long long login_tries(const struct view *view, enum login login)
{
    const char *text = view->text[login == LOGIN_FAILED && view->text[PFX_F_auth_attempts] != NULL
                                      ? PFX_F_auth_attempts
                                      : PFX_F_repeat_count];
    long long count = text != NULL && login == LOGIN_FAILED ? strtoll(text, NULL, 10) : 1;

    return login == LOGIN_DETAIL ? 0 : count > 0 ? count : 1;
}

const char *login_session(const struct view *view, enum login login)
{
    const char *session = view->text[PFX_F_dovecot_session];

    if (login == LOGIN_DETAIL || (is_postfix(view) && login == LOGIN_FAILED))
        return NULL;
    return session != NULL && session[0] != '\0' ? session : view->text[PFX_F_session_id];
}
