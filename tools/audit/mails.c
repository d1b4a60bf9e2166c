/* SPDX-License-Identifier: Apache-2.0 */
/* Mails and their recipients; see audit.h. */
#include "audit/audit.h"

#include <stdio.h>
#include <string.h>

static bool is_text(const char *text, const char *other)
{
    return text != NULL && strcmp(text, other) == 0;
}

/* The entry of a mail, made with its first line. */
static struct entry *mail_entry(struct audit *audit, const struct view *view, int64_t time,
                                uint32_t node)
{
    struct entries *entries = &audit->entries;
    struct entry *entry = index_get(&audit->mails, node, 0, 0);

    if (entry != NULL)
        return entry;
    entry = entries_new(entries, SECTION_MAILS, time);
    if (entry == NULL)
        return NULL;
    entry->node = node;
    entries->failed |= !index_put(&audit->mails, node, 0, 0, entry);
    entry_set(entries, entry, COLUMN_TIME, view->text[PFX_F_event_created]);
    entries_add(entries, entry);
    return entry;
}

/* The next hop as Postfix writes it. */
static void set_relay(struct entries *entries, struct entry *entry, const struct view *view)
{
    const char *host = view->text[PFX_F_relay_host], *ip = view->text[PFX_F_relay_ip];
    const char *port = view->text[PFX_F_relay_port];
    char room[1024];

    if (ip == NULL)
        ip = view->text[PFX_F_relay_path];
    snprintf(room, sizeof(room), "%s%s%s%s%s%s", host != NULL ? host : "", ip != NULL ? "[" : "",
             ip != NULL ? ip : "", ip != NULL ? "]" : "", port != NULL ? ":" : "",
             port != NULL ? port : "");
    entry_set(entries, entry, COLUMN_RELAY, room);
}

/* A delivery: the last one about a recipient is what became of it. */
static void take_recipient(struct audit *audit, struct entry *mail, const struct view *view,
                           int64_t time)
{
    struct entries *entries = &audit->entries;
    const char *const *text = view->text;
    const char *to = kept_text(&entries->kept, text[PFX_F_to]), *answer = text[PFX_F_reply_text];
    const char *orig = kept_text(&entries->kept, text[PFX_F_orig_to]);
    bool goes_on = is_text(text[PFX_F_child_link], "filter") ||
                   is_text(text[PFX_F_child_link], "relay") ||
                   is_text(text[PFX_F_child_link], "requeue");
    struct entry *entry = index_get(&audit->recipients, mail->node, (uint64_t)(uintptr_t)to,
                                    (uint64_t)(uintptr_t)orig);

    if (entry == NULL) {
        entry = entries_new(entries, SECTION_RECIPIENTS, time);
        if (entry == NULL)
            return;
        entries->failed |= !index_put(&audit->recipients, mail->node, (uint64_t)(uintptr_t)to,
                                      (uint64_t)(uintptr_t)orig, entry);
        entries_hang(mail, entry);
    }
    memset(entry->cell, 0, section_rows[SECTION_RECIPIENTS].count * sizeof(entry->cell[0]));
    entry->time = time;
    entry->about |= subject_is_user(&audit->subject, to) || subject_is_user(&audit->subject, orig)
                        ? ABOUT_RECIPIENT
                        : 0;
    entry_set(entries, entry, COLUMN_TIME, text[PFX_F_event_created]);
    entry_set(entries, entry, COLUMN_TO, to);
    entry_set(entries, entry, COLUMN_ORIG_TO, orig);
    entry_set(entries, entry, COLUMN_STATUS,
              text[PFX_F_disposition] != NULL ? text[PFX_F_disposition] : text[PFX_F_status]);
    entry_set(entries, entry, COLUMN_HOP, goes_on ? "internal" : text[PFX_F_hop]);
    entry_set(entries, entry, COLUMN_DSN, text[PFX_F_dsn]);
    set_relay(entries, entry, view);
    entry_set(entries, entry, COLUMN_REPLY_CODE, text[PFX_F_reply_code]);
    if (answer == NULL)
        answer = text[PFX_F_mail_response] != NULL ? text[PFX_F_mail_response] : text[PFX_F_reason];
    entry_set(entries, entry, COLUMN_REPLY_TEXT, answer);
}

/* The queue manager gave a mail up, for all who wait: a line without a recipient. */
static void expire(struct entries *entries, const struct entry *mail, const char *status)
{
    for (struct entry *to = mail->below; to != NULL; to = to->next) {
        if (is_text(entry_get(to, COLUMN_STATUS), "deferred"))
            entry_set(entries, to, COLUMN_STATUS, status);
    }
}

void mails_take(struct audit *audit, const struct view *view, int64_t time, uint32_t node)
{
    struct entries *entries = &audit->entries;
    struct entry *mail = mail_entry(audit, view, time, node);
    const char *const *text = view->text, *client;
    bool postfix = is_text(text[PFX_F_product], "postfix");

    if (mail == NULL)
        return;
    client =
        text[PFX_F_orig_client_ip] != NULL ? text[PFX_F_orig_client_ip] : text[PFX_F_client_ip];
    /* A mailbox names its user, who is no login that the mail came in by. */
    mail->about |= postfix ? subject_about(&audit->subject, view) : 0;
    entry_set(entries, mail, COLUMN_QUEUE_ID, text[PFX_F_queue_id]);
    entry_set(entries, mail, COLUMN_HOST, text[PFX_F_event_source]);
    entry_set(entries, mail, COLUMN_LINK, text[PFX_F_link]);
    entry_set(entries, mail, COLUMN_PARENT, text[PFX_F_parent_uid]);
    entry_set(entries, mail, COLUMN_FROM, is_text(text[PFX_F_from], "") ? "<>" : text[PFX_F_from]);
    entry_set(entries, mail, COLUMN_USER, postfix ? text[PFX_F_sasl_username] : NULL);
    entry_set(entries, mail, COLUMN_CLIENT_IP, client);
    entry_set(entries, mail, COLUMN_MESSAGE_ID, text[PFX_F_message_id]);
    entry_set(entries, mail, COLUMN_SIZE, text[PFX_F_size]);
    entry_set(entries, mail, COLUMN_VERDICT, text[PFX_F_verdict]);
    entry_set(entries, mail, COLUMN_FILTER_VERDICT, text[PFX_F_filter_verdict]);
    entry_set(entries, mail, COLUMN_SCORE, text[PFX_F_spam_score]);
    if (postfix && text[PFX_F_to] != NULL && text[PFX_F_status] != NULL)
        take_recipient(audit, mail, view, time);
    else if (postfix && (is_text(text[PFX_F_status], "expired") ||
                         is_text(text[PFX_F_status], "force-expired")))
        expire(entries, mail, text[PFX_F_status]);
}

/* The same mail in another section. */
static void add_copy(struct audit *audit, const struct entry *mail, enum section section)
{
    struct entry *copy = entries_new(&audit->entries, section, mail->time);

    if (copy == NULL)
        return;
    memcpy(copy->cell, mail->cell, section_rows[section].count * sizeof(copy->cell[0]));
    copy->below = mail->below;
    copy->about = mail->about;
    entries_add(&audit->entries, copy);
}

void mails_sort(struct audit *audit)
{
    struct entries *entries = &audit->entries;
    struct index firsts = {0}; /* of each mail, whatever its queue ids */
    struct entry *next;

    for (struct entry *mail = entries->first[SECTION_MAILS]; mail != NULL; mail = mail->next) {
        uint32_t flow = graph_flow(&audit->graph, mail->node);
        struct entry *first = index_get(&firsts, flow, 0, 0);

        entry_set_number(entries, mail, COLUMN_COUNTED, first == NULL);
        if (first == NULL)
            entries->failed |= !index_put(&firsts, flow, 0, 0, mail);
        else
            first->about |= mail->about;
    }
    if (audit->subject.kind != SUBJECT_QUEUE_ID) {
        struct entry *mail = entries->first[SECTION_MAILS];

        entries->first[SECTION_MAILS] = entries->last[SECTION_MAILS] = NULL;
        for (; mail != NULL; mail = next) {
            const struct entry *first =
                index_get(&firsts, graph_flow(&audit->graph, mail->node), 0, 0);

            next = mail->next;
            mail->about = first != NULL ? first->about : mail->about;
            if ((mail->about & (ABOUT_LOGIN | ABOUT_SENDER | ABOUT_CLIENT | ABOUT_ORIGIN)) != 0)
                add_copy(audit, mail, SECTION_SENT);
            if ((mail->about & ABOUT_RECIPIENT) != 0)
                add_copy(audit, mail, SECTION_RECEIVED);
        }
    }
    index_close(&firsts);
}
