/* SPDX-License-Identifier: Apache-2.0 */
/* JSON trees; see tree.h. */
#include "tree.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The release of the Elastic Common Schema whose names fields.def has. */
#define ECS_VERSION "8.17.0"

enum form { GIM, GELF, ECS };

#define ADD_FLAGS (FJSON_OBJECT_ADD_KEY_IS_NEW | FJSON_OBJECT_KEY_IS_CONSTANT)

/* Adds a value under a constant name that the tree does not have yet. -1: there is no value, since
 * memory ran out. */
static int add(struct fjson_object *tree, const char *name, struct fjson_object *value)
{
    int length = fjson_object_object_length(tree);

    if (value == NULL)
        return -1;
    fjson_object_object_add_ex(tree, name, value, ADD_FLAGS);
    /* It tells in no other way that it could not. */
    if (fjson_object_object_length(tree) > length)
        return 0;
    fjson_object_put(value);
    return -1;
}

static bool has_capitals(struct pfx_slice text)
{
    unsigned found = 0;

    for (size_t i = 0; i < text.length; ++i)
        found |= (unsigned)(text.text[i] - 'A') < 26;
    return found;
}

/* A JSON string of text, in valid UTF-8; NULL when memory ran out. */
static struct fjson_object *string_of(struct pfx_slice text, bool lower)
{
    struct fjson_object *object;
    char *copy;
    size_t length;

    if (pfx_value_is_utf8(text) && !(lower && has_capitals(text)))
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

    if (text.length + sizeof(".0") > sizeof(copy) ||
        (text.text[0] == '0' && text.length > 1 && text.text[1] != '.'))
        return fjson_object_new_double(value);
    memcpy(copy, text.text, text.length);
    memcpy(copy + text.length, ".0", sizeof(".0"));
    if (memchr(text.text, '.', text.length) != NULL)
        copy[text.length] = '\0';
    return fjson_object_new_double_s(value, copy);
}

/* An empty JSON array, NULL when memory ran out. One that libfastjson gives out without an inside
 * can be neither filled nor freed. */
static struct fjson_object *new_array(void)
{
    struct fjson_object *array = fjson_object_new_array();

    return array == NULL || fjson_object_get_array(array) == NULL ? NULL : array;
}

/* A JSON array of the lines of text; NULL when memory ran out. */
static struct fjson_object *array_of(struct pfx_slice text)
{
    struct fjson_object *array = new_array();
    ptrdiff_t end;

    do {
        struct fjson_object *item;

        end = pfx_slice_find(text, PFX_SLICE("\n"));
        item = string_of(end < 0 ? text : pfx_slice_until(text, (size_t)end), false);
        if (array == NULL || item == NULL || fjson_object_array_add(array, item) != 0) {
            fjson_object_put(item);
            fjson_object_put(array);
            return NULL;
        }
        text = pfx_slice_from(text, (size_t)(end + 1));
    } while (end >= 0);
    return array;
}

/* The lines of text as one, joined by ", "; NULL when memory ran out. */
static struct fjson_object *joined(struct pfx_slice text)
{
    struct fjson_object *object;
    char *copy = malloc(text.length * 2);
    size_t length = 0;

    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < text.length; ++i) {
        copy[length++] = text.text[i] == '\n' ? ',' : text.text[i];
        if (text.text[i] == '\n')
            copy[length++] = ' ';
    }
    object = string_of((struct pfx_slice){copy, length}, false);
    free(copy);
    return object;
}

/* Adds one value under name; a text that is not of the type is none. -1: out of memory. */
static int add_value(struct fjson_object *tree, const char *name, enum pfx_type type,
                     struct pfx_slice text)
{
    int64_t integer;
    double number;

    switch (type) {
    case PFX_INTEGER:
        return pfx_value_integer(text, &integer) ? add(tree, name, fjson_object_new_int64(integer))
                                                 : 0;
    case PFX_NUMBER:
        return pfx_value_number(text, &number) ? add(tree, name, number_of(text, number)) : 0;
    case PFX_IP:
        return pfx_value_is_ip(text) ? add(tree, name, string_of(text, false)) : 0;
    case PFX_LOWER:
        return add(tree, name, string_of(text, true));
    case PFX_LIST:
        return add(tree, name, array_of(text));
    case PFX_STRING:
    case PFX_DATE:
        break;
    }
    return add(tree, name, string_of(text, false));
}

/* Adds a capture that the vocabulary lacks under PREFIX and its word. */
static int add_extra(struct fjson_object *tree, const char *prefix, const struct pfx_extra *extra)
{
    struct fjson_object *value = string_of(extra->text, false), *added;
    char name[96];

    if (value == NULL)
        return -1;
    snprintf(name, sizeof(name), "%s%.*s", prefix,
             (int)(extra->word.length < 64 ? extra->word.length : 64), extra->word.text);
    fjson_object_object_add(tree, name, value);
    if (fjson_object_object_get_ex(tree, name, &added) && added == value)
        return 0;
    fjson_object_put(value);
    return -1;
}

/* ECS has "1.3" and "tls" for TLSv1.3. -1: out of memory. */
static int add_tls_version(struct fjson_object *tree, struct pfx_slice text)
{
    ptrdiff_t v = pfx_slice_find(text, PFX_SLICE("v"));

    if (v > 0 &&
        add(tree, "tls.version_protocol", string_of(pfx_slice_until(text, (size_t)v), true)) < 0)
        return -1;
    return add(tree, pfx_fields[PFX_F_tls_version].ecs,
               string_of(pfx_slice_from(text, (size_t)(v + 1)), false));
}

/* Adds one field as that form has it. -1: out of memory. */
static int add_field(struct fjson_object *tree, enum form form, enum pfx_field field,
                     struct pfx_slice text)
{
    const struct pfx_field_row *row = &pfx_fields[field];
    struct fjson_object *known;

    if (form == GIM)
        return add_value(tree, row->name, row->type, text);
    if (form == GELF) {
        if (field == PFX_F_from && text.length == 0)
            text = PFX_SLICE("<>");
        text = pfx_slice_trim(text); /* as Graylog does */
        if (row->type == PFX_LIST)
            return add(tree, row->gelf, joined(text));
        return text.length == 0 ? 0 : add_value(tree, row->gelf, row->type, text);
    }
    if (row->ecs == NULL || fjson_object_object_get_ex(tree, row->ecs, &known))
        return 0;
    if (field == PFX_F_tls_version)
        return add_tls_version(tree, text);
    return add_value(tree, row->ecs, field == PFX_F_pid ? PFX_INTEGER : row->type, text);
}

/* Adds all fields of the event. -1: out of memory. */
static int add_fields(struct fjson_object *tree, const struct pfx_event *event, enum form form)
{
    static const char *const prefix[] = {"vendor_", "_vendor_", "postfix."};

    for (unsigned w = 0; w < sizeof(event->set) / sizeof(event->set[0]); ++w) {
        for (uint64_t left = event->set[w]; left != 0; left &= left - 1) {
            enum pfx_field field = (enum pfx_field)(w * 64 + (unsigned)__builtin_ctzll(left));

            if (add_field(tree, form, field, event->field[field]) < 0)
                return -1;
        }
    }
    for (unsigned i = 0; i < event->extras; ++i) {
        struct pfx_extra extra = event->extra[i];

        if (form == GELF)
            extra.text = pfx_slice_trim(extra.text);
        if (extra.text.length > 0 && add_extra(tree, prefix[form], &extra) < 0)
            return -1;
    }
    return 0;
}

struct fjson_object *pfx_tree_gim(const struct pfx_event *event)
{
    struct fjson_object *tree = fjson_object_new_object();

    if (tree != NULL && add_fields(tree, event, GIM) < 0) {
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
static struct fjson_object *message(const struct pfx_raw *raw)
{
    size_t size = raw->tag.length + raw->text.length + 1;
    struct fjson_object *object;
    char *line = malloc(size);

    if (line == NULL)
        return NULL;
    memcpy(line, raw->tag.text, raw->tag.length);
    line[raw->tag.length] = ' ';
    memcpy(line + raw->tag.length + 1, raw->text.text, raw->text.length);
    object = string_of((struct pfx_slice){line, size}, false);
    free(line);
    return object;
}

/* Seconds with six decimals, made from the end: "%lld.%06d" takes ten times as long. */
static struct fjson_object *timestamp(struct pfx_time time)
{
    char text[40], *out = text + sizeof(text);
    uint64_t seconds = time.seconds < 0 ? -(uint64_t)time.seconds : (uint64_t)time.seconds;
    int32_t micro = time.microseconds;

    *--out = '\0';
    for (int i = 0; i < 6; ++i, micro /= 10)
        *--out = (char)('0' + micro % 10);
    *--out = '.';
    do {
        *--out = (char)('0' + seconds % 10);
    } while ((seconds /= 10) > 0);
    if (time.seconds < 0)
        *--out = '-';
    return fjson_object_new_double_s((double)time.seconds + time.microseconds / 1e6, out);
}

struct fjson_object *pfx_tree_gelf(const struct pfx_event *event, const struct pfx_raw *raw)
{
    struct fjson_object *tree = fjson_object_new_object();
    struct pfx_slice host = pfx_slice_trim(raw->host).length == 0 ? PFX_SLICE("-") : raw->host;

    if (tree != NULL &&
        (add(tree, "version", fjson_object_new_string("1.1")) < 0 ||
         add(tree, "host", string_of(host, false)) < 0 ||
         add(tree, "short_message", message(raw)) < 0 ||
         add(tree, "timestamp", timestamp(raw->time)) < 0 ||
         add(tree, "level", fjson_object_new_int64(level_of(event, raw->severity))) < 0 ||
         add_fields(tree, event, GELF) < 0)) {
        fjson_object_put(tree);
        tree = NULL;
    }
    return tree;
}

/* A JSON list of one text or two; NULL when memory ran out. */
static struct fjson_object *list_of(const char *first, const char *second)
{
    const char *const texts[] = {first, second};
    struct fjson_object *list = new_array();

    for (size_t i = 0; list != NULL && i < 2 && texts[i] != NULL; ++i) {
        struct fjson_object *text = fjson_object_new_string(texts[i]);

        if (text == NULL || fjson_object_array_add(list, text) != 0) {
            fjson_object_put(text);
            fjson_object_put(list);
            list = NULL;
        }
    }
    return list;
}

/* What ECS calls a GIM code, by the first row that it starts with; a code without a row, or none,
 * has no category there. Only types that ECS expects of the category. */
static int add_ecs_category(struct fjson_object *tree, struct pfx_slice code)
{
    static const struct {
        struct pfx_slice code;
        const char *category, *type, *more;
    } rows[] = {
        {{"10", 2}, "authentication", "info", NULL},
        {{"120000", 6}, "network", "connection", NULL},
        {{"1202", 4}, "network", "connection", "start"},
        {{"1203", 4}, "network", "connection", "end"},
        {{"12", 2}, "network", "info", NULL},
        {{"13", 2}, "email", "info", NULL},
        {{"14", 2}, "network", "protocol", NULL},
        {{"210000", 6}, "process", "start", NULL},
        {{"210100", 6}, "process", "end", NULL},
        {{"211000", 6}, "configuration", "change", NULL},
        {{"21", 2}, "process", "info", NULL},
    };
    const size_t count = sizeof(rows) / sizeof(rows[0]);
    size_t i = 0;

    while (i < count && !pfx_slice_starts(code, rows[i].code))
        ++i;
    if (i < count && add(tree, "event.category", list_of(rows[i].category, NULL)) < 0)
        return -1;
    return add(tree, "event.type",
               i < count ? list_of(rows[i].type, rows[i].more) : list_of("info", NULL));
}

struct fjson_object *pfx_tree_ecs(const struct pfx_event *event, const struct pfx_raw *raw)
{
    struct fjson_object *tree = fjson_object_new_object();

    if (tree != NULL &&
        (add(tree, "ecs.version", fjson_object_new_string(ECS_VERSION)) < 0 ||
         add(tree, "event.kind", fjson_object_new_string("event")) < 0 ||
         add(tree, "event.dataset", fjson_object_new_string("postfix.log")) < 0 ||
         add_ecs_category(tree, pfx_event_get(event, PFX_F_gim_code)) < 0 ||
         add(tree, "message", message(raw)) < 0 || add_fields(tree, event, ECS) < 0)) {
        fjson_object_put(tree);
        tree = NULL;
    }
    return tree;
}
