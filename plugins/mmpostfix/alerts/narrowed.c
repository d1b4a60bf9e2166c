/* SPDX-License-Identifier: Apache-2.0 */
/* Rules by sorts of lines; see narrowed.h. */
#include "alerts/narrowed.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 1024 /* a power of two; half of them are used at most, then it begins anew */

static void free_narrow(struct pfx_narrow *narrow)
{
    for (unsigned i = 0; i < narrow->groups; ++i)
        pfx_condition_free_for(&narrow->group[i].what);
    for (unsigned r = 0; r < narrow->rules; ++r)
        pfx_condition_free_for(&narrow->share[r]);
    free(narrow);
}

static void forget(struct pfx_narrowed *narrowed)
{
    for (unsigned i = 0; i < SLOTS; ++i) {
        if (narrowed->slot[i] != NULL)
            free_narrow(narrowed->slot[i]);
        narrowed->slot[i] = NULL;
    }
    narrowed->used = 0;
}

bool pfx_narrowed_open(struct pfx_narrowed *narrowed, const struct pfx_alert_rules *rules,
                       const struct pfx_kind *first_row)
{
    *narrowed = (struct pfx_narrowed){.rules = rules, .first_row = first_row};
    narrowed->slot = calloc(SLOTS, sizeof(*narrowed->slot));
    narrowed->single = calloc(2 * rules->kinds + 2, sizeof(*narrowed->single));
    if (narrowed->slot != NULL && narrowed->single != NULL)
        return true;
    free(narrowed->slot);
    free(narrowed->single);
    *narrowed = (struct pfx_narrowed){0};
    return false;
}

void pfx_narrowed_free(struct pfx_narrowed *narrowed)
{
    if (narrowed->rules == NULL)
        return;
    forget(narrowed);
    for (size_t i = 0; i < 2 * narrowed->rules->kinds; ++i) {
        if (narrowed->single[i] != NULL)
            free_narrow(narrowed->single[i]);
    }
    free(narrowed->slot);
    free(narrowed->single);
    *narrowed = (struct pfx_narrowed){0};
}

static unsigned hash_of(const struct pfx_alert_sort *sort)
{
    uint64_t first = sort->kinds > 0 ? (uintptr_t)sort->kind[0] : 0;
    uint64_t last = sort->kinds > 1 ? (uintptr_t)sort->kind[sort->kinds - 1] : 0;

    return (unsigned)((first + last * 5 + sort->first) * UINT64_C(0x9e3779b97f4a7c15) >> 40) &
           (SLOTS - 1);
}

static bool is_same(const struct pfx_alert_sort *a, const struct pfx_alert_sort *b)
{
    if (a->kinds != b->kinds || a->first != b->first)
        return false;
    for (unsigned i = 0; i < a->kinds; ++i) {
        if (a->kind[i] != b->kind[i])
            return false;
    }
    return true;
}

static bool may_hold(const struct pfx_condition *condition)
{
    return condition->terms > 0 || condition->always;
}

/* False when memory ran out; what was taken is the narrow's. */
static bool fill_group(struct pfx_narrow *narrow, const struct pfx_alert_rule *first,
                       struct pfx_condition *share, uint64_t of)
{
    struct pfx_narrow_group *group = &narrow->group[narrow->groups];
    bool good = true;

    *group = (struct pfx_narrow_group){.first = first, .of = of, .share = share};
    for (unsigned r = 0; r < first->beside && first->shares && good; ++r) {
        good = pfx_condition_for(&first[r].of, &narrow->sort, &share[r]);
        group->shares |= may_hold(&share[r]);
    }
    good = good && pfx_condition_for(first->what, &narrow->sort, &group->what);
    narrow->groups += good && (may_hold(&group->what) || group->shares);
    return good;
}

static bool fill(struct pfx_narrow *narrow, const struct pfx_alert_rules *rules, uint64_t of)
{
    bool good = true;

    for (uint64_t bits = of; bits != 0 && good;) {
        const struct pfx_alert_rule *rule = &rules->rule[__builtin_ctzll(bits)];

        good = fill_group(narrow, &rules->rule[rule->first], &narrow->share[rule->first],
                          of >> rule->first);
        bits &= ~(((UINT64_C(2) << (rule->beside - 1)) - 1) << rule->first);
    }
    return good;
}

static struct pfx_narrow *make(const struct pfx_alert_rules *rules,
                               const struct pfx_kind *first_row, const struct pfx_alert_sort *sort)
{
    uint64_t of = pfx_alert_rules_of(rules, first_row, sort->kind, sort->kinds);
    size_t groups = (size_t)__builtin_popcountll(of);
    struct pfx_narrow *narrow =
        sort->kinds > PFX_KIND_MAX ? NULL
                                   : calloc(1, sizeof(*narrow) + groups * sizeof(narrow->group[0]) +
                                                   rules->rules * sizeof(narrow->share[0]));

    if (narrow == NULL)
        return NULL;
    for (unsigned i = 0; i < sort->kinds; ++i)
        narrow->kind[i] = sort->kind[i];
    narrow->sort = (struct pfx_alert_sort){narrow->kind, sort->kinds, sort->first};
    narrow->share = (struct pfx_condition *)(void *)&narrow->group[groups];
    narrow->rules = rules->rules;
    narrow->knowing = of & rules->knowing;
    if (fill(narrow, rules, of))
        return narrow;
    free_narrow(narrow);
    return NULL;
}

const struct pfx_narrow *pfx_narrowed_make(struct pfx_narrowed *narrowed,
                                           const struct pfx_alert_sort *sort)
{
    const struct pfx_kind *first_row = narrowed->first_row;
    struct pfx_narrow **place;
    unsigned slot;

    if (narrowed->rules == NULL)
        return NULL;
    if (sort->kinds == 1) {
        place = &narrowed->single[2 * (sort->kind[0] - first_row) + sort->first];
        *place = make(narrowed->rules, first_row, sort);
        return *place;
    }
    if (narrowed->used >= SLOTS / 2)
        forget(narrowed);
    slot = hash_of(sort);
    for (; narrowed->slot[slot] != NULL; slot = (slot + 1) & (SLOTS - 1)) {
        if (is_same(&narrowed->slot[slot]->sort, sort))
            return narrowed->slot[slot];
    }
    place = &narrowed->slot[slot];
    *place = make(narrowed->rules, first_row, sort);
    narrowed->used += *place != NULL;
    return *place;
}
