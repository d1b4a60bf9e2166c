/* SPDX-License-Identifier: Apache-2.0 */
/* The table of reasons; see reasons.h. */
#include "rules/reasons.h"
#include "rules/table.h"

#include <stdlib.h>

#define TEXT_MAX 1000

/* The bit of two bytes that stand side by side. A text has all bits of the patterns in it, so that
 * most rows are out of question by one look. */
static inline uint64_t pair(const char *at)
{
    return UINT64_C(1) << (((unsigned char)at[0] * 31u + (unsigned char)at[1] * 7u) % 64);
}

static uint64_t pairs_of(struct pfx_slice text)
{
    uint64_t pairs = 0;

    for (size_t i = 1; i < text.length; ++i) {
        if (text.text[i - 1] != '*' && text.text[i] != '*')
            pairs |= pair(text.text + i - 1);
    }
    return pairs;
}

static const char *row_fault(const struct pfx_reason *reason)
{
    if (reason->class.length == 0)
        return "the class is missing";
    if (reason->codes.length == 0 && reason->text.length == 0)
        return "a row needs codes or a text";
    for (size_t i = 0; i < reason->text.length; ++i) {
        if (reason->text.text[i] >= 'A' && reason->text.text[i] <= 'Z')
            return "the text is compared in lower case";
    }
    return NULL;
}

static const char *add_row(void *cookie, const struct pfx_slice *column, unsigned line)
{
    struct pfx_reasons *reasons = cookie;
    struct pfx_reason reason = {column[0], column[1], column[2], pairs_of(column[2])};
    const char *fault = row_fault(&reason);
    struct pfx_reason *grown;

    (void)line;
    if (fault != NULL)
        return fault;
    grown = realloc(reasons->row, (reasons->rows + 1) * sizeof(*grown));
    if (grown == NULL)
        return "out of memory";
    reasons->row = grown;
    reasons->row[reasons->rows++] = reason;
    return NULL;
}

int pfx_reasons_read(struct pfx_slice text, struct pfx_reasons *reasons_r, unsigned *line_r,
                     const char **fault_r)
{
    *reasons_r = (struct pfx_reasons){0};
    if (pfx_table_read(text, 3, add_row, reasons_r, line_r, fault_r) == 0)
        return 0;
    pfx_reasons_free(reasons_r);
    return -1;
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
        ptrdiff_t comma = pfx_slice_find(codes, PFX_SLICE(","));
        struct pfx_slice one = comma < 0 ? codes : pfx_slice_until(codes, (size_t)comma);

        if (code_fits(one, code) || code_fits(one, enhanced))
            return true;
        codes = pfx_slice_from(codes, one.length + 1);
    }
    return false;
}

/* The parts of pattern between its stars occur in text, one after the other. */
static bool text_fits(struct pfx_slice pattern, struct pfx_slice text)
{
    while (pattern.length > 0) {
        ptrdiff_t star = pfx_slice_find(pattern, PFX_SLICE("*"));
        struct pfx_slice part = star < 0 ? pattern : pfx_slice_until(pattern, (size_t)star);
        ptrdiff_t at = part.length == 0 ? 0 : pfx_slice_find(text, part);

        if (at < 0)
            return false;
        text = pfx_slice_from(text, (size_t)at + part.length);
        pattern = pfx_slice_from(pattern, part.length + 1);
    }
    return true;
}

/* What stands behind "<ADDRESS>: ", for an address is no reason, whatever it says. */
static struct pfx_slice skip_address(struct pfx_slice text)
{
    ptrdiff_t end = pfx_slice_rfind(text, PFX_SLICE(">: "));

    return end < 0 || !pfx_slice_starts(text, PFX_SLICE("<"))
               ? text
               : pfx_slice_from(text, (size_t)end + 3);
}

struct pfx_slice pfx_reasons_find(const struct pfx_reasons *reasons, struct pfx_slice code,
                                  struct pfx_slice enhanced, struct pfx_slice text)
{
    char lower[TEXT_MAX];
    struct pfx_slice folded = {lower, 0};
    uint64_t pairs = 0;

    text = skip_address(text);
    folded.length = text.length < sizeof(lower) ? text.length : sizeof(lower);
    for (size_t i = 0; i < folded.length; ++i) {
        char c = text.text[i];

        lower[i] = (unsigned)(c - 'A') < 26 ? (char)(c + 'a' - 'A') : c;
        if (i > 0)
            pairs |= pair(lower + i - 1);
    }
    for (size_t i = 0; i < reasons->rows; ++i) {
        const struct pfx_reason *row = &reasons->row[i];

        if ((row->pairs & ~pairs) == 0 &&
            (row->codes.length == 0 || codes_fit(row->codes, code, enhanced)) &&
            text_fits(row->text, folded))
            return row->class;
    }
    return PFX_NO_SLICE;
}
