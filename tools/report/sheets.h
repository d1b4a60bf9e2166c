/* SPDX-License-Identifier: Apache-2.0 */
/* What is printed: sections of rows of cells, whatever the format. */
#ifndef PFXLOG_SHEETS_H
#define PFXLOG_SHEETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum column {
#define COLUMN(column, name, title, kind) COLUMN_##column,
#include "report/columns.def"
#undef COLUMN
    COLUMNS
};

/* A WORD is one of ours, TEXT of strangers. SECONDS are kept in milliseconds, TIME in microseconds
 * since 1970. */
enum column_kind { KIND_WORD, KIND_TEXT, KIND_NUMBER, KIND_BYTES, KIND_SECONDS, KIND_TIME };

#define KIND_IS_TEXT(kind) ((kind) <= KIND_TEXT)

struct column_row {
    const char *name, *title; /* for programs and for people */
    enum column_kind kind;
};
extern const struct column_row sheet_columns[COLUMNS];

/* In the order of the output. */
enum section {
    SECTION_HEAD,
    SECTION_PROBLEMS,
    SECTION_TOTALS,
    SECTION_HOURS,
    SECTION_DAYS,
    SECTION_SENDER_DOMAINS,
    SECTION_SENDERS,
    SECTION_RECIPIENT_DOMAINS,
    SECTION_RECIPIENTS,
    SECTION_USERS,
    SECTION_CLIENTS,
    SECTION_SIZES,
    SECTION_REFUSAL_REASONS,
    SECTION_REFUSALS,
    SECTION_NEXT_HOPS,
    SECTION_DEFERRALS,
    SECTION_BOUNCES,
    SECTION_DELAYS,
    SECTION_TLS,
    SECTION_LOGIN_USERS,
    SECTION_LOGIN_CLIENTS,
    SECTION_LOGIN_SERVICES,
    SECTION_FILTERS,
    SECTION_VIRUSES,
    SECTION_GREYLIST,
    SECTION_POSTSCREEN,
    SECTION_WARNINGS,
    SECTION_UNKNOWN,
    SECTIONS
};

#define SECTION_COLUMNS 10

struct section_row {
    const char *name, *title;
    unsigned columns;
    enum column column[SECTION_COLUMNS];
};
extern const struct section_row sheet_sections[SECTIONS];

/* Sections of names (the first column) with one value each: an object for programs. */
#define SECTION_IS_NAMES(section) ((section) == SECTION_HEAD || (section) == SECTION_TOTALS)

#define NO_NUMBER INT64_MIN

struct cell {
    const char *text; /* of a TEXT or WORD; NULL: none */
    int64_t number;   /* of others; NO_NUMBER: none */
};

/* A row of names has its own kind and title. */
struct line {
    struct line *next;
    const char *title;
    enum column_kind kind;
    struct cell cell[SECTION_COLUMNS];
};

struct sheet {
    struct line *first, *last;
    unsigned long lines, more; /* shown; and how many more there were */
    unsigned long lost;        /* keys that a table had no room for, */
    int64_t lacked;            /* and how much a count may lack by that */
};

struct sheets {
    struct sheet of[SECTIONS];
    bool failed; /* memory ran out */
};

void sheets_close(struct sheets *sheets);
/* A new line at the end of a section, with nothing in its cells; NULL when memory ran out. Texts in
 * cells have to live as long. */
struct line *sheets_add(struct sheets *sheets, enum section section);
/* Sets a cell of a column that the section has. */
void line_set(struct line *line, enum section section, enum column column, int64_t number);
void line_set_text(struct line *line, enum section section, enum column column, const char *text);

#define CELL_ROOM 64
/* A number as people read it: "1.2 MB", "2 h 10 min". utc: times are in UTC. */
const char *cell_for_people(enum column_kind kind, int64_t number, bool utc, char room[CELL_ROOM]);
/* The same for programs: bytes, seconds with a fraction, RFC 3339 in UTC. */
const char *cell_for_programs(enum column_kind kind, int64_t number, char room[CELL_ROOM]);

#endif
