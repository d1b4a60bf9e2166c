/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a JSON string. Inline, since it is the innermost loop of a document. */
#ifndef PFX_QUOTE_H
#define PFX_QUOTE_H

#include "base/value.h"

#include <string.h>

#define PFX_QUOTE_ONES UINT64_C(0x0101010101010101)
#define PFX_QUOTE_LONGEST 6 /* what one byte can become: \u001f */

/* A vector of bytes, for any machine. */
typedef signed char pfx_block __attribute__((vector_size(16)));
typedef uint64_t pfx_halves __attribute__((vector_size(16)));

/* Set where a byte needs an escape in a JSON string, or is no ASCII, and so negative. */
static inline pfx_block pfx_quote_special(pfx_block bytes)
{
    return (pfx_block)(bytes < ' ') | (pfx_block)(bytes == '"') | (pfx_block)(bytes == '\\');
}

static inline bool pfx_quote_is_any(pfx_block found)
{
    pfx_halves both = (pfx_halves)found;

    return (both[0] | both[1]) != 0;
}

static inline pfx_block pfx_quote_load(const char *text)
{
    pfx_block bytes;

    memcpy(&bytes, text, sizeof(bytes));
    return bytes;
}

static inline pfx_block pfx_quote_to_lower(pfx_block bytes)
{
    return bytes | ((pfx_block)(bytes >= 'A') & (pfx_block)(bytes <= 'Z') & ' ');
}

/* Copies a text that needs no escape by blocks, of which the last overlaps the one before. False:
 * it needs some, and has to be written again. */
static inline __attribute__((always_inline)) bool pfx_quote_blocks(char *to, struct pfx_slice s,
                                                                   bool lower)
{
    pfx_block found = {0}, bytes;
    size_t at = 0;

    for (;;
         at = s.length - at > 2 * sizeof(bytes) ? at + sizeof(bytes) : s.length - sizeof(bytes)) {
        bytes = pfx_quote_load(s.text + at);
        found |= pfx_quote_special(bytes);
        if (lower)
            bytes = pfx_quote_to_lower(bytes);
        memcpy(to + at, &bytes, sizeof(bytes));
        if (at + sizeof(bytes) == s.length)
            return !pfx_quote_is_any(found);
    }
}

/* The same of less than a block, by two copies that may overlap. */
static inline __attribute__((always_inline)) bool pfx_quote_few(char *to, struct pfx_slice s,
                                                                bool lower)
{
    uint64_t word[2] = {PFX_QUOTE_ONES * ' ', PFX_QUOTE_ONES * ' '};
    const size_t half = s.length >= 8 ? 8 : s.length >= 4 ? 4 : s.length >= 2 ? 2 : 1;
    pfx_block bytes;

    if (half == 8) {
        memcpy(&word[0], s.text, 8);
        memcpy(&word[1], s.text + s.length - 8, 8);
    } else if (half == 4) {
        memcpy(&word[0], s.text, 4);
        memcpy(&word[1], s.text + s.length - 4, 4);
    } else if (half == 2) {
        memcpy(&word[0], s.text, 2);
        memcpy(&word[1], s.text + s.length - 2, 2);
    } else if (s.length > 0) {
        memcpy(&word[0], s.text, 1);
    }
    memcpy(&bytes, word, sizeof(bytes));
    if (pfx_quote_is_any(pfx_quote_special(bytes)))
        return false;
    if (lower) {
        bytes = pfx_quote_to_lower(bytes);
        memcpy(word, &bytes, sizeof(bytes));
    }
    if (half == 8) {
        memcpy(to, &word[0], 8);
        memcpy(to + s.length - 8, &word[1], 8);
    } else if (half == 4) {
        memcpy(to, &word[0], 4);
        memcpy(to + s.length - 4, &word[1], 4);
    } else if (half == 2) {
        memcpy(to, &word[0], 2);
        memcpy(to + s.length - 2, &word[1], 2);
    } else {
        memcpy(to, &word[0], 1);
    }
    return true;
}

/* As pfx_quote(), where escapes are needed. */
bool pfx_quote_slowly(char **out, struct pfx_slice s, bool lower);

/* Writes s at *out as the inside of a JSON string, or its capitals of ASCII in lower case, and
 * moves *out behind it; there has to be room for PFX_QUOTE_LONGEST times its length and 16 bytes.
 * False: libfastjson's strings end at a NUL, and so does this one. */
static inline __attribute__((always_inline)) bool pfx_quote_as(char **out, struct pfx_slice s,
                                                               bool lower)
{
    if (!(s.length >= sizeof(pfx_block) ? pfx_quote_blocks(*out, s, lower)
                                        : pfx_quote_few(*out, s, lower)))
        return pfx_quote_slowly(out, s, lower);
    *out += s.length;
    return true;
}

static inline __attribute__((always_inline)) bool pfx_quote(char **out, struct pfx_slice s)
{
    return pfx_quote_as(out, s, false);
}

#endif
