/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that came back; see place.h.
 *
 * The members that are the module's own become an event again, of which the same bytes are made as
 * the module made. What a store adds is left out; what it changes in form (numbers, blanks at the
 * end, names without an underscore) is made as it was.
 */
#include "verify/place.h"
#include "event/event.h"
#include "evidence/leaf.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT ((size_t)1 << 30) /* of a value: it was cut already */

void place_room_free(struct place_room *room)
{
    pfx_hasher_free(&room->hasher);
    pfx_text_free(&room->text);
    free(room->value);
    *room = (struct place_room){0};
}

static struct fjson_object *get(struct fjson_object *document, const char *name)
{
    struct fjson_object *member = NULL;

    fjson_object_object_get_ex(document, name, &member);
    return member;
}

struct fjson_object *place_member(struct fjson_object *document)
{
    struct fjson_object *member;

    if (!fjson_object_is_type(document, fjson_type_object))
        return NULL;
    member = get(document, "vendor_chain");
    return member != NULL ? member : get(document, "_vendor_chain");
}

/* A text that lives as long as the document: one of it, or one in the room. */
static struct pfx_slice keep(struct place_room *room, struct pfx_slice text)
{
    char *at = room->value + room->used;

    memcpy(at, text.text, text.length);
    room->used += text.length;
    return (struct pfx_slice){at, text.length};
}

/* The elements of an array, one a line. */
static struct pfx_slice lines_of(struct place_room *room, struct fjson_object *array)
{
    struct pfx_slice lines = {room->value + room->used, 0};

    for (int i = 0; i < fjson_object_array_length(array); ++i) {
        struct pfx_slice text =
            pfx_slice_of(fjson_object_get_string(fjson_object_array_get_idx(array, i)));

        if (i > 0)
            keep(room, PFX_SLICE("\n"));
        keep(room, text);
    }
    lines.length = (size_t)(room->value + room->used - lines.text);
    return lines;
}

/* 9.0E-5 and 12 and 0.10 as the module writes them: 0.00009, 12.0, 0.1. Empty: it is no number. */
static struct pfx_slice number_of(struct place_room *room, struct pfx_slice text)
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
    return keep(room, (struct pfx_slice){whole, (size_t)(out - whole)});
}

/* A store may have made 12.0 of an integer. */
static struct pfx_slice integer_of(struct pfx_slice text)
{
    if (pfx_slice_ends(text, PFX_SLICE(".0")))
        text.length -= 2;
    return text;
}

/* A list as a table has it, as JSON or bare: an array to be put away; NULL: out of memory. */
static struct fjson_object *parse_list(const char *text)
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

static struct pfx_slice list_of(struct place_room *room, struct fjson_object *value)
{
    struct fjson_object *array = parse_list(fjson_object_get_string(value));
    struct pfx_slice lines = array != NULL ? lines_of(room, array) : PFX_NO_SLICE;

    if (array != NULL)
        fjson_object_put(array);
    return lines;
}

static struct pfx_slice text_of(struct place_room *room, struct fjson_object *value,
                                enum pfx_type type)
{
    struct pfx_slice text;

    if (fjson_object_is_type(value, fjson_type_array))
        return lines_of(room, value);
    if (room->table && type == PFX_LIST)
        return list_of(room, value);
    text = pfx_slice_of(fjson_object_get_string(value));
    return type == PFX_NUMBER    ? number_of(room, text)
           : type == PFX_INTEGER ? integer_of(text)
                                 : text;
}

/* As the module writes it. */
static bool is_time(struct fjson_object *value)
{
    const char *text = fjson_object_get_string(value), *end = text + strlen(text);

    return end - text > 19 && text[4] == '-' && text[10] == 'T' && end[-1] == 'Z';
}

/* Puts a member into the event, if it is the module's own. NULL, or what is wrong. */
static const char *take_member(struct place_room *room, struct pfx_slice name,
                               struct fjson_object *value, struct pfx_event *event)
{
    enum pfx_field field;
    struct pfx_slice text;

    pfx_slice_take(&name, PFX_SLICE("_"));
    field = pfx_field_named(name);
    if (field == PFX_F_chain || field == PFX_F_truncated || value == NULL ||
        fjson_object_is_type(value, fjson_type_boolean))
        return NULL;
    if (room->table && field == PFX_F_event_created && !is_time(value))
        return "the export made its time anew: export JSON";
    if (field != PFX_FIELD_NONE) {
        text = text_of(room, value, pfx_fields[field].type);
        pfx_event_set(event, field, text);
        return NULL;
    }
    if (!pfx_slice_take(&name, PFX_SLICE("vendor_")))
        return NULL; /* the store's */
    if (event->extras == PFX_EXTRA_MAX)
        return "it has more names than there can be";
    event->extra[event->extras].word = name;
    event->extra[event->extras++].text = text_of(room, value, PFX_STRING);
    return NULL;
}

/* The names of values that were cut, which stand behind all others. False: out of memory. */
static bool add_truncated(struct place_room *room, struct fjson_object *document, bool gelf)
{
    struct fjson_object *value = get(document, "vendor_truncated"), *array = NULL;
    struct pfx_slice name = pfx_fields[PFX_F_truncated].key[gelf ? PFX_GELF : PFX_GIM];
    bool good;

    if (value == NULL)
        value = get(document, "_vendor_truncated");
    if (value == NULL)
        return true;
    if (room->table && !gelf)
        value = array = parse_list(fjson_object_get_string(value));
    good = value != NULL && pfx_text_add(&room->text, name,
                                         pfx_slice_of(fjson_object_to_json_string_ext(
                                             value, FJSON_TO_STRING_SPACED))) == 0;
    if (array != NULL)
        fjson_object_put(array);
    room->text.fields_end = room->text.length - strlen(" }");
    return good;
}

/* The message in front of whose first blank is the tag. */
static void split_line(struct pfx_slice line, struct pfx_raw *raw)
{
    ptrdiff_t blank = pfx_slice_find(line, PFX_SLICE(" "));

    raw->tag = blank < 0 ? line : pfx_slice_until(line, (size_t)blank);
    raw->text = blank < 0 ? PFX_NO_SLICE : pfx_slice_from(line, (size_t)blank + 1);
}

/* Text members of that name, or of what Graylog calls it. */
static struct pfx_slice line_member(struct fjson_object *document, const char *name,
                                    const char *store_name)
{
    struct fjson_object *value = get(document, name);

    if (value == NULL)
        value = get(document, store_name);
    return value != NULL && fjson_object_is_type(value, fjson_type_string)
               ? pfx_slice_of(fjson_object_get_string(value))
               : PFX_NO_SLICE;
}

/* Room for all texts, which may become longer by some digits each. */
static bool make_room(struct place_room *room, struct fjson_object *document)
{
    size_t size = 2 * strlen(fjson_object_to_json_string(document)) +
                  64 * (size_t)fjson_object_object_length(document);
    char *grown;

    room->used = 0;
    if (room->hasher == NULL)
        room->hasher = pfx_hasher_new();
    if (size <= room->size)
        return room->hasher != NULL;
    grown = realloc(room->value, size);
    if (grown == NULL)
        return false;
    room->value = grown;
    room->size = size;
    return room->hasher != NULL;
}

/* False: out of memory. */
static bool make_leaf(struct place_room *room, struct fjson_object *document, bool gelf,
                      const struct pfx_event *event, const struct pfx_raw *raw,
                      unsigned char leaf_r[static PFX_SEAL_HASH])
{
    if (pfx_text_render(&room->text, gelf ? PFX_GELF : PFX_GIM, true, LIMIT, event, raw) < 0 ||
        !add_truncated(room, document, gelf))
        return false;
    pfx_leaf(room->hasher, &room->text, leaf_r);
    return true;
}

const char *place_read(struct place_room *room, struct fjson_object *document,
                       struct place *place_r)
{
    static struct pfx_event event;
    struct fjson_object *member = place_member(document);
    struct fjson_object_iterator it, end;
    struct pfx_raw raw = {0};
    struct pfx_slice stream, line;
    const char *fault = NULL;
    bool gelf;

    if (member == NULL ||
        !pfx_chain_read(pfx_slice_of(fjson_object_get_string(member)), &stream, &place_r->number,
                        place_r->before) ||
        stream.length >= sizeof(place_r->stream))
        return "its vendor_chain is none";
    snprintf(place_r->stream, sizeof(place_r->stream), "%.*s", (int)stream.length, stream.text);
    if (!make_room(room, document))
        return "out of memory";
    pfx_event_clear(&event);
    line = line_member(document, "short_message", "message");
    gelf = line.length > 0;
    raw.host = line_member(document, "host", "source");
    split_line(line, &raw);
    it = fjson_object_iter_begin(document);
    end = fjson_object_iter_end(document);
    for (; fault == NULL && !fjson_object_iter_equal(&it, &end); fjson_object_iter_next(&it))
        fault = take_member(room, pfx_slice_of(fjson_object_iter_peek_name(&it)),
                            fjson_object_iter_peek_value(&it), &event);
    place_r->either = false;
    if (fault == NULL && !make_leaf(room, document, gelf, &event, &raw, place_r->leaf))
        fault = "out of memory";
    if (fault != NULL || !room->table || gelf || pfx_event_has(&event, PFX_F_from))
        return fault;
    pfx_event_set(&event, PFX_F_from, PFX_SLICE(""));
    place_r->either = make_leaf(room, document, gelf, &event, &raw, place_r->other);
    return place_r->either ? NULL : "out of memory";
}
