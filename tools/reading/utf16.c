/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-16; see utf16.h. */
#include "reading/utf16.h"

static char *put(char *out, unsigned code)
{
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *out++ = (char)(0xe0 | code >> 12);
        } else {
            *out++ = (char)(0xf0 | code >> 18);
            *out++ = (char)(0x80 | (code >> 12 & 0x3f));
        }
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
    }
    *out++ = (char)(0x80 | (code & 0x3f));
    return out;
}

/* One unit; half a pair becomes U+FFFD. */
static char *take_unit(struct utf16 *utf16, unsigned unit, char *out)
{
    bool low = unit >= 0xdc00 && unit < 0xe000;

    if (utf16->high != 0 && low) {
        out = put(out, 0x10000 + ((utf16->high - 0xd800) << 10) + (unit - 0xdc00));
        utf16->high = 0;
        return out;
    }
    if (utf16->high != 0)
        out = put(out, 0xfffd);
    utf16->high = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
    return utf16->high != 0 ? out : put(out, low ? 0xfffd : unit);
}

size_t utf16_decode(struct utf16 *utf16, const unsigned char *in, size_t length, char *out)
{
    char *begin = out;

    for (size_t i = 0; i < length; ++i) {
        unsigned first = utf16->half, second = in[i];

        utf16->odd = !utf16->odd;
        if (utf16->odd)
            utf16->half = in[i];
        else
            out = take_unit(utf16, utf16->big ? first << 8 | second : second << 8 | first, out);
    }
    return (size_t)(out - begin);
}
