/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as a trie, for the matcher. Text that rules have in common is in it once; an edge is a
 * whole run of text, or a capture. Built by one thread; immutable once finished.
 */
#ifndef PFX_TRIE_H
#define PFX_TRIE_H

#include "event/split.h"
#include "rules/pattern.h"

#define PFX_NO_RULE SIZE_MAX
#define PFX_EDGE_SLOTS 128

struct pfx_edge {
    struct pfx_node *node; /* where it leads */
    struct pfx_slice word; /* of a capture; empty: nothing is kept */
    char *text;            /* what the parser looks for */
    uint32_t length;       /* of text */
    uint32_t priority;
    pfx_word_id id; /* of word */
    uint8_t kind;   /* enum pfx_parser_kind */
    bool plain;     /* text as it stands in patterns */
    uint8_t slot;   /* below PFX_EDGE_SLOTS, the same for the same text */
};

/* Edges in the order in which they are tried: those that a rule wants first, literals by their
 * first byte, the others. */
struct pfx_node {
    struct pfx_edge *edge;
    uint32_t edges;
    uint32_t literal, after; /* the first literal, the first edge behind them */
    uint16_t *index; /* by byte the first literal that begins with it or a later one; NULL: few */
    size_t rule;     /* that ends here, or PFX_NO_RULE */
};

struct pfx_trie {
    struct pfx_node *root;
    char *block; /* that the finished nodes lie in, or NULL */
};

/* NULL when memory ran out. */
struct pfx_trie *pfx_trie_new(void);
void pfx_trie_free(struct pfx_trie **trie);

/* Adds a rule by a pattern that pfx_pattern_check() found good and that has to live as long as the
 * trie. Of two rules with the same pattern the first one counts. False when memory ran out. */
bool pfx_trie_add(struct pfx_trie *trie, struct pfx_slice pattern, size_t rule);
/* Orders what was added; after it nothing is added any more. False when memory ran out. */
bool pfx_trie_finish(struct pfx_trie *trie);

#endif
