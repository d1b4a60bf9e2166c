/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a JSON string; see quote.h. */
#include "document/quote.h"

/* The character after the backslash; 'u' for bytes without a letter, 0 where there is none. */
static const char letters[128] = {
    [0] = 'u', 'u', 'u', 'u', 'u',        'u', 'u', 'u', 'b',         't',           'n', 'u',
    'f',       'r', 'u', 'u', [16] = 'u', 'u', 'u', 'u', 'u',         'u',           'u', 'u',
    'u',       'u', 'u', 'u', 'u',        'u', 'u', 'u', ['"'] = '"', ['\\'] = '\\',
};

/* Writes one byte or one sequence of UTF-8 from the start of s, and returns its length. */
static size_t put_one(char **out, struct pfx_slice s)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char c = (unsigned char)s.text[0];
    char letter = c < 0x80 ? letters[c] : 0;
    size_t step = 1;

    if (c >= 0x80 && (step = pfx_value_utf8_step(s.text, s.length)) == 0) {
        memcpy(*out, "\xef\xbf\xbd", 3);
        *out += 3;
        return 1;
    }
    if (letter == 0) {
        memcpy(*out, s.text, step);
        *out += step;
        return step;
    }
    *(*out)++ = '\\';
    *(*out)++ = letter;
    if (letter == 'u') {
        *(*out)++ = '0';
        *(*out)++ = '0';
        *(*out)++ = hex[c >> 4];
        *(*out)++ = hex[c & 15];
    }
    return 1;
}

bool pfx_quote_slowly(char **out, struct pfx_slice s, bool lower)
{
    const char *at = s.text, *end = s.text + s.length, *stop;
    char *to = *out;
    bool whole = true;

    while (at < end && whole) {
        if (end - at >= (ptrdiff_t)sizeof(pfx_block) &&
            !pfx_quote_is_any(pfx_quote_special(pfx_quote_load(at)))) {
            memcpy(to, at, sizeof(pfx_block));
            to += sizeof(pfx_block);
            at += sizeof(pfx_block);
            continue;
        }
        stop = end - at > (ptrdiff_t)sizeof(pfx_block) ? at + sizeof(pfx_block) : end;
        while (at < stop && whole) {
            unsigned char c = (unsigned char)*at;

            if (c < sizeof(letters) && letters[c] == 0)
                *to++ = *at++;
            else if (c == '\0')
                whole = false;
            else
                at += put_one(&to, (struct pfx_slice){at, (size_t)(end - at)});
        }
    }
    for (char *c = *out; lower && c < to; ++c)
        *c = pfx_lower(*c);
    *out = to;
    return whole;
}
