/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of alerts; see rules.h. */
#include "alerts/rules.h"
#include "alerts/measure.h"
#include "alerts/windows/ring.h"
#include "base/readfile.h"
#include "rules/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS PFX_ALERT_COLUMNS

struct pfx_alert_definition {
    struct pfx_alert_definition *next;
    struct pfx_slice name, text;
    struct pfx_condition condition;
    unsigned file;
};

enum pass { PASS_DEFINITIONS, PASS_RULES };

struct reading {
    struct pfx_alert_rules *rules;
    const struct pfx_kinds *kinds;
    unsigned file; /* 0: the table, 1: the site's */
    enum pass pass;
};

static const struct pfx_condition *find_definition(const void *cookie, struct pfx_slice name)
{
    const struct pfx_alert_rules *rules = cookie;

    for (struct pfx_alert_definition *d = rules->definition; d != NULL; d = d->next) {
        if (pfx_slice_equal(d->name, name))
            return &d->condition;
    }
    return NULL;
}

/* A condition, once for equal texts: rules that share it are counted together. */
static const char *find_condition(struct reading *reading, struct pfx_slice name,
                                  struct pfx_slice text, const struct pfx_condition **condition_r)
{
    struct pfx_alert_rules *rules = reading->rules;
    struct pfx_alert_definition *d;
    const char *fault;

    for (d = rules->definition; name.length == 0 && d != NULL; d = d->next) {
        if (d->name.length == 0 && pfx_slice_equal(d->text, text)) {
            *condition_r = &d->condition;
            return NULL;
        }
    }
    d = calloc(1, sizeof(*d));
    if (d == NULL)
        return "out of memory";
    d->text = text;
    d->file = reading->file;
    fault = pfx_condition_read(text, reading->kinds, find_definition, rules, &d->condition);
    d->name = name;
    d->next = rules->definition;
    rules->definition = d;
    *condition_r = &d->condition;
    return fault;
}

static const char *add_definition(struct reading *reading, const struct pfx_slice *column)
{
    struct pfx_slice name = pfx_slice_from(column[0], 1);
    const struct pfx_condition *condition;

    for (struct pfx_alert_definition *d = reading->rules->definition; d != NULL; d = d->next) {
        if (name.length > 0 && pfx_slice_equal(d->name, name))
            return d->file == reading->file ? "this name has a row already" : NULL;
    }
    if (name.length == 0)
        return "a name is missing behind @";
    return find_condition(reading, name, column[10], &condition);
}

/* The place of the rule of that name, or PFX_ALERT_NONE. */
static int find_rule(const struct pfx_alert_rules *rules, struct pfx_slice name)
{
    for (unsigned i = 0; i < rules->rules; ++i) {
        if (pfx_slice_equal(rules->rule[i].name, name))
            return (int)i;
    }
    return PFX_ALERT_NONE;
}

static void take_away(struct pfx_alert_rules *rules, int place)
{
    pfx_condition_free(&rules->rule[place].of);
    memmove(&rules->rule[place], &rules->rule[place + 1],
            (--rules->rules - (unsigned)place) * sizeof(rules->rule[0]));
}

static const char *add_rule(struct reading *reading, const struct pfx_slice *column, unsigned line)
{
    struct pfx_alert_rules *rules = reading->rules;
    int old = find_rule(rules, column[0]);
    struct pfx_alert_rule rule;
    struct pfx_slice of;
    const char *fault;

    if (pfx_slice_equal(column[1], PFX_SLICE("off"))) {
        if (old == PFX_ALERT_NONE)
            return "no rule of that name";
        take_away(rules, old);
        return NULL;
    }
    if (old != PFX_ALERT_NONE && rules->rule[old].file == reading->file)
        return "this name has a row already";
    fault = pfx_alert_rule_read(column, &rule, &of);
    if (fault == NULL && rule.measure != PFX_MEASURE_GAUGE)
        fault = find_condition(reading, PFX_NO_SLICE, column[10], &rule.what);
    if (fault != NULL)
        return fault;
    if (old == PFX_ALERT_NONE && rules->rules == PFX_ALERT_RULES)
        return "there are too many rules";
    rule.file = reading->file;
    rule.line = line;
    rule.size = pfx_measure_size(&rule);
    if (old != PFX_ALERT_NONE)
        pfx_condition_free(&rules->rule[old].of);
    else
        old = (int)rules->rules++;
    rules->rule[old] = rule;
    return of.length == 0 ? NULL
                          : pfx_condition_read(of, reading->kinds, find_definition, rules,
                                               &rules->rule[old].of);
}

static const char *add_row(void *cookie, const struct pfx_slice *column, unsigned line)
{
    struct reading *reading = cookie;
    bool defines = pfx_slice_starts(column[0], PFX_SLICE("@"));
    bool off = pfx_slice_equal(column[1], PFX_SLICE("off"));

    if (column[0].length == 0)
        return "a name is missing";
    if (column[COLUMNS - 1].length == 0 && !defines && !off)
        return "a row has twelve columns separated by tabs";
    if (defines != (reading->pass == PASS_DEFINITIONS))
        return NULL;
    if (defines && off)
        return "a condition can not be taken away: give it a row of your own";
    return defines ? add_definition(reading, column) : add_rule(reading, column, line);
}

/* Finds the rule that another one comes after. It keeps its last events however old they are, as
 * long as it counts in a ring. */
static const char *link_after(struct pfx_alert_rules *rules, struct pfx_alert_rule *rule)
{
    struct pfx_alert_rule *before;

    rule->after = find_rule(rules, rule->after_name);
    if (rule->after == PFX_ALERT_NONE)
        return "there is no rule of the name behind after";
    before = &rules->rule[rule->after];
    if (before->measure != PFX_MEASURE_COUNT || !pfx_slice_equal(before->key_text, rule->key_text))
        return "the rule behind after has to count, by the same key";
    if (rule->limit > before->limit)
        return "the rule behind after does not count so far";
    if (before->limit > PFX_RING_LIMIT && rule->window > before->window)
        return "the rule behind after has a limit above 32 and does not count for so long";
    if (rule->window > before->longest)
        before->longest = rule->window;
    return NULL;
}

/* Finds what a rule names, and that it can be. */
static const char *link_rule(struct pfx_alert_rules *rules, struct pfx_alert_rule *rule)
{
    if (rule->measure == PFX_MEASURE_GAUGE)
        rules->gauges |= 1u << rule->gauge;
    rule->after = rule->known = PFX_ALERT_NONE;
    if (rule->known_name.length > 0) {
        rule->known = find_rule(rules, rule->known_name);
        if (rule->known == PFX_ALERT_NONE || rules->rule[rule->known].measure != PFX_MEASURE_FIRST)
            return "there is no rule of first of the name behind known";
        rules->knowing |= UINT64_C(1) << (rule - rules->rule);
    }
    return rule->after_name.length > 0 ? link_after(rules, rule) : NULL;
}

static bool are_beside(const struct pfx_alert_rule *a, const struct pfx_alert_rule *b)
{
    return a->what != NULL && a->what == b->what && pfx_slice_equal(a->key_text, b->key_text);
}

/* Numbers rules with the same condition and key, and brings them together, in their order. False
 * when memory ran out. */
static bool group_rules(struct pfx_alert_rules *rules)
{
    struct pfx_alert_rule *sorted = calloc(PFX_ALERT_RULES, sizeof(*sorted));
    unsigned done = 0, begin;
    uint64_t taken = 0;

    if (sorted == NULL)
        return false;
    for (unsigned i = 0; i < rules->rules; ++i) {
        const struct pfx_alert_rule *first = &rules->rule[i];

        if ((taken >> i & 1) != 0)
            continue;
        begin = done;
        for (unsigned j = i; j < rules->rules; ++j) {
            struct pfx_alert_rule *rule = &rules->rule[j];

            if (j != i && ((taken >> j & 1) != 0 || !are_beside(first, rule)))
                continue;
            taken |= UINT64_C(1) << j;
            rule->first = begin;
            sorted[done++] = *rule;
        }
        for (unsigned j = begin; j < done; ++j) {
            sorted[j].beside = done - begin;
            sorted[begin].shares |= sorted[j].of.terms > 0;
        }
    }
    memcpy(rules->rule, sorted, done * sizeof(sorted[0]));
    free(sorted);
    return true;
}

static bool selects(const struct pfx_alert_rule *rule, const struct pfx_kind *kind)
{
    return pfx_condition_selects(rule->what, kind) || pfx_condition_selects(&rule->of, kind);
}

/* Which rules may count lines of which kinds. */
static bool index_rules(struct pfx_alert_rules *rules, const struct pfx_kinds *kinds)
{
    rules->kinds = kinds->rows;
    rules->of_kind = calloc(kinds->rows + 1, sizeof(*rules->of_kind));
    for (unsigned i = 0; i < rules->rules && rules->of_kind != NULL; ++i) {
        const struct pfx_alert_rule *rule = &rules->rule[i];
        uint64_t bit = UINT64_C(1) << i;
        bool all;

        if (rule->what == NULL)
            continue;
        all = pfx_condition_selects_all(rule->what) ||
              (rule->of.terms > 0 && pfx_condition_selects_all(&rule->of));
        if (all || selects(rule, NULL))
            rules->kindless |= bit;
        for (size_t k = 0; k < kinds->rows; ++k) {
            if (all || selects(rule, &kinds->row[k]))
                rules->of_kind[k] |= bit;
        }
    }
    return rules->of_kind != NULL;
}

/* Reads the rows of a file that is in memory. */
static bool read_rows(struct reading *reading, const char *path, unsigned file, enum pass pass,
                      char *error_r, size_t size)
{
    const char *text = reading->rules->text[file], *fault;
    unsigned line;

    reading->file = file;
    reading->pass = pass;
    if (text == NULL ||
        pfx_table_read_from(pfx_slice_of(text), 2, COLUMNS, add_row, reading, &line, &fault) == 0)
        return true;
    snprintf(error_r, size, "%s:%u: %s", path, line, fault);
    return false;
}

static bool read_file(struct pfx_alert_rules *rules, const char *path, unsigned file, char *error_r,
                      size_t size)
{
    const char *reason;
    size_t length;

    if (file == 0 && access(path, F_OK) != 0 && errno == ENOENT)
        return true;
    rules->text[file] = pfx_readfile(path, &length, &reason);
    if (rules->text[file] == NULL)
        snprintf(error_r, size, "%s: %s", path, reason);
    return rules->text[file] != NULL;
}

/* All of it; false with an error. A site's conditions come first: those of the table give way. */
static bool read_all(struct pfx_alert_rules *rules, const char *table, const char *site,
                     const struct pfx_kinds *kinds, char *error_r, size_t size)
{
    struct reading reading = {.rules = rules, .kinds = kinds};

    if (!read_file(rules, table, 0, error_r, size) ||
        (site != NULL && !read_file(rules, site, 1, error_r, size)) ||
        !read_rows(&reading, site, 1, PASS_DEFINITIONS, error_r, size) ||
        !read_rows(&reading, table, 0, PASS_DEFINITIONS, error_r, size) ||
        !read_rows(&reading, table, 0, PASS_RULES, error_r, size) ||
        !read_rows(&reading, site, 1, PASS_RULES, error_r, size))
        return false;
    snprintf(error_r, size, "out of memory");
    if (!group_rules(rules))
        return false;
    for (unsigned i = 0; i < rules->rules; ++i)
        rules->rule[i].longest = rules->rule[i].window;
    for (unsigned i = 0; i < rules->rules; ++i) {
        struct pfx_alert_rule *rule = &rules->rule[i];
        const char *fault = link_rule(rules, rule);

        if (fault == NULL)
            continue;
        snprintf(error_r, size, "%s:%u: %.*s: %s", rule->file == 0 ? table : site, rule->line,
                 (int)rule->name.length, rule->name.text, fault);
        return false;
    }
    snprintf(error_r, size, "out of memory");
    return index_rules(rules, kinds);
}

struct pfx_alert_rules *pfx_alert_rules_read(const char *directory, const char *site,
                                             const struct pfx_kinds *kinds, char *error_r,
                                             size_t size)
{
    struct pfx_alert_rules *rules = calloc(1, sizeof(*rules));
    char *table = NULL;

    snprintf(error_r, size, "out of memory");
    if (rules == NULL || asprintf(&table, "%s/alerts.tsv", directory) < 0) {
        free(rules);
        return NULL;
    }
    rules->references = 1;
    if (!read_all(rules, table, site, kinds, error_r, size))
        pfx_alert_rules_unref(&rules);
    free(table);
    return rules;
}

struct pfx_alert_rules *pfx_alert_rules_ref(struct pfx_alert_rules *rules)
{
    if (rules != NULL)
        __atomic_add_fetch(&rules->references, 1, __ATOMIC_RELAXED);
    return rules;
}

void pfx_alert_rules_unref(struct pfx_alert_rules **rules)
{
    struct pfx_alert_rules *old = *rules;
    struct pfx_alert_definition *next;

    *rules = NULL;
    if (old == NULL || __atomic_sub_fetch(&old->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (struct pfx_alert_definition *d = old->definition; d != NULL; d = next) {
        next = d->next;
        pfx_condition_free(&d->condition);
        free(d);
    }
    for (unsigned i = 0; i < old->rules; ++i)
        pfx_condition_free(&old->rule[i].of);
    free(old->of_kind);
    free(old->text[0]);
    free(old->text[1]);
    free(old);
}

bool pfx_alert_rules_equal(const struct pfx_alert_rules *a, const struct pfx_alert_rules *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    for (unsigned file = 0; file < 2; ++file) {
        const char *x = a->text[file], *y = b->text[file];

        if ((x == NULL) != (y == NULL) || (x != NULL && strcmp(x, y) != 0))
            return false;
    }
    return true;
}
