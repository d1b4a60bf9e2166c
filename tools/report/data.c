/* SPDX-License-Identifier: Apache-2.0 */
/* A report as one JSON object, or as CSV (RFC 4180) with a row a line of a section. See report.h.
 */
#include "people/escape.h"
#include "people/terminal.h"
#include "report/report.h"

#include <stdio.h>

static bool is_there(enum column_kind kind, const struct cell *cell)
{
    return KIND_IS_TEXT(kind) ? cell->text != NULL : cell->number != NO_NUMBER;
}

static void put_json(enum column_kind kind, const struct cell *cell)
{
    char room[CELL_ROOM];

    if (KIND_IS_TEXT(kind))
        escape_json(cell->text);
    else
        printf(kind == KIND_TIME ? "\"%s\"" : "%s", cell_for_programs(kind, cell->number, room));
}

static void put_names(const struct line *line)
{
    putchar('{');
    for (bool some = false; line != NULL; line = line->next, some = true) {
        printf("%s\"%s\":", some ? "," : "", line->cell[0].text);
        put_json(line->kind, &line->cell[1]);
    }
    putchar('}');
}

static void put_list(enum section section, const struct line *line)
{
    const struct section_row *row = &sheet_sections[section];

    putchar('[');
    for (; line != NULL; line = line->next) {
        bool some = false;

        putchar('{');
        for (unsigned i = 0; i < row->columns; ++i) {
            enum column_kind kind = sheet_columns[row->column[i]].kind;

            if (!is_there(kind, &line->cell[i]))
                continue;
            printf("%s\"%s\":", some ? "," : "", sheet_columns[row->column[i]].name);
            put_json(kind, &line->cell[i]);
            some = true;
        }
        fputs(line->next != NULL ? "}," : "}", stdout);
    }
    putchar(']');
}

void report_json(const struct report *report)
{
    bool some = false;

    putchar('{');
    for (int section = 0; section < SECTIONS && terminal_wrote(); ++section) {
        if (!report_shows(report, (enum section)section))
            continue;
        printf("%s\"%s\":", some ? "," : "", sheet_sections[section].name);
        if (SECTION_IS_NAMES(section))
            put_names(report->sheets.of[section].first);
        else
            put_list((enum section)section, report->sheets.of[section].first);
        some = true;
    }
    printf("%s\"cut\":{", some ? "," : "");
    some = false;
    for (int section = 0; section < SECTIONS; ++section) {
        const struct sheet *sheet = &report->sheets.of[section];

        if (!report_shows(report, (enum section)section) || (sheet->more == 0 && sheet->lost == 0))
            continue;
        printf("%s\"%s\":{\"more\":%lu,\"lost\":%lu,\"lacks\":%lld}", some ? "," : "",
               sheet_sections[section].name, sheet->more, sheet->lost, (long long)sheet->lacked);
        some = true;
    }
    puts("}}");
}

static void put_csv(enum column_kind kind, const struct cell *cell)
{
    char room[CELL_ROOM];

    if (!is_there(kind, cell))
        return;
    if (KIND_IS_TEXT(kind))
        escape_csv(cell->text);
    else
        fputs(cell_for_programs(kind, cell->number, room), stdout);
}

/* The cells of a line at their columns; of names the value is a count, or else a value. */
static void put_row(enum section section, const struct line *line)
{
    const struct section_row *row = &sheet_sections[section];

    printf("\"%s\"", row->name);
    for (int column = 0; column < COLUMNS; ++column) {
        putchar(',');
        if (SECTION_IS_NAMES(section)) {
            enum column at = KIND_IS_TEXT(line->kind)  ? COLUMN_VALUE
                             : line->kind == KIND_TIME ? COLUMN_TIME
                                                       : COLUMN_COUNT;

            if (column == COLUMN_WHAT)
                put_csv(KIND_WORD, &line->cell[0]);
            else if (column == (int)at)
                put_csv(line->kind, &line->cell[1]);
            continue;
        }
        for (unsigned i = 0; i < row->columns; ++i) {
            if (row->column[i] == (enum column)column)
                put_csv(sheet_columns[column].kind, &line->cell[i]);
        }
    }
    fputs("\r\n", stdout);
}

void report_csv(const struct report *report)
{
    fputs("section", stdout);
    for (int column = 0; column < COLUMNS; ++column)
        printf(",%s", sheet_columns[column].name);
    fputs("\r\n", stdout);
    for (int section = 0; section < SECTIONS && terminal_wrote(); ++section) {
        const struct line *line = report->sheets.of[section].first;

        for (; line != NULL && report_shows(report, (enum section)section); line = line->next)
            put_row((enum section)section, line);
    }
}
