/* SPDX-License-Identifier: Apache-2.0 */
/* Values of documents that came back; see values.h. */
#include "verify/values.h"
#include "document/quote.h"

#include <json.h>
#include <stdlib.h>
#include <string.h>

bool values_begin(struct values *values, struct fjson_object *document)
{
    /* Texts may become longer by some digits each; strings are quoted once more. */
    size_t size = (2 + PFX_QUOTE_LONGEST) * strlen(fjson_object_to_json_string(document)) +
                  64 * (size_t)(1 + fjson_object_object_length(document));
    char *grown;

    values->used = 0;
    if (size <= values->size)
        return true;
    grown = realloc(values->value, size);
    if (grown == NULL)
        return false;
    values->value = grown;
    values->size = size;
    return true;
}

void values_free(struct values *values)
{
    free(values->value);
    *values = (struct values){0};
}

/* A text that lives as long as the document: one of it, or one in the room. */
static struct pfx_slice keep(struct values *values, struct pfx_slice text)
{
    char *at = values->value + values->used;

    memcpy(at, text.text, text.length);
    values->used += text.length;
    return (struct pfx_slice){at, text.length};
}

/* The elements of an array, one a line. */
static struct pfx_slice lines_of(struct values *values, struct fjson_object *array)
{
    struct pfx_slice lines = {values->value + values->used, 0};

    for (int i = 0; i < fjson_object_array_length(array); ++i) {
        struct pfx_slice text =
            pfx_slice_of(fjson_object_get_string(fjson_object_array_get_idx(array, i)));

        if (i > 0)
            keep(values, PFX_SLICE("\n"));
        keep(values, text);
    }
    lines.length = (size_t)(values->value + values->used - lines.text);
    return lines;
}

/* 9.0E-5 and 12 and 0.10 as the module writes them: 0.00009, 12.0, 0.1. Empty: it is no number. */
static struct pfx_slice number_of(struct values *values, struct pfx_slice text)
{
    ptrdiff_t e;
    char digits[80] = "", whole[80], *out = whole;
    long exponent = 0, point = -1, count = 0;
    bool negative = pfx_slice_take(&text, PFX_SLICE("-"));

    e = pfx_slice_find(text, PFX_SLICE("E"));
    if (e < 0)
        e = pfx_slice_find(text, PFX_SLICE("e"));
    if (e >= 0) {
        exponent = strtol(text.text + e + 1, NULL, 10);
        text.length = (size_t)e;
    }
    if (text.length == 0 || text.length > 40 || exponent > 20 || exponent < -20)
        return PFX_NO_SLICE;
    for (size_t i = 0; i < text.length; ++i) {
        if (text.text[i] == '.' && point < 0)
            point = count;
        else if (pfx_is_digit(text.text[i]))
            digits[count++] = text.text[i];
        else
            return PFX_NO_SLICE;
    }
    point = (point < 0 ? count : point) + exponent;
    if (negative)
        *out++ = '-';
    if (point <= 0)
        *out++ = '0';
    for (long i = 0; i < point; ++i)
        *out++ = i < count ? digits[i] : '0';
    *out++ = '.';
    for (long i = point; i < 0; ++i)
        *out++ = '0';
    for (long i = point < 0 ? 0 : point; i < count; ++i)
        *out++ = digits[i];
    if (out[-1] == '.')
        *out++ = '0';
    return keep(values, (struct pfx_slice){whole, (size_t)(out - whole)});
}

/* A store may have made 12.0 of an integer, and 1.2E7 of a large one. */
static struct pfx_slice integer_of(struct values *values, struct pfx_slice text)
{
    struct pfx_slice number = text;

    if (pfx_slice_find(text, PFX_SLICE("E")) > 0 || pfx_slice_find(text, PFX_SLICE("e")) > 0)
        number = number_of(values, text);
    if (pfx_slice_ends(number, PFX_SLICE(".0")))
        number.length -= 2;
    return number.length > 0 ? number : text;
}

struct fjson_object *values_list(const char *text)
{
    struct fjson_object *array = text[0] == '[' ? fjson_tokener_parse(text) : NULL;

    if (fjson_object_is_type(array, fjson_type_array))
        return array;
    if (array != NULL)
        fjson_object_put(array);
    array = fjson_object_new_array();
    if (array != NULL)
        fjson_object_array_add(array, fjson_object_new_string(text));
    return array;
}

static struct pfx_slice list_of(struct values *values, struct fjson_object *value)
{
    struct fjson_object *array = values_list(fjson_object_get_string(value));
    struct pfx_slice lines = array != NULL ? lines_of(values, array) : PFX_NO_SLICE;

    if (array != NULL)
        fjson_object_put(array);
    return lines;
}

struct pfx_slice values_text(struct values *values, struct fjson_object *value, enum pfx_type type)
{
    struct pfx_slice text;

    if (fjson_object_is_type(value, fjson_type_array))
        return lines_of(values, value);
    if (values->table && type == PFX_LIST)
        return list_of(values, value);
    text = pfx_slice_of(fjson_object_get_string(value));
    return type == PFX_NUMBER    ? number_of(values, text)
           : type == PFX_INTEGER ? integer_of(values, text)
                                 : text;
}

struct pfx_slice values_join(struct values *values, const char *a, const char *b, const char *c)
{
    struct pfx_slice text = keep(values, pfx_slice_of(a));

    text.length += keep(values, pfx_slice_of(b)).length;
    text.length += keep(values, pfx_slice_of(c)).length;
    return text;
}

struct pfx_slice values_quote(struct values *values, struct pfx_slice text)
{
    char *begin = values->value + values->used, *out = begin;

    *out++ = '"';
    pfx_quote(&out, text);
    *out++ = '"';
    values->used = (size_t)(out - values->value);
    return (struct pfx_slice){begin, (size_t)(out - begin)};
}
