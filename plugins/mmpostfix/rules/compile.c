/* SPDX-License-Identifier: Apache-2.0 */
/* Rules compiled by liblognorm; see compile.h.
 *
 * Each rule is handed to liblognorm with its number in place of its tags. So a match costs one
 * short tag, and names the rule exactly.
 */
#include "rules/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Chooses the rules of a context into line; their number. Where daemons say the same, liblognorm
 * would take the last; among the rules of all the first one counts. */
static size_t choose_rules(const struct pfx_rules *rules, const char *daemon, size_t *line)
{
    size_t lines = 0;

    for (size_t i = 0; i < rules->rule_count; ++i) {
        const struct rule *rule = &rules->rule[i];
        const char *owner = rules->file[rule->file].daemon;

        if (daemon == NULL ? !rule->repeated
                           : strcmp(owner, SHARED) == 0 || strcmp(owner, daemon) == 0)
            line[lines++] = i;
    }
    return lines;
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

ln_ctx pfx_compile(const struct pfx_rules *rules, const char *daemon, char *error, size_t size)
{
    size_t *line = calloc(rules->rule_count, sizeof(*line));
    struct complaint complaint = {rules, line, 0, 0, error, size};
    ln_ctx ctx = ln_initCtx();
    char *text = NULL;
    bool good = false;

    snprintf(error, size, "out of memory");
    if (line == NULL || ctx == NULL)
        goto done;
    complaint.lines = choose_rules(rules, daemon, line);
    text = write_rules(rules, line, complaint.lines);
    if (text == NULL)
        goto done;
    ln_setErrMsgCB(ctx, complain, &complaint);
    /* 2.0.6 hands the error callback the cookie of the debug callback. */
    ln_setDebugCB(ctx, NULL, &complaint);
    /* liblognorm rejects a rule and returns success: only its complaints tell. */
    if (ln_loadSamplesFromString(ctx, text) != 0 && complaint.count == 0)
        snprintf(error, size, "liblognorm can not load the rules of %s",
                 daemon == NULL ? "all daemons" : daemon);
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
