/* SPDX-License-Identifier: Apache-2.0 */
/* Text as Postfix prints it, and pure conversions of it. Total functions: any text is valid input;
 * nothing here fails, allocates or keeps a pointer.
 */
#ifndef PFX_VALUE_H
#define PFX_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A borrowed piece of a text, not terminated. */
struct pfx_slice {
    const char *text;
    size_t length;
};

#define PFX_SLICE(literal) ((struct pfx_slice){(literal), sizeof(literal) - 1})
#define PFX_NO_SLICE ((struct pfx_slice){NULL, 0})

/* A host as Postfix names it: "name[address]:port", any part of which may be missing. */
struct pfx_peer {
    struct pfx_slice host; /* before the bracket */
    struct pfx_slice ip;   /* in the bracket and an IPv4 or IPv6 address */
    struct pfx_slice path; /* in the bracket and neither that nor "unknown": a socket, for LMTP */
    struct pfx_slice port; /* digits after the bracket */
};

/* In ASCII, whatever the locale. */
static inline bool pfx_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline char pfx_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* True, and off the front of *s, when that begins with text. */
bool pfx_slice_take(struct pfx_slice *s, struct pfx_slice text);
/* What s begins with of letters and digits of ASCII and of these other characters. */
struct pfx_slice pfx_slice_word(struct pfx_slice s, const char *others);

/* A terminated text as a slice. */
static inline struct pfx_slice pfx_slice_of(const char *text)
{
    return (struct pfx_slice){text, strlen(text)};
}

/* Called hundreds of times a line, mostly false by the length or the first byte: inline, and
 * memcmp() only when those two agree. */
static inline bool pfx_slice_starts(struct pfx_slice s, struct pfx_slice prefix)
{
    return s.length >= prefix.length &&
           (prefix.length == 0 ||
            (s.text[0] == prefix.text[0] && memcmp(s.text, prefix.text, prefix.length) == 0));
}

/* As strcmp(). */
static inline int pfx_slice_compare(struct pfx_slice a, struct pfx_slice b)
{
    int order = memcmp(a.text, b.text, a.length < b.length ? a.length : b.length);

    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static inline bool pfx_slice_equal(struct pfx_slice a, struct pfx_slice b)
{
    return a.length == b.length && pfx_slice_starts(a, b);
}

static inline bool pfx_slice_ends(struct pfx_slice s, struct pfx_slice suffix)
{
    return s.length >= suffix.length &&
           memcmp(s.text + s.length - suffix.length, suffix.text, suffix.length) == 0;
}

/* What is left of s from offset on; empty past the end. */
static inline struct pfx_slice pfx_slice_from(struct pfx_slice s, size_t offset)
{
    if (offset > s.length)
        offset = s.length;
    if (offset == 0) /* text may be NULL */
        return s;
    return (struct pfx_slice){s.text + offset, s.length - offset};
}

static inline struct pfx_slice pfx_slice_until(struct pfx_slice s, size_t offset)
{
    return (struct pfx_slice){s.text, offset < s.length ? offset : s.length};
}

/* Offset of the first or last occurrence of needle, or -1. */
ptrdiff_t pfx_slice_find(struct pfx_slice s, struct pfx_slice needle);
ptrdiff_t pfx_slice_rfind(struct pfx_slice s, struct pfx_slice needle);
/* The '@' before the domain of a mail address, or -1: it has none. One in quotes is of the local
 * part. */
ptrdiff_t pfx_address_at(struct pfx_slice address);
/* Takes the first member off a list, up to a separator or the end. False when there is none left;
 * an empty text is one empty member, PFX_NO_SLICE is none. */
bool pfx_slice_next(struct pfx_slice *list, char separator, struct pfx_slice *member_r);
/* Without blanks at both ends. */
struct pfx_slice pfx_slice_trim(struct pfx_slice s);

/* Whole text is one decimal number, a minus sign allowed. */
bool pfx_value_integer(struct pfx_slice s, int64_t *value_r);
/* Digits with an optional fraction, a minus sign allowed. */
bool pfx_value_number(struct pfx_slice s, double *value_r);
/* A number, of -0.0 0.0: stores make that of it, and a document would be another one. */
struct pfx_slice pfx_value_bare_zero(struct pfx_slice number);
/* An address of this host to itself: 127.0.0.0/8 or ::1, as Postfix writes it. */
bool pfx_value_is_loopback(struct pfx_slice s);
/* Writes the digits of number in front of end, least of them at least; returns where they begin. */
char *pfx_value_digits(char *end, uint64_t number, unsigned least);
/* An IPv4 or IPv6 address; an "IPv6:" in front is part of RFC 5321 literals, not of an address. */
bool pfx_value_is_ip(struct pfx_slice s);

/* Length of the address at the start of s, which begins after '<': up to its closing '>' with the
 * quoting of RFC 5322 local parts that Postfix's info_log_address_format=external prints. When
 * the quotes do not close (internal format), up to the first '>'. -1 when there is none. */
ptrdiff_t pfx_value_address(struct pfx_slice s);

/* Splits a peer; a colon at its end is ignored. Any text is valid. */
struct pfx_peer pfx_value_peer(struct pfx_slice s);

/* Copies s to out, which has room for 3 bytes a byte plus NUL, and returns the length: bytes that
 * are no UTF-8 become U+FFFD, so that any JSON made of it is valid. */
size_t pfx_value_utf8(struct pfx_slice s, char *out);
/* True when s is UTF-8 as it stands. */
bool pfx_value_is_utf8(struct pfx_slice s);
/* Length of the UTF-8 sequence at text, of which left bytes are there, one at least; 0 when it is
 * none. */
size_t pfx_value_utf8_step(const char *text, size_t left);

#endif
