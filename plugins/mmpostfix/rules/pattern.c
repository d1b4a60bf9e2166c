/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns that liblognorm may be given; see pattern.h. */
#include "rules/pattern.h"

#include <stdio.h>
#include <string.h>

#define PATTERN_MAX 2000

static unsigned count_percents(struct pfx_slice s)
{
    unsigned count = 0;

    for (size_t i = 0; i < s.length; ++i)
        count += s.text[i] == '%';
    return count;
}

/* The patterns of rulebases/README.md. liblognorm 2.0.6 reads and writes beyond what is malformed,
 * so it gets nothing else. */
#define HEX "\\\\x[0-9A-Fa-f]{2}"
#define JSON_TEXT "\"([]^-~ !#$&-[]|\\\\[\"\\\\])+\"" /* ASCII; in others it crashes */
#define PRIORITY "\"priority\":[0-9]{1,9}"
static const char allowed[] =
    "^([^%\\\\[:cntrl:]]|%%|" HEX "|%[A-Za-z0-9_-]+:("
    "(rest|word|number)(\\{" PRIORITY "})?"
    "|(string-to|char-to|char-sep)"
    "(:([^%\\\\[:cntrl:]]|" HEX ")+|\\{\"extradata\":" JSON_TEXT "(," PRIORITY ")?})"
    "|literal\\{\"text\":" JSON_TEXT "})%)+";

int pfx_pattern_grammar(regex_t *grammar_r)
{
    return regcomp(grammar_r, allowed, REG_EXTENDED) == 0 ? 0 : -1;
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
    if (pattern.length > PATTERN_MAX)
        return "the pattern is too long";
    failed = regexec(grammar, pattern.text, 1, &whole, REG_STARTEND);
    if (failed != 0 && failed != REG_NOMATCH)
        return "out of memory";
    good = failed ? 0 : (size_t)whole.rm_eo;
    if (good == pattern.length)
        return NULL;
    snprintf(reason, sizeof(reason),
             "no pattern as rulebases/README.md has them, from here on: %.*s",
             (int)(pattern.length - good), pattern.text + good);
    return reason;
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
