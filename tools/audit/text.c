/* SPDX-License-Identifier: Apache-2.0 */
/* An audit as text; see audit.h. */
#include "audit/audit.h"
#include "people/terminal.h"

#include <stdio.h>
#include <string.h>

#define WIDEST 40    /* of a column */
#define LONGEST 1000 /* characters of a value */

/* Letters that a value in a line of names and values may have without quotes. */
static bool is_plain(const char *text)
{
    return text[0] != '\0' && strpbrk(text, " \t\"=") == NULL;
}

/* A value that ends where it seems to end. */
static void put_value(const char *text)
{
    char one[2] = "";

    if (is_plain(text)) {
        terminal_put(text, LONGEST);
        return;
    }
    putchar('"');
    for (size_t length; *text != '\0'; text += length) {
        char room[256];

        length = strcspn(text, "\"\\");
        length = length < sizeof(room) - 1 ? length : sizeof(room) - 1;
        if (length == 0) {
            one[0] = text[0];
            printf("\\%s", one);
            length = 1;
            continue;
        }
        /* Not in the middle of a character. */
        while (length == sizeof(room) - 1 && length > 1 &&
               ((unsigned char)text[length] & 0xc0) == 0x80)
            --length;
        memcpy(room, text, length);
        room[length] = '\0';
        terminal_put(room, LONGEST);
    }
    putchar('"');
}

/* How wide the columns that stand first have to be. */
static void measure(const struct audit *audit, const struct entry *first,
                    int width[SECTION_COLUMNS])
{
    for (unsigned i = 0; i < SECTION_COLUMNS; ++i)
        width[i] = 1;
    for (const struct entry *entry = first; entry != NULL; entry = entry->next) {
        const struct section_row *row = &section_rows[entry->section];

        for (unsigned i = 0; i < row->lead; ++i) {
            char room[HEAD_ROOM];
            const char *text = head_cell(audit, entry, row->column[i], room);
            size_t length = text != NULL ? strlen(text) : 0;

            length = length < WIDEST ? length : WIDEST;
            width[i] = (int)length > width[i] ? (int)length : width[i];
        }
    }
}

/* The colour of a word of ours. */
static enum colour colour_of(const char *text)
{
    static const char *const bad[] = {"failure",  "bounced", "expired", "rejected",
                                      "critical", "high",    NULL};
    static const char *const good[] = {"success", "sent", "delivered", NULL};

    for (int i = 0; bad[i] != NULL; ++i) {
        if (strcmp(text, bad[i]) == 0)
            return COLOUR_RED;
    }
    for (int i = 0; good[i] != NULL; ++i) {
        if (strcmp(text, good[i]) == 0)
            return COLOUR_GREEN;
    }
    return COLOUR_NONE;
}

static void put_entry(const struct audit *audit, const struct entry *entry, const char *indent,
                      const int width[SECTION_COLUMNS])
{
    const struct section_row *row = &section_rows[entry->section];

    fputs(indent, stdout);
    for (unsigned i = 0; i < row->count; ++i) {
        char room[HEAD_ROOM];
        const char *text = head_cell(audit, entry, row->column[i], room);
        bool bare = i < row->lead;

        if (text == NULL && !bare)
            continue;
        text = text != NULL ? text : "-";
        if (i > 0)
            fputs("  ", stdout);
        if (!bare)
            printf("%s=", column_rows[row->column[i]].name);
        if (bare)
            terminal_colour(colour_of(text));
        if (bare && (row->column[i] == COLUMN_TIME || row->column[i] == COLUMN_WHAT))
            terminal_put(text, LONGEST);
        else
            put_value(text);
        if (bare && colour_of(text) != COLOUR_NONE)
            terminal_colour(COLOUR_NONE);
        if (bare && i + 1 < row->count)
            printf("%*s", width[i] - (int)strlen(text) > 0 ? width[i] - (int)strlen(text) : 0, "");
    }
    putchar('\n');
}

/* Names with a value each. */
static void put_names(const struct audit *audit, const struct entry *entry)
{
    for (; entry != NULL; entry = entry->next) {
        char room[HEAD_ROOM], value[HEAD_ROOM];

        printf("  %-44s", head_title(entry_get(entry, COLUMN_WHAT), room));
        terminal_put(head_value(audit, entry, value), LONGEST);
        putchar('\n');
    }
}

static void put_section(const struct audit *audit, enum section section)
{
    const struct entry *first = audit->entries.first[section];
    int width[SECTION_COLUMNS], below[SECTION_COLUMNS];

    terminal_colour(COLOUR_BOLD);
    printf("%s%s", section == SECTION_HEAD ? "" : "\n", section_rows[section].title);
    terminal_colour(COLOUR_NONE);
    putchar('\n');
    if (SECTION_IS_NAMES(section)) {
        put_names(audit, first);
        return;
    }
    if (first == NULL)
        puts("  none");
    else if (head_note(audit, section) != NULL)
        printf("  (%s)\n", head_note(audit, section));
    measure(audit, first, width);
    for (const struct entry *entry = first; entry != NULL; entry = entry->next) {
        put_entry(audit, entry, "  ", width);
        measure(audit, entry->below, below);
        for (const struct entry *one = entry->below; one != NULL; one = one->next)
            put_entry(audit, one, "      ", below);
    }
}

void audit_text(const struct audit *audit)
{
    for (int section = 0; section < SECTIONS_SHOWN && terminal_wrote(); ++section) {
        if (head_shows(audit, (enum section)section))
            put_section(audit, (enum section)section);
    }
}
