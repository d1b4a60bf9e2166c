/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a line and the blanks between them. Pure. */
#ifndef PFX_WORD_H
#define PFX_WORD_H

#include "base/value.h"

/* Length of the blank at the start of s: a space, a tab, or the no-break space of a log that was
 * pasted from a page; 0 when there is none. */
static inline size_t pfx_word_blank(struct pfx_slice s)
{
    if (s.length > 0 && (s.text[0] == ' ' || s.text[0] == '\t'))
        return 1;
    return pfx_slice_starts(s, PFX_SLICE("\xc2\xa0")) ? 2 : 0;
}

/* s without the blanks at its front. */
static inline struct pfx_slice pfx_word_skip_blanks(struct pfx_slice s)
{
    for (size_t blank; (blank = pfx_word_blank(s)) > 0;)
        s = pfx_slice_from(s, blank);
    return s;
}

/* The word at the front of s, without the blanks behind it. */
static inline struct pfx_slice pfx_word_of(struct pfx_slice s)
{
    size_t length = 0;

    for (; length < s.length && s.text[length] != ' ' && s.text[length] != '\t'; ++length) {
        if (s.text[length] == '\xc2' && pfx_word_blank(pfx_slice_from(s, length)) > 0)
            break;
    }
    return pfx_slice_until(s, length);
}

/* The same; *s is moved past it and the blanks behind it. */
static inline struct pfx_slice pfx_word_take(struct pfx_slice *s)
{
    struct pfx_slice word = pfx_word_of(*s);

    *s = pfx_word_skip_blanks(pfx_slice_from(*s, word.length));
    return word;
}

#endif
