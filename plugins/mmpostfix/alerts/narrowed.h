/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of the rules for lines of the same kinds, remembered: most conditions are about
 * kinds, and there are few lots of them. Of one thread.
 */
#ifndef PFX_NARROWED_H
#define PFX_NARROWED_H

#include "alerts/rules.h"

/* Rules with one condition and one key. */
struct pfx_narrow_group {
    const struct pfx_alert_rule *first;
    uint64_t of;                       /* those that may count the line, from first on */
    bool shares;                       /* some count it though the condition does not hold */
    struct pfx_condition what;         /* what is left of the condition, */
    const struct pfx_condition *share; /* and of what a share is of, by rule from first on */
};

struct pfx_narrow {
    struct pfx_alert_sort sort;
    unsigned groups, rules;
    struct pfx_condition *share; /* of all rules, behind the groups */
    uint64_t knowing;            /* rules with a "known" */
    const struct pfx_kind *kind[PFX_KIND_MAX];
    struct pfx_narrow_group group[];
};

/* Of one set of rules, and freed before that is. Zeroed at first. */
struct pfx_narrowed {
    const struct pfx_alert_rules *rules;
    const struct pfx_kind *first_row; /* of the kinds */
    struct pfx_narrow **slot;         /* of several kinds */
    struct pfx_narrow **single;       /* of one, by its row and whether they are the first */
    unsigned used;
};
/* False when memory ran out. */
bool pfx_narrowed_open(struct pfx_narrowed *narrowed, const struct pfx_alert_rules *rules,
                       const struct pfx_kind *first_row);
void pfx_narrowed_free(struct pfx_narrowed *narrowed);

/* Made at first. NULL when memory ran out. */
const struct pfx_narrow *pfx_narrowed_make(struct pfx_narrowed *narrowed,
                                           const struct pfx_alert_sort *sort);

/* What is left for lines of a sort; valid until the next call. NULL when memory ran out. */
static inline const struct pfx_narrow *pfx_narrowed_find(struct pfx_narrowed *narrowed,
                                                         const struct pfx_alert_sort *sort)
{
    const struct pfx_narrow *narrow = NULL;

    if (sort->kinds == 1 && narrowed->single != NULL)
        narrow = narrowed->single[2 * (sort->kind[0] - narrowed->first_row) + sort->first];
    return narrow != NULL ? narrow : pfx_narrowed_make(narrowed, sort);
}

#endif
