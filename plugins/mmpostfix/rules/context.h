/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that a text is tried with: of Postfix those of its daemon with the shared ones, and
 * those of all for a sentence that turns up under a daemon which is not known to say it; of another
 * product all that it has. Only for the rooms beside this one.
 */
#ifndef PFX_CONTEXT_H
#define PFX_CONTEXT_H

#include "rules/ruleset.h"

/* Writes the numbers of the rules of a context in the order in which they are tried. number_r has
 * room for all rules; returns how many there are. */
size_t pfx_context_rules(const struct pfx_rules *rules, const struct context *context,
                         size_t *number_r);

/* Builds the matchers of all contexts; false when memory ran out. Before rules are shared. */
bool pfx_contexts_build(struct pfx_rules *rules);
void pfx_contexts_free(struct pfx_rules *rules);

/* The context of one of Postfix's daemons, or NULL when it has no rules of its own. */
const struct context *pfx_context_find(const struct pfx_rules *rules, struct pfx_slice daemon);
/* That of all rules of a product. */
const struct context *pfx_context_all(const struct pfx_rules *rules, unsigned product);

#endif
