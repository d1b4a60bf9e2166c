/* SPDX-License-Identifier: Apache-2.0 */
/* Sections and their entries; see entries.h. */
#include "audit/entries.h"

#include <stdio.h>
#include <stdlib.h>

const struct column_row column_rows[COLUMNS] = {
#define COLUMN(column, name, title, kind) {name, title, kind},
#include "audit/columns.def"
#undef COLUMN
};

#define C(column) COLUMN_##column
#define MAIL_CELLS                                                                                 \
    C(TIME), C(QUEUE_ID), C(VERDICT), C(FROM), C(USER), C(CLIENT_IP), C(MESSAGE_ID), C(SIZE),      \
        C(COUNTED), C(LINK), C(PARENT), C(FILTER_VERDICT), C(SCORE), C(HOST)

const struct section_row section_rows[SECTIONS] = {
    [SECTION_HEAD] = {"audit", "Audit", 2, 4, {C(WHAT), C(VALUE), C(COUNT), C(TIME)}},
    [SECTION_LOGINS] = {"logins",
                        "Logins",
                        4,
                        10,
                        {C(TIME), C(OUTCOME), C(SERVICE), C(CLIENT_IP), C(COUNTED), C(USER),
                         C(METHOD), C(REASON), C(CLIENT_HOST), C(HOST)}},
    [SECTION_SESSIONS] = {"sessions",
                          "Sessions",
                          3,
                          14,
                          {C(TIME), C(SERVICE), C(CLIENT_IP), C(END), C(SECONDS), C(USER), C(AUTH),
                           C(AUTH_ACCEPTED), C(MAILS), C(REFUSED), C(BYTES_IN), C(BYTES_OUT),
                           C(REASON), C(HOST)}},
    [SECTION_SENT] = {"mails_sent", "Mails sent", 3, 14, {MAIL_CELLS}},
    [SECTION_RECEIVED] = {"mails_received", "Mails received", 3, 14, {MAIL_CELLS}},
    [SECTION_MAILS] = {"mails", "Mails", 3, 14, {MAIL_CELLS}},
    [SECTION_REFUSALS] = {"refusals",
                          "Refusals",
                          3,
                          13,
                          {C(TIME), C(SERVICE), C(CLIENT_IP), C(STAGE), C(FROM), C(TO), C(USER),
                           C(REPLY_CODE), C(REPLY_TEXT), C(REASON), C(QUEUE_ID), C(CLIENT_HOST),
                           C(HOST)}},
    [SECTION_ALERTS] = {"alerts",
                        "Alerts",
                        4,
                        13,
                        {C(TIME), C(SEVERITY), C(RULE), C(KEY), C(ALERT_VALUE), C(LIMIT), C(WINDOW),
                         C(SINCE), C(HELD), C(BELONGS_BY), C(TEXT), C(QUEUE_ID), C(HOST)}},
    [SECTION_BY_ADDRESS] = {"logins_by_address",
                            "Logins by address",
                            1,
                            5,
                            {C(CLIENT_IP), C(SUCCEEDED), C(FAILED), C(FIRST), C(LAST)}},
    [SECTION_BY_DAY] = {"logins_by_day", "Logins by day", 1, 3, {C(DAY), C(SUCCEEDED), C(FAILED)}},
    [SECTION_BY_RULE] =
        {"alerts_by_rule", "Alerts by rule", 1, 4, {C(RULE), C(COUNT), C(FIRST), C(LAST)}},
    [SECTION_BY_STATE] =
        {"recipients_by_state", "Recipients by state", 3, 3, {C(WHAT), C(STATUS), C(COUNT)}},
    [SECTION_TOTALS] = {"totals", "Totals", 2, 2, {C(WHAT), C(COUNT)}},
    [SECTION_RECIPIENTS] = {"recipients",
                            "Recipients",
                            3,
                            9,
                            {C(TIME), C(TO), C(STATUS), C(ORIG_TO), C(HOP), C(DSN), C(RELAY),
                             C(REPLY_CODE), C(REPLY_TEXT)}},
};

bool entries_open(struct entries *entries, unsigned long most)
{
    *entries = (struct entries){.most = most};
    return kept_open(&entries->kept);
}

void entries_close(struct entries *entries)
{
    for (unsigned long i = 0; i < entries->count; ++i)
        free(entries->all[i]);
    free(entries->all);
    kept_close(&entries->kept);
    *entries = (struct entries){0};
}

struct entry *entries_new(struct entries *entries, enum section section, int64_t time)
{
    size_t cells = section_rows[section].count;
    struct entry *entry;

    entries->full |= entries->count >= entries->most;
    if (entries->full)
        return NULL;
    if (entries->count == entries->size) {
        size_t size = entries->size * 2 + 256;
        struct entry **grown = realloc(entries->all, size * sizeof(struct entry *));

        entries->failed |= grown == NULL;
        if (grown == NULL)
            return NULL;
        entries->all = grown;
        entries->size = size;
    }
    entry = calloc(1, sizeof(*entry) + cells * sizeof(entry->cell[0]));
    entries->failed |= entry == NULL;
    if (entry == NULL)
        return NULL;
    entry->section = section;
    entry->time = time;
    entries->all[entries->count++] = entry;
    return entry;
}

void entries_add(struct entries *entries, struct entry *entry)
{
    unsigned section = entry->section;

    if (entries->last[section] != NULL)
        entries->last[section]->next = entry;
    else
        entries->first[section] = entry;
    entries->last[section] = entry;
}

void entries_hang(struct entry *over, struct entry *entry)
{
    if (over->last_below != NULL)
        over->last_below->next = entry;
    else
        over->below = entry;
    over->last_below = entry;
}

/* The place of a column in a section, or the number of its columns. */
static unsigned place_of(unsigned section, enum column column)
{
    unsigned at = 0;

    while (at < section_rows[section].count && section_rows[section].column[at] != column)
        ++at;
    return at;
}

void entry_set(struct entries *entries, struct entry *entry, enum column column, const char *text)
{
    unsigned at = place_of(entry->section, column);
    const char *kept;

    if (text == NULL || text[0] == '\0' || at == section_rows[entry->section].count)
        return;
    kept = kept_text(&entries->kept, text);
    entries->failed |= kept == NULL;
    if (kept != NULL)
        entry->cell[at] = kept;
}

void entry_set_number(struct entries *entries, struct entry *entry, enum column column,
                      long long number)
{
    char room[24];

    snprintf(room, sizeof(room), "%lld", number);
    entry_set(entries, entry, column, room);
}

const char *entry_get(const struct entry *entry, enum column column)
{
    unsigned at = place_of(entry->section, column);

    return at < section_rows[entry->section].count ? entry->cell[at] : NULL;
}

long long entry_number(const struct entry *entry, enum column column)
{
    const char *text = entry_get(entry, column);

    return text != NULL ? strtoll(text, NULL, 10) : 0;
}
