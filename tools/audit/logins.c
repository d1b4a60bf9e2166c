/* SPDX-License-Identifier: Apache-2.0 */
/* Logins of the subject; see audit.h. */
#include "audit/audit.h"

#include <string.h>

static bool is_postfix(const struct view *view)
{
    const char *product = view->text[PFX_F_product];

    return product != NULL && strcmp(product, "postfix") == 0;
}

/* The first entry of that outcome in the session of a line, or NULL; *key_r: of the session. Over
 * SMTP each failure is a try, and has a line. */
static struct entry *first_of(struct audit *audit, const struct view *view, enum login login,
                              uint64_t *key_r)
{
    const char *session = kept_text(&audit->entries.kept, login_session(view, login));

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
    entry_set_number(entries, entry, COLUMN_COUNTED, count(entry, first, login_tries(view, login)));
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
        login_remember(&audit->recent, view, time);
    if (login == LOGIN_FAILED && is_postfix(view)) {
        const char *told = login_recall(&audit->recent, view->text[PFX_F_client_ip], time);

        if (user == NULL)
            user = told;
        about |= subject_is_user(&audit->subject, user);
    }
    about |= session && audit->subject.kind == SUBJECT_QUEUE_ID;
    if (selected && about)
        add(audit, view, time, login, user);
    return selected && about;
}
