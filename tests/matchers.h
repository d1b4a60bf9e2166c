/* SPDX-License-Identifier: Apache-2.0 */
/* The matcher beside liblognorm: both have to find the same rule and the same captures in any text.
 * For the unit test and the fuzzer. */
#ifndef PFX_MATCHERS_H
#define PFX_MATCHERS_H

#include "rules/context.h"
#include "rules/referee.h"
#include "rules/rulebase.h"

#include <stdio.h>

struct matchers {
    struct pfx_rules *rules;
    struct pfx_referee *referee;
};

static inline bool matchers_open(struct matchers *both, const char *directory)
{
    char error[512];

    both->rules = pfx_rules_read(directory, NULL, NULL, error, sizeof(error));
    both->referee = both->rules == NULL ? NULL : pfx_referee_new(both->rules, error, sizeof(error));
    if (both->referee == NULL)
        fprintf(stderr, "%s\n", error);
    return both->referee != NULL;
}

static inline void matchers_close(struct matchers *both)
{
    pfx_referee_free(&both->referee);
    pfx_rules_unref(&both->rules);
}

static inline int matchers_keep(void *cookie, const struct pfx_match *match)
{
    *(struct pfx_match *)cookie = *match;
    return 1;
}

static inline bool matchers_same(const struct pfx_match *a, const struct pfx_match *b)
{
    bool same = a->rule == b->rule && a->count == b->count;

    for (size_t i = 0; i < a->count && same; ++i)
        same = pfx_slice_equal(a->word[i], b->word[i]) && pfx_slice_equal(a->text[i], b->text[i]);
    return same;
}

static inline void matchers_tell(const struct matchers *both, const char *who, int found,
                                 const struct pfx_match *match)
{
    char where[512] = "no rule";

    if (found > 0)
        pfx_rules_locate(both->rules, &both->rules->rule[match->rule].rule, where, sizeof(where));
    fprintf(stderr, "%s: %s\n", who, where);
    for (size_t i = 0; found > 0 && i < match->count; ++i)
        fprintf(stderr, "  %.*s='%.*s'\n", (int)match->word[i].length, match->word[i].text,
                (int)match->text[i].length, match->text[i].text);
}

/* Both find the same in a text with the rules of that context; what they find is told if not. A
 * text that holds a NUL is none for liblognorm. */
static inline bool matchers_agree(const struct matchers *both, size_t context,
                                  struct pfx_slice text)
{
    const struct context *rules = &both->rules->context[context % both->rules->contexts];
    struct pfx_match ours, theirs;
    int found =
        pfx_matcher_match(pfx_context_trie(both->rules, rules), text, 0, matchers_keep, &ours);
    int known = pfx_referee_match(both->referee, rules, text, &theirs);

    if (known < 0 || (found == known && (found == 0 || matchers_same(&ours, &theirs))))
        return true;
    fprintf(stderr, "in '%.*s' (%s)\n", (int)text.length, text.text,
            rules->daemon.length > 0 ? rules->daemon.text : "all");
    matchers_tell(both, "matcher", found, &ours);
    matchers_tell(both, "liblognorm", known, &theirs);
    return false;
}

#endif
