/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds; see kinds.h. */
#include "kinds.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS 5

/* Splits a line into exactly COLUMNS slices; "-" becomes an empty one. */
static bool split_row(struct pfx_slice line, struct pfx_slice column[COLUMNS])
{
    for (int i = 0; i < COLUMNS; ++i) {
        ptrdiff_t tab = pfx_slice_find(line, PFX_SLICE("\t"));

        if ((tab < 0) != (i == COLUMNS - 1))
            return false;
        column[i] = tab < 0 ? line : pfx_slice_until(line, (size_t)tab);
        if (pfx_slice_equal(column[i], PFX_SLICE("-")))
            column[i].length = 0;
        if (tab >= 0)
            line = pfx_slice_from(line, (size_t)tab + 1);
    }
    return true;
}

/* Checks one row against those before it; the reason why it can not be one, or NULL. */
static const char *row_fault(const struct pfx_kinds *kinds, const struct pfx_kind *kind)
{
    int64_t code;

    if (kind->name.length == 0 || pfx_slice_find(kind->name, PFX_SLICE(".")) <= 0)
        return "a kind is named AREA.WORD";
    if (kind->code.length > 0 && (kind->code.length != 6 || !pfx_value_integer(kind->code, &code)))
        return "the code is six digits or -";
    if (kind->outcome.length > 0 && !pfx_slice_equal(kind->outcome, PFX_SLICE("success")) &&
        !pfx_slice_equal(kind->outcome, PFX_SLICE("failure")))
        return "the outcome is success, failure or -";
    for (size_t i = 0; i < kinds->rows; ++i) {
        if (pfx_slice_equal(kinds->row[i].name, kind->name))
            return "this kind has a row already";
    }
    return NULL;
}

static int add_row(struct pfx_kinds *kinds, struct pfx_slice line, unsigned number,
                   const char **reason_r)
{
    struct pfx_slice column[COLUMNS];
    struct pfx_kind kind;
    struct pfx_kind *grown;

    if (!split_row(line, column)) {
        *reason_r = "a row has five columns separated by tabs";
        return -1;
    }
    kind = (struct pfx_kind){column[0], column[1], column[2], column[3], column[4],
                             number};
    *reason_r = row_fault(kinds, &kind);
    if (*reason_r != NULL)
        return -1;
    grown = realloc(kinds->row, (kinds->rows + 1) * sizeof(*grown));
    if (grown == NULL) {
        *reason_r = "out of memory";
        return -1;
    }
    kinds->row = grown;
    kinds->row[kinds->rows++] = kind;
    return 0;
}

int pfx_kinds_read(struct pfx_slice text, struct pfx_kinds *kinds_r, unsigned *line_r,
                   const char **reason_r)
{
    *kinds_r = (struct pfx_kinds){0};
    for (*line_r = 1; text.length > 0; ++*line_r) {
        ptrdiff_t end = pfx_slice_find(text, PFX_SLICE("\n"));
        struct pfx_slice line = end < 0 ? text : pfx_slice_until(text, (size_t)end);

        text = pfx_slice_from(text, line.length + 1);
        if (line.length == 0 || line.text[0] == '#')
            continue;
        if (add_row(kinds_r, line, *line_r, reason_r) < 0) {
            pfx_kinds_free(kinds_r);
            return -1;
        }
    }
    return 0;
}

void pfx_kinds_free(struct pfx_kinds *kinds)
{
    free(kinds->row);
    *kinds = (struct pfx_kinds){0};
}

static const struct pfx_kind *find_exact(const struct pfx_kinds *kinds, struct pfx_slice name)
{
    for (size_t i = 0; i < kinds->rows; ++i) {
        if (pfx_slice_equal(kinds->row[i].name, name))
            return &kinds->row[i];
    }
    return NULL;
}

const struct pfx_kind *pfx_kinds_find(const struct pfx_kinds *kinds, struct pfx_slice name)
{
    const struct pfx_kind *kind = find_exact(kinds, name);
    ptrdiff_t dot = pfx_slice_find(name, PFX_SLICE("."));
    char any[64];

    if (kind != NULL || dot < 0 || (size_t)dot + 2 > sizeof(any))
        return kind;
    memcpy(any, name.text, (size_t)dot + 1);
    any[dot + 1] = '*';
    return find_exact(kinds, (struct pfx_slice){any, (size_t)dot + 2});
}
