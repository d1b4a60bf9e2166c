/* SPDX-License-Identifier: Apache-2.0 */
/* pfxcheck: the contract between rulebases and their samples.
 *
 *   pfxcheck [--bless] RULEBASEDIR [FILE.samples...]
 *
 * Demands: the rulebases load without a complaint; each sample gives exactly its tree, or no
 * specific match where it says so; every rule is hit by a sample; every rule has one event and
 * known kinds (the loader sees to it); every field is in the vocabulary or begins with vendor_.
 * With --bless the expectations are rewritten; their author then reads the diff.
 *
 * A sample is a message with a line under it: "#= {...}", the tree, or "#!", no specific rule. What
 * every line has (see common below) is checked here and not written there.
 */
#include "core.h"
#include "event/fields.h"

#include <glob.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check {
    struct pfx_worker *worker;
    int bless;
    char tag[64];     /* "# tag: NAME" in a file whose name is not that of the program; or "" */
    char product[64]; /* of the file at hand: the folder that it is in, "" for Postfix */
    unsigned samples, failures;
    char **hit; /* "FILE:LINE" of the rules that matched */
    size_t hits;
};

/* Fields that every line has: with the value given, or with any. */
static const struct {
    const char *name, *value;
} common[] = {
    {"event_created", "2026-08-21T10:15:32Z"},
    {"event_source", "mail.example.com"},
    {"event_source_product", NULL},
    {"application_name", NULL},
    {"vendor_instance", NULL},
    {"vendor_daemon", NULL},
    {"process_id", NULL},
    {"event_severity", NULL},
    {"event_severity_level", NULL},
};

/* Texts that go with a code or an address beside them and are checked where that is tested. */
static const char *const derived[] = {"gim_event_class",
                                      "gim_event_category",
                                      "gim_event_subcategory",
                                      "gim_event_type",
                                      "smtp_response_code_description",
                                      "smtp_response_enhanced_class_code_description",
                                      "smtp_response_enhanced_subject_code_description",
                                      "vendor_from_domain",
                                      "vendor_to_domain"};

static void fail(struct check *check, const char *file, unsigned line, const char *format,
                 const char *a, const char *b)
{
    ++check->failures;
    fprintf(stderr, "%s:%u: ", file, line);
    fprintf(stderr, format, a, b);
    fputc('\n', stderr);
}

static const char *text_of(struct fjson_object *value)
{
    return value == NULL ? "nothing"
                         : fjson_object_to_json_string_ext(value, FJSON_TO_STRING_PLAIN);
}

static int is_number(struct fjson_object *value)
{
    return fjson_object_is_type(value, fjson_type_int) ||
           fjson_object_is_type(value, fjson_type_double);
}

/* Values, not texts: 1.20 is 1.2. A number is never a string. */
static int same_value(struct fjson_object *a, struct fjson_object *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    if (is_number(a) && is_number(b))
        return fjson_object_get_double(a) == fjson_object_get_double(b);
    return fjson_object_get_type(a) == fjson_object_get_type(b) &&
           strcmp(fjson_object_get_string(a), fjson_object_get_string(b)) == 0;
}

static int in_vocabulary(const char *name)
{
    if (strncmp(name, "vendor_", 7) == 0)
        return 1;
    for (int f = 0; f < PFX_FIELD_COUNT; ++f) {
        if (strcmp(pfx_fields[f].name, name) == 0)
            return 1;
    }
    return 0;
}

/* Takes the fields that every line has out of tree, after a look at them. */
static void strip_common(struct check *check, const char *file, unsigned line,
                         struct fjson_object *tree)
{
    struct fjson_object *value;

    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); ++i) {
        if (!fjson_object_object_get_ex(tree, common[i].name, &value))
            fail(check, file, line, "the field %s is missing%s", common[i].name, "");
        else if (common[i].value != NULL &&
                 strcmp(fjson_object_get_string(value), common[i].value) != 0)
            fail(check, file, line, "%s is %s", common[i].name, fjson_object_get_string(value));
        else if (strcmp(common[i].name, "event_source_product") == 0 &&
                 strcmp(fjson_object_get_string(value),
                        check->product[0] == '\0' ? "postfix" : check->product) != 0)
            fail(check, file, line, "%s is %s", common[i].name, fjson_object_get_string(value));
        fjson_object_object_del(tree, common[i].name);
    }
    for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); ++i)
        fjson_object_object_del(tree, derived[i]);
}

/* Every field of got that wanted lacks or has with another value, and that got lacks. */
static void report_fields(struct check *check, const char *file, unsigned line,
                          struct fjson_object *got, struct fjson_object *wanted)
{
    struct fjson_object *other;
    char text[512];

    for (struct fjson_object_iterator it = fjson_object_iter_begin(got),
                                      end = fjson_object_iter_end(got);
         !fjson_object_iter_equal(&it, &end); fjson_object_iter_next(&it)) {
        const char *key = fjson_object_iter_peek_name(&it);
        struct fjson_object *value = fjson_object_iter_peek_value(&it);

        if (!in_vocabulary(key))
            fail(check, file, line, "the field %s is not in the vocabulary%s", key, "");
        snprintf(text, sizeof(text), "%s is %s", key, text_of(value));
        if (!fjson_object_object_get_ex(wanted, key, &other))
            fail(check, file, line, "unexpected: %s%s", text, "");
        else if (!same_value(value, other))
            fail(check, file, line, "%s, expected %s", text, text_of(other));
    }
    for (struct fjson_object_iterator it = fjson_object_iter_begin(wanted),
                                      end = fjson_object_iter_end(wanted);
         !fjson_object_iter_equal(&it, &end); fjson_object_iter_next(&it)) {
        const char *key = fjson_object_iter_peek_name(&it);

        if (!fjson_object_object_get_ex(got, key, &other))
            fail(check, file, line, "missing: %s, expected %s", key,
                 text_of(fjson_object_iter_peek_value(&it)));
    }
}

static void note_hit(struct check *check)
{
    const char *rule = pfx_worker_rule(check->worker);
    char **grown;

    if (rule[0] == '\0')
        return;
    for (size_t i = 0; i < check->hits; ++i) {
        if (strcmp(check->hit[i], rule) == 0)
            return;
    }
    grown = realloc(check->hit, (check->hits + 1) * sizeof(*grown));
    if (grown == NULL)
        abort();
    check->hit = grown;
    check->hit[check->hits++] = strdup(rule);
}

/* The outcome of a message said by daemon; one with a tag of its own says itself by whom. */
static enum pfx_outcome normalize(struct check *check, const char *daemon, const char *message,
                                  struct fjson_object **tree_r)
{
    struct pfx_line line = {.host = "mail.example.com",
                            .text = message,
                            .text_length = strlen(message),
                            .severity = -1,
                            .time = {1787307332, 0},
                            .received = {1787307332, 0}};
    char tag[300];

    snprintf(tag, sizeof(tag), check->product[0] == '\0' ? "postfix/%s[12345]:" : "%s[12345]:",
             check->tag[0] == '\0' ? daemon : check->tag);
    if (strncmp(message, "postfix", 7) != 0 || strchr(message, '[') == NULL)
        line.tag = tag;
    return pfx_normalize(check->worker, &line, tree_r);
}

/* libfastjson escapes the slash, which JSON need not and which is hard on the eyes. */
static void print_tree(FILE *out, struct fjson_object *tree)
{
    fputs("#= ", out);
    for (const char *p = text_of(tree); *p != '\0'; ++p) {
        if (p[0] == '\\' && p[1] == '/')
            continue;
        fputc(*p, out);
        if (p[0] == '\\')
            fputc(*++p, out);
    }
    fputc('\n', out);
}

/* Compares one sample with what stands under it; expectation is NULL when nothing does. Writes
 * the blessed form to out when there is one. */
static void check_sample(struct check *check, const char *file, unsigned number, const char *daemon,
                         const char *message, const char *expectation, FILE *out)
{
    struct fjson_object *tree, *wanted = NULL;
    enum pfx_outcome outcome = normalize(check, daemon, message, &tree);
    int unmatched = expectation != NULL && strncmp(expectation, "#!", 2) == 0;

    ++check->samples;
    note_hit(check);
    if (tree != NULL)
        strip_common(check, file, number, tree);
    if (out != NULL) {
        fprintf(out, "%s\n", message);
        if (outcome == PFX_MATCHED)
            print_tree(out, tree);
        else
            fprintf(out, "#!\n");
        if (unmatched != (outcome != PFX_MATCHED) && expectation != NULL)
            fprintf(stderr, "%s:%u: blessed as %s now\n", file, number, pfx_outcome_name(outcome));
    } else if (expectation == NULL) {
        fail(check, file, number, "no expectation under this sample; %s gives it%s", "--bless", "");
    } else if (unmatched) {
        if (outcome == PFX_MATCHED)
            fail(check, file, number, "must not match, but %s does%s",
                 pfx_worker_rule(check->worker), "");
    } else if (outcome != PFX_MATCHED) {
        fail(check, file, number, "no specific rule matches: %s%s", message, "");
    } else if ((wanted = fjson_tokener_parse(expectation + 3)) == NULL) {
        fail(check, file, number, "the expectation is no JSON%s%s", "", "");
    } else {
        report_fields(check, file, number, tree, wanted);
    }
    fjson_object_put(wanted);
    fjson_object_put(tree);
}

static char *chomp(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    return line;
}

/* The folder of a file of samples below the rulebases is its product. */
static void set_product(struct check *check, const char *path)
{
    const char *slash = strrchr(path, '/'), *folder = slash;

    while (folder != NULL && folder > path && folder[-1] != '/')
        --folder;
    check->product[0] = '\0';
    if (folder != NULL && strstr(path, "/postfix/") == NULL)
        snprintf(check->product, sizeof(check->product), "%.*s", (int)(slash - folder), folder);
}

/* Replays one file of samples. */
static void check_file(struct check *check, const char *path)
{
    FILE *in = fopen(path, "r"), *out = NULL;
    const char *slash = strrchr(path, '/');
    char daemon[256], blessed[4096], *line = NULL, *next = NULL;
    size_t size = 0, next_size = 0;
    ssize_t got, got_next = 0;
    int pending = 0;

    if (in == NULL) {
        fail(check, path, 0, "can not be read%s%s", "", "");
        return;
    }
    snprintf(daemon, sizeof(daemon), "%s", slash == NULL ? path : slash + 1);
    daemon[strcspn(daemon, ".")] = '\0';
    set_product(check, path);
    check->tag[0] = '\0';
    snprintf(blessed, sizeof(blessed), "%s.new", path);
    if (check->bless)
        out = fopen(blessed, "w");
    for (unsigned number = 1;; ++number) {
        if (pending) {
            char *swap = line;
            size_t swap_size = size;

            line = next, size = next_size, got = got_next;
            next = swap, next_size = swap_size;
            pending = 0;
        } else if ((got = getline(&line, &size, in)) < 0) {
            break;
        }
        chomp(line);
        if (line[0] == '\0' || (line[0] == '#' && line[1] != '=' && line[1] != '!')) {
            if (out != NULL)
                fprintf(out, "%s\n", line);
            if (strncmp(line, "# tag: ", 7) == 0)
                snprintf(check->tag, sizeof(check->tag), "%s", line + 7);
            continue;
        }
        if (line[0] == '#') {
            fail(check, path, number, "an expectation without a sample above it%s%s", "", "");
            continue;
        }
        got_next = getline(&next, &next_size, in);
        pending = got_next >= 0 && strncmp(next, "#=", 2) != 0 && strncmp(next, "#!", 2) != 0;
        check_sample(check, path, number, daemon, line,
                     got_next < 0 || pending ? NULL : chomp(next), out);
        number += got_next >= 0 && !pending;
    }
    free(line);
    free(next);
    fclose(in);
    if (out != NULL && (fclose(out) != 0 || rename(blessed, path) != 0))
        fail(check, path, 0, "can not be written%s%s", "", "");
}

static int is_hit(const struct check *check, const char *rule)
{
    for (size_t i = 0; i < check->hits; ++i) {
        if (strcmp(check->hit[i], rule) == 0)
            return 1;
    }
    return 0;
}

/* Every rule of a rulebase that no sample hit. */
static void check_hits(struct check *check, const char *path)
{
    FILE *in = fopen(path, "r");
    char *line = NULL, place[8192];
    size_t size = 0;

    if (in == NULL)
        return;
    for (unsigned number = 1; getline(&line, &size, in) >= 0; ++number) {
        if (strncmp(line, "rule=", 5) != 0)
            continue;
        snprintf(place, sizeof(place), "%s:%u", path, number);
        if (!is_hit(check, place))
            fail(check, path, number, "no sample hits %s%s", chomp(line), "");
    }
    free(line);
    fclose(in);
}

/* Calls visit for each file of the directories that ends in suffix, in the order of the names. */
static void for_each(struct check *check, const char *rulebases, const char *directories,
                     const char *suffix, void (*visit)(struct check *check, const char *path))
{
    char pattern[4096];
    glob_t found;

    snprintf(pattern, sizeof(pattern), "%s%s/*%s", rulebases, directories, suffix);
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; ++i)
        visit(check, found.gl_pathv[i]);
    globfree(&found);
}

int main(int argc, char **argv)
{
    struct check check = {0};
    static const char *const directories[] = {"/*", "/postfix/shared", "/postfix/library"};
    char error[PFX_ERROR_SIZE];
    struct pfx_core *core;
    int at = 1;

    if (at < argc && strcmp(argv[at], "--bless") == 0) {
        check.bless = 1;
        ++at;
    }
    if (at >= argc) {
        fprintf(stderr, "usage: pfxcheck [--bless] RULEBASEDIR [FILE.samples...]\n");
        return 2;
    }
    core = pfx_core_open(argv[at], error);
    check.worker = core == NULL ? NULL : pfx_worker_new(core, PFX_GIM, NULL);
    if (check.worker == NULL) {
        fprintf(stderr, "%s\n", core == NULL ? error : "out of memory");
        return 1;
    }
    for (int i = at + 1; i < argc; ++i)
        check_file(&check, argv[i]);
    for (size_t i = 0; at + 1 == argc && i < sizeof(directories) / sizeof(directories[0]); ++i)
        for_each(&check, argv[at], directories[i], ".samples", check_file);
    /* Only all samples together can show that a rule has none. */
    for (size_t i = 0; at + 1 == argc && i < sizeof(directories) / sizeof(directories[0]); ++i)
        for_each(&check, argv[at], directories[i], ".rulebase", check_hits);
    printf("%u samples, %zu rules hit, %u failures\n", check.samples, check.hits, check.failures);
    for (size_t i = 0; i < check.hits; ++i)
        free(check.hit[i]);
    free(check.hit);
    pfx_worker_free(&check.worker);
    pfx_core_close(&core);
    return check.failures > 0 || check.samples == 0;
}
