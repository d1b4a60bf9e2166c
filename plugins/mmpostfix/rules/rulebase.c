/* SPDX-License-Identifier: Apache-2.0 */
/* Rules used with liblognorm; see rulebase.h. */
#include "rules/rulebase.h"
#include "base/hash.h"
#include "rules/compile.h"
#include "rules/ruleset.h"
#include "event/split.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPTURE_MAX 24
#define RECENT 64 /* a power of two */

/* The rules of one daemon, or of all. */
struct context {
    struct pfx_slice daemon; /* ends in NUL; PFX_NO_SLICE: all */
    ln_ctx ctx;              /* NULL: not compiled yet */
};

struct pfx_parser {
    struct pfx_rules *rules;
    struct context *context; /* the last one is that of all rules */
    size_t contexts;
    const struct context *recent[RECENT]; /* by hash of its daemon, the one found last */
    struct json_object *captures;         /* of the last match; the event's slices point into it */
};

struct pfx_rules *pfx_rules_read(const char *directory, struct pfx_rules *before, char *error,
                                 size_t size)
{
    struct reader reader = {
        .rules = calloc(1, sizeof(*reader.rules)), .error = error, .size = size};

    pfx_fields_init();
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
    pfx_kinds_free(&old->kinds);
    pfx_reasons_free(&old->reasons);
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

/* A file of rules of one daemon, not a table or a shared one. */
static bool is_daemon(const struct file *file)
{
    static const char *const others[] = {KINDS, REASONS, SHARED, LIBRARY};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); ++i) {
        if (strcmp(file->daemon, others[i]) == 0)
            return false;
    }
    return true;
}

bool pfx_rules_know(const void *cookie, struct pfx_slice daemon)
{
    const struct pfx_rules *rules = cookie;

    for (size_t i = 0; i < rules->file_count; ++i) {
        if (is_daemon(&rules->file[i]) &&
            pfx_slice_equal(pfx_slice_of(rules->file[i].daemon), daemon))
            return true;
    }
    return false;
}

void pfx_rules_locate(const struct pfx_rules *rules, const struct pfx_rule *rule, char *out,
                      size_t size)
{
    pfx_ruleset_locate(rules, (const struct rule *)rule, out, size);
}

/* Compiles a context unless that was done; false with an error on failure. */
static bool need_context(struct pfx_parser *parser, struct context *context, char *error,
                         size_t size)
{
    if (context->ctx == NULL)
        context->ctx = pfx_compile(parser->rules, context->daemon.text, error, size);
    return context->ctx != NULL;
}

/* The context of a daemon, compiled when it first says something; NULL when it has none or memory
 * ran out, and the rules of all have to do. */
static const struct context *find_context(struct pfx_parser *parser, struct pfx_slice daemon)
{
    const struct context **recent = &parser->recent[pfx_slice_hash(daemon) % RECENT];
    char error[1];

    if (*recent != NULL && pfx_slice_equal((*recent)->daemon, daemon))
        return *recent;
    for (size_t i = 0; i + 1 < parser->contexts; ++i) {
        struct context *context = &parser->context[i];

        if (!pfx_slice_equal(context->daemon, daemon))
            continue;
        if (!need_context(parser, context, error, sizeof(error)))
            return NULL;
        *recent = context;
        return context;
    }
    return NULL;
}

struct pfx_parser *pfx_parser_new(struct pfx_rules *rules, char *error, size_t size)
{
    struct pfx_parser *parser = calloc(1, sizeof(*parser));

    snprintf(error, size, "out of memory");
    if (parser == NULL)
        return NULL;
    parser->rules = pfx_rules_ref(rules);
    parser->context = calloc(rules->file_count + 1, sizeof(*parser->context));
    if (parser->context == NULL) {
        pfx_parser_free(&parser);
        return NULL;
    }
    for (size_t i = 0; i < rules->file_count; ++i) {
        if (is_daemon(&rules->file[i]))
            parser->context[parser->contexts++].daemon = pfx_slice_of(rules->file[i].daemon);
    }
    /* This one has every rule, so it tells whether liblognorm takes them all. */
    if (!need_context(parser, &parser->context[parser->contexts++], error, size))
        pfx_parser_free(&parser);
    return parser;
}

/* The daemons whose contexts are compiled; NULL when memory ran out. The names are the rules'. */
static struct pfx_slice *heard_daemons(const struct pfx_parser *parser, size_t *count_r)
{
    struct pfx_slice *heard = calloc(parser->contexts, sizeof(*heard));

    *count_r = 0;
    for (size_t i = 0; heard != NULL && i + 1 < parser->contexts; ++i) {
        if (parser->context[i].ctx != NULL)
            heard[(*count_r)++] = parser->context[i].daemon;
    }
    return heard;
}

int pfx_parser_renew(struct pfx_parser **parser, struct pfx_rules *rules, char *error, size_t size)
{
    struct pfx_rules *before = *parser == NULL ? NULL : pfx_rules_ref((*parser)->rules);
    size_t count = 0;
    struct pfx_slice *heard = *parser == NULL ? NULL : heard_daemons(*parser, &count);

    pfx_parser_free(parser);
    *parser = pfx_parser_new(rules, error, size);
    for (size_t i = 0; i < count && *parser != NULL; ++i)
        find_context(*parser, heard[i]);
    free(heard);
    pfx_rules_unref(&before);
    return *parser == NULL ? -1 : 0;
}

void pfx_parser_free(struct pfx_parser **parser)
{
    struct pfx_parser *old = *parser;

    *parser = NULL;
    if (old == NULL)
        return;
    json_object_put(old->captures);
    for (size_t i = 0; i < old->contexts; ++i) {
        if (old->context[i].ctx != NULL)
            ln_exitCtx(old->context[i].ctx);
    }
    free(old->context);
    pfx_rules_unref(&old->rules);
    free(old);
}

struct pfx_rules *pfx_parser_rules(const struct pfx_parser *parser)
{
    return parser->rules;
}

/* The captures of a match. */
struct match {
    const struct pfx_rule *rule;
    struct pfx_slice word[CAPTURE_MAX], text[CAPTURE_MAX];
    size_t count;
    bool lost; /* memory ran out: liblognorm has a capture without its text */
};

/* The rule whose number stands in the tag of a match, or NULL. */
static const struct pfx_rule *tagged_rule(const struct pfx_rules *rules, struct json_object *tags)
{
    struct json_object *tag = json_object_array_get_idx(tags, 0);
    const char *digit = tag == NULL ? "" : json_object_get_string(tag);
    size_t number = rules->rule_count;

    if (*digit >= '0' && *digit <= '9')
        number = 0;
    for (; *digit >= '0' && *digit <= '9' && number < rules->rule_count; ++digit)
        number = number * 10 + (size_t)(*digit - '0');
    return number < rules->rule_count ? &rules->rule[number].rule : NULL;
}

/* Reads what liblognorm hands over, in one go. */
static void read_match(const struct pfx_rules *rules, struct json_object *captures,
                       struct match *match)
{
    struct json_object_iterator it = json_object_iter_begin(captures);
    struct json_object_iterator end = json_object_iter_end(captures);

    match->rule = NULL;
    match->count = 0;
    match->lost = false;
    for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
        const char *name = json_object_iter_peek_name(&it), *text;
        struct json_object *value = json_object_iter_peek_value(&it);

        if (name[0] == 'e' && strcmp(name, "event.tags") == 0) {
            match->rule = tagged_rule(rules, value);
            continue;
        }
        text = value == NULL ? NULL : json_object_get_string(value);
        match->lost = match->lost || text == NULL;
        if (text == NULL || match->count == CAPTURE_MAX)
            continue;
        match->word[match->count] = (struct pfx_slice){name, strlen(name)};
        match->text[match->count++] = (struct pfx_slice){text, strlen(text)};
    }
}

/* Hands the captures to the event in the order of the line; liblognorm has them backwards. */
static bool fill_event(struct pfx_event *event, const struct match *match)
{
    for (size_t i = match->count; i-- > 0;) {
        if (!pfx_split(event, match->word[i], match->text[i]))
            return false;
    }
    return true;
}

/* One try with one context; as pfx_parser_parse(). */
static int try_context(struct pfx_parser *parser, const struct context *context,
                       struct pfx_slice text, struct pfx_event *event)
{
    struct match match;
    int result;

    json_object_put(parser->captures);
    parser->captures = NULL;
    result = ln_normalize(context->ctx, text.text, text.length, &parser->captures);
    if (parser->captures == NULL)
        return result == 0 || result == LN_NOMEM ? -1 : 0;
    if (result != 0)
        return 0;
    read_match(parser->rules, parser->captures, &match);
    if (match.lost)
        return -1;
    if (match.rule == NULL)
        return 0;
    event->rule = match.rule;
    if (fill_event(event, &match))
        return 1;
    pfx_event_clear(event);
    return 0;
}

int pfx_parser_parse(struct pfx_parser *parser, struct pfx_slice daemon, struct pfx_slice text,
                     struct pfx_event *event)
{
    const struct context *context = find_context(parser, daemon);
    int result = context == NULL ? 0 : try_context(parser, context, text, event);

    if (result != 0)
        return result;
    return try_context(parser, &parser->context[parser->contexts - 1], text, event);
}
