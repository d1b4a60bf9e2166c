/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a reply; see plain.h. */
#include "rules/plain.h"
#include "base/reply.h"

/* Of what stands in quotation marks: more is a sentence. */
#define QUOTED_MAX 100

struct reader {
    struct pfx_plain *plain;
    struct pfx_slice code, enhanced;
    struct pfx_slice text;
    /* What was looked for in vain, so that it is looked for once. */
    bool no_angle, no_quoting, no_quote;
};

enum {
    WORD = 1,
    ALPHA = 2,
    DIGIT = 4,
    UPPER = 8,
    LITERAL = 16, /* of an address in brackets */
    URL = 32
};

/* Classes of a byte, ranges in ASCII; all others are of words. */
static unsigned class_of(char c)
{
    static const unsigned char row[128] = {
        ['!'] = URL,
        ['#'] = URL,
        ['$'] = URL,
        ['%'] = WORD | URL,
        ['&'] = URL,
        ['('] = URL,
        ['*'] = URL,
        ['+'] = WORD | URL,
        [','] = URL,
        ['-'] = WORD | URL,
        ['.'] = WORD | LITERAL | URL,
        ['/'] = WORD | LITERAL | URL,
        ['0' ... '9'] = WORD | DIGIT | LITERAL | URL,
        [':'] = LITERAL | URL,
        [';'] = URL,
        ['='] = WORD | URL,
        ['?'] = URL,
        ['@'] = WORD | URL,
        ['A' ... 'F'] = WORD | ALPHA | UPPER | LITERAL | URL,
        ['G' ... 'Z'] = WORD | ALPHA | UPPER | URL,
        ['_'] = WORD | URL,
        ['a' ... 'f'] = WORD | ALPHA | LITERAL | URL,
        ['g' ... 'z'] = WORD | ALPHA | URL,
        ['~'] = WORD | URL,
    };

    return (unsigned char)c < 128 ? row[(unsigned char)c] : WORD | ALPHA | URL;
}

static bool is(char c, unsigned classes)
{
    return (class_of(c) & classes) != 0;
}

/* The number of bytes at the start of s that are of these classes. */
static size_t span(struct pfx_slice s, unsigned classes)
{
    size_t n = 0;

    while (n < s.length && is(s.text[n], classes))
        ++n;
    return n;
}

static void put(struct pfx_plain *plain, char c)
{
    char *end = plain->text + plain->length;

    if (plain->length == sizeof(plain->text) || (c == ' ' && end[-1] == ' '))
        return;
    *end = pfx_lower(c);
    plain->pairs[pfx_plain_pair(end - 1) / 64] |= UINT64_C(1) << (pfx_plain_pair(end - 1) % 64);
    ++plain->length;
}

static void put_url(struct pfx_plain *plain, struct pfx_slice url)
{
    if (url.length + 3 > sizeof(plain->url) - plain->url_length)
        return;
    memcpy(plain->url + plain->url_length, "//", 2);
    plain->url_length += 2;
    for (size_t i = 0; i < url.length; ++i)
        plain->url[plain->url_length++] = pfx_lower(url.text[i]);
    plain->url[plain->url_length++] = ' ';
}

/* Exchange's "RESOLVER.ADR.RecipNotFound": words, though it looks like a host. The first part is
 * in capitals, a later one is of words written together. */
static bool is_identifier(struct pfx_slice word)
{
    size_t first = span(word, UPPER);

    if (first < 4 || first == word.length || word.text[first] != '.')
        return false;
    for (size_t i = first + 1; i < word.length; ++i) {
        if (is(word.text[i], UPPER) && is(word.text[i - 1], ALPHA) && !is(word.text[i - 1], UPPER))
            return true;
    }
    return false;
}

/* An address, a host or file with a dot in its name, a path, an IPv4 address. */
static bool is_name(struct pfx_slice word)
{
    size_t dots = 0, last = 0;
    bool digits = true;

    if (memchr(word.text, '@', word.length) != NULL)
        return true;
    if (word.text[0] == '/' || (word.text[0] == '~' && word.length > 1))
        return word.length > 1;
    for (size_t i = 0; i < word.length; ++i) {
        digits = digits && is(word.text[i], DIGIT | LITERAL) && word.text[i] != '/';
        if (word.text[i] == '.') {
            ++dots;
            last = i + 1;
        }
    }
    if (dots == 0 || last == 1)
        return false;
    if (digits)
        return dots == 3;
    return span(pfx_slice_from(word, last), ALPHA) >= 2 && !is_identifier(word);
}

/* A word of the line's end belongs to the sentence: "at example.org." */
static size_t without_stops(struct pfx_slice word)
{
    size_t length = word.length;

    while (length > 0 && word.text[length - 1] == '.')
        --length;
    return length;
}

/* "550", "550-5.7.1" and "5.7.1" again, on the reply's next line; not the codes of a reply in it,
 * which stand behind a colon or an arrow. */
static bool is_repeated(const struct reader *reader, struct pfx_slice word)
{
    const struct pfx_plain *plain = reader->plain;
    size_t end = plain->length;

    if (reader->code.length == 0 || !is(word.text[0], DIGIT))
        return false;
    while (end > 1 && plain->text[end - 1] == ' ')
        --end;
    if (end > 1 && (plain->text[end - 1] == ':' || plain->text[end - 1] == '>' ||
                    (end > 4 && plain->text[end - 5] == ':' && is(plain->text[end - 1], DIGIT))))
        return false;
    if (pfx_slice_starts(word, reader->code)) {
        word = pfx_slice_from(word, reader->code.length);
        if (word.length > 1 && word.text[0] == '-')
            word = pfx_slice_from(word, 1);
    }
    return word.length == 0 || pfx_slice_equal(word, reader->enhanced);
}

/* "550-Words" on a later line. */
static bool is_continued(const struct reader *reader, struct pfx_slice word)
{
    size_t n = reader->code.length;

    return n > 0 && word.length > n + 1 && word.text[n] == '-' &&
           pfx_slice_starts(word, reader->code);
}

/* A URL or a name that begins with word is left out; how much of rest it is, or 0. */
static size_t take_name(struct reader *reader, struct pfx_slice rest, struct pfx_slice word)
{
    size_t bare = without_stops(word);
    struct pfx_slice url;

    if (pfx_slice_starts(pfx_slice_from(rest, word.length), PFX_SLICE("://"))) {
        url = pfx_slice_from(rest, word.length + 3);
        url = pfx_slice_until(url, span(url, URL));
        put_url(reader->plain, url);
        return word.length + 3 + url.length;
    }
    word = pfx_slice_until(word, bare);
    if (bare == 0)
        return 0;
    if (is_repeated(reader, word))
        return bare;
    if (!is_name(word))
        return 0;
    if (word.text[0] == '/' || memchr(word.text, '@', bare) != NULL ||
        memchr(word.text, '/', bare) == NULL)
        return bare;
    url = pfx_slice_until(rest, span(rest, URL)); /* "example.org/help" */
    put_url(reader->plain, url);
    return url.length;
}

/* Takes one word, of length bytes; how much of rest it was. */
static size_t take_word(struct reader *reader, struct pfx_slice rest, size_t length)
{
    struct pfx_slice word = pfx_slice_until(rest, length);
    ptrdiff_t key;
    size_t name;

    while (is_continued(reader, word))
        word = pfx_slice_from(word, reader->code.length + 1);
    /* Of "key=name" the name is one; that of an address may have the sign in it. */
    key = memchr(word.text, '@', word.length) != NULL ? -1 : pfx_slice_rfind(word, PFX_SLICE("="));
    for (ptrdiff_t i = 0; i <= key; ++i)
        put(reader->plain, word.text[i]);
    word = pfx_slice_from(word, (size_t)(key + 1));
    name =
        word.length == 0 ? 0 : take_name(reader, pfx_slice_from(rest, length - word.length), word);
    if (name > 0)
        return length - word.length + name;
    for (size_t i = 0; i < word.length; ++i)
        put(reader->plain, word.text[i]);
    return length;
}

static bool odd_quotes(struct pfx_slice s)
{
    bool odd = false;

    for (size_t i = 0; i < s.length; ++i)
        odd = odd != (s.text[i] == '"');
    return odd;
}

/* "<...>" but for the "<LF>" and "<CR>" of sentences. 0 when it does not close. */
static size_t take_angle(struct reader *reader, struct pfx_slice rest)
{
    struct pfx_slice inner = pfx_slice_from(rest, 1);
    ptrdiff_t end;

    if (reader->no_angle)
        return 0;
    end = reader->no_quoting ? pfx_slice_find(inner, PFX_SLICE(">")) : pfx_value_address(inner);
    if (end < 0) {
        reader->no_angle = true;
        return 0;
    }
    inner = pfx_slice_until(inner, (size_t)end);
    /* Quotes that do not close in there: the whole text was searched for them. */
    reader->no_quoting = reader->no_quoting || odd_quotes(inner);
    if (pfx_slice_starts(inner, PFX_SLICE("http")))
        put_url(reader->plain, pfx_slice_from(inner, span(inner, ALPHA) + 3));
    if (inner.length == 2 && span(inner, ALPHA) == 2) {
        for (size_t i = 0; i < 4; ++i)
            put(reader->plain, rest.text[i]);
    }
    return inner.length + 2;
}

/* A name or a command in quotation marks. 0 when it is none: apostrophes, sentences, replies, and a
 * text that is quoted as a whole. */
static size_t take_quoted(struct reader *reader, struct pfx_slice rest)
{
    const char quote = rest.text[0];
    size_t before = (size_t)(rest.text - reader->text.text), end = 1;
    size_t limit = rest.length < QUOTED_MAX ? rest.length : QUOTED_MAX;

    if ((before > 0 && is(rest.text[-1], ALPHA | DIGIT)) || (quote == '\'' && reader->no_quote))
        return 0;
    while (end < limit && (rest.text[end] != quote || (quote == '\'' && end + 1 < rest.length &&
                                                       is(rest.text[end + 1], ALPHA))))
        ++end;
    reader->no_quote = quote == '\'' && end == limit;
    if (end == limit || end < 2 || (before == 0 && end + 1 == rest.length))
        return 0;
    if (end > 4 && span(pfx_slice_from(rest, 1), DIGIT) == 3 && rest.text[4] == ' ')
        return 0;
    return end + 1;
}

/* "[192.0.2.1]", "[2001:db8::1]" or "[IPv6:2001:db8::1]", or 0. */
static size_t take_literal(struct pfx_slice rest)
{
    size_t start = pfx_slice_starts(rest, PFX_SLICE("[IPv6:")) ? 6 : 1;
    size_t end = start + span(pfx_slice_from(rest, start), LITERAL);
    bool number = end > start + 3 && (memchr(rest.text, '.', end) || memchr(rest.text, ':', end));

    return number && end < rest.length && rest.text[end] == ']' ? end + 1 : 0;
}

/* "#5.1.1": qmail's code stands at the end, Cisco's in front. */
static size_t take_code(struct reader *reader, struct pfx_slice rest)
{
    struct pfx_slice code = pfx_slice_from(rest, 1);
    size_t length = pfx_reply_enhanced(pfx_slice_until(code, span(code, DIGIT | LITERAL)));

    if (length > 0)
        reader->plain->enhanced = (struct pfx_slice){rest.text + 1, length};
    return length == 0 ? 0 : length + 1;
}

void pfx_plain_read(struct pfx_plain *plain, struct pfx_slice code, struct pfx_slice enhanced,
                    struct pfx_slice text)
{
    struct reader reader = {plain, code,  enhanced, pfx_slice_until(text, PFX_PLAIN_READ),
                            false, false, false};

    plain->length = 1;
    plain->text[0] = ' ';
    plain->url_length = 0;
    plain->enhanced = PFX_NO_SLICE;
    memset(plain->pairs, 0, sizeof(plain->pairs));
    for (size_t at = 0, taken; at < reader.text.length; at += taken) {
        struct pfx_slice rest = pfx_slice_from(reader.text, at);
        char c = rest.text[0];

        if (is(c, WORD)) {
            taken = take_word(&reader, rest, span(rest, WORD));
            continue;
        }
        taken = c == '<'                ? take_angle(&reader, rest)
                : c == '"' || c == '\'' ? take_quoted(&reader, rest)
                : c == '['              ? take_literal(rest)
                : c == '#'              ? take_code(&reader, rest)
                                        : 0;
        if (taken == 0) {
            put(plain, (unsigned char)c < ' ' ? ' ' : c);
            taken = 1;
        }
    }
    put(plain, ' ');
}
