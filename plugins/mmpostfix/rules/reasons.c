/* SPDX-License-Identifier: Apache-2.0 */
/* The table of reasons; see reasons.h. */
#include "rules/reasons.h"
#include "base/reply.h"
#include "base/rows.h"
#include "rules/table.h"

#include <stdlib.h>

/* Replies within replies that are followed. */
#define NESTED_MAX 4

/* Pairs of a pattern that a text must have, ten bits each, six in a word. */
#define PAIRS_MAX 12
#define PAIR_BITS 10
#define COUNT_MAX 100000

static bool is_pair(const char *at)
{
    return at[0] != '*' && at[1] != '*' && at[0] != '^';
}

/* The pairs of a pattern that fewest others have, which few texts will have, too: they come first,
 * so that most rows are out of question by one look or two. */
static void find_pairs(struct pfx_reason *row, const uint32_t counts[PFX_PLAIN_PAIRS])
{
    unsigned best[PAIRS_MAX] = {0}; /* how seldom and pair, the rarest first */
    struct pfx_slice text = row->text;

    for (size_t i = 1; i < text.length; ++i) {
        unsigned pair = pfx_plain_pair(text.text + i - 1);
        unsigned often = counts[pair] < COUNT_MAX ? counts[pair] : COUNT_MAX;
        unsigned one = (COUNT_MAX + 1 - often) << PAIR_BITS | pair;

        for (unsigned n = 0; is_pair(text.text + i - 1) && n < PAIRS_MAX && one != best[n]; ++n) {
            unsigned less = best[n];

            if (one > less) {
                best[n] = one;
                one = less;
            }
        }
    }
    row->pairs = row->more = 0;
    for (unsigned n = PAIRS_MAX / 2; n-- > 0;) {
        row->pairs = row->pairs << PAIR_BITS | (best[n] & (PFX_PLAIN_PAIRS - 1));
        row->more = row->more << PAIR_BITS | (best[n + PAIRS_MAX / 2] & (PFX_PLAIN_PAIRS - 1));
    }
}

/* A bit for a code, so that most rows need no closer look: of the last digits of "550", of subject
 * and detail of "5.7.1". None for no code. */
static uint64_t code_bit(struct pfx_slice code)
{
    unsigned sum = 0;

    if (code.length < 3)
        return 0;
    if (code.text[1] != '.')
        return UINT64_C(1) << (code.text[1] * 10u + code.text[2]) % 16;
    for (size_t i = 2; i < code.length; ++i)
        sum = sum * 7 + (unsigned char)code.text[i];
    return UINT64_C(1) << (16 + sum % 48);
}

/* Takes the first of the codes off. */
static struct pfx_slice next_code(struct pfx_slice *codes)
{
    ptrdiff_t comma = pfx_slice_find(*codes, PFX_SLICE(","));
    struct pfx_slice one = comma < 0 ? *codes : pfx_slice_until(*codes, (size_t)comma);

    *codes = pfx_slice_from(*codes, one.length + 1);
    return one;
}

/* The bits of a row, of which a reply has one; all for what may be any code. */
static uint64_t bits_of(struct pfx_slice codes)
{
    uint64_t bits = 0;

    while (codes.length > 0) {
        struct pfx_slice one = next_code(&codes);
        bool smtp = one.length == 3 && memchr(one.text + 1, '?', 2) == NULL && one.text[1] != '.';
        bool whole = pfx_slice_rfind(one, PFX_SLICE(".")) > 1 &&
                     memchr(one.text + 1, '?', one.length - 1) == NULL;

        bits |= smtp || whole ? code_bit(one) : UINT64_MAX;
    }
    return bits;
}

/* Puts each row into the bucket of its rarest pair. */
static void make_index(struct pfx_reasons *reasons)
{
    uint32_t counts[PFX_PLAIN_PAIRS] = {0};

    memset(reasons->bucket, 0, sizeof(reasons->bucket));
    reasons->always = reasons->urls = 0;
    for (size_t r = 0; r < reasons->rows; ++r) {
        struct pfx_slice text = reasons->row[r].text;

        for (size_t i = 1; i < text.length; ++i)
            ++counts[pfx_plain_pair(text.text + i - 1)];
    }
    for (size_t r = 0; r < reasons->rows; ++r) {
        struct pfx_reason *row = &reasons->row[r];
        uint32_t *bucket;

        find_pairs(row, counts);
        row->bits = bits_of(row->codes);
        bucket = row->url          ? &reasons->urls
                 : row->pairs == 0 ? &reasons->always
                                   : &reasons->bucket[row->pairs & (PFX_PLAIN_PAIRS - 1)];
        row->next = *bucket;
        *bucket = (uint32_t)r + 1;
    }
}

/* A pair 0, of two blanks, is none. */
static inline bool has_pairs(const struct pfx_plain *plain, uint64_t pairs)
{
    for (; pairs != 0; pairs >>= PAIR_BITS) {
        unsigned one = (unsigned)pairs & (PFX_PLAIN_PAIRS - 1);

        if ((plain->pairs[one / 64] >> (one % 64) & 1) == 0)
            return false;
    }
    return true;
}

static bool is_inner(struct pfx_slice class)
{
    return pfx_slice_equal(class, PFX_SLICE(">"));
}

static const char *row_fault(const struct pfx_reason *reason, const struct pfx_classes *classes)
{
    if (reason->class.length == 0)
        return "the class is missing";
    if (reason->codes.length == 0 && reason->text.length == 0)
        return "a row needs codes or a text";
    if (is_inner(reason->class) && (reason->text.length == 0 || reason->url))
        return "a row of class > needs a text that something follows";
    if (classes != NULL && !is_inner(reason->class) && !pfx_classes_has(classes, reason->class))
        return "no such class in reason_classes.tsv";
    for (size_t i = 0; i < reason->text.length; ++i) {
        if (pfx_lower(reason->text.text[i]) != reason->text.text[i])
            return "the text is compared in lower case";
    }
    return NULL;
}

struct cookie {
    struct pfx_reasons *reasons;
    const struct pfx_classes *classes;
};

static const char *add_row(void *data, const struct pfx_slice *column, unsigned line)
{
    struct cookie *cookie = data;
    struct pfx_reasons *reasons = cookie->reasons;
    struct pfx_reason reason = {.class = column[0],
                                .codes = column[1],
                                .text = column[2],
                                .plain = column[2].length > 0 && column[2].text[0] != '^' &&
                                         pfx_slice_find(column[2], PFX_SLICE("*")) < 0,
                                .url = pfx_slice_starts(column[2], PFX_SLICE("//"))};
    const char *fault = row_fault(&reason, cookie->classes);
    struct pfx_reason *grown;

    (void)line;
    if (fault != NULL)
        return fault;
    if (reasons->rows == PFX_REASONS_MAX)
        return "too many rows";
    grown = pfx_rows_grow(reasons->row, reasons->rows, sizeof(*grown));
    if (grown == NULL)
        return "out of memory";
    reasons->row = grown;
    reasons->row[reasons->rows++] = reason;
    return NULL;
}

int pfx_reasons_read(struct pfx_slice text, const struct pfx_classes *classes,
                     struct pfx_reasons *reasons, unsigned *line_r, const char **fault_r)
{
    struct cookie cookie = {reasons, classes};

    if (pfx_table_read(text, 3, add_row, &cookie, line_r, fault_r) < 0)
        return -1;
    make_index(reasons);
    return 0;
}

void pfx_reasons_free(struct pfx_reasons *reasons)
{
    free(reasons->row);
    *reasons = (struct pfx_reasons){0};
}

/* pattern is code or the front of it up to a dot; '?' is any one character. */
static bool code_fits(struct pfx_slice pattern, struct pfx_slice code)
{
    if (pattern.length > code.length ||
        (pattern.length < code.length && code.text[pattern.length] != '.'))
        return false;
    for (size_t i = 0; i < pattern.length; ++i) {
        if (pattern.text[i] != '?' && pattern.text[i] != code.text[i])
            return false;
    }
    return true;
}

static bool codes_fit(struct pfx_slice codes, struct pfx_slice code, struct pfx_slice enhanced)
{
    while (codes.length > 0) {
        struct pfx_slice one = next_code(&codes);

        if (code_fits(one, code) || code_fits(one, enhanced))
            return true;
    }
    return false;
}

/* Up to the first star. */
static struct pfx_slice front_of(struct pfx_slice pattern)
{
    ptrdiff_t star = pfx_slice_find(pattern, PFX_SLICE("*"));

    return star < 0 ? pattern : pfx_slice_until(pattern, (size_t)star);
}

/* The parts of pattern between its stars occur in text, one after the other: where the last one
 * ends, or -1. A plain one is of one part, anywhere. */
static ptrdiff_t text_fits(struct pfx_slice pattern, bool plain, struct pfx_slice text)
{
    size_t done = 0;

    if (plain) {
        ptrdiff_t at = pfx_slice_find(text, pattern);

        return at < 0 ? -1 : at + (ptrdiff_t)pattern.length;
    }
    if (pfx_slice_starts(pattern, PFX_SLICE("^"))) {
        while (done < text.length && text.text[done] == ' ')
            ++done;
        pattern = pfx_slice_from(pattern, 1);
        if (!pfx_slice_starts(pfx_slice_from(text, done), front_of(pattern)))
            return -1;
    }
    while (pattern.length > 0) {
        struct pfx_slice part = front_of(pattern);
        ptrdiff_t at = part.length == 0 ? 0 : pfx_slice_find(pfx_slice_from(text, done), part);

        if (at < 0)
            return -1;
        done += (size_t)at + part.length;
        pattern = pfx_slice_from(pattern, part.length + 1);
    }
    return (ptrdiff_t)done;
}

/* A reply or the words of a sentence. */
struct said {
    struct pfx_slice code, enhanced, text;
    uint64_t bits; /* of the codes */
};

/* What was said behind offset, with the codes that stand there. */
static struct said said_behind(struct pfx_slice text, size_t offset)
{
    struct said said = {.text = pfx_slice_from(text, offset)};
    struct pfx_slice word = pfx_slice_trim(said.text);
    ptrdiff_t blank = pfx_slice_find(word, PFX_SLICE(" "));
    int64_t number;

    if (blank == 3 && pfx_value_integer(pfx_slice_until(word, 3), &number)) {
        said.code = pfx_slice_until(word, 3);
        word = pfx_slice_from(word, 4);
    }
    said.enhanced = pfx_slice_until(word, pfx_reply_enhanced(word));
    said.bits = code_bit(said.code) | code_bit(said.enhanced);
    return said;
}

/* Any text fits, whatever it is. */
static bool is_last(const struct pfx_reason *row)
{
    return row->codes.length == 0 && row->pairs == 0 && !row->url;
}

/* What is asked: the words, and a bit for each row that they may fit. */
struct query {
    const struct pfx_reasons *reasons;
    struct pfx_plain plain;
    uint64_t rows[PFX_REASONS_MAX / 64];
};

static void add_bucket(struct query *query, uint32_t row)
{
    for (; row != 0; row = query->reasons->row[row - 1].next)
        query->rows[(row - 1) / 64] |= UINT64_C(1) << ((row - 1) % 64);
}

/* By the pairs of the text: a row is in the bucket of its rarest one. */
static void choose_rows(struct query *query)
{
    memset(query->rows, 0, (query->reasons->rows + 63) / 64 * sizeof(query->rows[0]));
    add_bucket(query, query->reasons->always);
    if (query->plain.url_length > 0)
        add_bucket(query, query->reasons->urls);
    for (unsigned i = 0; i < PFX_PLAIN_PAIRS / 64; ++i) {
        for (uint64_t bits = query->plain.pairs[i]; bits != 0; bits &= bits - 1)
            add_bucket(query, query->reasons->bucket[i * 64 + (unsigned)__builtin_ctzll(bits)]);
    }
}

/* Where the text that makes the row fit ends in what was said, or -1. */
static ptrdiff_t row_fits(const struct query *query, const struct pfx_reason *row,
                          const struct said *said)
{
    struct pfx_slice urls = {query->plain.url, query->plain.url_length};

    /* That of its bucket is there. */
    if ((!row->url && (!has_pairs(&query->plain, row->pairs >> PAIR_BITS) ||
                       !has_pairs(&query->plain, row->more))) ||
        (row->codes.length > 0 &&
         ((row->bits & said->bits) == 0 || !codes_fit(row->codes, said->code, said->enhanced))))
        return -1;
    return text_fits(row->text, row->plain, row->url ? urls : said->text);
}

/* The row that decides, or NULL. */
static const struct pfx_reason *find_row(const struct query *query, const struct said *said,
                                         unsigned nested)
{
    for (size_t i = 0; i < (query->reasons->rows + 63) / 64; ++i) {
        for (uint64_t bits = query->rows[i]; bits != 0; bits &= bits - 1) {
            const struct pfx_reason *row =
                &query->reasons->row[i * 64 + (unsigned)__builtin_ctzll(bits)];
            ptrdiff_t end = row_fits(query, row, said);
            struct said inner;
            const struct pfx_reason *found;

            if (end < 0 || (is_inner(row->class) && nested == 0))
                continue;
            if (!is_inner(row->class))
                return row;
            inner = said_behind(said->text, (size_t)end);
            found = find_row(query, &inner, nested - 1);
            if (found != NULL && !is_last(found))
                return found;
            nested = 0; /* what follows says nothing */
        }
    }
    return NULL;
}

struct pfx_slice pfx_reasons_find(const struct pfx_reasons *reasons, struct pfx_slice code,
                                  struct pfx_slice enhanced, struct pfx_slice text)
{
    struct said said = {code, enhanced, PFX_NO_SLICE, 0};
    const struct pfx_reason *row;
    struct query query;

    query.reasons = reasons;
    pfx_plain_read(&query.plain, code, enhanced, text);
    choose_rows(&query);
    said.text = (struct pfx_slice){query.plain.text, query.plain.length};
    /* Servers that tell a code in their text have none in front, or a general one. */
    if (query.plain.enhanced.length > 0 &&
        (enhanced.length == 0 || pfx_slice_ends(enhanced, PFX_SLICE(".0.0"))))
        said.enhanced = query.plain.enhanced;
    said.bits = code_bit(said.code) | code_bit(said.enhanced);
    row = find_row(&query, &said, NESTED_MAX);
    return row == NULL ? PFX_NO_SLICE : row->class;
}
