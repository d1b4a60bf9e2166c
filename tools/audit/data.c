/* SPDX-License-Identifier: Apache-2.0 */
/* An audit as one JSON object, or as CSV (RFC 4180) with a row an entry; see audit.h. */
#include "audit/audit.h"
#include "people/escape.h"
#include "people/terminal.h"

#include <stdio.h>
#include <string.h>

/* A number of JSON: an integer, or one with a fraction. */
static bool is_number(const char *text)
{
    size_t at = text[0] == '-', digits = strspn(text + at, "0123456789"), more;

    if (digits == 0 || (digits > 1 && text[at] == '0'))
        return false;
    at += digits;
    if (text[at] != '.')
        return text[at] == '\0';
    more = strspn(text + at + 1, "0123456789");
    return more > 0 && text[at + 1 + more] == '\0';
}

static void put_json(enum column column, const char *text)
{
    if (column_rows[column].kind == KIND_NUMBER && is_number(text))
        fputs(text, stdout);
    else
        escape_json(text);
}

static void put_list(const struct entry *first);

static void put_object(const struct entry *entry)
{
    const struct section_row *row = &section_rows[entry->section];
    bool some = false;

    putchar('{');
    for (unsigned i = 0; i < row->count; ++i) {
        if (entry->cell[i] == NULL)
            continue;
        printf("%s\"%s\":", some ? "," : "", column_rows[row->column[i]].name);
        put_json(row->column[i], entry->cell[i]);
        some = true;
    }
    if (entry->section >= SECTION_SENT && entry->section <= SECTION_MAILS) {
        printf("%s\"recipients\":", some ? "," : "");
        put_list(entry->below);
    }
    putchar('}');
}

static void put_list(const struct entry *first)
{
    putchar('[');
    for (const struct entry *entry = first; entry != NULL; entry = entry->next) {
        if (entry != first)
            putchar(',');
        put_object(entry);
    }
    putchar(']');
}

static void put_names(const struct entry *first)
{
    putchar('{');
    for (const struct entry *entry = first; entry != NULL; entry = entry->next) {
        printf("%s\"%s\":", entry != first ? "," : "", entry_get(entry, COLUMN_WHAT));
        if (entry_get(entry, COLUMN_COUNT) != NULL)
            put_json(COLUMN_COUNT, entry_get(entry, COLUMN_COUNT));
        else
            escape_json(head_value(NULL, entry, NULL));
    }
    putchar('}');
}

void audit_json(const struct audit *audit)
{
    for (int section = 0; section < SECTIONS_SHOWN && terminal_wrote(); ++section) {
        const struct entry *first = audit->entries.first[section];

        printf("%s\"%s\":", section == 0 ? "{" : ",", section_rows[section].name);
        if (SECTION_IS_NAMES(section))
            put_names(first);
        else
            put_list(first);
    }
    puts("}");
}

/* over: the mail of a recipient, or NULL. */
static void put_row(const struct entry *entry, const struct entry *over)
{
    if (over != NULL)
        printf("\"%s.%s\"", section_rows[over->section].name, section_rows[entry->section].name);
    else
        printf("\"%s\"", section_rows[entry->section].name);
    for (int column = 0; column < COLUMNS; ++column) {
        const char *text = entry_get(entry, (enum column)column);

        if (text == NULL && over != NULL && (column == COLUMN_QUEUE_ID || column == COLUMN_HOST))
            text = entry_get(over, (enum column)column);
        putchar(',');
        if (text != NULL)
            escape_csv(text);
    }
    fputs("\r\n", stdout);
}

void audit_csv(const struct audit *audit)
{
    fputs("section", stdout);
    for (int column = 0; column < COLUMNS; ++column)
        printf(",%s", column_rows[column].name);
    fputs("\r\n", stdout);
    for (int section = 0; section < SECTIONS_SHOWN && terminal_wrote(); ++section) {
        for (const struct entry *entry = audit->entries.first[section]; entry != NULL;
             entry = entry->next) {
            put_row(entry, NULL);
            for (const struct entry *below = entry->below; below != NULL; below = below->next)
                put_row(below, entry);
        }
    }
}
