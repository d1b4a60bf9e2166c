/* SPDX-License-Identifier: Apache-2.0 */
/* Logins: which lines tell of one, and which of these count; see audit.h. */
#include "audit/audit.h"

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

/* Remembers a failure that was told without a session of its own: one of smtpd. */
static void remember(struct audit *audit, const struct view *view, int64_t time)
{
    struct kept *kept = &audit->entries.kept;

    if (view->text[PFX_F_dovecot_session] != NULL || view->text[PFX_F_sasl_username] == NULL ||
        view->text[PFX_F_client_ip] == NULL || !is_text(view->text[PFX_F_product], "dovecot"))
        return;
    audit->pending[audit->pendings++ % PENDING] =
        (struct pending){time, kept_text(kept, view->text[PFX_F_sasl_username]),
                         kept_text(kept, view->text[PFX_F_client_ip])};
}

/* The login that smtpd's warning is about, by such a line of the same address, where it can be that
 * of no other login; else NULL. Each is taken once. */
static const char *recall(struct audit *audit, const char *ip, int64_t time)
{
    struct pending *oldest = NULL;

    for (unsigned i = 0; ip != NULL && i < PENDING; ++i) {
        struct pending *one = &audit->pending[(audit->pendings + i) % PENDING];

        if (one->user == NULL || !is_text(one->ip, ip) || time - one->time > PENDING_TIME)
            continue;
        if (oldest != NULL && oldest->user != one->user)
            return NULL;
        oldest = oldest != NULL ? oldest : one;
    }
    if (oldest == NULL)
        return NULL;
    for (unsigned i = 0; i < PENDING; ++i) {
        struct pending *one = &audit->pending[i];

        if (one != oldest && one->user == oldest->user && is_text(one->ip, ip) &&
            one->time - oldest->time < SAME_TIME)
            one->user = NULL;
    }
    ip = oldest->user;
    oldest->user = NULL;
    return ip;
}

/* How many tries a line tells of. */
static long long tries(const struct view *view, enum login login)
{
    const char *text = view->text[login == LOGIN_FAILED && view->text[PFX_F_auth_attempts] != NULL
                                      ? PFX_F_auth_attempts
                                      : PFX_F_repeat_count];
    long long count = text != NULL && login == LOGIN_FAILED ? strtoll(text, NULL, 10) : 1;

    return login == LOGIN_DETAIL ? 0 : count > 0 ? count : 1;
}

/* The first entry of that outcome in the session of a line, or NULL; *key_r: of the session. Over
 * SMTP each failure is a try, and has a line. */
static struct entry *first_of(struct audit *audit, const struct view *view, enum login login,
                              uint64_t *key_r)
{
    const char *session = view->text[PFX_F_dovecot_session];

    if (session == NULL || session[0] == '\0')
        session = view->text[PFX_F_session_id];
    session = kept_text(&audit->entries.kept, session);
    if (login == LOGIN_DETAIL || (is_postfix(view) && login == LOGIN_FAILED))
        session = NULL;
    *key_r = (uint64_t)(uintptr_t)session;
    return session != NULL ? index_get(&audit->logins, *key_r, login, 0) : NULL;
}

/* Counts the tries of a line, less what the session has counted: a proxy and the server behind it
 * tell of the same ones. The first entry of a session has their sum in about. */
static long long count(struct entry *entry, struct entry *first, long long count)
{
    if (first == NULL)
        first = entry;
    count -= count < first->about ? count : (long long)first->about;
    first->about += (unsigned)count;
    return count;
}

static void add(struct audit *audit, const struct view *view, int64_t time, enum login login,
                const char *user)
{
    struct entries *entries = &audit->entries;
    const char *method = view->text[PFX_F_sasl_method];
    struct entry *entry, *first;
    uint64_t key;

    first = first_of(audit, view, login, &key);
    if (first != NULL && is_postfix(view))
        return; /* another mail of that session */
    entry = entries_new(entries, SECTION_LOGINS, time);
    if (entry == NULL)
        return;
    if (key != 0 && first == NULL)
        entries->failed |= !index_put(&audit->logins, key, login, 0, entry);
    entry_set(entries, entry, COLUMN_TIME, view->text[PFX_F_event_created]);
    entry_set(entries, entry, COLUMN_OUTCOME, login == LOGIN_SUCCEEDED ? "success" : "failure");
    entry_set(entries, entry, COLUMN_SERVICE, login_service(view));
    entry_set(entries, entry, COLUMN_CLIENT_IP, view->text[PFX_F_client_ip]);
    entry_set(entries, entry, COLUMN_CLIENT_HOST, view->text[PFX_F_client_host]);
    entry_set_number(entries, entry, COLUMN_COUNTED, count(entry, first, tries(view, login)));
    entry_set(entries, entry, COLUMN_USER, user);
    entry_set(entries, entry, COLUMN_METHOD,
              method != NULL ? method : view->text[PFX_F_authentication_provider]);
    entry_set(entries, entry, COLUMN_REASON, view->text[PFX_F_reason]);
    entry_set(entries, entry, COLUMN_HOST, view->text[PFX_F_event_source]);
    entries_add(entries, entry);
}

bool logins_take(struct audit *audit, const struct view *view, int64_t time, bool selected,
                 bool session)
{
    enum login login = login_of(view);
    const char *user = view->text[PFX_F_sasl_username];
    bool about = (subject_about(&audit->subject, view) & (ABOUT_LOGIN | ABOUT_CLIENT)) != 0;

    if (login == LOGIN_NONE)
        return false;
    if (login == LOGIN_DETAIL)
        remember(audit, view, time);
    if (login == LOGIN_FAILED && is_postfix(view)) {
        const char *told = recall(audit, view->text[PFX_F_client_ip], time);

        if (user == NULL)
            user = told;
        about |= subject_is_user(&audit->subject, user);
    }
    about |= session && audit->subject.kind == SUBJECT_QUEUE_ID;
    if (selected && about)
        add(audit, view, time, login, user);
    return selected && about;
}
