/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of alerts: the table alerts.tsv beside the rulebases (see rule.h), and a site's own
 * file, whose rows take the place of those with the same name; its conditions, too, also in rows of
 * the table. Immutable once read; shared by reference.
 */
#ifndef PFX_ALERT_RULES_H
#define PFX_ALERT_RULES_H

#include "alerts/rule.h"

#define PFX_ALERT_RULES 64 /* at most */

struct pfx_alert_rules {
    unsigned references; /* atomic */
    unsigned rules;
    unsigned gauges;                             /* that are asked for, a bit each */
    struct pfx_alert_rule rule[PFX_ALERT_RULES]; /* those of a group are neighbours */
    uint64_t *of_kind;                           /* by rows of kinds: which rules may count it */
    uint64_t knowing;                            /* rules with a "known" */
    uint64_t kindless;                           /* rules that may count a line of no kind */
    size_t kinds;
    char *text[2];
    struct pfx_alert_definition *definition;
};

/* Reads DIRECTORY/alerts.tsv, if there is one, and site, unless that is NULL. NULL on failure, then
 * error_r of that size names file, line and reason. Give it back by pfx_alert_rules_unref(). */
struct pfx_alert_rules *pfx_alert_rules_read(const char *directory, const char *site,
                                             const struct pfx_kinds *kinds, char *error_r,
                                             size_t size);
struct pfx_alert_rules *pfx_alert_rules_ref(struct pfx_alert_rules *rules);
void pfx_alert_rules_unref(struct pfx_alert_rules **rules);

/* Whether both were read of the same texts. */
bool pfx_alert_rules_equal(const struct pfx_alert_rules *a, const struct pfx_alert_rules *b);

/* The rules that may count a line of these kinds, a bit each. kinds is the table they were read
 * with. */
static inline uint64_t pfx_alert_rules_of(const struct pfx_alert_rules *rules,
                                          const struct pfx_kind *first_row,
                                          const struct pfx_kind *const *kind, unsigned kinds)
{
    uint64_t bits = kinds == 0 ? rules->kindless : 0;

    for (unsigned i = 0; i < kinds; ++i)
        bits |= rules->of_kind[kind[i] - first_row];
    return bits;
}

#endif
