/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions of text as Postfix prints it; see value.h. */
#include "base/value.h"

#include <arpa/inet.h>
#include <string.h>

/* Sixteen bytes at once, and what they are as two numbers. */
typedef unsigned char block __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

static block block_at(const char *text)
{
    block b;

    memcpy(&b, text, sizeof(b));
    return b;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FIRST_BYTE(half) ((unsigned)__builtin_ctzll(half) / 8)
#define BYTE_MASK(i) (UINT64_C(0xff) << 8 * (i))
#else
#define FIRST_BYTE(half) ((unsigned)__builtin_clzll(half) / 8)
#define BYTE_MASK(i) (UINT64_C(0xff) << 8 * (7 - (i)))
#endif

/* The first of eight places at which a needle stands, or -1; a byte of fits is not 0 where it may.
 */
static inline ptrdiff_t first_of(uint64_t fits, const char *at, struct pfx_slice needle)
{
    while (fits != 0) {
        unsigned i = FIRST_BYTE(fits);

        if (memcmp(at + i, needle.text, needle.length) == 0)
            return i;
        fits &= ~BYTE_MASK(i);
    }
    return -1;
}

/* Where sixteen bytes are that one. */
static inline halves where(const char *at, char byte)
{
    return (halves)(block_at(at) == (block){} + (unsigned char)byte);
}

/* Needles are short. A place is looked at where both their ends and their middle are, since who
 * writes a text may repeat what a needle begins with. */
ptrdiff_t pfx_slice_find(struct pfx_slice s, struct pfx_slice needle)
{
    const char *at = s.text, *last;
    const size_t end = needle.length - 1, middle = needle.length / 2;

    if (s.length == 0 || needle.length > s.length)
        return -1;
    if (needle.length == 1)
        return (at = memchr(s.text, needle.text[0], s.length)) == NULL ? -1 : at - s.text;
    if (needle.length == 0)
        return 0;
    last = s.text + (s.length - needle.length);
    for (; last - at >= (ptrdiff_t)sizeof(block) - 1; at += sizeof(block)) {
        halves fits = where(at, needle.text[0]) & where(at + middle, needle.text[middle]) &
                      where(at + end, needle.text[end]);
        ptrdiff_t found = first_of(fits[0], at, needle);

        if (found < 0 && (found = first_of(fits[1], at + 8, needle)) >= 0)
            found += 8;
        if (found >= 0)
            return at + found - s.text;
    }
    while (at <= last && (at = memchr(at, needle.text[0], (size_t)(last - at) + 1)) != NULL) {
        if (memcmp(at, needle.text, needle.length) == 0)
            return at - s.text;
        ++at;
    }
    return -1;
}

ptrdiff_t pfx_slice_rfind(struct pfx_slice s, struct pfx_slice needle)
{
    size_t left;
    const char *at;

    if (needle.length > s.length)
        return -1;
    if (needle.length == 0)
        return (ptrdiff_t)s.length;
    if (needle.length == 1)
        return (at = memrchr(s.text, needle.text[0], s.length)) == NULL ? -1 : at - s.text;
    left = s.length - needle.length + 1; /* places where it could begin */
    while (left > 0 && (at = memrchr(s.text, needle.text[0], left)) != NULL) {
        if (memcmp(at, needle.text, needle.length) == 0)
            return at - s.text;
        left = (size_t)(at - s.text);
    }
    return -1;
}

ptrdiff_t pfx_address_at(struct pfx_slice address)
{
    /* No domain ends in a quote. */
    if (address.length > 0 && address.text[address.length - 1] == '"')
        return -1;
    return pfx_slice_rfind(address, PFX_SLICE("@"));
}

bool pfx_slice_take(struct pfx_slice *s, struct pfx_slice text)
{
    if (!pfx_slice_starts(*s, text))
        return false;
    *s = pfx_slice_from(*s, text.length);
    return true;
}

struct pfx_slice pfx_slice_word(struct pfx_slice s, const char *others)
{
    size_t n = 0;

    while (n < s.length && s.text[n] != '\0' &&
           (pfx_is_digit(s.text[n]) ||
            (pfx_lower(s.text[n]) >= 'a' && pfx_lower(s.text[n]) <= 'z') ||
            strchr(others, s.text[n]) != NULL))
        ++n;
    return pfx_slice_until(s, n);
}

bool pfx_slice_next(struct pfx_slice *list, char separator, struct pfx_slice *member_r)
{
    ptrdiff_t end = pfx_slice_find(*list, (struct pfx_slice){&separator, 1});

    if (list->text == NULL)
        return false;
    *member_r = pfx_slice_until(*list, end < 0 ? list->length : (size_t)end);
    *list = end < 0 ? PFX_NO_SLICE : pfx_slice_from(*list, (size_t)end + 1);
    return true;
}

struct pfx_slice pfx_slice_trim(struct pfx_slice s)
{
    while (s.length > 0 && s.text[0] == ' ')
        s = pfx_slice_from(s, 1);
    while (s.length > 0 && s.text[s.length - 1] == ' ')
        --s.length;
    return s;
}

bool pfx_value_integer(struct pfx_slice s, int64_t *value_r)
{
    bool negative = s.length > 0 && s.text[0] == '-';
    int64_t value = 0;

    if (negative)
        s = pfx_slice_from(s, 1);
    if (s.length == 0 || s.length > 18)
        return false;
    for (size_t i = 0; i < s.length; ++i) {
        if (!pfx_is_digit(s.text[i]))
            return false;
        value = value * 10 + (s.text[i] - '0');
    }
    *value_r = negative ? -value : value;
    return true;
}

bool pfx_value_number(struct pfx_slice s, double *value_r)
{
    ptrdiff_t dot = pfx_slice_find(s, PFX_SLICE("."));
    int64_t whole, fraction = 0;
    double scale = 1;

    /* Less than nothing, as JSON has it: a zero in front stands alone. */
    if (s.length > 1 && s.text[0] == '-') {
        if (s.text[1] == '-' || (s.text[1] == '0' && s.length > 2 && s.text[2] != '.') ||
            !pfx_value_number(pfx_slice_from(s, 1), value_r))
            return false;
        *value_r = -*value_r;
        return true;
    }
    if (dot < 0) {
        if (!pfx_value_integer(s, &whole))
            return false;
        *value_r = (double)whole;
        return true;
    }
    struct pfx_slice digits = pfx_slice_from(s, (size_t)dot + 1);
    if (digits.length == 0 || digits.text[0] == '-' || !pfx_value_integer(digits, &fraction) ||
        !pfx_value_integer(pfx_slice_until(s, (size_t)dot), &whole))
        return false;
    for (size_t i = 0; i < digits.length; ++i)
        scale *= 10;
    *value_r = (double)whole + (double)fraction / scale;
    return true;
}

/* As inet_pton(), which takes five times as long: four numbers up to 255 without a zero in front.
 */
static bool is_ipv4(struct pfx_slice s)
{
    const char *at = s.text, *end = s.text + s.length;

    for (unsigned part = 0; part < 4; ++part) {
        unsigned number;

        if (part > 0 && (at == end || *at++ != '.'))
            return false;
        if (at == end || !pfx_is_digit(*at))
            return false;
        number = (unsigned)(*at++ - '0');
        while (number > 0 && at < end && pfx_is_digit(*at)) {
            number = number * 10 + (unsigned)(*at++ - '0');
            if (number > 255)
                return false;
        }
    }
    return at == end;
}

bool pfx_value_is_ip(struct pfx_slice s)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];

    if (s.length < 2)
        return false;
    if (is_ipv4(s))
        return true;
    /* inet_pton() ends at a NUL, which a slice does not. */
    if (s.length >= sizeof(text) || memchr(s.text, ':', s.length) == NULL ||
        memchr(s.text, '\0', s.length) != NULL)
        return false;
    memcpy(text, s.text, s.length);
    text[s.length] = '\0';
    return inet_pton(AF_INET6, text, address) == 1;
}

/* Whether a list may go on so after an address. In their internal form (info_log_address_format,
 * and always before 3.5) addresses are not quoted and may hold a bracket: "<<x>@example.org>". */
static bool ends_address(struct pfx_slice after)
{
    return after.length == 0 || memchr(" ,;:", after.text[0], 4) != NULL;
}

ptrdiff_t pfx_value_address(struct pfx_slice s)
{
    bool quoted = false;

    for (size_t i = 0; i < s.length; ++i) {
        char c = s.text[i];

        if (c == '\\' && quoted)
            ++i;
        else if (c == '"')
            quoted = !quoted;
        else if (c == '>' && !quoted && ends_address(pfx_slice_from(s, i + 1)))
            return (ptrdiff_t)i;
    }
    return quoted ? pfx_slice_find(s, PFX_SLICE(">")) : -1;
}

/* Sets port to the digits after the last colon of s, and cuts them off s. */
static void take_port(struct pfx_slice *s, struct pfx_slice *port_r)
{
    ptrdiff_t colon = pfx_slice_rfind(*s, PFX_SLICE(":"));
    int64_t number;
    struct pfx_slice port;

    if (colon < 0)
        return;
    port = pfx_slice_from(*s, (size_t)colon + 1);
    if (!pfx_value_integer(port, &number) || number < 0 || number > 65535)
        return;
    *port_r = port;
    *s = pfx_slice_until(*s, (size_t)colon);
}

/* "fe80::1%eth0" without its zone, which is the name of an interface and no part of an address. */
static struct pfx_slice without_zone(struct pfx_slice s)
{
    ptrdiff_t percent = pfx_slice_find(s, PFX_SLICE("%"));

    return percent < 0 || memchr(s.text, ':', (size_t)percent) == NULL
               ? s
               : pfx_slice_until(s, (size_t)percent);
}

/* A peer without brackets: a name, an address, either with a port. */
static struct pfx_peer bare_peer(struct pfx_slice s)
{
    struct pfx_peer peer = {0};

    if (pfx_slice_starts(s, PFX_SLICE("/")) || pfx_slice_starts(s, PFX_SLICE("unix:"))) {
        peer.path = s;
        return peer;
    }
    if (!pfx_value_is_ip(s))
        take_port(&s, &peer.port);
    if (pfx_value_is_ip(without_zone(s)))
        peer.ip = without_zone(s);
    else
        peer.host = s;
    return peer;
}

struct pfx_peer pfx_value_peer(struct pfx_slice s)
{
    struct pfx_peer peer = {0};
    struct pfx_slice inside, address;
    ptrdiff_t open, close;

    s = pfx_slice_trim(s);
    if (pfx_slice_ends(s, PFX_SLICE(":")) && !pfx_slice_ends(s, PFX_SLICE("::")))
        --s.length;
    open = pfx_slice_rfind(s, PFX_SLICE("["));
    close = pfx_slice_rfind(s, PFX_SLICE("]"));
    if (open < 0)
        return bare_peer(s);
    peer.host = pfx_slice_trim(pfx_slice_until(s, (size_t)open));
    if (close < open)
        return peer; /* the line was cut in the bracket */
    inside = (struct pfx_slice){s.text + open + 1, (size_t)(close - open - 1)};
    address = without_zone(inside);
    if (pfx_value_is_ip(address))
        peer.ip = address;
    else if (peer.host.length == 0)
        peer.host = inside; /* "[mx.example.net]:25", a next hop without MX lookup */
    else if (!pfx_slice_equal(inside, PFX_SLICE("unknown")))
        peer.path = inside;
    /* One postscreen sentence prints "[address]port", without the colon. */
    s = pfx_slice_from(s, (size_t)close + 1);
    if (s.length > 0 && pfx_is_digit(s.text[0]))
        peer.port = s;
    else
        take_port(&s, &peer.port);
    return peer;
}

/* RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF. */
size_t pfx_value_utf8_step(const char *text, size_t left)
{
    const unsigned char *p = (const unsigned char *)text;
    unsigned char low = 0x80, high = 0xbf;
    size_t length;

    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    if (left < length || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; ++i) {
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
    }
    return length;
}

/* True when all is ASCII, as nearly every text is: checked word by word. */
static bool is_ascii(struct pfx_slice s)
{
    uint64_t word, any = 0;
    size_t at = 0;

    for (; s.length - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, s.text + at, sizeof(word));
        any |= word;
    }
    for (; at < s.length; ++at)
        any |= (unsigned char)s.text[at];
    return (any & UINT64_C(0x8080808080808080)) == 0;
}

bool pfx_value_is_utf8(struct pfx_slice s)
{
    if (is_ascii(s))
        return true;
    for (size_t at = 0, step; at < s.length; at += step) {
        step = pfx_value_utf8_step(s.text + at, s.length - at);
        if (step == 0)
            return false;
    }
    return true;
}

size_t pfx_value_utf8(struct pfx_slice s, char *out)
{
    const char *p = s.text;
    size_t length = 0;

    for (size_t at = 0; at < s.length;) {
        size_t step = pfx_value_utf8_step(s.text + at, s.length - at);

        if (step == 0) {
            memcpy(out + length, "\xef\xbf\xbd", 3);
            length += 3;
            ++at;
        } else {
            memcpy(out + length, p + at, step);
            length += step;
            at += step;
        }
    }
    out[length] = '\0';
    return length;
}

bool pfx_value_is_loopback(struct pfx_slice s)
{
    return pfx_slice_starts(s, PFX_SLICE("127.")) || pfx_slice_equal(s, PFX_SLICE("::1"));
}

char *pfx_value_digits(char *end, uint64_t number, unsigned least)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char *const first = end - least;

    for (; number > 9 || end - first > 1; number /= 100) {
        end -= 2;
        memcpy(end, &pairs[number % 100 * 2], 2);
    }
    if (number > 0 || end > first)
        *--end = (char)('0' + number);
    while (end < first && *end == '0')
        ++end; /* a pair may be one too many */
    return end;
}

struct pfx_slice pfx_value_bare_zero(struct pfx_slice number)
{
    struct pfx_slice digits = number;

    if (!pfx_slice_take(&digits, PFX_SLICE("-")))
        return number;
    for (size_t i = 0; i < digits.length; ++i) {
        if (digits.text[i] != '0' && digits.text[i] != '.')
            return number;
    }
    return digits;
}
