/* SPDX-License-Identifier: Apache-2.0 */
/* A report for a terminal or a mail: figures in front, what they are of behind. See report.h. */
#include "people/escape.h"
#include "people/terminal.h"
#include "report/report.h"

#include <stdio.h>
#include <string.h>

#define LONGEST 90 /* characters of a text that are shown */
#define WIDEST 44  /* of texts that stand in a column */

/* The colour of a figure that somebody should look at. */
static enum colour colour_of(enum column column, int64_t number)
{
    if (number <= 0)
        return COLOUR_NONE;
    if (column == COLUMN_BOUNCED || column == COLUMN_EXPIRED)
        return COLOUR_RED;
    return column == COLUMN_DEFERRALS || column == COLUMN_WAITING ? COLOUR_YELLOW : COLOUR_NONE;
}

static void put_title(enum section section)
{
    terminal_colour(COLOUR_BOLD);
    printf("\n%s\n", sheet_sections[section].title);
    terminal_colour(COLOUR_NONE);
    for (size_t i = 0; i < strlen(sheet_sections[section].title); ++i)
        putchar('-');
    putchar('\n');
}

/* Names and their values. */
static void put_names(const struct report *report, enum section section)
{
    const struct line *line = report->sheets.of[section].first;

    for (; line != NULL; line = line->next) {
        char room[CELL_ROOM];

        if (section == SECTION_HEAD) {
            printf("  %-28s ", line->title);
            if (KIND_IS_TEXT(line->kind))
                terminal_put(line->cell[1].text, LONGEST);
            else
                fputs(cell_for_people(line->kind, line->cell[1].number, report->clock.utc, room),
                      stdout);
            putchar('\n');
        } else {
            printf("  %12s  %s\n",
                   cell_for_people(line->kind, line->cell[1].number, report->clock.utc, room),
                   line->title);
        }
    }
}

static size_t characters_in(const char *text)
{
    size_t characters = 0;

    for (; *text != '\0'; ++characters)
        escape_next(&text);
    return characters;
}

/* How wide the column of a figure is, and that of a word of ours. */
static void measure(const struct report *report, enum section section, int width[SECTION_COLUMNS])
{
    const struct section_row *row = &sheet_sections[section];

    for (unsigned i = 0; i < row->columns; ++i) {
        const struct column_row *column = &sheet_columns[row->column[i]];
        const struct line *line = report->sheets.of[section].first;

        width[i] = (int)strlen(column->title);
        for (; line != NULL; line = line->next) {
            char room[CELL_ROOM];
            size_t length = 1;

            if (KIND_IS_TEXT(column->kind))
                length = line->cell[i].text != NULL ? characters_in(line->cell[i].text) : 1;
            else if (line->cell[i].number != NO_NUMBER)
                length = strlen(
                    cell_for_people(column->kind, line->cell[i].number, report->clock.utc, room));
            if (KIND_IS_TEXT(column->kind) && length > WIDEST)
                length = WIDEST;
            width[i] = (int)length > width[i] ? (int)length : width[i];
        }
    }
}

static void put_figure(const struct report *report, const struct line *line, unsigned at,
                       enum column column, int width)
{
    char room[CELL_ROOM];
    int64_t number = line->cell[at].number;

    fputs("  ", stdout);
    terminal_colour(colour_of(column, number));
    printf("%*s", width,
           number == NO_NUMBER
               ? "-"
               : cell_for_people(sheet_columns[column].kind, number, report->clock.utc, room));
    if (colour_of(column, number) != COLOUR_NONE)
        terminal_colour(COLOUR_NONE);
}

/* The last text of a line has no column to keep. */
static void put_line(const struct report *report, enum section section, const struct line *line,
                     const int width[SECTION_COLUMNS])
{
    const struct section_row *row = &sheet_sections[section];
    unsigned last = 0;

    for (unsigned i = 0; i < row->columns; ++i) {
        if (!KIND_IS_TEXT(sheet_columns[row->column[i]].kind))
            put_figure(report, line, i, row->column[i], width[i]);
        else if (line->cell[i].text != NULL)
            last = i;
    }
    for (unsigned i = 0; i <= last; ++i) {
        const char *text = line->cell[i].text != NULL ? line->cell[i].text : "-";
        int put;

        if (!KIND_IS_TEXT(sheet_columns[row->column[i]].kind))
            continue;
        fputs("  ", stdout);
        put = (int)terminal_put(text, LONGEST);
        if (i < last)
            printf("%*s", put < width[i] ? width[i] - put : 0, "");
    }
    putchar('\n');
}

static void put_titles(enum section section, const int width[SECTION_COLUMNS])
{
    const struct section_row *row = &sheet_sections[section];

    terminal_colour(COLOUR_DIM);
    for (unsigned i = 0; i < row->columns; ++i) {
        if (!KIND_IS_TEXT(sheet_columns[row->column[i]].kind))
            printf("  %*s", width[i], sheet_columns[row->column[i]].title);
    }
    for (unsigned i = 0, texts = 0; i < row->columns; ++i) {
        if (KIND_IS_TEXT(sheet_columns[row->column[i]].kind))
            texts = i;
        if (i + 1 == row->columns) {
            for (unsigned t = 0; t <= texts; ++t) {
                if (KIND_IS_TEXT(sheet_columns[row->column[t]].kind))
                    printf("  %-*s", t < texts ? width[t] : 0, sheet_columns[row->column[t]].title);
            }
        }
    }
    terminal_colour(COLOUR_NONE);
    putchar('\n');
}

static void put_more(const struct sheet *sheet)
{
    if (sheet->more > 0)
        printf("  ... and %lu more\n", sheet->more);
    if (sheet->lost > 0)
        printf("  (Too many to keep: %lu were dropped, and a count may lack %lld.)\n", sheet->lost,
               (long long)sheet->lacked);
}

void report_text(const struct report *report)
{
    int width[SECTION_COLUMNS] = {0};

    for (int section = 0; section < SECTIONS && terminal_wrote(); ++section) {
        const struct sheet *sheet = &report->sheets.of[section];

        if (!report_shows(report, (enum section)section) ||
            (sheet->first == NULL && section != SECTION_PROBLEMS))
            continue;
        put_title((enum section)section);
        if (sheet->first == NULL) {
            puts("  none");
        } else if (SECTION_IS_NAMES(section)) {
            put_names(report, (enum section)section);
        } else {
            measure(report, (enum section)section, width);
            put_titles((enum section)section, width);
            for (const struct line *line = sheet->first; line != NULL; line = line->next)
                put_line(report, (enum section)section, line, width);
            put_more(sheet);
        }
    }
}
