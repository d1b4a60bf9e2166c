/* SPDX-License-Identifier: Apache-2.0 */
/* Words that are known to be personal, for one line: what its fields hold, which a text may repeat
 * without any form, such as "unknown user: bob". Folded to lower case. Borrows all text. */
#ifndef PFX_REPEATED_H
#define PFX_REPEATED_H

#include "base/value.h"

#define PFX_REPEATED_MOST 64

struct pfx_repeated_word {
    struct pfx_slice word, instead;
};

struct pfx_repeated {
    struct pfx_repeated_word word[PFX_REPEATED_MOST];
    unsigned words;
    uint64_t letters, lengths; /* of their first letters and their lengths, as bits */
};

/* Adds a word and what takes its place, unless it is shorter than three bytes; of equal ones the
 * first counts, and one that is common in logs never does. Past the most it is left out. */
static inline void pfx_repeated_add(struct pfx_repeated *repeated, struct pfx_slice word,
                                    struct pfx_slice instead)
{
    if (word.length < 3 || repeated->words == PFX_REPEATED_MOST)
        return;
    repeated->word[repeated->words++] = (struct pfx_repeated_word){word, instead};
    /* Upper and lower case are one with five bits. */
    repeated->letters |= UINT64_C(1) << ((unsigned char)word.text[0] & 31);
    repeated->lengths |= UINT64_C(1) << (word.length & 63);
}

/* What takes the place of a word that has passed pfx_repeated_may(), or NULL where it is none. */
const struct pfx_slice *pfx_repeated_look(const struct pfx_repeated *repeated,
                                          struct pfx_slice word);

/* False: a word is surely none of these. Inline, as what follows: called for each word of a text,
 * of which few are. */
static inline bool pfx_repeated_may(const struct pfx_repeated *repeated, struct pfx_slice word)
{
    return word.length >= 3 && (repeated->letters >> ((unsigned char)word.text[0] & 31) &
                                repeated->lengths >> (word.length & 63) & 1) != 0;
}

/* What takes the place of a word, or NULL where it is none of them. */
static inline const struct pfx_slice *pfx_repeated_find(const struct pfx_repeated *repeated,
                                                        struct pfx_slice word)
{
    return pfx_repeated_may(repeated, word) ? pfx_repeated_look(repeated, word) : NULL;
}

#endif
