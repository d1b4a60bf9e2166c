/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns that liblognorm may be given; see pattern.h. */
#include "rules/pattern.h"

#include <stdio.h>
#include <string.h>

static unsigned count_percents(struct pfx_slice s)
{
    unsigned count = 0;

    for (size_t i = 0; i < s.length; ++i)
        count += s.text[i] == '%';
    return count;
}

/* The patterns of rulebases/README.md. liblognorm 2.0.6 reads and writes out of bounds on malformed
 * ones, so it gets nothing else. */
#define HEX "\\\\x[0-9A-Fa-f]{2}"
#define JSON_TEXT "\"([]^-~ !#$&-[]|\\\\[\"\\\\])+\"" /* ASCII: others crash it */
#define PRIORITY "\"priority\":[0-9]{1,9}"
static const char allowed[] =
    "^([^%\\\\[:cntrl:]]|%%|" HEX "|%[A-Za-z0-9_-]+:("
    "(rest|word|number)(\\{" PRIORITY "})?"
    "|(string-to|char-to|char-sep)"
    "(:([^%\\\\[:cntrl:]]|" HEX ")+|\\{\"extradata\":" JSON_TEXT "(," PRIORITY ")?})"
    "|literal\\{\"text\":" JSON_TEXT "\\})%)+";

int pfx_pattern_grammar(regex_t *grammar_r)
{
    return regcomp(grammar_r, allowed, REG_EXTENDED) == 0 ? 0 : -1;
}

size_t pfx_pattern_element(struct pfx_slice s)
{
    ptrdiff_t end;

    if (s.length > 3 && pfx_slice_starts(s, PFX_SLICE("\\x")))
        return 4;
    if (s.length < 2 || s.text[0] != '%')
        return 1;
    end = pfx_slice_find(pfx_slice_from(s, 1), PFX_SLICE("%"));
    return end < 0 ? s.length : (size_t)end + 2;
}

static unsigned hex_digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Copies a text of a pattern without its escapes: "\\xHH" everywhere, in JSON a backslash also
 * before itself and quotes. */
static size_t unescape(struct pfx_slice from, char *to)
{
    size_t length = 0;

    for (size_t i = 0; i < from.length; ++i) {
        char c = from.text[i];

        if (c == '\\' && i + 3 < from.length && from.text[i + 1] == 'x') {
            c = (char)(hex_digit(from.text[i + 2]) * 16 + hex_digit(from.text[i + 3]));
            i += 3;
        } else if (c == '\\' && i + 1 < from.length) {
            c = from.text[++i];
        }
        to[length++] = c;
    }
    return length;
}

/* What stands in quotes behind "NAME": in the JSON of a capture, or no slice. */
static struct pfx_slice json_text(struct pfx_slice json, struct pfx_slice name)
{
    ptrdiff_t at = pfx_slice_find(json, name);
    struct pfx_slice value = at < 0 ? PFX_NO_SLICE : pfx_slice_from(json, (size_t)at + name.length);
    size_t end = 0;

    while (end < value.length && value.text[end] != '"')
        end += value.text[end] == '\\' ? 2 : 1;
    return pfx_slice_until(value, end);
}

/* liblognorm's order: what a rule asks for first, then its own order of parsers. */
static uint32_t priority_of(struct pfx_slice options, uint32_t own)
{
    static const struct pfx_slice name = {"\"priority\":", 11};
    const uint32_t usual = 30000;
    ptrdiff_t at = pfx_slice_find(options, name);
    uint32_t given = 0;

    if (at < 0)
        return usual << 8 | own;
    for (size_t i = (size_t)at + name.length; i < options.length && options.text[i] != '}'; ++i)
        given = given * 10 + (uint32_t)(options.text[i] - '0');
    return (given & 0xffffff) << 8 | own;
}

static const struct {
    struct pfx_slice name;
    enum pfx_parser_kind kind;
    uint32_t priority;
} parsers[] = {
    {{"literal", 7}, PFX_PARSE_LITERAL, 4}, {{"number", 6}, PFX_PARSE_NUMBER, 16},
    {{"word", 4}, PFX_PARSE_WORD, 32},      {{"string-to", 9}, PFX_PARSE_STRING, 32},
    {{"char-to", 7}, PFX_PARSE_CHAR, 32},   {{"char-sep", 8}, PFX_PARSE_SEP, 32},
    {{"rest", 4}, PFX_PARSE_REST, 255},
};

/* "%WORD:PARSER[:TEXT|{JSON}]%" */
static void take_capture(struct pfx_slice capture, struct pfx_element *element_r)
{
    struct pfx_slice inside = pfx_slice_until(pfx_slice_from(capture, 1), capture.length - 2);
    size_t colon = (size_t)pfx_slice_find(inside, PFX_SLICE(":")), end = 0;
    struct pfx_slice parser = pfx_slice_from(inside, colon + 1), options;

    element_r->word = pfx_slice_until(inside, colon);
    if (pfx_slice_equal(element_r->word, PFX_SLICE("-")))
        element_r->word = PFX_NO_SLICE;
    while (end < parser.length && parser.text[end] != ':' && parser.text[end] != '{')
        ++end;
    options = pfx_slice_from(parser, end);
    parser = pfx_slice_until(parser, end);
    for (size_t i = 0; i < sizeof(parsers) / sizeof(parsers[0]); ++i) {
        if (!pfx_slice_equal(parsers[i].name, parser))
            continue;
        element_r->kind = parsers[i].kind;
        element_r->priority =
            priority_of(pfx_slice_starts(options, PFX_SLICE("{")) ? options : PFX_NO_SLICE,
                        parsers[i].priority);
    }
    if (pfx_slice_starts(options, PFX_SLICE(":")))
        options = pfx_slice_from(options, 1);
    else if (element_r->kind == PFX_PARSE_LITERAL)
        options = json_text(options, PFX_SLICE("\"text\":\""));
    else
        options = json_text(options, PFX_SLICE("\"extradata\":\""));
    element_r->length = unescape(options, element_r->text);
}

/* Bytes at the start of a pattern that stand for themselves. */
static size_t plain_length(struct pfx_slice pattern)
{
    size_t n = 0;

    while (n < pattern.length && pattern.text[n] != '%' && pattern.text[n] != '\\')
        ++n;
    return n;
}

/* Text up to the next capture. */
static struct pfx_slice take_text(struct pfx_slice pattern, struct pfx_element *element_r)
{
    size_t length;

    element_r->length = 0;
    for (; pattern.length > 0; pattern = pfx_slice_from(pattern, length)) {
        char *end = element_r->text + element_r->length;

        length = plain_length(pattern);
        if (length > 0) {
            memcpy(end, pattern.text, length);
            element_r->length += length;
            continue;
        }
        length = pfx_pattern_element(pattern);
        if (length > 2 && pattern.text[0] == '%')
            break;
        /* "%%" is one; what a backslash stands for, unescape() knows */
        element_r->length +=
            unescape(pfx_slice_until(pattern, pattern.text[0] == '%' ? 1 : length), end);
    }
    return pattern;
}

struct pfx_slice pfx_pattern_take(struct pfx_slice pattern, struct pfx_element *element_r)
{
    size_t length = pattern.text[0] == '%' ? pfx_pattern_element(pattern) : 1;

    element_r->kind = PFX_PARSE_LITERAL;
    element_r->word = PFX_NO_SLICE;
    element_r->priority = priority_of(PFX_NO_SLICE, parsers[0].priority);
    element_r->plain = length <= 2;
    if (element_r->plain)
        return take_text(pattern, element_r);
    take_capture(pfx_slice_until(pattern, length), element_r);
    /* As liblognorm sees it, it is the same as the byte itself. */
    element_r->plain = element_r->kind == PFX_PARSE_LITERAL && element_r->word.length == 0 &&
                       element_r->length == 1;
    return pfx_slice_from(pattern, length);
}

/* What the grammar can not say. */
static const char *check_captures(struct pfx_slice pattern)
{
    struct pfx_element element;
    unsigned count = 0;

    while (pattern.length > 0) {
        bool capture = pattern.text[0] == '%' && pfx_pattern_element(pattern) > 2;

        pattern = pfx_pattern_take(pattern, &element);
        count += capture;
        /* liblognorm 2.0.6 looks for the second byte before it believes the first. */
        if (element.kind == PFX_PARSE_STRING && element.length == 1)
            return "string-to one byte never fits: char-to is meant";
    }
    return count > PFX_CAPTURE_MAX ? "too many captures" : NULL;
}

const char *pfx_pattern_check(const regex_t *grammar, struct pfx_slice pattern)
{
    static _Thread_local char reason[160];
    regmatch_t whole = {0, (regoff_t)pattern.length};
    size_t good;
    int failed;

    if (count_percents(pattern) % 2 != 0)
        return "a capture does not end: odd number of percent signs";
    /* liblognorm takes it for the end of all rules. */
    if (memchr(pattern.text, 0xff, pattern.length) != NULL)
        return "a byte that no text has";
    if (pattern.length > PFX_PATTERN_MAX)
        return "the pattern is too long";
    failed = regexec(grammar, pattern.text, 1, &whole, REG_STARTEND);
    if (failed != 0 && failed != REG_NOMATCH)
        return "out of memory";
    good = failed ? 0 : (size_t)whole.rm_eo;
    if (good == pattern.length)
        return check_captures(pattern);
    snprintf(reason, sizeof(reason),
             "no pattern as rulebases/README.md has them, from here on: %.*s",
             (int)(pattern.length - good), pattern.text + good);
    return reason;
}
