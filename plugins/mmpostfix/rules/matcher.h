/* SPDX-License-Identifier: Apache-2.0 */
/* The project's own matcher: rules as a trie, in which a text looks for the first rule that fits.
 * The order of edges is liblognorm's, so an untyped match is the one that liblognorm finds; on top
 * of it, whoever asks may turn a rule down, and the next one that fits is tried.
 *
 * Immutable once built: any number of threads may match in it at once. An edge has one way to match
 * at a place, and each node is reached by one path, so a match visits no node twice, but for the
 * few times that it is allowed to: its time is linear in the length of the text.
 */
#ifndef PFX_MATCHER_H
#define PFX_MATCHER_H

#include "rules/trie.h"

/* A rule that fits: the number that it was added by, and what it captured, in the order of the
 * text. Words are those of the pattern, texts point into the text that was matched. */
struct pfx_match {
    size_t rule;
    size_t count;
    struct pfx_slice word[PFX_CAPTURE_MAX], text[PFX_CAPTURE_MAX];
    pfx_word_id id[PFX_CAPTURE_MAX]; /* of the words; see pfx_split_find() */
};

/* What becomes of a rule that fits. 1: it is taken, 0: it is turned down, -1: the search ends. */
typedef int pfx_matcher_accept(void *cookie, const struct pfx_match *match);

/* Looks for a rule that fits the whole text, and is taken. What accept() said last of a rule that
 * it did not turn down, or 0. longer: how often a capture may go beyond the first place where what
 * has to follow it stands; 0 is what liblognorm does. A text that a stranger chose may hold what
 * ends it. */
int pfx_matcher_match(const struct pfx_trie *trie, struct pfx_slice text, unsigned longer,
                      pfx_matcher_accept *accept, void *cookie);
/* Whether a capture may be what a text is taken for. */
typedef bool pfx_matcher_possible(struct pfx_slice word, struct pfx_slice text);

/* The same; possible: NULL, or what is asked of each capture before the search goes on behind it.
 * *spent_r: it went beyond as often as it was allowed to, so that there may be more. */
int pfx_matcher_search(const struct pfx_trie *trie, struct pfx_slice text, unsigned longer,
                       pfx_matcher_accept *accept, void *cookie, pfx_matcher_possible *possible,
                       bool *spent_r);
/* As much as no sentence needs, and as little as costs no time. */
#define PFX_LONGER 32

#endif
