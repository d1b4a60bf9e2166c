/* SPDX-License-Identifier: Apache-2.0 */
/* From a story to an event; see record.h. */
#include "mail/record.h"
#include "base/queue_id.h"
#include "base/timestamp.h"

#include <string.h>

/* Sets a field that the line lacks to a copy of text. */
static void set(struct pfx_event *event, struct pfx_scratch *scratch, enum pfx_field field,
                const char *text, size_t length)
{
    if (length == 0 || length > scratch->size - scratch->used || pfx_event_has(event, field))
        return;
    memcpy(scratch->text + scratch->used, text, length);
    pfx_event_set(event, field, (struct pfx_slice){scratch->text + scratch->used, length});
    scratch->used += length;
}

static void set_text(struct pfx_event *event, struct pfx_scratch *scratch, enum pfx_field field,
                     const char *text)
{
    set(event, scratch, field, text, strlen(text));
}

static void set_number(struct pfx_event *event, struct pfx_scratch *scratch, enum pfx_field field,
                       uint64_t number)
{
    char text[24], *end = text + sizeof(text), *begin = pfx_value_digits(end, number, 1);

    set(event, scratch, field, begin, (size_t)(end - begin));
}

static void set_id(struct pfx_event *event, struct pfx_scratch *scratch, enum pfx_field field,
                   uint64_t id)
{
    char text[PFX_ID_DIGITS];

    if (id == 0 || pfx_event_has(event, field))
        return;
    pfx_id_text(text, id);
    set(event, scratch, field, text, sizeof(text));
}

/* A number that is left out when it is zero. */
static void set_count(struct pfx_event *event, struct pfx_scratch *scratch, enum pfx_field field,
                      uint64_t number)
{
    if (number > 0)
        set_number(event, scratch, field, number);
}

/* Microseconds as seconds with a fraction; nothing when it is not known. */
static void set_seconds(struct pfx_event *event, struct pfx_scratch *scratch, enum pfx_field field,
                        int64_t microseconds)
{
    char text[40], *end = text + sizeof(text), *begin;

    if (microseconds < 0)
        return;
    begin = pfx_value_digits(end, (uint64_t)(microseconds % 1000000 / 1000), 3);
    *--begin = '.';
    begin = pfx_value_digits(begin, (uint64_t)(microseconds / 1000000), 1);
    set(event, scratch, field, begin, (size_t)(end - begin));
}

/* Of a list; what is above the limit of a value is cut there, which says so. Eight of them and
 * all else fit into the scratch. */
#define LIST_MAX 40000

struct list {
    char *begin;
    size_t at, left;
    bool told; /* of some recipient */
};

static struct list begin_list(struct pfx_scratch *scratch)
{
    size_t left = scratch->size - scratch->used;

    return (struct list){scratch->text + scratch->used, 0, left < LIST_MAX ? left : LIST_MAX,
                         false};
}

/* False: it has no room. */
static bool add_member(struct list *list, struct pfx_slice text)
{
    list->told |= text.length > 0;
    if (text.length == 0)
        text = PFX_SLICE("-");
    if (text.length + 1 > list->left - list->at)
        return false;
    if (list->at > 0)
        list->begin[list->at++] = '\n';
    for (size_t c = 0; c < text.length; ++c)
        list->begin[list->at++] = text.text[c] == '\n' ? ' ' : text.text[c];
    return true;
}

static void end_list(struct pfx_event *event, struct pfx_scratch *scratch, enum pfx_field field,
                     const struct list *list)
{
    if (!list->told)
        return;
    pfx_event_set(event, field, (struct pfx_slice){list->begin, list->at});
    scratch->used += list->at;
}

/* What a record says of a recipient, which is not always as the line had it. */
static struct pfx_slice member_of(const struct pfx_mail *mail, const struct pfx_recipient *row,
                                  enum pfx_recipient_text which)
{
    struct pfx_slice text = pfx_recipient_text(row, which);

    if (which == PFX_RCPT_STATUS && mail->expired && row->fate == PFX_FATE_DEFERRED)
        return PFX_SLICE("expired");
    if (which == PFX_RCPT_STATUS && row->fate == PFX_FATE_DROPPED)
        return PFX_SLICE("discarded");
    if (which == PFX_RCPT_STATUS && row->fate == PFX_FATE_BOUNCED &&
        pfx_slice_equal(text, PFX_SLICE("sent"))) /* a filter took it and returned it */
        return PFX_SLICE("bounced");
    if (which == PFX_RCPT_CHILD && !pfx_is_queue_id(text)) /* an id of another program's */
        return PFX_NO_SLICE;
    return text;
}

static void set_list(struct pfx_event *event, struct pfx_scratch *scratch, enum pfx_field field,
                     const struct pfx_mail *mail, enum pfx_recipient_text which)
{
    struct list list = begin_list(scratch);

    for (uint32_t i = 0; i < mail->recipients.rows; ++i) {
        if (!add_member(&list, member_of(mail, &mail->recipients.row[i], which)))
            break;
    }
    end_list(event, scratch, field, &list);
}

static struct pfx_slice format_time(int64_t time, bool coarse, char text[static 40])
{
    time = pfx_time_known(time, coarse);
    return time <= 0 ? PFX_NO_SLICE
                     : pfx_time_format((struct pfx_time){time / 1000000, (int32_t)(time % 1000000)},
                                       text, 40);
}

static void set_times(struct pfx_event *event, struct pfx_scratch *scratch, enum pfx_field field,
                      const struct pfx_mail *mail)
{
    struct list list = begin_list(scratch);
    char text[40];

    for (uint32_t i = 0; i < mail->recipients.rows; ++i) {
        if (!add_member(&list, format_time(mail->recipients.row[i].time, mail->coarse, text)))
            break;
    }
    end_list(event, scratch, field, &list);
}

static void tell_facts(const struct pfx_facts *facts, struct pfx_event *event,
                       struct pfx_scratch *scratch)
{
    scratch->used +=
        pfx_facts_tell(facts, event, scratch->text + scratch->used, scratch->size - scratch->used);
}

static void tell_ids(const struct pfx_mail *mail, struct pfx_event *event,
                     struct pfx_scratch *scratch)
{
    set_id(event, scratch, PFX_F_mail_id, mail->id);
    set_id(event, scratch, PFX_F_flow_id, mail->trace);
    if (mail->link != PFX_LINK_NONE) {
        set_text(event, scratch, PFX_F_link, pfx_link_name(mail->link));
        set_id(event, scratch, PFX_F_parent_mail_id, mail->parent);
        set_text(event, scratch, PFX_F_parent_uid, mail->parent_uid);
    }
}

static bool tell_record(const struct pfx_mail *mail, const struct pfx_tally *tally,
                        struct pfx_event *event, struct pfx_scratch *scratch)
{
    const struct {
        enum pfx_field field;
        uint64_t number;
    } rows[] = {
        {PFX_F_mail_record, mail->records},
        {PFX_F_count_recipients, (uint64_t)tally->all + mail->recipients.beyond},
        {PFX_F_count_sent, tally->sent},
        {PFX_F_count_handed_over, tally->internal},
        {PFX_F_count_bounced, tally->bounced},
        {PFX_F_count_deferred, tally->deferred},
        {PFX_F_count_expired, tally->expired},
        {PFX_F_count_discarded, tally->dropped},
        {PFX_F_attempts, mail->attempts},
    };
    char text[40];
    struct pfx_slice arrival;
    int64_t closed = pfx_time_known(mail->closed, mail->coarse);
    int64_t begin = mail->arrival != 0 ? mail->arrival : pfx_time_known(mail->first, mail->coarse);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i)
        set_count(event, scratch, rows[i].field, rows[i].number);
    set_text(event, scratch, PFX_F_end_reason, pfx_mail_end_reason(mail));
    arrival = format_time(mail->arrival, false, text);
    set(event, scratch, PFX_F_mail_arrival, arrival.text, arrival.length);
    set_seconds(event, scratch, PFX_F_queue_time, closed - begin);
    set_seconds(event, scratch, PFX_F_total_delay, pfx_mail_delay(mail));
    if (mail->recipients.rows > 0) {
        set_list(event, scratch, PFX_F_recipients_dsn, mail, PFX_RCPT_DSN);
        set_list(event, scratch, PFX_F_recipients_relay, mail, PFX_RCPT_RELAY);
        set_list(event, scratch, PFX_F_recipients_reason, mail, PFX_RCPT_REASON);
        set_list(event, scratch, PFX_F_recipients_queued_as, mail, PFX_RCPT_CHILD);
        set_list(event, scratch, PFX_F_recipients_own_host, mail, PFX_RCPT_OWN);
        set_times(event, scratch, PFX_F_recipients_time, mail);
    }
    if (!pfx_mail_is_incomplete(mail, tally))
        return true;
    pfx_event_set(event, PFX_F_incomplete, PFX_SLICE("true"));
    return false;
}

/* The facts of a mail on a line of it. What became of it in a mailbox is a recipient's: a line
 * about one of them has what is known of that one, which is on it already. */
static void tell_line_facts(const struct pfx_mail *mail, struct pfx_event *event,
                            struct pfx_scratch *scratch)
{
    static const enum pfx_field own[] = {PFX_F_mailbox, PFX_F_sieve_action};
    bool of_one = pfx_event_has(event, PFX_F_to) || pfx_event_has(event, PFX_F_dovecot_session);
    bool has[sizeof(own) / sizeof(own[0])];

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); ++i)
        has[i] = pfx_event_has(event, own[i]);
    tell_facts(&mail->facts, event, scratch);
    for (size_t i = 0; of_one && i < sizeof(own) / sizeof(own[0]); ++i) {
        if (!has[i])
            pfx_event_unset(event, own[i]);
    }
}

bool pfx_record_tell_mail(const struct pfx_mail *mail, bool whole, struct pfx_event *event,
                          struct pfx_scratch *scratch)
{
    struct pfx_tally tally = pfx_recipients_count(&mail->recipients, mail->expired);

    tell_ids(mail, event, scratch);
    if (whole)
        tell_facts(&mail->facts, event, scratch);
    else
        tell_line_facts(mail, event, scratch);
    set_text(event, scratch, PFX_F_verdict, pfx_mail_verdict(mail, &tally));
    if (!whole)
        return true;
    if (mail->recipients.rows > 0) {
        set_list(event, scratch, PFX_F_recipients, mail, PFX_RCPT_TO);
        set_list(event, scratch, PFX_F_recipients_status, mail, PFX_RCPT_STATUS);
    }
    set_id(event, scratch, PFX_F_session_id, mail->session);
    return tell_record(mail, &tally, event, scratch);
}

void pfx_record_tell_gone(const struct pfx_mail *mail, struct pfx_event *event,
                          struct pfx_scratch *scratch)
{
    tell_ids(mail, event, scratch);
    pfx_event_set(event, PFX_F_late, PFX_SLICE("true"));
}

void pfx_record_tell_uid(const char *uid, struct pfx_event *event, struct pfx_scratch *scratch)
{
    set_text(event, scratch, PFX_F_queue_id, uid);
}

void pfx_record_tell_child(uint64_t child_id, enum pfx_link link, struct pfx_event *event,
                           struct pfx_scratch *scratch)
{
    set_text(event, scratch, PFX_F_child_link, pfx_link_name(link));
    set_id(event, scratch, PFX_F_child_mail_id, child_id);
}

void pfx_record_tell_hop(bool internal, struct pfx_event *event)
{
    pfx_event_set(event, PFX_F_hop, internal ? PFX_SLICE("internal") : PFX_SLICE("final"));
}

void pfx_record_tell_session_id(const struct pfx_session *session, struct pfx_event *event,
                                struct pfx_scratch *scratch)
{
    set_id(event, scratch, PFX_F_session_id, session->id);
    set_id(event, scratch, PFX_F_flow_id, session->trace);
}

void pfx_record_tell_session(const struct pfx_session *session, bool whole, struct pfx_event *event,
                             struct pfx_scratch *scratch)
{
    pfx_record_tell_session_id(session, event, scratch);
    tell_facts(&session->facts, event, scratch);
    if (!whole)
        return;
    if (session->opened != 0)
        set_seconds(event, scratch, PFX_F_session_duration,
                    pfx_time_known(session->closed, session->coarse) -
                        pfx_time_known(session->opened, session->coarse));
    set_count(event, scratch, PFX_F_session_mails, session->mails);
    set_count(event, scratch, PFX_F_session_refused, session->refused);
    set_count(event, scratch, PFX_F_session_logins, session->logins);
    set_count(event, scratch, PFX_F_session_denied, session->denied);
}

void pfx_record_tell_client(uint64_t session, uint64_t trace, bool weak, struct pfx_event *event,
                            struct pfx_scratch *scratch)
{
    set_id(event, scratch, PFX_F_session_id, session);
    set_id(event, scratch, PFX_F_flow_id, trace);
    if (weak)
        set_text(event, scratch, PFX_F_link, pfx_link_name(PFX_LINK_WEAK));
}

static bool know(const struct pfx_mail *mail, const struct pfx_event *event, enum pfx_field field,
                 struct pfx_slice *text_r)
{
    *text_r = pfx_event_get(event, field);
    return pfx_event_has(event, field) || pfx_facts_get(&mail->facts, field, text_r);
}

bool pfx_record_asked(const struct pfx_mail *mail, const struct pfx_event *event,
                      struct pfx_slice *client_ip_r, struct pfx_slice *from_r)
{
    return know(mail, event, PFX_F_client_ip, client_ip_r) && know(mail, event, PFX_F_from, from_r);
}

void pfx_record_tell_job(uint64_t id, int64_t opened, int64_t closed, bool alone,
                         struct pfx_event *event, struct pfx_scratch *scratch)
{
    if (alone)
        set_id(event, scratch, PFX_F_flow_id, id);
    if (opened == 0)
        return;
    set_id(event, scratch, PFX_F_session_id, id);
    if (closed != 0)
        set_seconds(event, scratch, PFX_F_session_duration, closed - opened);
}

void pfx_record_tell_relay(const struct pfx_session *session, struct pfx_event *event,
                           struct pfx_scratch *scratch)
{
    static const struct {
        enum pfx_field from, to;
    } rows[] = {{PFX_F_tls_version, PFX_F_relay_tls_version},
                {PFX_F_tls_cipher, PFX_F_relay_tls_cipher},
                {PFX_F_tls_trustlevel, PFX_F_relay_tls_trustlevel}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_slice text;

        if (pfx_facts_get(&session->facts, rows[i].from, &text))
            set(event, scratch, rows[i].to, text.text, text.length);
    }
}
