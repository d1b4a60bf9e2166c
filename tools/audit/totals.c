/* SPDX-License-Identifier: Apache-2.0 */
/* Totals; see audit.h. */
#include "audit/audit.h"
#include "people/moment.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint64_t key_of(const char *text)
{
    return (uint64_t)(uintptr_t)text;
}

static void add_number(struct entries *entries, struct entry *entry, enum column column,
                       long long number)
{
    entry_set_number(entries, entry, column, entry_number(entry, column) + number);
}

/* The row of a kept text in a section of totals, made when there is none. */
static struct entry *row_of(struct audit *audit, struct index *index, enum section section,
                            enum column column, const char *text)
{
    struct entries *entries = &audit->entries;
    struct entry *row = index_get(index, section, key_of(text), 0);

    if (row != NULL)
        return row;
    row = entries_new(entries, section, 0);
    if (row == NULL)
        return NULL;
    entries->failed |= !index_put(index, section, key_of(text), 0, row);
    entry_set(entries, row, column, text);
    entry_set_number(entries, row, COLUMN_SUCCEEDED, 0);
    entry_set_number(entries, row, COLUMN_FAILED, 0);
    entries_add(entries, row);
    return row;
}

static void count_login(struct audit *audit, struct index *index, const struct entry *login)
{
    struct entries *entries = &audit->entries;
    bool succeeded = strcmp(entry_get(login, COLUMN_OUTCOME), "success") == 0;
    const char *ip = entry_get(login, COLUMN_CLIENT_IP), *time = entry_get(login, COLUMN_TIME);
    long long count = entry_number(login, COLUMN_COUNTED);
    struct entry *rows[2];
    char day[MOMENT_ROOM];

    if (count == 0)
        return;
    moment_write(login->time, false, audit->utc, day);
    day[strcspn(day, " ")] = '\0';
    rows[0] = row_of(audit, index, SECTION_BY_ADDRESS, COLUMN_CLIENT_IP,
                     kept_text(&entries->kept, ip != NULL ? ip : "unknown"));
    rows[1] = row_of(audit, index, SECTION_BY_DAY, COLUMN_DAY,
                     kept_text(&entries->kept, login->time != 0 ? day : "unknown"));
    for (int i = 0; i < 2; ++i) {
        if (rows[i] == NULL)
            return;
        add_number(entries, rows[i], succeeded ? COLUMN_SUCCEEDED : COLUMN_FAILED, count);
    }
    if (entry_get(rows[0], COLUMN_FIRST) == NULL)
        entry_set(entries, rows[0], COLUMN_FIRST, time);
    entry_set(entries, rows[0], COLUMN_LAST, time);
}

static void total(struct audit *audit, const char *what, long long count)
{
    struct entries *entries = &audit->entries;
    struct entry *row = entries_new(entries, SECTION_TOTALS, 0);

    if (row == NULL)
        return;
    entry_set(entries, row, COLUMN_WHAT, what);
    entry_set_number(entries, row, COLUMN_COUNT, count);
    entries_add(entries, row);
}

/* One more alert of a rule: a kept text. */
static void count_rule(struct audit *audit, struct index *index, const char *rule, const char *time)
{
    struct entries *entries = &audit->entries;
    struct entry *row = row_of(audit, index, SECTION_BY_RULE, COLUMN_RULE, rule);

    if (row == NULL)
        return;
    add_number(entries, row, COLUMN_COUNT, 1);
    if (entry_get(row, COLUMN_FIRST) == NULL)
        entry_set(entries, row, COLUMN_FIRST, time);
    entry_set(entries, row, COLUMN_LAST, time);
}

/* Logins, and what else is told of them. */
static void total_logins(struct audit *audit)
{
    struct index index = {0};
    long long count[2] = {0}, sessions = 0;

    for (const struct entry *login = audit->entries.first[SECTION_LOGINS]; login != NULL;
         login = login->next) {
        bool failed = strcmp(entry_get(login, COLUMN_OUTCOME), "success") != 0;

        count[failed] += entry_number(login, COLUMN_COUNTED);
        count_login(audit, &index, login);
    }
    for (const struct entry *session = audit->entries.first[SECTION_SESSIONS]; session != NULL;
         session = session->next)
        ++sessions;
    index_close(&index);
    total(audit, "logins_succeeded", count[0]);
    total(audit, "logins_failed", count[1]);
    total(audit, "sessions", sessions);
}

/* One more recipient of that state. */
static void count_state(struct audit *audit, struct index *index, const char *what,
                        const char *status)
{
    struct entries *entries = &audit->entries;
    const char *kept = kept_text(&entries->kept, what);
    struct entry *row = index_get(index, key_of(kept), key_of(status), 0);

    if (row == NULL) {
        row = entries_new(entries, SECTION_BY_STATE, 0);
        if (row == NULL)
            return;
        entries->failed |= !index_put(index, key_of(kept), key_of(status), 0, row);
        entry_set(entries, row, COLUMN_WHAT, what);
        entry_set(entries, row, COLUMN_STATUS, status);
        entries_add(entries, row);
    }
    add_number(entries, row, COLUMN_COUNT, 1);
}

/* Mails of a section that are of the subject by these bits, or by none of them. */
static void total_mails(struct audit *audit, struct index *index, enum section section,
                        const char *what, unsigned about, bool has)
{
    long long mails = 0, bytes = 0, recipients = 0;
    char bytes_of[64], recipients_of[64];

    for (const struct entry *mail = audit->entries.first[section]; mail != NULL;
         mail = mail->next) {
        long long counted = entry_number(mail, COLUMN_COUNTED);

        if (((mail->about & about) != 0) != has)
            continue;
        mails += counted;
        bytes += counted * entry_number(mail, COLUMN_SIZE);
        for (const struct entry *to = mail->below; to != NULL; to = to->next) {
            const char *hop = entry_get(to, COLUMN_HOP), *status = entry_get(to, COLUMN_STATUS);

            if ((hop != NULL && strcmp(hop, "internal") == 0) ||
                (section == SECTION_RECEIVED && to->about == 0))
                continue;
            ++recipients;
            count_state(audit, index, what, status);
        }
    }
    snprintf(bytes_of, sizeof(bytes_of), "bytes_of_%s", what);
    snprintf(recipients_of, sizeof(recipients_of), "recipients_of_%s", what);
    total(audit, what, mails);
    total(audit, recipients_of, recipients);
    total(audit, bytes_of, bytes);
}

static void total_alerts(struct audit *audit)
{
    struct index index = {0};
    long long count[2] = {0}, held = 0;

    for (const struct entry *alert = audit->entries.first[SECTION_ALERTS]; alert != NULL;
         alert = alert->next) {
        const char *by = entry_get(alert, COLUMN_BELONGS_BY);

        ++count[strcmp(by, "key") != 0];
        held += entry_number(alert, COLUMN_HELD);
        count_rule(audit, &index, entry_get(alert, COLUMN_RULE), entry_get(alert, COLUMN_TIME));
    }
    index_close(&index);
    total(audit, "alerts", count[0]);
    total(audit, "alerts_by_line_only", count[1]);
    total(audit, "alerts_held_back", held);
}

void totals_make(struct audit *audit)
{
    struct index index = {0};
    long long refusals = 0;

    total_logins(audit);
    if (audit->subject.kind == SUBJECT_QUEUE_ID) {
        total_mails(audit, &index, SECTION_MAILS, "mails", 0, false);
    } else if (audit->subject.kind == SUBJECT_ADDRESS) {
        total_mails(audit, &index, SECTION_SENT, "mails_sent", 0, false);
    } else {
        total_mails(audit, &index, SECTION_SENT, "mails_sent", ABOUT_LOGIN, true);
        total_mails(audit, &index, SECTION_SENT, "mails_by_sender_address_only", ABOUT_LOGIN,
                    false);
        total_mails(audit, &index, SECTION_RECEIVED, "mails_received", 0, false);
    }
    for (const struct entry *refusal = audit->entries.first[SECTION_REFUSALS]; refusal != NULL;
         refusal = refusal->next)
        ++refusals;
    total(audit, "refusals", refusals);
    total_alerts(audit);
    index_close(&index);
}
