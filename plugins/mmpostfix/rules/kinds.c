/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds; see kinds.h. */
#include "rules/kinds.h"
#include "base/hash.h"
#include "base/rows.h"
#include "rules/table.h"

#include <stdlib.h>
#include <string.h>

int pfx_fate_find(struct pfx_slice name)
{
    static const char *const names[PFX_FATES] = {
        "",           "sent",     "deferred", "bounced",  "expired",  "probed",    "dropped",
        "identified", "active",   "held",     "released", "rejected", "discarded", "deleted",
        "canceled",   "requeued", "refused",  "denied",   "passed"};

    for (int f = 0; f < PFX_FATES; ++f) {
        if (pfx_slice_equal(pfx_slice_of(names[f]), name))
            return f;
    }
    return -1;
}

/* The slot of that name, or the empty one where it belongs. The table must not be empty. */
static uint32_t *find_slot(const struct pfx_kinds *kinds, struct pfx_slice name)
{
    size_t at = pfx_slice_hash(name) & (kinds->slots - 1);

    while (kinds->slot[at] != 0 && !pfx_slice_equal(kinds->row[kinds->slot[at] - 1].name, name))
        at = (at + 1) & (kinds->slots - 1);
    return &kinds->slot[at];
}

/* Checks one row against those before it; the reason why it can not be one, or NULL. */
static const char *row_fault(const struct pfx_kinds *kinds, const struct pfx_classes *classes,
                             const struct pfx_kind *kind)
{
    int64_t code;

    if (kind->name.length == 0 || pfx_slice_find(kind->name, PFX_SLICE(".")) <= 0)
        return "a kind is named AREA.WORD";
    if (kind->code.length > 0 && (kind->code.length != 6 || !pfx_value_integer(kind->code, &code)))
        return "the code is six digits or -";
    if (kind->outcome.length > 0 && !pfx_slice_equal(kind->outcome, PFX_SLICE("success")) &&
        !pfx_slice_equal(kind->outcome, PFX_SLICE("failure")))
        return "the outcome is success, failure or -";
    if (classes != NULL && kind->reason.length > 0 &&
        !pfx_slice_equal(kind->reason, PFX_SLICE("*")) && !pfx_classes_has(classes, kind->reason))
        return "no such reason in reason_classes.tsv";
    for (size_t i = 0; i < kinds->rows; ++i) {
        if (pfx_slice_equal(kinds->row[i].name, kind->name))
            return "this kind has a row already";
    }
    return NULL;
}

struct cookie {
    struct pfx_kinds *kinds;
    const struct pfx_classes *classes;
};

static const char *add_row(void *data, const struct pfx_slice *column, unsigned line)
{
    struct cookie *cookie = data;
    struct pfx_kinds *kinds = cookie->kinds;
    int fate = pfx_fate_find(column[6]);
    struct pfx_kind kind = {column[0], column[1], column[2],           column[3],
                            column[4], column[5], (enum pfx_fate)fate, line};
    const char *fault = row_fault(kinds, cookie->classes, &kind);
    struct pfx_kind *grown;

    if (fate < 0)
        return "no such fate";
    if (fault != NULL)
        return fault;
    grown = pfx_rows_grow(kinds->row, kinds->rows, sizeof(*grown));
    if (grown == NULL)
        return "out of memory";
    kinds->row = grown;
    kinds->row[kinds->rows++] = kind;
    return NULL;
}

/* Open addressing at a load of one half at most. */
static int make_index(struct pfx_kinds *kinds)
{
    for (kinds->slots = 16; kinds->slots < kinds->rows * 2; kinds->slots *= 2)
        ;
    kinds->slot = calloc(kinds->slots, sizeof(*kinds->slot));
    if (kinds->slot == NULL)
        return -1;
    for (size_t i = 0; i < kinds->rows; ++i)
        *find_slot(kinds, kinds->row[i].name) = (uint32_t)i + 1;
    return 0;
}

int pfx_kinds_read(struct pfx_slice text, const struct pfx_classes *classes,
                   struct pfx_kinds *kinds_r, unsigned *line_r, const char **reason_r)
{
    struct cookie cookie = {kinds_r, classes};

    *kinds_r = (struct pfx_kinds){0};
    if (pfx_table_read(text, 7, add_row, &cookie, line_r, reason_r) == 0) {
        if (make_index(kinds_r) == 0)
            return 0;
        *reason_r = "out of memory";
    }
    pfx_kinds_free(kinds_r);
    return -1;
}

void pfx_kinds_free(struct pfx_kinds *kinds)
{
    free(kinds->row);
    free(kinds->slot);
    *kinds = (struct pfx_kinds){0};
}

static const struct pfx_kind *find_exact(const struct pfx_kinds *kinds, struct pfx_slice name)
{
    uint32_t row = kinds->slots == 0 ? 0 : *find_slot(kinds, name);

    return row == 0 ? NULL : &kinds->row[row - 1];
}

const struct pfx_kind *pfx_kinds_find(const struct pfx_kinds *kinds, struct pfx_slice name)
{
    const struct pfx_kind *kind = find_exact(kinds, name);
    ptrdiff_t dot;
    char any[64];

    if (kind != NULL || (dot = pfx_slice_find(name, PFX_SLICE("."))) < 0 ||
        (size_t)dot + 2 > sizeof(any))
        return kind;
    memcpy(any, name.text, (size_t)dot + 1);
    any[dot + 1] = '*';
    return find_exact(kinds, (struct pfx_slice){any, (size_t)dot + 2});
}

void pfx_kinds_resolve(const struct pfx_kinds *kinds, struct pfx_rule *rule)
{
    ptrdiff_t dot = pfx_slice_rfind(rule->event, PFX_SLICE("."));
    struct pfx_slice words = pfx_slice_from(rule->event, (size_t)(dot + 1));
    char *action;

    for (unsigned i = 0; i < rule->kinds; ++i) {
        if (memchr(rule->kind[i].text, '<', rule->kind[i].length) == NULL)
            rule->known[i] = pfx_kinds_find(kinds, rule->kind[i]);
    }
    if (words.length == 0 || memchr(rule->event.text, '<', rule->event.length) != NULL ||
        (action = malloc(words.length)) == NULL)
        return;
    for (size_t i = 0; i < words.length; ++i)
        action[i] = words.text[i] == '_' ? ' ' : words.text[i];
    rule->action = (struct pfx_slice){action, words.length};
}

void pfx_kinds_release(struct pfx_rule *rule)
{
    free((char *)rule->action.text);
}
