/* SPDX-License-Identifier: Apache-2.0 */
/* The second pass: logins, sessions, refusals, mails and alerts of a line; see audit.h. */
#include "audit/audit.h"
#include "counting/refusal.h"
#include "people/moment.h"

#include <string.h>

#define TEXT_LONGEST 1000 /* bytes of a rule's text */

static bool is_text(const char *text, const char *other)
{
    return text != NULL && strcmp(text, other) == 0;
}

static struct pfx_slice slice_of(const char *text)
{
    return text != NULL ? pfx_slice_of(text) : PFX_NO_SLICE;
}

/* A line of the connection itself: others name it for the mail that began in it. */
static bool is_of_session(const struct view *view)
{
    const char *daemon = view->text[PFX_F_daemon];

    return !is_text(view->text[PFX_F_product], "postfix") || is_text(daemon, "smtpd") ||
           is_text(daemon, "postscreen") || is_text(daemon, "qmqpd");
}

/* What the line that ends a session tells. */
static void end_session(struct entries *entries, struct entry *entry, const struct view *view)
{
    const char *const *text = view->text;

    entry_set(entries, entry, COLUMN_END, text[PFX_F_event_created]);
    entry_set(entries, entry, COLUMN_SECONDS, text[PFX_F_session_duration]);
    /* smtpd names those that were accepted only where that is not all. */
    entry_set(entries, entry, COLUMN_AUTH, text[PFX_F_cmd_auth]);
    entry_set(entries, entry, COLUMN_AUTH_ACCEPTED,
              text[PFX_F_cmd_auth_accepted] != NULL ? text[PFX_F_cmd_auth_accepted]
                                                    : text[PFX_F_cmd_auth]);
    entry_set(entries, entry, COLUMN_MAILS, text[PFX_F_session_mails]);
    entry_set(entries, entry, COLUMN_REFUSED, text[PFX_F_session_refused]);
    entry_set(entries, entry, COLUMN_BYTES_IN, text[PFX_F_source_bytes]);
    entry_set(entries, entry, COLUMN_BYTES_OUT, text[PFX_F_destination_bytes]);
    entry_set(entries, entry, COLUMN_REASON, text[PFX_F_disconnect_reason]);
}

static void take_session(struct audit *audit, const struct view *view, int64_t time, uint32_t node)
{
    struct entries *entries = &audit->entries;
    struct entry *entry = index_get(&audit->sessions, node, 0, 0);
    const char *const *text = view->text;

    if (!is_of_session(view))
        return;
    if (entry == NULL) {
        entry = entries_new(entries, SECTION_SESSIONS, time);
        if (entry == NULL)
            return;
        entries->failed |= !index_put(&audit->sessions, node, 0, 0, entry);
        entry_set(entries, entry, COLUMN_TIME, text[PFX_F_event_created]);
        entries_add(entries, entry);
    }
    if (!is_text(text[PFX_F_daemon], "postscreen") || entry_get(entry, COLUMN_SERVICE) == NULL)
        entry_set(entries, entry, COLUMN_SERVICE, login_service(view));
    entry_set(entries, entry, COLUMN_HOST, text[PFX_F_event_source]);
    entry_set(entries, entry, COLUMN_CLIENT_IP, text[PFX_F_client_ip]);
    if (login_of(view) == LOGIN_SUCCEEDED)
        entry_set(entries, entry, COLUMN_USER, text[PFX_F_sasl_username]);
    if (text[PFX_F_session_duration] != NULL)
        end_session(entries, entry, view);
}

/* Policy services and milters tell of the same, and are not counted. */
static bool is_refusal(const struct view *view)
{
    return is_text(view->text[PFX_F_product], "postfix") &&
           refusal_told(slice_of(view->text[PFX_F_event]),
                        slice_of(view->text[PFX_F_event_action]));
}

static void take_refusal(struct audit *audit, const struct view *view, int64_t time)
{
    struct entries *entries = &audit->entries;
    struct entry *entry = entries_new(entries, SECTION_REFUSALS, time);
    const char *const *text = view->text;
    const char *stage = text[PFX_F_stage] != NULL ? text[PFX_F_stage] : text[PFX_F_ps_violation];

    if (entry == NULL)
        return;
    entry_set(entries, entry, COLUMN_TIME, text[PFX_F_event_created]);
    entry_set(entries, entry, COLUMN_SERVICE, login_service(view));
    entry_set(entries, entry, COLUMN_CLIENT_IP, text[PFX_F_client_ip]);
    entry_set(entries, entry, COLUMN_CLIENT_HOST, text[PFX_F_client_host]);
    entry_set(entries, entry, COLUMN_STAGE, stage != NULL ? stage : text[PFX_F_action]);
    entry_set(entries, entry, COLUMN_FROM, is_text(text[PFX_F_from], "") ? "<>" : text[PFX_F_from]);
    entry_set(entries, entry, COLUMN_TO, text[PFX_F_to]);
    entry_set(entries, entry, COLUMN_USER, text[PFX_F_sasl_username]);
    entry_set(entries, entry, COLUMN_REPLY_CODE, text[PFX_F_reply_code]);
    entry_set(entries, entry, COLUMN_REPLY_TEXT,
              text[PFX_F_reply_text] != NULL ? text[PFX_F_reply_text] : text[PFX_F_reason]);
    entry_set(entries, entry, COLUMN_REASON, text[PFX_F_reason_class]);
    entry_set(entries, entry, COLUMN_QUEUE_ID, text[PFX_F_queue_id]);
    entry_set(entries, entry, COLUMN_HOST, text[PFX_F_event_source]);
    entries_add(entries, entry);
}

/* Of whom a rule counts is the subject. A daemon or instance may be called as it is. */
static bool is_its_key(const struct subject *subject, const struct view *view,
                       const struct pfx_alert *alert)
{
    enum pfx_key_kind kind = alert->rule->key.kind;

    if (kind == PFX_KEY_USER)
        return subject->kind == SUBJECT_USER && subject_is_named(subject, alert->key);
    if (kind == PFX_KEY_FIELD && subject->kind != SUBJECT_ADDRESS)
        return subject_is_named(subject, alert->key) && subject_about(subject, view) != 0;
    return (kind == PFX_KEY_FIELD || pfx_key_is_client(&alert->rule->key)) &&
           subject_is_in(subject, alert->key);
}

/* A text of the site's rules or of a line, as UTF-8. */
static void set_slice(struct entries *entries, struct entry *entry, enum column column,
                      struct pfx_slice text)
{
    char room[3 * TEXT_LONGEST + 1];

    text = pfx_slice_until(text, TEXT_LONGEST);
    room[pfx_value_utf8(text, room)] = '\0';
    entry_set(entries, entry, column, room);
}

/* ours: the line is of one of its logins, sessions, mails or refusals. */
static void take_alert(struct audit *audit, const struct view *view, int64_t time, bool ours,
                       const struct pfx_alert *alert)
{
    struct entries *entries = &audit->entries;
    bool by_key = is_its_key(&audit->subject, view, alert);
    struct entry *entry;
    char room[PFX_TIME_TEXT];

    if (!by_key && (!ours || alert->rule->key.kind == PFX_KEY_ALL))
        return;
    entry = entries_new(entries, SECTION_ALERTS, time);
    if (entry == NULL)
        return;
    entry_set(entries, entry, COLUMN_TIME, view->text[PFX_F_event_created]);
    set_slice(entries, entry, COLUMN_SEVERITY, pfx_alert_severity(alert->severity));
    set_slice(entries, entry, COLUMN_RULE, alert->rule->name);
    set_slice(entries, entry, COLUMN_KEY, pfx_slice_of(alert->key));
    entry_set_number(entries, entry, COLUMN_ALERT_VALUE, alert->value);
    entry_set_number(entries, entry, COLUMN_LIMIT, alert->limit);
    entry_set_number(entries, entry, COLUMN_WINDOW, alert->rule->window);
    if (pfx_time_text(alert->since, room))
        entry_set(entries, entry, COLUMN_SINCE, room);
    if (alert->held > 0)
        entry_set_number(entries, entry, COLUMN_HELD, alert->held);
    entry_set(entries, entry, COLUMN_BELONGS_BY, by_key ? "key" : "line");
    set_slice(entries, entry, COLUMN_TEXT, alert->rule->text);
    entry_set(entries, entry, COLUMN_QUEUE_ID, view->text[PFX_F_queue_id]);
    entry_set(entries, entry, COLUMN_HOST, view->text[PFX_F_event_source]);
    entries_add(entries, entry);
}

void audit_gather(struct audit *audit, const struct view *view, int64_t time)
{
    uint32_t mail = audit_mail(audit, view), session = audit_session(audit, view);
    bool selected = selection_fits(audit->selection, time, slice_of(view->text[PFX_F_event_source]),
                                   slice_of(view->text[PFX_F_instance]));
    bool ours = logins_take(audit, view, time, selected, session != 0);

    if (session != 0)
        take_session(audit, view, time, session);
    if (selected && is_refusal(view) && subject_about(&audit->subject, view) != 0) {
        take_refusal(audit, view, time);
        ours = true;
    }
    if (mail != 0)
        mails_take(audit, view, time, mail);
    ours |= session != 0 || mail != 0;
    for (unsigned i = 0; selected && audit->told != NULL && i < audit->told->alerts; ++i)
        take_alert(audit, view, time, ours, &audit->told->alert[i]);
}
