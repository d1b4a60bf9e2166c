/* SPDX-License-Identifier: Apache-2.0 */
/* Rules used; see rulebase.h. */
#include "rules/rulebase.h"
#include "event/capture.h"
#include "event/split.h"
#include "rules/context.h"
#include "rules/likely.h"
#include "rules/referee.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a neighbour's text can be read by the first rule that fits. */
struct reading {
    struct pfx_match match;         /* the first way; its rule is that of all */
    bool doubtful[PFX_CAPTURE_MAX]; /* a capture that another way has otherwise */
    struct pfx_event other;         /* where another way is tried */
};

struct pfx_parser {
    struct pfx_rules *rules;
    struct reading reading;
    struct pfx_referee *referee; /* NULL: the matcher does the work */
};

struct pfx_rules *pfx_rules_read(const char *directory, const struct pfx_selection *wanted,
                                 struct pfx_rules *before, char *error, size_t size)
{
    struct reader reader = {
        .rules = calloc(1, sizeof(*reader.rules)), .error = error, .size = size};

    pfx_fields_init();
    if (wanted != NULL)
        reader.wanted = *wanted;
    if (reader.rules == NULL) {
        snprintf(error, size, "%s: out of memory", directory);
        return NULL;
    }
    reader.rules->references = 1;
    if (pfx_ruleset_read(&reader, directory) < 0 ||
        (before != NULL && pfx_ruleset_check_files(&reader, before) < 0)) {
        pfx_rules_unref(&reader.rules);
    } else if (before != NULL && pfx_ruleset_same(reader.rules, before)) {
        pfx_rules_unref(&reader.rules);
        reader.rules = pfx_rules_ref(before);
    } else if (!pfx_contexts_make(reader.rules)) {
        snprintf(error, size, "%s: out of memory", directory);
        pfx_rules_unref(&reader.rules);
    }
    return reader.rules;
}

struct pfx_rules *pfx_rules_ref(struct pfx_rules *rules)
{
    __atomic_add_fetch(&rules->references, 1, __ATOMIC_RELAXED);
    return rules;
}

void pfx_rules_unref(struct pfx_rules **rules)
{
    struct pfx_rules *old = *rules;

    *rules = NULL;
    if (old == NULL || __atomic_sub_fetch(&old->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (size_t i = 0; i < old->file_count; ++i) {
        free(old->file[i].path);
        free(old->file[i].daemon);
        free(old->file[i].text);
    }
    pfx_contexts_free(old);
    for (size_t i = 0; i < old->rule_count; ++i)
        pfx_kinds_release(&old->rule[i].rule);
    pfx_classes_free(&old->classes);
    pfx_kinds_free(&old->kinds);
    pfx_reasons_free(&old->reasons);
    pfx_products_free(&old->products);
    free(old->file);
    free(old->rule);
    free(old);
}

const struct pfx_kinds *pfx_rules_kinds(const struct pfx_rules *rules)
{
    return &rules->kinds;
}

const struct pfx_reasons *pfx_rules_reasons(const struct pfx_rules *rules)
{
    return &rules->reasons;
}

struct pfx_products *pfx_rules_products(struct pfx_rules *rules)
{
    return &rules->products;
}

bool pfx_rules_alone(const struct pfx_rules *rules)
{
    return rules->alone;
}

unsigned pfx_rules_product(const void *rules, struct pfx_slice name, bool *sure_r)
{
    return pfx_products_find(&((const struct pfx_rules *)rules)->products, name, sure_r);
}

struct pfx_speaker pfx_rules_speaker(const struct pfx_rules *rules, unsigned product,
                                     struct pfx_slice daemon)
{
    return (struct pfx_speaker){product, daemon,
                                product == 0 ? pfx_context_find(rules, daemon) : NULL};
}

bool pfx_rules_know(const void *rules, struct pfx_slice daemon)
{
    return pfx_context_find(rules, daemon) != NULL;
}

struct pfx_slice pfx_rules_owner(const struct pfx_rules *rules, const struct pfx_rule *rule)
{
    struct pfx_slice owner =
        rule == NULL ? PFX_NO_SLICE
                     : pfx_slice_of(rules->file[((const struct rule *)rule)->file].daemon);

    return pfx_context_find(rules, owner) != NULL ? owner : PFX_NO_SLICE;
}

bool pfx_rules_say(const struct pfx_rules *rules, const struct pfx_rule *rule,
                   struct pfx_slice daemon)
{
    const char *owner = rules->file[((const struct rule *)rule)->file].daemon;

    return strcmp(owner, SHARED) == 0 || pfx_slice_equal(pfx_slice_of(owner), daemon);
}

void pfx_rules_locate(const struct pfx_rules *rules, const struct pfx_rule *rule, char *out,
                      size_t size)
{
    pfx_ruleset_locate(rules, (const struct rule *)rule, out, size);
}

bool pfx_rules_check(struct pfx_rules *rules, char *error, size_t size)
{
    struct pfx_referee *referee;
    bool good;

    if (pfx_referee_knows(rules))
        return true;
    referee = pfx_referee_new(rules, error, size);
    good = referee != NULL;
    pfx_referee_free(&referee);
    return good;
}

struct pfx_parser *pfx_parser_new(struct pfx_rules *rules, enum pfx_matcher_kind kind)
{
    struct pfx_parser *parser = calloc(1, sizeof(*parser));
    char error[1];

    if (parser == NULL)
        return NULL;
    parser->rules = pfx_rules_ref(rules);
    if (kind == PFX_MATCHER_LIBLOGNORM &&
        (parser->referee = pfx_referee_new(rules, error, sizeof(error))) == NULL)
        pfx_parser_free(&parser);
    return parser;
}

void pfx_parser_free(struct pfx_parser **parser)
{
    struct pfx_parser *old = *parser;

    *parser = NULL;
    if (old == NULL)
        return;
    pfx_referee_free(&old->referee);
    pfx_rules_unref(&old->rules);
    free(old);
}

struct pfx_rules *pfx_parser_rules(const struct pfx_parser *parser)
{
    return parser->rules;
}

/* A try: where the captures of a rule that fits go. */
struct attempt {
    const struct pfx_rules *rules;
    struct pfx_event *event;
    struct pfx_slice text; /* the sentence */
};

/* Of a capture that has not the form of its field nothing behind it need be looked at. Addresses
 * have no form: who submits one to a policy service may have written anything. */
static bool is_possible(struct pfx_slice word, struct pfx_slice text)
{
    return pfx_split_is(word) || pfx_capture_fits(word, text);
}

/* Takes a rule when each of its captures has the form that its word asks for. */
static int fill_event(void *cookie, const struct pfx_match *match)
{
    struct attempt *attempt = cookie;
    const struct rule *rule = &attempt->rules->rule[match->rule];

    /* A rule that begins with a capture begins with a name, which has no blank: else it would fit
     * whatever a stranger wrote in front of the words that it knows. */
    if (rule->named && match->count > 0 &&
        memchr(match->text[0].text, ' ', match->text[0].length) != NULL)
        return 0;
    attempt->event->rule = &rule->rule;
    for (size_t i = 0; i < match->count; ++i) {
        if (!pfx_split_as(attempt->event, match->id[i], match->word[i], match->text[i])) {
            pfx_event_clear(attempt->event);
            return 0;
        }
    }
    for (unsigned i = 0; i < rule->rule.constants; ++i) {
        const struct pfx_constant *constant = &rule->rule.constant[i];

        bool whole = pfx_slice_equal(constant->text, PFX_SLICE("*"));

        pfx_event_default(attempt->event, constant->field, whole ? attempt->text : constant->text,
                          PFX_MARK_NONE);
    }
    return 1;
}

/* A try to read a neighbour's text: one way after the other. */
struct neighbour {
    struct attempt attempt;
    struct reading *reading;
};

static int keep_reading(void *cookie, const struct pfx_match *match)
{
    struct neighbour *neighbour = cookie;
    int taken = fill_event(&neighbour->attempt, match);

    if (taken > 0)
        neighbour->reading->match = *match;
    return taken;
}

static int compare_reading(void *cookie, const struct pfx_match *found)
{
    struct neighbour *neighbour = cookie;
    struct pfx_match own = *found, *match = &own;
    struct reading *reading = neighbour->reading;
    struct attempt other = {neighbour->attempt.rules, &reading->other, neighbour->attempt.text};

    match->rule = reading->match.rule;
    pfx_event_clear(&reading->other);
    if (fill_event(&other, match) <= 0)
        return 0;
    for (size_t i = 0; i < match->count; ++i)
        reading->doubtful[i] |= match->text[i].text != reading->match.text[i].text ||
                                match->text[i].length != reading->match.text[i].length;
    return 0;
}

/* What is believed, and so has to be certain: all but text, which is text however it is cut. */
static bool is_fact(struct pfx_slice word)
{
    enum pfx_field field = pfx_field_find(word);

    if (field == PFX_FIELD_NONE)
        return pfx_split_is(word) || pfx_slice_equal(word, PFX_SLICE("client")) ||
               pfx_slice_equal(word, PFX_SLICE("relay")) ||
               pfx_slice_equal(word, PFX_SLICE("host"));
    return !PFX_IS_TEXT(pfx_fields[field].privacy);
}

/* Whom a policy service was asked about. */
static bool is_address(struct pfx_slice word)
{
    enum pfx_field field = pfx_field_find(word);

    return field == PFX_F_from || field == PFX_F_to;
}

/* With the rules of a neighbour, which says strangers' texts as they are. Where the rule that fits
 * can be read in two ways, no fact comes from what they have differently. As pfx_parser_parse(). */
static int try_neighbour(struct pfx_parser *parser, unsigned product, struct pfx_slice text,
                         struct pfx_event *event)
{
    struct reading *reading = &parser->reading;
    struct neighbour neighbour = {{parser->rules, event, text}, reading};
    const struct pfx_trie *trie =
        pfx_context_trie(parser->rules, pfx_context_all(parser->rules, product));
    bool spent, doubt = false, of_whom = false;
    size_t kept = 0;
    int taken;

    if (trie == NULL)
        return -1;
    if (pfx_matcher_match(trie, text, PFX_LONGER, keep_reading, &neighbour) <= 0)
        return 0;
    trie = pfx_context_alone(parser->rules, reading->match.rule);
    if (trie == NULL)
        return -1;
    memset(reading->doubtful, 0, sizeof(reading->doubtful));
    pfx_matcher_search(trie, text, PFX_LONGER, compare_reading, &neighbour, is_possible, &spent);
    for (size_t i = 0; i < reading->match.count; ++i) {
        reading->doubtful[i] = (reading->doubtful[i] || spent) && is_fact(reading->match.word[i]);
        doubt |= reading->doubtful[i];
    }
    if (!doubt)
        return 1;
    pfx_event_clear(event);
    for (size_t i = kept; i < reading->match.count; ++i) {
        if (reading->doubtful[i]) {
            of_whom |= is_address(reading->match.word[i]);
            continue;
        }
        reading->match.word[kept] = reading->match.word[i];
        reading->match.id[kept] = reading->match.id[i];
        reading->match.text[kept++] = reading->match.text[i];
    }
    reading->match.count = kept;
    taken = fill_event(&neighbour.attempt, &reading->match);
    event->doubtful = of_whom;
    return taken;
}

/* With the rules of one context; as pfx_parser_parse(). */
static int try_context(struct pfx_parser *parser, const struct context *context,
                       struct pfx_slice text, unsigned longer, struct pfx_event *event)
{
    struct attempt attempt = {parser->rules, event, text};
    const struct pfx_trie *trie;
    struct pfx_match match;
    int result;

    if (parser->referee == NULL) {
        trie = pfx_context_trie(parser->rules, context);
        return trie == NULL ? -1 : pfx_matcher_match(trie, text, longer, fill_event, &attempt);
    }
    result = pfx_referee_match(parser->referee, context, text, &match);
    return result > 0 ? fill_event(&attempt, &match) : result;
}

/* With all rules of Postfix; as pfx_parser_parse(). */
static int try_all(struct pfx_parser *parser, struct pfx_slice text, struct pfx_event *event)
{
    const struct context *all = pfx_context_all(parser->rules, 0);
    int result = try_context(parser, all, text, 0, event);

    if (result == 0 && parser->referee == NULL)
        result = try_context(parser, all, text, PFX_LONGER, event);
    return result;
}

/* For a line that names no daemon. What one daemon says may fit another's rule as well, so those of
 * the likelier ones are asked first, each with what all daemons say. As pfx_parser_parse(). */
static int try_likely(struct pfx_parser *parser, struct pfx_slice text, struct pfx_event *event)
{
    int result = try_all(parser, text, event);
    struct pfx_slice owner = pfx_rules_owner(parser->rules, event->rule);
    unsigned rank = pfx_likely_rank(owner);

    if (result <= 0 || owner.length == 0)
        return result;
    for (unsigned i = 0; i <= rank && i < PFX_LIKELY_MAIL; ++i) {
        const struct context *context = pfx_context_find(parser->rules, pfx_likely_daemon(i));

        pfx_event_clear(event);
        result = context == NULL ? 0 : try_context(parser, context, text, PFX_LONGER, event);
        if (result != 0)
            return result;
    }
    return try_all(parser, text, event);
}

int pfx_parser_parse(struct pfx_parser *parser, const struct pfx_speaker *speaker,
                     struct pfx_slice text, struct pfx_event *event)
{
    const struct context *own = speaker->own;
    int result;

    event->daemon = own == NULL ? speaker->daemon : own->daemon;
    result = own == NULL ? 0 : try_context(parser, own, text, PFX_LONGER, event);
    if (result != 0)
        return result;
    if (speaker->product == 0 &&
        (own == NULL || pfx_slice_equal(speaker->daemon, PFX_SLICE(POSTFIX))))
        return try_likely(parser, text, event);
    return speaker->product > 0 ? try_neighbour(parser, speaker->product, text, event)
                                : try_all(parser, text, event);
}
