/* SPDX-License-Identifier: Apache-2.0 */
/* Words of Postfix; see words.h. */
#include "share/words.h"
#include "base/hash.h"

#include <stdlib.h>

/* The slot of a word, or the free one where it belongs. */
static size_t find(const struct words *words, struct pfx_slice word)
{
    size_t at = pfx_slice_hash(word) & (words->size - 1);

    while (words->slot[at].length > 0 && !pfx_slice_equal(words->slot[at], word))
        at = (at + 1) & (words->size - 1);
    return at;
}

static bool grow(struct words *words)
{
    struct words grown = {.size = words->size > 0 ? words->size * 2 : 1024, .count = words->count};

    grown.slot = calloc(grown.size, sizeof(*grown.slot));
    if (grown.slot == NULL)
        return false;
    for (size_t i = 0; i < words->size; ++i) {
        if (words->slot[i].length > 0)
            grown.slot[find(&grown, words->slot[i])] = words->slot[i];
    }
    free(words->slot);
    *words = grown;
    return true;
}

bool words_add(struct words *words, struct pfx_slice word)
{
    size_t at;

    if (word.length == 0)
        return true;
    if (words->count >= words->size / 2 && !grow(words))
        return false;
    at = find(words, word);
    words->count += words->slot[at].length == 0;
    words->slot[at] = word;
    return true;
}

bool words_have(const struct words *words, struct pfx_slice word)
{
    return words->size > 0 && word.length > 0 && words->slot[find(words, word)].length > 0;
}

static bool is_inside(char c)
{
    char lower = pfx_lower(c);

    return (lower >= 'a' && lower <= 'z') || c == '-' || c == '_' || c == '\'';
}

/* Runs of letters, with hyphens and such inside. */
bool words_add_text(struct words *words, struct pfx_slice text)
{
    size_t at = 0;

    while (at < text.length) {
        size_t begin = at;

        while (at < text.length && is_inside(text.text[at]))
            ++at;
        if (!words_add(words, (struct pfx_slice){text.text + begin, at - begin}))
            return false;
        at += at == begin;
    }
    return true;
}

/* "rule=TAGS:TEXT%NAME:PARSER%TEXT"; "%%" is a percent sign. */
static bool add_rule(struct words *words, struct pfx_slice rule)
{
    ptrdiff_t colon = pfx_slice_find(rule, PFX_SLICE(":")), percent;

    rule = pfx_slice_from(rule, colon < 0 ? rule.length : (size_t)colon + 1);
    while (rule.length > 0) {
        percent = pfx_slice_find(rule, PFX_SLICE("%"));
        if (!words_add_text(words,
                            pfx_slice_until(rule, percent < 0 ? rule.length : (size_t)percent)))
            return false;
        rule = pfx_slice_from(rule, percent < 0 ? rule.length : (size_t)percent + 1);
        percent = pfx_slice_find(rule, PFX_SLICE("%"));
        rule = pfx_slice_from(rule, percent < 0 ? rule.length : (size_t)percent + 1);
    }
    return true;
}

bool words_add_rules(struct words *words, struct pfx_slice text)
{
    while (text.length > 0) {
        ptrdiff_t end = pfx_slice_find(text, PFX_SLICE("\n"));
        struct pfx_slice line = pfx_slice_until(text, end < 0 ? text.length : (size_t)end);

        if (pfx_slice_starts(line, PFX_SLICE("rule=")) && !add_rule(words, line))
            return false;
        text = pfx_slice_from(text, end < 0 ? text.length : (size_t)end + 1);
    }
    return true;
}

void words_close(struct words *words)
{
    free(words->slot);
    *words = (struct words){0};
}
