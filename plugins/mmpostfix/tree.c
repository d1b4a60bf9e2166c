/* SPDX-License-Identifier: Apache-2.0 */
/* JSON trees; see tree.h. */
#include "tree.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADD_FLAGS (FJSON_OBJECT_ADD_KEY_IS_NEW | FJSON_OBJECT_KEY_IS_CONSTANT)

/* Adds a value under a constant name that the tree does not have yet. -1: there is no value, since
 * memory ran out. */
static int add(struct fjson_object *tree, const char *name, struct fjson_object *value)
{
    if (value == NULL)
        return -1;
    fjson_object_object_add_ex(tree, name, value, ADD_FLAGS);
    return 0;
}

/* A JSON string of text, in valid UTF-8; NULL when memory ran out. */
static struct fjson_object *string_of(struct pfx_slice text, bool lower)
{
    struct fjson_object *object;
    char *copy;
    size_t length;

    if (!lower && pfx_value_is_utf8(text))
        return fjson_object_new_string_len(text.text, (int)text.length);
    copy = malloc(text.length * 3 + 1);
    if (copy == NULL)
        return NULL;
    length = pfx_value_utf8(text, copy);
    for (size_t i = 0; lower && i < length; ++i) {
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] += 'a' - 'A';
    }
    object = fjson_object_new_string_len(copy, (int)length);
    free(copy);
    return object;
}

/* A JSON number with the digits that Postfix wrote: 0.83, and 12.0 for 12. */
static struct fjson_object *number_of(struct pfx_slice text, double value)
{
    char copy[32];

    if (text.length + 3 > sizeof(copy) ||
        (text.text[0] == '0' && text.length > 1 && text.text[1] != '.'))
        return fjson_object_new_double(value);
    snprintf(copy, sizeof(copy), "%.*s%s", (int)text.length, text.text,
             memchr(text.text, '.', text.length) == NULL ? ".0" : "");
    return fjson_object_new_double_s(value, copy);
}

/* Adds one field under name; a text that is not of its type is no field. -1: out of memory. */
static int add_field(struct fjson_object *tree, const char *name, enum pfx_field field,
                     struct pfx_slice text)
{
    int64_t integer;
    double number;

    switch (pfx_fields[field].type) {
    case PFX_INTEGER:
        return pfx_value_integer(text, &integer) ? add(tree, name, fjson_object_new_int64(integer))
                                                 : 0;
    case PFX_NUMBER:
        return pfx_value_number(text, &number) ? add(tree, name, number_of(text, number)) : 0;
    case PFX_IP:
        return pfx_value_is_ip(text) ? add(tree, name, string_of(text, false)) : 0;
    case PFX_LOWER:
        return add(tree, name, string_of(text, true));
    case PFX_STRING:
    case PFX_DATE:
        break;
    }
    return add(tree, name, string_of(text, false));
}

/* Adds a capture that the vocabulary lacks under PREFIX and its word. */
static int add_extra(struct fjson_object *tree, const char *prefix, const struct pfx_extra *extra)
{
    struct fjson_object *value = string_of(extra->text, false);
    char name[96];

    if (value == NULL)
        return -1;
    snprintf(name, sizeof(name), "%s%.*s", prefix,
             (int)(extra->word.length < 64 ? extra->word.length : 64), extra->word.text);
    fjson_object_object_add(tree, name, value);
    return 0;
}

/* Graylog drops what is blank, so it is not sent. */
static bool is_blank(struct pfx_slice text)
{
    return pfx_slice_trim(text).length == 0;
}

/* Adds all fields of the event. -1: out of memory. */
static int add_fields(struct fjson_object *tree, const struct pfx_event *event, bool gelf)
{
    for (unsigned w = 0; w < sizeof(event->set) / sizeof(event->set[0]); ++w) {
        for (uint64_t left = event->set[w]; left != 0; left &= left - 1) {
            enum pfx_field field = (enum pfx_field)(w * 64 + (unsigned)__builtin_ctzll(left));
            struct pfx_slice text = event->field[field];
            const char *name = gelf ? pfx_fields[field].gelf : pfx_fields[field].name;

            if (gelf && field == PFX_F_from && text.length == 0)
                text = PFX_SLICE("<>");
            if (gelf && is_blank(text))
                continue;
            if (add_field(tree, name, field, text) < 0)
                return -1;
        }
    }
    for (unsigned i = 0; i < event->extras; ++i) {
        if (gelf && is_blank(event->extra[i].text))
            continue;
        if (add_extra(tree, gelf ? "_vendor_" : "vendor_", &event->extra[i]) < 0)
            return -1;
    }
    return 0;
}

struct fjson_object *pfx_tree_gim(const struct pfx_event *event)
{
    struct fjson_object *tree = fjson_object_new_object();

    if (tree != NULL && add_fields(tree, event, false) < 0) {
        fjson_object_put(tree);
        tree = NULL;
    }
    return tree;
}

/* Syslog's level by the word in the text, else as syslog has it (util/msg_syslog.c; when postlogd
 * relays, only the word is right). */
static int level_of(const struct pfx_event *event, int severity)
{
    static const struct {
        struct pfx_slice word;
        int level;
    } rows[] = {{{"warning", 7}, 4}, {{"error", 5}, 3}, {{"fatal", 5}, 2}, {{"panic", 5}, 2}};
    struct pfx_slice word = pfx_event_get(event, PFX_F_level);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        if (pfx_slice_equal(rows[i].word, word))
            return rows[i].level;
    }
    return severity >= 0 && severity <= 7 ? severity : 6;
}

/* The raw line, "TAG: TEXT". */
static struct fjson_object *short_message(const struct pfx_gelf *gelf)
{
    size_t size = gelf->tag.length + gelf->text.length + 1;
    struct fjson_object *object;
    char *line = malloc(size);

    if (line == NULL)
        return NULL;
    memcpy(line, gelf->tag.text, gelf->tag.length);
    line[gelf->tag.length] = ' ';
    memcpy(line + gelf->tag.length + 1, gelf->text.text, gelf->text.length);
    object = string_of((struct pfx_slice){line, size}, false);
    free(line);
    return object;
}

static struct fjson_object *timestamp(struct pfx_time time)
{
    char text[40];

    snprintf(text, sizeof(text), "%lld.%06d", (long long)time.seconds, (int)time.microseconds);
    return fjson_object_new_double_s((double)time.seconds + time.microseconds / 1e6, text);
}

struct fjson_object *pfx_tree_gelf(const struct pfx_event *event, const struct pfx_gelf *gelf)
{
    struct fjson_object *tree = fjson_object_new_object();
    struct pfx_slice host = is_blank(gelf->host) ? PFX_SLICE("-") : gelf->host;

    if (tree != NULL &&
        (add(tree, "version", fjson_object_new_string("1.1")) < 0 ||
         add(tree, "host", string_of(host, false)) < 0 ||
         add(tree, "short_message", short_message(gelf)) < 0 ||
         add(tree, "timestamp", timestamp(gelf->time)) < 0 ||
         add(tree, "level", fjson_object_new_int64(level_of(event, gelf->severity))) < 0 ||
         add_fields(tree, event, true) < 0)) {
        fjson_object_put(tree);
        tree = NULL;
    }
    return tree;
}
