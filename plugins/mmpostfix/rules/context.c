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

static bool build(struct pfx_rules *rules, struct context *context, size_t *number)
{
    size_t count = pfx_context_rules(rules, context, number);

    context->matcher = pfx_matcher_new();
    if (context->matcher == NULL)
        return false;
    for (size_t i = 0; i < count; ++i) {
        if (!pfx_matcher_add(context->matcher, rules->rule[number[i]].pattern, number[i]))
            return false;
    }
    return pfx_matcher_finish(context->matcher);
}

/* In how many ways a text can be read by a rule of a neighbour, the rule alone tells. */
static bool build_alone(struct pfx_rules *rules)
{
    for (size_t i = 0; i < rules->rule_count; ++i) {
        struct rule *rule = &rules->rule[i];

        if (rules->file[rule->file].product == 0)
            continue;
        rule->alone = pfx_matcher_new();
        if (rule->alone == NULL || !pfx_matcher_add(rule->alone, rule->pattern, 0) ||
            !pfx_matcher_finish(rule->alone))
            return false;
    }
    return true;
}

bool pfx_contexts_build(struct pfx_rules *rules)
{
    size_t *number = calloc(rules->rule_count, sizeof(*number));
    bool built = true;

    rules->context = calloc(rules->file_count + rules->products.rows, sizeof(*rules->context));
    if (number == NULL || rules->context == NULL) {
        free(number);
        return false;
    }
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
    for (size_t i = 0; i < rules->contexts && built; ++i)
        built = build(rules, &rules->context[i], number);
    free(number);
    return built && build_alone(rules);
}

void pfx_contexts_free(struct pfx_rules *rules)
{
    for (size_t i = 0; i < rules->contexts && rules->context != NULL; ++i)
        pfx_matcher_free(&rules->context[i].matcher);
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
