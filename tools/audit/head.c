/* SPDX-License-Identifier: Apache-2.0 */
/* What was looked for, and in what; what people read beside the figures. See audit.h. */
#include "audit/audit.h"
#include "options.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void say(struct audit *audit, const char *what, const char *value)
{
    struct entry *entry = value != NULL ? entries_new(&audit->entries, SECTION_HEAD, 0) : NULL;

    if (entry == NULL)
        return;
    entry_set(&audit->entries, entry, COLUMN_WHAT, what);
    entry_set(&audit->entries, entry, COLUMN_VALUE, value);
    entries_add(&audit->entries, entry);
}

static void say_number(struct audit *audit, const char *what, unsigned long long number)
{
    struct entry *entry = entries_new(&audit->entries, SECTION_HEAD, 0);

    if (entry == NULL)
        return;
    entry_set(&audit->entries, entry, COLUMN_WHAT, what);
    entry_set_number(&audit->entries, entry, COLUMN_COUNT, (long long)number);
    entries_add(&audit->entries, entry);
}

static void say_time(struct audit *audit, const char *what, int64_t time)
{
    struct entry *entry = entries_new(&audit->entries, SECTION_HEAD, time);
    time_t seconds = (time_t)(time / 1000000);
    char room[32];
    struct tm tm;

    if (entry == NULL || gmtime_r(&seconds, &tm) == NULL)
        return;
    strftime(room, sizeof(room), "%Y-%m-%dT%H:%M:%SZ", &tm);
    entry_set(&audit->entries, entry, COLUMN_WHAT, what);
    entry_set(&audit->entries, entry, time != 0 ? COLUMN_TIME : COLUMN_VALUE,
              time != 0 ? room : "no line has a time");
    entries_add(&audit->entries, entry);
}

void head_make(struct audit *audit, const struct pfxlog_options *options)
{
    say(audit, "subject", audit->subject.text);
    say(audit, "taken_as", subject_title(&audit->subject));
    say_time(audit, "first_line", audit->first);
    say_time(audit, "last_line", audit->last);
    say(audit, "since", options->since);
    say(audit, "until", options->until);
    say(audit, "hosts", options->selection.hosts);
    say(audit, "instances", options->selection.instances);
    say(audit, "products", options->products);
    say(audit, "rules", options->rules);
    if (options->sources.journal)
        say(audit, "source", "journal");
    else
        say_number(audit, "files", audit->files);
    say_number(audit, "lines", audit->lines);
    say_number(audit, "lines_of_postfix", audit->ours);
    say_number(audit, "lines_of_other_programs", audit->beside);
    if (audit->unread)
        say(audit, "unread", "a file could not be read to its end");
    say_time(audit, "made", options->sources.dates.now.seconds * INT64_C(1000000));
    say(audit, "made_by", "pfxlog " PACKAGE_VERSION);
}

bool head_shows(const struct audit *audit, enum section section)
{
    enum subject_kind kind = audit->subject.kind;

    if (section == SECTION_SENT)
        return kind != SUBJECT_QUEUE_ID;
    if (section == SECTION_RECEIVED)
        return kind == SUBJECT_USER;
    if (section == SECTION_MAILS)
        return kind == SUBJECT_QUEUE_ID;
    if (section >= SECTION_BY_ADDRESS && section <= SECTION_BY_STATE)
        return audit->entries.first[section] != NULL;
    return true;
}

const char *head_note(const struct audit *audit, enum section section)
{
    switch (section) {
    case SECTION_LOGINS:
        return "Lines with 0 tell of the same tries once more, or of none that was answered.";
    case SECTION_SENT:
        if (audit->subject.kind == SUBJECT_USER)
            return "Without the login only the sender's address says so, which anybody can write. "
                   "What a filter handed back counts 0.";
        return "What a filter handed back counts 0.";
    case SECTION_ALERTS:
        return "By key: of the subject itself. By line: of another key, told on a line of it.";
    case SECTION_RECEIVED:
    case SECTION_MAILS:
        return "What a filter handed back counts 0.";
    default:
        return NULL;
    }
}

const char *head_title(const char *name, char room[HEAD_ROOM])
{
    snprintf(room, HEAD_ROOM, "%s", name);
    for (char *at = room; *at != '\0'; ++at)
        *at = *at == '_' ? ' ' : *at;
    return room;
}

const char *head_cell(const struct audit *audit, const struct entry *entry, enum column column,
                      char room[HEAD_ROOM])
{
    const char *text = entry_get(entry, column);

    if (text != NULL && column == COLUMN_WHAT)
        return head_title(text, room);
    if (text == NULL || column_rows[column].kind != KIND_TIME)
        return text;
    moment_write(moment_created(text), false, audit->utc, room);
    return room;
}

const char *head_value(const struct audit *audit, const struct entry *entry, char room[HEAD_ROOM])
{
    static const enum column columns[] = {COLUMN_VALUE, COLUMN_TIME, COLUMN_COUNT};
    const char *text = NULL;

    for (size_t i = 0; text == NULL && i < sizeof(columns) / sizeof(columns[0]); ++i)
        text = audit != NULL ? head_cell(audit, entry, columns[i], room)
                             : entry_get(entry, columns[i]);
    return text != NULL ? text : "";
}
