/* SPDX-License-Identifier: Apache-2.0 */
/* What an audit found: sections of entries, an entry a row of cells. The tables of columns and
 * sections are all that the formats of output know of it.
 */
#ifndef PFXLOG_AUDIT_ENTRIES_H
#define PFXLOG_AUDIT_ENTRIES_H

#include "audit/kept.h"

enum column {
#define COLUMN(column, name, title, kind) COLUMN_##column,
#include "audit/columns.def"
#undef COLUMN
    COLUMNS
};

/* A TIME is as event_created: RFC 3339, UTC. A WORD is short, as a rule, and not to be broken. */
enum column_kind { KIND_TEXT, KIND_WORD, KIND_NUMBER, KIND_TIME };

struct column_row {
    const char *name, *title; /* for programs and for people */
    enum column_kind kind;
};
extern const struct column_row column_rows[COLUMNS];

/* In the order of the output. */
enum section {
    SECTION_HEAD,
    SECTION_LOGINS,
    SECTION_SESSIONS,
    SECTION_SENT,
    SECTION_RECEIVED,
    SECTION_MAILS,
    SECTION_REFUSALS,
    SECTION_ALERTS,
    SECTION_BY_ADDRESS,
    SECTION_BY_DAY,
    SECTION_BY_RULE,
    SECTION_BY_STATE,
    SECTION_TOTALS,
    SECTION_RECIPIENTS, /* the last: their entries hang below those of mails */
    SECTIONS
};
#define SECTIONS_SHOWN SECTION_RECIPIENTS

#define SECTION_COLUMNS 15

/* A section of names (COLUMN_WHAT) with one value each: an object for programs. */
#define SECTION_IS_NAMES(section) ((section) == SECTION_HEAD || (section) == SECTION_TOTALS)

struct section_row {
    const char *name, *title;
    unsigned lead;  /* so many columns stand first and bare in text */
    unsigned count; /* columns */
    enum column column[SECTION_COLUMNS];
};
extern const struct section_row section_rows[SECTIONS];

struct entry {
    struct entry *next, *below, *last_below; /* below: recipients of a mail */
    int64_t time;                            /* microseconds; 0: none */
    unsigned section, about;                 /* about: of a mail, bits of ABOUT_ */
    uint32_t node;                           /* of a mail */
    const char *cell[];                      /* by the columns of its section; NULL: not known */
};

struct entries {
    struct entry *first[SECTIONS], *last[SECTIONS];
    unsigned long count, most;
    struct kept kept;
    struct entry **all; /* to be freed */
    size_t size;
    bool full, failed; /* over the most; memory ran out */
};

/* False when memory ran out. */
bool entries_open(struct entries *entries, unsigned long most);
void entries_close(struct entries *entries);
/* A new entry without cells, in no list yet. NULL where entries are full or memory ran out, and
 * says which. */
struct entry *entries_new(struct entries *entries, enum section section, int64_t time);
/* Appends it to its section. */
void entries_add(struct entries *entries, struct entry *entry);
/* Appends it below another. */
void entries_hang(struct entry *over, struct entry *entry);
/* Sets a cell of a column that the section has; NULL and "" leave it as it is. */
void entry_set(struct entries *entries, struct entry *entry, enum column column, const char *text);
void entry_set_number(struct entries *entries, struct entry *entry, enum column column,
                      long long number);
/* NULL where it has none. */
const char *entry_get(const struct entry *entry, enum column column);
/* 0 where there is none. */
long long entry_number(const struct entry *entry, enum column column);

#endif
