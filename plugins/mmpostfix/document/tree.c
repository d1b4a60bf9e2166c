/* SPDX-License-Identifier: Apache-2.0 */
/* JSON trees; see tree.h. */
#include "document/tree.h"

#include <json.h>
#include <stdlib.h>
#include <string.h>

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
    for (size_t i = 0; lower && i < length; ++i)
        copy[i] = pfx_lower(copy[i]);
    object = fjson_object_new_string_len(copy, (int)length);
    free(copy);
    return object;
}

static struct fjson_object *line_of(struct pfx_slice front, struct pfx_slice text)
{
    size_t size = front.length + text.length + 1;
    struct fjson_object *object;
    char *line = malloc(size);

    if (line == NULL)
        return NULL;
    memcpy(line, front.text, front.length);
    line[front.length] = ' ';
    memcpy(line + front.length + 1, text.text, text.length);
    object = string_of((struct pfx_slice){line, size}, false);
    free(line);
    return object;
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

/* An empty JSON array, NULL when memory ran out. One that libfastjson returns without storage can
 * be neither filled nor freed. */
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

/* A number that prints as its text. */
static struct fjson_object *number_of(const struct pfx_member *member)
{
    char copy[64];

    memcpy(copy, member->text.text, member->text.length);
    copy[member->text.length] = '\0';
    return fjson_object_new_double_s(member->number, copy);
}

static struct fjson_object *value_of(const struct pfx_member *member)
{
    switch (member->shape) {
    case PFX_SHAPE_LINE:
        return line_of(member->front, member->text);
    case PFX_SHAPE_JOINED:
        return joined(member->text);
    case PFX_SHAPE_ARRAY:
        return array_of(member->text);
    case PFX_SHAPE_INTEGER:
        return fjson_object_new_int64(member->integer);
    case PFX_SHAPE_NUMBER:
        return number_of(member);
    case PFX_SHAPE_STRING:
    case PFX_SHAPE_LOWER:
        break;
    }
    return string_of(member->text, member->shape == PFX_SHAPE_LOWER);
}

static int add(void *cookie, const struct pfx_member *member)
{
    unsigned flags =
        FJSON_OBJECT_ADD_KEY_IS_NEW | (member->constant ? FJSON_OBJECT_KEY_IS_CONSTANT : 0);
    struct fjson_object *value = value_of(member);
    int length = fjson_object_object_length(cookie);

    if (value == NULL)
        return -1;
    fjson_object_object_add_ex(cookie, member->name.text, value, flags);
    /* libfastjson reports no failure: only the length shows it. */
    if (fjson_object_object_length(cookie) > length)
        return 0;
    fjson_object_put(value);
    return -1;
}

static const struct pfx_form_sink sink = {add, NULL};

struct fjson_object *pfx_tree(enum pfx_format format, size_t limit, const struct pfx_event *event,
                              const struct pfx_raw *raw)
{
    struct fjson_object *tree = fjson_object_new_object();

    if (tree != NULL && pfx_form_walk(format, limit, event, raw, &sink, tree) < 0) {
        fjson_object_put(tree);
        tree = NULL;
    }
    return tree;
}
