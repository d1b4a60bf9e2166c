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

/* Tells the contexts of rules that were read; false when memory ran out. Before rules are shared.
 */
bool pfx_contexts_make(struct pfx_rules *rules);
void pfx_contexts_free(struct pfx_rules *rules);

/* The trie of a context, or of a rule alone, which says in how many ways it reads a text. Made when
 * it is first asked for, by whichever thread that is, without a lock; it lives as long as the
 * rules. NULL when memory ran out. */
const struct pfx_trie *pfx_context_trie(struct pfx_rules *rules, const struct context *context);
const struct pfx_trie *pfx_context_alone(struct pfx_rules *rules, size_t rule);

/* The context of one of Postfix's daemons, or NULL when it has no rules of its own. */
const struct context *pfx_context_find(const struct pfx_rules *rules, struct pfx_slice daemon);
/* That of all rules of a product. */
const struct context *pfx_context_all(const struct pfx_rules *rules, unsigned product);

#endif
