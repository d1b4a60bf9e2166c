/* SPDX-License-Identifier: Apache-2.0 */
/* liblognorm with our rules; see referee.h.
 *
 * Each rule is handed to liblognorm with its number in place of its tags. So a match costs one
 * short tag, and names the rule exactly.
 */
#include "rules/referee.h"
#include "base/readfile.h"
#include "base/sha256.h"
#include "rules/context.h"

#include <json.h>
#include <liblognorm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pfx_referee {
    struct pfx_rules *rules;
    ln_ctx *ctx;                  /* one a context of the rules; NULL: not compiled yet */
    struct json_object *captures; /* of the last match, whose slices point into it */
    char *copy;                   /* of a text that does not end in NUL */
    size_t size;
};

/* What liblognorm says while a context is compiled. */
struct complaint {
    const struct pfx_rules *rules;
    const size_t *line; /* number of the rule on each line handed over */
    size_t lines;
    unsigned count;
    char *error;
    size_t size;
};

/* The error callback of liblognorm: "rulebase file --NO-FILE--[7]: reason". Only the first
 * complaint is kept; its line is translated to the file's. */
static void complain(void *cookie, const char *message, size_t length)
{
    struct complaint *complaint = cookie;
    struct pfx_slice text = {message, length};
    ptrdiff_t open = pfx_slice_find(text, PFX_SLICE("[")), close;
    int64_t line = 0;
    char where[4096] = "";

    if (complaint->count++ > 0)
        return;
    close = pfx_slice_find(text, PFX_SLICE("]: "));
    if (open >= 0 && close > open &&
        pfx_value_integer((struct pfx_slice){message + open + 1, (size_t)(close - open - 1)},
                          &line) &&
        line > 0 && (size_t)line <= complaint->lines) {
        pfx_ruleset_locate(complaint->rules, &complaint->rules->rule[complaint->line[line - 1]],
                           where, sizeof(where));
        text = pfx_slice_from(text, (size_t)close + 3);
        snprintf(complaint->error, complaint->size, "%s: %.*s", where, (int)text.length, text.text);
    } else {
        snprintf(complaint->error, complaint->size, "%.*s", (int)length, message);
    }
}

/* The chosen rules as liblognorm reads them, one a line; NULL when memory ran out. */
static char *write_rules(const struct pfx_rules *rules, const size_t *line, size_t lines)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    bool failed;

    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < lines; ++i) {
        const struct rule *rule = &rules->rule[line[i]];

        fprintf(out, "rule=%zu:%.*s\n", line[i], (int)rule->pattern.length, rule->pattern.text);
    }
    /* Half of the rules would load without a complaint. */
    failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}

/* The rules of a context. NULL on failure, then error says "FILE:LINE: reason". */
static ln_ctx compile(const struct pfx_rules *rules, const struct context *context, char *error,
                      size_t size)
{
    size_t *line = calloc(rules->rule_count, sizeof(*line));
    struct complaint complaint = {rules, line, 0, 0, error, size};
    ln_ctx ctx = ln_initCtx();
    char *text = NULL;
    bool good = false;

    snprintf(error, size, "out of memory");
    if (line == NULL || ctx == NULL)
        goto done;
    complaint.lines = pfx_context_rules(rules, context, line);
    text = write_rules(rules, line, complaint.lines);
    if (text == NULL)
        goto done;
    ln_setErrMsgCB(ctx, complain, &complaint);
    /* 2.0.6 hands the error callback the cookie of the debug callback. */
    ln_setDebugCB(ctx, NULL, &complaint);
    /* liblognorm rejects a rule and returns success: only its complaints tell. */
    if (ln_loadSamplesFromString(ctx, text) != 0 && complaint.count == 0)
        snprintf(error, size, "liblognorm can not load the rules of %s",
                 context->daemon.length == 0 ? "all daemons" : context->daemon.text);
    else
        good = complaint.count == 0;
    ln_setErrMsgCB(ctx, NULL, NULL);
    ln_setDebugCB(ctx, NULL, NULL);
done:
    if (!good && ctx != NULL) {
        ln_exitCtx(ctx);
        ctx = NULL;
    }
    free(line);
    free(text);
    return ctx;
}

/* The first line is for the liblognorm that is loaded. */
static bool is_for_this(struct pfx_slice digests)
{
    char wanted[64];
    ptrdiff_t end = pfx_slice_find(digests, PFX_SLICE("\n"));

    snprintf(wanted, sizeof(wanted), ", liblognorm %s", ln_version());
    return end > 0 && digests.text[0] == '#' &&
           pfx_slice_ends(pfx_slice_until(digests, (size_t)end), pfx_slice_of(wanted));
}

/* A file has the digest that is told of its path below the directory. */
static bool is_told(struct pfx_slice digests, const struct file *file, size_t root)
{
    char digest[PFX_SHA256_HEX], line[sizeof(digest) + 4096];

    pfx_sha256(pfx_slice_of(file->text), digest);
    return snprintf(line, sizeof(line), "\n%s  %s\n", digest, file->path + root) <
               (int)sizeof(line) &&
           pfx_slice_find(digests, pfx_slice_of(line)) >= 0;
}

bool pfx_referee_knows(const struct pfx_rules *rules)
{
    char path[4096 + sizeof(DIGEST)];
    struct pfx_slice digests;
    const char *reason;
    bool known;

    snprintf(path, sizeof(path), "%.*s" DIGEST, (int)rules->root, rules->file[0].path);
    digests.text = pfx_readfile(path, &digests.length, &reason);
    if (digests.text == NULL)
        return false;
    known = is_for_this(digests);
    for (size_t i = 0; i < rules->file_count && known; ++i)
        known = strcmp(rules->file[i].daemon, LOCAL) == 0 ||
                is_told(digests, &rules->file[i], rules->root);
    free((char *)digests.text);
    return known;
}

struct pfx_referee *pfx_referee_new(struct pfx_rules *rules, char *error, size_t size)
{
    struct pfx_referee *referee = calloc(1, sizeof(*referee));

    snprintf(error, size, "out of memory");
    if (referee == NULL)
        return NULL;
    referee->rules = rules;
    referee->ctx = calloc(rules->contexts, sizeof(*referee->ctx));
    /* Those of all have every rule, so they tell whether liblognorm takes them. */
    for (unsigned i = 0; referee->ctx != NULL && i < rules->products.rows; ++i) {
        const struct context *all = pfx_context_all(rules, i);

        referee->ctx[all - rules->context] = compile(rules, all, error, size);
        if (referee->ctx[all - rules->context] == NULL) {
            pfx_referee_free(&referee);
            return NULL;
        }
    }
    if (referee->ctx == NULL)
        pfx_referee_free(&referee);
    return referee;
}

void pfx_referee_free(struct pfx_referee **referee)
{
    struct pfx_referee *old = *referee;

    *referee = NULL;
    if (old == NULL)
        return;
    json_object_put(old->captures);
    for (size_t i = 0; i < old->rules->contexts && old->ctx != NULL; ++i) {
        if (old->ctx[i] != NULL)
            ln_exitCtx(old->ctx[i]);
    }
    free(old->ctx);
    free(old->copy);
    free(old);
}

/* The rule whose number stands in the tag of a match, or rule_count. */
static size_t tagged_rule(const struct pfx_rules *rules, struct json_object *tags)
{
    struct json_object *tag = json_object_array_get_idx(tags, 0);
    const char *digit = tag == NULL ? "" : json_object_get_string(tag);
    size_t number = rules->rule_count;

    if (pfx_is_digit(*digit))
        number = 0;
    for (; pfx_is_digit(*digit) && number < rules->rule_count; ++digit)
        number = number * 10 + (size_t)(*digit - '0');
    return number < rules->rule_count ? number : rules->rule_count;
}

/* Reads what liblognorm hands over, in one go; -1 when memory ran out, so that there is a capture
 * without its text. It has them backwards. */
static int read_match(const struct pfx_rules *rules, struct json_object *captures,
                      struct pfx_match *match)
{
    struct json_object_iterator it = json_object_iter_begin(captures);
    struct json_object_iterator end = json_object_iter_end(captures);

    match->rule = rules->rule_count;
    match->count = 0;
    for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
        const char *name = json_object_iter_peek_name(&it), *text;
        struct json_object *value = json_object_iter_peek_value(&it);

        if (name[0] == 'e' && strcmp(name, "event.tags") == 0) {
            match->rule = tagged_rule(rules, value);
            continue;
        }
        text = value == NULL ? NULL : json_object_get_string(value);
        if (text == NULL)
            return -1;
        if (match->count == PFX_CAPTURE_MAX)
            continue;
        match->word[match->count] = pfx_slice_of(name);
        match->id[match->count] = pfx_split_find(match->word[match->count]);
        match->text[match->count++] = pfx_slice_of(text);
    }
    for (size_t i = 0, j = match->count; i + 1 < j; ++i) {
        struct pfx_slice word = match->word[i], text = match->text[i];
        pfx_word_id id = match->id[i];

        --j;
        match->word[i] = match->word[j];
        match->text[i] = match->text[j];
        match->word[j] = word;
        match->id[i] = match->id[j];
        match->id[j] = id;
        match->text[j] = text;
    }
    return match->rule < rules->rule_count;
}

/* The text with a NUL behind it, which liblognorm reads; NULL when memory ran out. */
static const char *terminated(struct pfx_referee *referee, struct pfx_slice text)
{
    if (text.length >= referee->size) {
        char *grown = realloc(referee->copy, text.length + 1);

        if (grown == NULL)
            return NULL;
        referee->copy = grown;
        referee->size = text.length + 1;
    }
    if (text.length > 0)
        memcpy(referee->copy, text.text, text.length);
    referee->copy[text.length] = '\0';
    return referee->copy;
}

int pfx_referee_match(struct pfx_referee *referee, const struct context *context,
                      struct pfx_slice text, struct pfx_match *match_r)
{
    ln_ctx *ctx = &referee->ctx[context - referee->rules->context];
    const char *copy = terminated(referee, text);
    char error[1];
    int result;

    if (*ctx == NULL)
        *ctx = compile(referee->rules, context, error, sizeof(error));
    if (*ctx == NULL || copy == NULL)
        return -1;
    json_object_put(referee->captures);
    referee->captures = NULL;
    result = ln_normalize(*ctx, copy, text.length, &referee->captures);
    if (referee->captures == NULL)
        return result == 0 || result == LN_NOMEM ? -1 : 0;
    return result != 0 ? 0 : read_match(referee->rules, referee->captures, match_r);
}
