/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a document; see members.h. */
#include "members.h"

/* The offset of the quote that ends a string, from at on; the length of s where there is none. */
static size_t string_end(struct pfx_slice s, size_t at)
{
    while (at < s.length) {
        const char *begin = s.text + at, *quote = memchr(begin, '"', s.length - at), *back = quote;

        if (quote == NULL)
            break;
        while (back > begin && back[-1] == '\\')
            --back;
        if ((quote - back) % 2 == 0)
            return (size_t)(quote - s.text);
        at = (size_t)(quote - s.text) + 1;
    }
    return s.length;
}

/* The offset of the comma or bracket that ends a number or list. */
static size_t value_end(struct pfx_slice s)
{
    size_t at = 0;
    bool list = s.length > 0 && s.text[0] == '[';

    while (at < s.length) {
        char c = s.text[at];

        if (c == '"')
            at = string_end(s, at + 1);
        else if (list ? c == ']' : c == ',' || c == '}')
            return at + list;
        ++at;
    }
    return s.length;
}

bool member_next(struct pfx_slice *rest, struct member *member_r)
{
    struct pfx_slice s = pfx_slice_from(*rest, 1); /* after the bracket or comma */
    size_t end;

    if (s.length == 0 || s.text[0] != '"')
        return false;
    end = string_end(s, 1);
    member_r->name = pfx_slice_from(pfx_slice_until(s, end), 1);
    s = pfx_slice_from(s, end + 2); /* the quote and the colon */
    member_r->string = s.length > 0 && s.text[0] == '"';
    if (member_r->string) {
        end = string_end(s, 1);
        member_r->raw = pfx_slice_from(pfx_slice_until(s, end), 1);
        *rest = pfx_slice_from(s, end + 1);
    } else {
        end = value_end(s);
        member_r->raw = pfx_slice_until(s, end);
        *rest = pfx_slice_from(s, end);
    }
    return true;
}

static unsigned hex(char c)
{
    return pfx_is_digit(c) ? (unsigned)(c - '0') : (unsigned)(pfx_lower(c) - 'a') + 10;
}

/* "\uXXXX" of the plane that has what documents escape. */
static char *put_unicode(const char *digits, char *out)
{
    unsigned code =
        hex(digits[0]) << 12 | hex(digits[1]) << 8 | hex(digits[2]) << 4 | hex(digits[3]);

    if (code >= 0x800) {
        *out++ = (char)(0xe0 | (code >> 12 & 0xf));
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    } else if (code >= 0x80) {
        *out++ = (char)(0xc0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3f));
    } else {
        *out++ = (char)code;
    }
    return out;
}

size_t member_text(struct pfx_slice raw, char *out)
{
    static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
    const char *at = raw.text, *end = raw.text + raw.length;
    char *begin = out;

    while (at < end) {
        const char *backslash = memchr(at, '\\', (size_t)(end - at)), *letter;
        size_t plain = (size_t)((backslash != NULL ? backslash : end) - at);

        memcpy(out, at, plain);
        out += plain;
        at += plain;
        if (end - at < 2)
            break;
        letter = strchr(letters, at[1]);
        if (at[1] == 'u' && end - at >= 6) {
            out = put_unicode(at + 2, out);
            at += 6;
        } else {
            *out++ = letter != NULL && *letter != '\0' ? controls[letter - letters] : at[1];
            at += 2;
        }
    }
    *out = '\0';
    return (size_t)(out - begin);
}
