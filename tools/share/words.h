/* SPDX-License-Identifier: Apache-2.0 */
/* The words of Postfix's own sentences, as the rulebases have them: those say nothing of anybody.
 */
#ifndef PFXLOG_WORDS_H
#define PFXLOG_WORDS_H

#include "base/value.h"

struct words {
    struct pfx_slice *slot; /* of a size that is a power of two */
    size_t size, count;
};

/* Adds a word; the text has to outlive the words. False when memory ran out. */
bool words_add(struct words *words, struct pfx_slice word);
/* Adds all words of a text. */
bool words_add_text(struct words *words, struct pfx_slice text);
/* Adds the words of all rules in the text of a rulebase: what stands outside of captures. */
bool words_add_rules(struct words *words, struct pfx_slice text);
/* In the case that it was added in. */
bool words_have(const struct words *words, struct pfx_slice word);
void words_close(struct words *words);

#endif
