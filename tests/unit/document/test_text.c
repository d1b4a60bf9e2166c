/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a line is what its tree prints as: every sample and the demo log, in each form, with
 * and without a story; and bytes that a log should not have. */
#include "unit/document/print.h"
#include "unit/unit.h"

#include "core.h"
#include "story/story.h"
#include "document/limit.h"
#include "document/text.h"
#include "document/tree.h"

#include <glob.h>
#include <json.h>
#include <stdlib.h>

/* Two that go the same way, one to a tree and one to text. */
struct pair {
    struct pfx_story *story[2];
    struct pfx_worker *worker[2];
};

static unsigned long lines;

static bool open_pair(struct pair *pair, struct pfx_core *core, enum pfx_format format, bool joins)
{
    struct pfx_story_options options = pfx_story_defaults();

    options.replay = true;
    for (int i = 0; i < 2; ++i) {
        pair->story[i] = joins ? pfx_story_new(&options) : NULL;
        pair->worker[i] = pfx_worker_new(core, format, pair->story[i]);
        if (pair->worker[i] == NULL)
            return false;
    }
    return true;
}

static void close_pair(struct pair *pair)
{
    for (int i = 0; i < 2; ++i) {
        pfx_worker_free(&pair->worker[i]);
        pfx_story_free(&pair->story[i]);
    }
}

static void compare(struct pair *pair, const struct pfx_line *line)
{
    bool spaced = lines % 2 == 1;
    struct fjson_object *tree;
    enum pfx_outcome outcome;
    struct pfx_slice text;

    unit_row = line->text;
    ++lines;
    outcome = pfx_normalize(pair->worker[0], line, &tree);
    CHECK(pfx_normalize_text(pair->worker[1], line, spaced, &text.text, &text.length) == outcome);
    if (tree == NULL)
        CHECK(text.text == NULL);
    else
        CHECK_TEXT(text, print_tree(tree, spaced));
    fjson_object_put(tree);
}

/* Each line of a file; daemon: who says those without a tag of their own. */
static void compare_file(struct pair *pair, const char *path, const char *daemon)
{
    FILE *in = fopen(path, "r");
    size_t size = 0;
    char *text = NULL, tag[300];
    ssize_t length;

    CHECK(in != NULL);
    snprintf(tag, sizeof(tag), "postfix/%s[12345]:", daemon == NULL ? "" : daemon);
    while (in != NULL && (length = getline(&text, &size, in)) > 0) {
        struct pfx_line line = {.host = "mail.example.com",
                                .tag = daemon == NULL ? NULL : tag,
                                .text = text,
                                .severity = -1,
                                .time = {1787307332, 5},
                                .received = {1787307332, 0}};

        text[length - 1] = '\0';
        line.text_length = (size_t)length - 1;
        if (text[0] != '#')
            compare(pair, &line);
    }
    free(text);
    if (in != NULL)
        fclose(in);
}

static void compare_all(struct pfx_core *core, const char *source, enum pfx_format format,
                        bool joins)
{
    static const char *const patterns[] = {"rulebases/*/*.samples", "rulebases/*/*/*.samples"};
    char path[4096], daemon[256];
    struct pair pair;
    glob_t found;

    CHECK(open_pair(&pair, core, format, joins));
    for (size_t p = 0; p < 2; ++p) {
        snprintf(path, sizeof(path), "%s/%s", source, patterns[p]);
        CHECK(glob(path, 0, NULL, &found) == 0);
        for (size_t i = 0; i < found.gl_pathc; ++i) {
            snprintf(daemon, sizeof(daemon), "%s", strrchr(found.gl_pathv[i], '/') + 1);
            daemon[strcspn(daemon, ".")] = '\0';
            compare_file(&pair, found.gl_pathv[i], daemon);
        }
        globfree(&found);
    }
    snprintf(path, sizeof(path), "%s/examples/mail.log", source);
    compare_file(&pair, path, NULL);
    close_pair(&pair);
}

/* A key that was cut would be no JSON. */
static void keys_fit(void)
{
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        for (int format = PFX_GIM; format < PFX_FORMATS; ++format) {
            struct pfx_slice key = pfx_fields[f].key[format];

            unit_row = pfx_fields[f].word.text;
            CHECK(key.text == NULL || key.length <= PFX_TEXT_NAME_MAX);
            for (size_t i = 0; key.text != NULL && i < key.length; ++i)
                CHECK(key.text[i] > ' ' && strchr("\"\\/", key.text[i]) == NULL);
        }
    }
    unit_row = "";
}

static void check_length(struct fjson_object *value, size_t limit)
{
    if (fjson_object_get_type(value) == fjson_type_string)
        CHECK((size_t)fjson_object_get_string_len(value) <= limit);
}

/* No value is longer; no list as a whole, joined as GELF has it. The names of what was cut are
 * apart. */
static void check_lengths(struct fjson_object *tree, size_t limit)
{
    struct fjson_object_iterator at = fjson_object_iter_begin(tree);
    struct fjson_object_iterator end = fjson_object_iter_end(tree);

    for (; !fjson_object_iter_equal(&at, &end); fjson_object_iter_next(&at)) {
        struct fjson_object *value = fjson_object_iter_peek_value(&at);

        if (strstr(fjson_object_iter_peek_name(&at), "truncated") == NULL)
            check_length(value, limit);
        if (fjson_object_get_type(value) == fjson_type_array) {
            size_t sum = 0;

            for (int i = 0; i < fjson_object_array_length(value); ++i)
                sum +=
                    (size_t)fjson_object_get_string_len(fjson_object_array_get_idx(value, i)) + 2;
            CHECK(sum <= limit + 2 ||
                  strstr(fjson_object_iter_peek_name(&at), "truncated") != NULL);
        }
    }
}

/* One event in all forms, spaced and not. */
static void compare_event(const struct pfx_event *event, const struct pfx_raw *raw, size_t limit)
{
    struct pfx_text text = {0};

    for (int format = PFX_GIM; format < PFX_FORMATS; ++format) {
        struct fjson_object *tree = pfx_tree((enum pfx_format)format, limit, event, raw);

        for (int spaced = 0; spaced < 2; ++spaced) {
            CHECK(pfx_text_render(&text, (enum pfx_format)format, spaced, limit, event, raw) == 0);
            CHECK_TEXT(((struct pfx_slice){text.text, text.length}), print_tree(tree, spaced));
        }
        check_lengths(tree, limit);
        fjson_object_put(tree);
    }
    pfx_text_free(&text);
}

static void odd_bytes(void)
{
    static struct pfx_event event;
    static const char *const numbers[] = {"0",
                                          "007",
                                          "-0",
                                          "-12",
                                          "12",
                                          "0.5",
                                          "00.5",
                                          "12",
                                          "12.50",
                                          "1.x",
                                          "1",
                                          "999999999999999999",
                                          "0.000000000000000001",
                                          "-1.5",
                                          "0012",
                                          "1e5"};
    struct pfx_raw raw = {unit_slice("m\xff\"il"), unit_slice("a/b:"), {0}, {-5, 7}, 9};
    unsigned seed = 1;

    for (unsigned round = 0; round < 20000; ++round) {
        char bytes[64];
        size_t length = round % sizeof(bytes);

        for (size_t i = 0; i < length; ++i) {
            seed = seed * 1103515245u + 12345u;
            /* Mostly plain text, some of what needs care, NUL among it. */
            bytes[i] = (char)((seed >> 28) > 2 ? 'A' + (seed >> 16) % 50 : (seed >> 16) & 0xff);
        }
        struct pfx_slice odd = {bytes, length};
        struct pfx_slice number =
            unit_slice(numbers[round % (sizeof(numbers) / sizeof(numbers[0]))]);

        pfx_event_clear(&event);
        pfx_event_set(&event, PFX_F_instance, odd);
        pfx_event_set(&event, PFX_F_client_host, odd);
        pfx_event_set(&event, PFX_F_from, pfx_slice_from(odd, 40));
        pfx_event_set(&event, PFX_F_recipients, odd);
        pfx_event_set(&event, PFX_F_client_ip, unit_slice("192.0.2.1"));
        pfx_event_set(&event, PFX_F_size, number);
        pfx_event_set(&event, PFX_F_delay, number);
        pfx_event_extra(&event, unit_slice("o/d\"d"), odd);
        pfx_event_extra(&event, unit_slice("o/d\"d"), unit_slice("a name again"));
        pfx_event_extra(&event, unit_slice("instance"), unit_slice("a field's name"));
        raw.text = odd;
        compare_event(&event, &raw, PFX_VALUE_PRESET);
        compare_event(&event, &raw, 24 + round % 70);
    }
    pfx_event_clear(&event);
    raw.text = unit_slice("");
    compare_event(&event, &raw, PFX_VALUE_PRESET);
}

int main(void)
{
    const char *source = getenv("PFX_SRCDIR");
    char error[PFX_ERROR_SIZE], path[4096];
    struct pfx_core *core;

    snprintf(path, sizeof(path), "%s/rulebases", source == NULL ? "." : source);
    core = pfx_core_open(path, error);
    CHECK(core != NULL);
    for (int format = PFX_GIM; core != NULL && format <= PFX_ECS; ++format) {
        for (int joins = 0; joins < 2; ++joins)
            compare_all(core, source == NULL ? "." : source, (enum pfx_format)format, joins);
    }
    CHECK(lines > 6 * 1000);
    pfx_core_close(&core);
    keys_fit();
    odd_bytes();
    return UNIT_END();
}
