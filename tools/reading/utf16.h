/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-16, as programs of Windows write files, to UTF-8. */
#ifndef PFXLOG_UTF16_H
#define PFXLOG_UTF16_H

#include <stdbool.h>
#include <stddef.h>

struct utf16 {
    bool big; /* the high byte comes first */
    bool odd; /* half a unit is left over: */
    unsigned char half;
    unsigned high; /* the first of a pair, or 0 */
};

/* So many bytes come out of so many, at most. */
#define UTF16_ROOM(length) (2 * (length) + 4)

/* Decodes a piece; what is not whole at its end waits for the next. Returns how many bytes it
 * wrote.
 */
size_t utf16_decode(struct utf16 *utf16, const unsigned char *in, size_t length, char *out);

#endif
