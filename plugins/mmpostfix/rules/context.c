/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that a text is tried with; see context.h. */
#include "rules/context.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* A file of rules of one of Postfix's daemons, not a table or a shared one. */
static bool is_daemon(const struct file *file)
{
    return !pfx_ruleset_is_table(file) && file->product == 0 && strcmp(file->daemon, SHARED) != 0 &&
           strcmp(file->daemon, LIBRARY) != 0;
}

static bool is_in(const struct rule *rule, const struct file *file, const struct context *context)
{
    if (file->product != context->product)
        return false;
    if (context->daemon.length == 0)
        return !rule->repeated;
    return !rule->last &&
           (strcmp(file->daemon, SHARED) == 0 || strcmp(file->daemon, context->daemon.text) == 0);
}

size_t pfx_context_rules(const struct pfx_rules *rules, const struct context *context,
                         size_t *number_r)
{
    size_t count = 0;

    for (size_t i = 0; i < rules->rule_count; ++i) {
        const struct rule *rule = &rules->rule[i];

        if (is_in(rule, &rules->file[rule->file], context))
            number_r[count++] = i;
    }
    return count;
}

/* The slot of that daemon, or the empty one where it would be. */
static uint16_t *find_slot(struct pfx_rules *rules, struct pfx_slice daemon)
{
    size_t at = pfx_slice_hash(daemon) % PFX_CONTEXT_SLOTS;

    while (rules->slot[at] != 0 &&
           !pfx_slice_equal(rules->context[rules->slot[at] - 1].daemon, daemon))
        at = (at + 1) % PFX_CONTEXT_SLOTS;
    return &rules->slot[at];
}

/* A trie of so many rules; NULL when memory ran out. */
static struct pfx_trie *build(const struct pfx_rules *rules, const size_t *number, size_t count)
{
    struct pfx_trie *trie = pfx_trie_new();
    bool built = trie != NULL;

    for (size_t i = 0; i < count && built; ++i)
        built = pfx_trie_add(trie, rules->rule[number[i]].pattern, number[i]);
    if (!built || !pfx_trie_finish(trie))
        pfx_trie_free(&trie);
    return trie;
}

/* Puts a trie where all look for it; of two threads that built it at once, one was in vain. */
static const struct pfx_trie *publish(struct pfx_trie **place, struct pfx_trie *built)
{
    struct pfx_trie *there = NULL;

    if (built == NULL || __atomic_compare_exchange_n(place, &there, built, false, __ATOMIC_ACQ_REL,
                                                     __ATOMIC_ACQUIRE))
        return built;
    pfx_trie_free(&built);
    return there;
}

const struct pfx_trie *pfx_context_trie(struct pfx_rules *rules, const struct context *context)
{
    struct pfx_trie **place = &rules->context[context - rules->context].trie;
    const struct pfx_trie *trie = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    size_t *number;

    if (trie != NULL)
        return trie;
    number = calloc(rules->rule_count, sizeof(*number));
    if (number == NULL)
        return NULL;
    trie = publish(place, build(rules, number, pfx_context_rules(rules, context, number)));
    free(number);
    return trie;
}

const struct pfx_trie *pfx_context_alone(struct pfx_rules *rules, size_t rule)
{
    struct pfx_trie **place = &rules->rule[rule].alone;
    const struct pfx_trie *trie = __atomic_load_n(place, __ATOMIC_ACQUIRE);

    return trie != NULL ? trie : publish(place, build(rules, &rule, 1));
}

bool pfx_contexts_make(struct pfx_rules *rules)
{
    rules->context = calloc(rules->file_count + rules->products.rows, sizeof(*rules->context));
    if (rules->context == NULL)
        return false;
    for (size_t i = 0; i < rules->file_count; ++i) {
        if (!is_daemon(&rules->file[i]))
            continue;
        if (rules->contexts + 1 >= PFX_CONTEXT_SLOTS / 2)
            break; /* the rules of all have to do */
        rules->context[rules->contexts++].daemon = pfx_slice_of(rules->file[i].daemon);
    }
    for (size_t i = 0; i < rules->contexts; ++i)
        *find_slot(rules, rules->context[i].daemon) = (uint16_t)(i + 1);
    /* The last ones have all rules of a product, Postfix's behind the others'. */
    for (unsigned i = (unsigned)rules->products.rows; i-- > 0;)
        rules->context[rules->contexts++].product = i;
    return true;
}

void pfx_contexts_free(struct pfx_rules *rules)
{
    for (size_t i = 0; i < rules->contexts && rules->context != NULL; ++i)
        pfx_trie_free(&rules->context[i].trie);
    for (size_t i = 0; i < rules->rule_count; ++i)
        pfx_trie_free(&rules->rule[i].alone);
    free(rules->context);
}

const struct context *pfx_context_find(const struct pfx_rules *rules, struct pfx_slice daemon)
{
    uint16_t slot = *find_slot((struct pfx_rules *)rules, daemon);

    return slot == 0 ? NULL : &rules->context[slot - 1];
}

const struct context *pfx_context_all(const struct pfx_rules *rules, unsigned product)
{
    return &rules->context[rules->contexts - 1 - product];
}
