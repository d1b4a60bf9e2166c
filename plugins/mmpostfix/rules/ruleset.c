/* SPDX-License-Identifier: Apache-2.0 */
/* Reading rulebases: files to checked rules; see rulebase.h and ruleset.h. */
#include "rules/ruleset.h"
#include "base/readfile.h"
#include "base/rows.h"
#include "rules/likely.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".rulebase"
#define TABLE ".tsv"
/* Ways on from one point of all rules, see check_alternatives(). */
#define ALTERNATIVES_MAX 250

static int fail(struct reader *reader, const char *path, unsigned line, const char *reason)
{
    if (line > 0)
        snprintf(reader->error, reader->size, "%s:%u: %s", path, line, reason);
    else
        snprintf(reader->error, reader->size, "%s: %s", path, reason);
    return -1;
}

/* True for a kind of the table, or a pattern of kinds: "mail.<status>". */
static bool is_kind(const struct pfx_kinds *kinds, struct pfx_slice name)
{
    ptrdiff_t open = pfx_slice_find(name, PFX_SLICE("<"));

    if (open < 0) {
        const struct pfx_kind *kind = pfx_kinds_find(kinds, name);

        return kind != NULL && pfx_slice_equal(kind->name, name);
    }
    /* Any value must mean something, so the prefix needs its "PREFIX.*" row. */
    return pfx_kinds_find(kinds, pfx_slice_until(name, (size_t)open)) != NULL;
}

/* "WORD=TEXT", a field that the rule gives a value. The reason why it is none, or NULL. */
static const char *add_constant(const struct reader *reader, struct pfx_rule *rule,
                                struct pfx_slice tag, size_t equals)
{
    struct pfx_constant *constant = &rule->constant[rule->constants];

    if (rule->constants == PFX_CONSTANT_MAX)
        return "too many values";
    constant->field = pfx_field_find(pfx_slice_until(tag, equals));
    constant->text = pfx_slice_from(tag, equals + 1);
    if (constant->field == PFX_FIELD_NONE)
        return "a value is for a field of fields.def";
    if (constant->text.length == 0)
        return "the value is empty";
    if (constant->field == PFX_F_reason_class &&
        !pfx_classes_has(&reader->rules->classes, constant->text))
        return "no such reason in reason_classes.tsv";
    ++rule->constants;
    return NULL;
}

/* Sorts one tag of a rule into event, kinds, roles and values; the reason if it can not, or NULL.
 */
static const char *add_tag(struct reader *reader, struct pfx_rule *rule, struct pfx_slice tag)
{
    unsigned role = pfx_role_find(tag);
    ptrdiff_t equals = pfx_slice_find(tag, PFX_SLICE("="));

    if (equals > 0)
        return add_constant(reader, rule, tag, (size_t)equals);
    if (role != 0) {
        rule->roles |= role;
    } else if (is_kind(&reader->rules->kinds, tag)) {
        if (rule->kinds == PFX_KIND_MAX)
            return "too many kinds";
        rule->kind[rule->kinds++] = tag;
    } else if (pfx_slice_find(tag, PFX_SLICE(".")) <= 0) {
        return "an event is named AREA.WORD";
    } else if (rule->event.length > 0) {
        return "a second event; one of them is not a kind of kinds.tsv or a role";
    } else {
        rule->event = tag;
    }
    return NULL;
}

/* "rule=TAG,TAG:PATTERN" */
static const char *add_rule(struct reader *reader, struct pfx_slice line, unsigned number)
{
    struct pfx_rules *rules = reader->rules;
    ptrdiff_t colon = pfx_slice_find(line, PFX_SLICE(":"));
    struct pfx_slice tags, rest;
    struct rule *grown, *rule;
    const char *reason;

    if (!pfx_slice_starts(line, PFX_SLICE("rule=")))
        return "only rule= lines and comments are allowed";
    if (colon < 0)
        return "a rule is rule=EVENT,KIND,...:PATTERN";
    if ((size_t)colon + 1 == line.length)
        return "the pattern is empty";
    reason = pfx_pattern_check(&reader->grammar, pfx_slice_from(line, (size_t)colon + 1));
    if (reason != NULL)
        return reason;
    grown = pfx_rows_grow(rules->rule, rules->rule_count, sizeof(*grown));
    if (grown == NULL)
        return "out of memory";
    rules->rule = grown;
    rule = &grown[rules->rule_count];
    *rule = (struct rule){.file = rules->file_count - 1, .line = number};
    rule->product = rules->file[rule->file].product;
    rule->pattern = pfx_slice_from(line, (size_t)colon + 1);
    pfx_pattern_take(rule->pattern, &reader->element);
    rule->named =
        reader->element.kind != PFX_PARSE_LITERAL && reader->element.kind != PFX_PARSE_REST;
    rule->last = rule->named && reader->element.priority >= PFX_PRIORITY_LAST;
    rule->named &= !rule->last;
    for (tags = pfx_slice_from(pfx_slice_until(line, (size_t)colon), 5);; tags = rest) {
        ptrdiff_t comma = pfx_slice_find(tags, PFX_SLICE(","));

        reason =
            add_tag(reader, &rule->rule, comma < 0 ? tags : pfx_slice_until(tags, (size_t)comma));
        if (reason != NULL)
            return reason;
        if (comma < 0)
            break;
        rest = pfx_slice_from(tags, (size_t)comma + 1);
    }
    if (rule->rule.event.length == 0)
        return "the rule has no event";
    if (rule->product > 0 &&
        (rule->rule.roles & ~(unsigned)(PFX_QUEUE_ADD | PFX_SESSION_OPEN | PFX_SESSION_CLOSE |
                                        PFX_PEER_ADD | PFX_POLICY_ADD)) != 0)
        return "the roles of a neighbour's line are queue.add, session.open, session.close, "
               "peer.add and policy.add";
    if (rule->product == 0 && (rule->rule.roles & PFX_POLICY_ADD) != 0)
        return "policy.add is for neighbours' lines";
    pfx_kinds_resolve(&rules->kinds, &rule->rule);
    ++rules->rule_count;
    return NULL;
}

static int read_rules(struct reader *reader, struct pfx_slice text, const char *path)
{
    const char *reason = NULL;
    unsigned number = 0;

    while (text.length > 0 && reason == NULL) {
        ptrdiff_t end = pfx_slice_find(text, PFX_SLICE("\n"));
        struct pfx_slice line = end < 0 ? text : pfx_slice_until(text, (size_t)end);

        text = pfx_slice_from(text, line.length + 1);
        /* liblognorm's own tools want the version on the first line. */
        if (++number == 1)
            reason = pfx_slice_equal(line, PFX_SLICE("version=2"))
                         ? NULL
                         : "the first line must be version=2";
        else if (line.length > 0 && line.text[0] != '#')
            reason = add_rule(reader, line, number);
    }
    return reason == NULL ? 0 : fail(reader, path, number, reason);
}

static int read_table(struct reader *reader, struct pfx_slice text, const char *path,
                      const char *name)
{
    struct pfx_rules *rules = reader->rules;
    const char *reason;
    unsigned line;
    int failed;

    if (strcmp(name, PRODUCTS) == 0)
        failed = pfx_products_read(text, &reader->wanted, &rules->products, &line, &reason);
    else if (strcmp(name, CLASSES) == 0)
        failed = pfx_classes_read(text, &rules->classes, &line, &reason);
    else if (strcmp(name, KINDS) == 0)
        failed = pfx_kinds_read(text, &rules->classes, &rules->kinds, &line, &reason);
    else
        failed = pfx_reasons_read(text, &rules->classes, &rules->reasons, &line, &reason);
    return failed ? fail(reader, path, line, reason) : 0;
}

/* Refuses a file that is empty or lacks its last newline, since it may be just being written: a
 * table or rulebase without rows has at least a comment or its version. */
static int check_whole(struct reader *reader, const char *path, struct pfx_slice text)
{
    unsigned line = 1;

    if (text.length == 0)
        return fail(reader, path, line, "the file is empty");
    if (text.text[text.length - 1] == '\n')
        return 0;
    for (size_t i = 0; i < text.length; ++i)
        line += text.text[i] == '\n';
    return fail(reader, path, line, "the last line has no newline; is the file whole?");
}

/* Takes one more file into the set; its text stays, rules and kinds point into it. */
static int add_file(struct reader *reader, const char *path, const char *daemon, unsigned product)
{
    struct pfx_rules *rules = reader->rules;
    const char *reason = "out of memory";
    struct file *grown = pfx_rows_grow(rules->file, rules->file_count, sizeof(*grown));
    struct pfx_slice text = {NULL, 0};
    struct file *file;

    if (grown == NULL)
        return fail(reader, path, 0, reason);
    rules->file = grown;
    file = &grown[rules->file_count];
    *file = (struct file){.path = strdup(path), .daemon = strdup(daemon), .product = product};
    if (file->path != NULL && file->daemon != NULL)
        file->text = pfx_readfile(path, &text.length, &reason);
    ++rules->file_count; /* from here on freed with the set */
    if (file->text == NULL)
        return fail(reader, path, 0, reason);
    text.text = file->text;
    if (check_whole(reader, path, text) < 0)
        return -1;
    return pfx_ruleset_is_table(file) ? read_table(reader, text, path, daemon)
                                      : read_rules(reader, text, path);
}

static bool ends_with(const char *name, const char *suffix)
{
    return pfx_slice_ends(pfx_slice_of(name), pfx_slice_of(suffix));
}

static int is_rulebase(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && ends_with(entry->d_name, SUFFIX);
}

bool pfx_ruleset_is_table(const struct file *file)
{
    return ends_with(file->daemon, TABLE);
}

/* All rulebases of a directory, the likelier daemon first. daemon is NULL when the name of each
 * file is that of its daemon. */
static int read_directory(struct reader *reader, const char *directory, const char *daemon,
                          unsigned product)
{
    struct dirent **entry = NULL;
    int count = scandir(directory, &entry, is_rulebase, pfx_likely_order);
    int result = 0;

    if (count < 0)
        return fail(reader, directory, 0, strerror(errno));
    for (int i = 0; i < count; ++i) {
        char path[4096], name[256];
        int length = (int)(strlen(entry[i]->d_name) - strlen(SUFFIX));

        if (snprintf(path, sizeof(path), "%s/%s", directory, entry[i]->d_name) >= (int)sizeof(path))
            result = fail(reader, directory, 0, "the name is too long");
        snprintf(name, sizeof(name), "%.*s", length, entry[i]->d_name);
        if (result == 0)
            result = add_file(reader, path, daemon == NULL ? name : daemon, product);
        free(entry[i]);
    }
    free(entry);
    return result;
}

/* Two rules that are tried together: of a daemon and of all daemons, of one other product. */
static bool are_together(const struct file *a, const struct file *b)
{
    return b->product > 0 || strcmp(a->daemon, b->daemon) == 0 || strcmp(a->daemon, SHARED) == 0;
}

/* By product, pattern, and place in the files. */
static int by_pattern(const void *a, const void *b)
{
    const struct rule *x = *(const struct rule *const *)a, *y = *(const struct rule *const *)b;
    size_t length = x->pattern.length < y->pattern.length ? x->pattern.length : y->pattern.length;
    int order = (x->product > y->product) - (x->product < y->product);

    if (order == 0)
        order = memcmp(x->pattern.text, y->pattern.text, length);
    if (order == 0)
        order = (x->pattern.length > y->pattern.length) - (x->pattern.length < y->pattern.length);
    return order != 0 ? order : (x > y) - (x < y);
}

static bool is_same_pattern(const struct rule *a, const struct rule *b)
{
    return a->product == b->product && pfx_slice_equal(a->pattern, b->pattern);
}

/* Marks the rules whose pattern another one of their product has. Two in the context of a daemon
 * must not have the same pattern: liblognorm takes the last, and leaks the other. */
static int check_patterns(struct reader *reader, struct rule *const *sorted)
{
    const struct pfx_rules *rules = reader->rules;
    const struct rule *first = NULL, *second = NULL; /* that are together, the first such */
    char reason[4200];

    for (size_t i = 1; i < rules->rule_count; ++i) {
        for (size_t j = i; j > 0 && is_same_pattern(sorted[j - 1], sorted[i]); --j) {
            sorted[i]->repeated = true;
            if (!are_together(&rules->file[sorted[j - 1]->file], &rules->file[sorted[i]->file]) ||
                (second != NULL && second < sorted[i]))
                continue;
            first = sorted[j - 1];
            second = sorted[i];
        }
    }
    if (second == NULL)
        return 0;
    snprintf(reason, sizeof(reason), "same pattern as %s:%u", rules->file[first->file].path,
             first->line);
    return fail(reader, rules->file[second->file].path, second->line, reason);
}

/* Counts the alternatives at offset of rules that are sorted by pattern and equal up to there. The
 * first rule from which on there are too many, or NULL. */
static const struct rule *too_many(struct rule *const *rule, size_t count, size_t offset)
{
    unsigned alternatives = 0;

    for (size_t i = 0, next; i < count; i = next) {
        struct pfx_slice rest = pfx_slice_from(rule[i]->pattern, offset);
        struct pfx_slice element = pfx_slice_until(rest, pfx_pattern_element(rest));
        const struct rule *found = NULL;

        for (next = i + 1; next < count; ++next) {
            if (!pfx_slice_starts(pfx_slice_from(rule[next]->pattern, offset), element))
                break;
        }
        if (element.length == 0)
            continue; /* a pattern that ends here */
        if (++alternatives > ALTERNATIVES_MAX)
            return rule[i];
        if (next - i > 1)
            found = too_many(rule + i, next - i, offset + element.length);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* liblognorm 2.0.6 counts the alternatives at one point in a byte and silently loses rules when it
 * overflows. */
static int check_alternatives(struct reader *reader, struct rule *const *sorted)
{
    struct pfx_rules *rules = reader->rules;
    const struct rule *last = NULL;

    for (size_t i = 0, next; i < rules->rule_count && last == NULL; i = next) {
        for (next = i + 1; next < rules->rule_count; ++next) {
            if (sorted[next]->product != sorted[i]->product)
                break;
        }
        last = too_many(sorted + i, next - i, 0);
    }
    if (last == NULL)
        return 0;
    return fail(
        reader, rules->file[last->file].path, last->line,
        "too many rules go different ways from here; begin with a capture that others begin with");
}

/* What is to be said of all rules together. */
static int check_rules(struct reader *reader)
{
    struct pfx_rules *rules = reader->rules;
    struct rule **sorted = calloc(rules->rule_count, sizeof(struct rule *));
    int result;

    if (sorted == NULL)
        return fail(reader, "rules", 0, "out of memory");
    for (size_t i = 0; i < rules->rule_count; ++i)
        sorted[i] = &rules->rule[i];
    qsort(sorted, rules->rule_count, sizeof(struct rule *), by_pattern);
    result = check_patterns(reader, sorted);
    if (result == 0)
        result = check_alternatives(reader, sorted);
    free(sorted);
    return result;
}

/* Before 0.1 the files of postfix/ were beside the tables. Rulebases left there would not be read,
 * so they are refused. */
static int check_shape(struct reader *reader, const char *directory)
{
    struct dirent **entry = NULL;
    int count = scandir(directory, &entry, is_rulebase, alphasort);
    char path[4096] = "";

    for (int i = 0; i < count; ++i) {
        if (i == 0)
            snprintf(path, sizeof(path), "%s/%s", directory, entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
    if (count <= 0) /* a missing directory is reported with its first file */
        return 0;
    return fail(reader, path, 0,
                "the rules of a product stand in its folder: move *.rulebase, "
                "shared and library into postfix/");
}

/* A file that need not be there. */
static bool is_missing(const char *path)
{
    return access(path, F_OK) < 0 && errno == ENOENT;
}

static int read_tables(struct reader *reader, const char *directory)
{
    static const char *const tables[] = {PRODUCTS, CLASSES, KINDS, LOCAL, REASONS};
    char path[4096];

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); ++i) {
        bool products = strcmp(tables[i], PRODUCTS) == 0;

        snprintf(path, sizeof(path), "%s/%s", directory, tables[i]);
        if ((products || strcmp(tables[i], LOCAL) == 0) && is_missing(path)) {
            reader->rules->alone |= products;
            if (products && read_table(reader, PFX_NO_SLICE, path, PRODUCTS) < 0)
                return -1;
            continue;
        }
        if (add_file(reader, path, tables[i], 0) < 0)
            return -1;
    }
    return 0;
}

static int read_rulebases(struct reader *reader, const char *directory)
{
    static const struct {
        const char *path, *daemon; /* NULL: a file is named by its daemon */
    } folders[] = {{POSTFIX "/" SHARED, SHARED}, {POSTFIX "/" LIBRARY, LIBRARY}, {POSTFIX, NULL}};
    const struct pfx_products *products = &reader->rules->products;
    char path[4096];

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); ++i) {
        snprintf(path, sizeof(path), "%s/%s", directory, folders[i].path);
        if (read_directory(reader, path, folders[i].daemon, 0) < 0)
            return -1;
    }
    for (unsigned i = 1; i < products->rows; ++i) {
        const struct pfx_slice name = products->row[i].name;

        snprintf(path, sizeof(path), "%s/%.*s", directory, (int)name.length, name.text);
        if (read_directory(reader, path, NULL, i) < 0)
            return -1;
    }
    return 0;
}

static int read_all(struct reader *reader, const char *directory)
{
    reader->rules->root = strlen(directory) + 1;
    if (reader->rules->root > 4096 - 128)
        return fail(reader, directory, 0, "the name is too long");
    if (check_shape(reader, directory) < 0 || read_tables(reader, directory) < 0 ||
        read_rulebases(reader, directory) < 0)
        return -1;
    if (reader->rules->rule_count == 0)
        return fail(reader, directory, 0, "no rules");
    return check_rules(reader);
}

int pfx_ruleset_read(struct reader *reader, const char *directory)
{
    int result;

    if (pfx_pattern_grammar(&reader->grammar) < 0)
        return fail(reader, directory, 0, "out of memory");
    result = read_all(reader, directory);
    regfree(&reader->grammar);
    return result;
}

static bool has_file(const struct pfx_rules *rules, const char *path)
{
    for (size_t i = 0; i < rules->file_count; ++i) {
        if (strcmp(rules->file[i].path, path) == 0)
            return true;
    }
    return false;
}

void pfx_ruleset_locate(const struct pfx_rules *rules, const struct rule *rule, char *out,
                        size_t size)
{
    snprintf(out, size, "%s:%u", rules->file[rule->file].path, rule->line);
}

bool pfx_ruleset_same(const struct pfx_rules *a, const struct pfx_rules *b)
{
    if (a->file_count != b->file_count)
        return false;
    for (size_t i = 0; i < a->file_count; ++i) {
        if (strcmp(a->file[i].path, b->file[i].path) != 0 ||
            strcmp(a->file[i].text, b->file[i].text) != 0)
            return false;
    }
    return true;
}

int pfx_ruleset_check_files(struct reader *reader, const struct pfx_rules *before)
{
    for (size_t i = 0; i < before->file_count; ++i) {
        if (strcmp(before->file[i].daemon, LOCAL) != 0 &&
            !has_file(reader->rules, before->file[i].path))
            return fail(reader, before->file[i].path, 0,
                        "the file is gone; one of version=2 alone says that no rules are meant");
    }
    return 0;
}
