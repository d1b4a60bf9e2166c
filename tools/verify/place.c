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
#include "verify/ecs.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT ((size_t)1 << 30) /* of a value: it was cut already */

void place_room_free(struct place_room *room)
{
    pfx_hasher_free(&room->hasher);
    pfx_text_free(&room->text);
    values_free(&room->values);
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
    if (member == NULL)
        member = get(document, "_vendor_chain");
    return member != NULL ? member : ecs_place(document);
}

/* The second one would be seen by no one, or the first. */
#define TWICE "it has a name twice, in two spellings"

/* As the module writes it. */
static bool is_time(struct fjson_object *value)
{
    const char *text = fjson_object_get_string(value), *end = text + strlen(text);

    return end - text > 19 && text[4] == '-' && text[10] == 'T' && end[-1] == 'Z';
}

/* The field of a name, or PFX_FIELD_NONE, and of a name that is the module's all the same the word
 * of it. */
static enum pfx_field field_of(struct pfx_slice name, enum pfx_format format,
                               struct pfx_slice *word_r)
{
    enum pfx_field field;

    *word_r = PFX_NO_SLICE;
    if (format != PFX_ECS)
        pfx_slice_take(&name, PFX_SLICE("_"));
    field = format == PFX_ECS ? ecs_field(name) : pfx_field_named(name);
    if (field == PFX_FIELD_NONE &&
        pfx_slice_take(&name, format == PFX_ECS ? PFX_SLICE("postfix.") : PFX_SLICE("vendor_")))
        *word_r = name;
    return field;
}

/* Puts a member into the event, if it is the module's own. NULL, or what is wrong. */
static const char *take_member(struct place_room *room, struct pfx_slice name,
                               struct fjson_object *value, enum pfx_format format,
                               struct pfx_event *event)
{
    struct pfx_slice word;
    enum pfx_field field = field_of(name, format, &word);

    if (field == PFX_F_chain || field == PFX_F_truncated || value == NULL ||
        fjson_object_is_type(value, fjson_type_boolean))
        return NULL;
    if (room->values.table && field == PFX_F_event_created && !is_time(value))
        return "the export made its time anew: export JSON";
    if (field != PFX_FIELD_NONE) {
        if (pfx_event_has(event, field) && field != PFX_F_tls_version)
            return TWICE;
        pfx_event_set(event, field,
                      values_text(&room->values, value,
                                  format == PFX_ECS && field == PFX_F_pid
                                      ? PFX_INTEGER
                                      : pfx_fields[field].type));
        return NULL;
    }
    if (word.length == 0)
        return NULL; /* the store's */
    for (unsigned i = 0; i < event->extras; ++i) {
        if (pfx_slice_equal(event->extra[i].word, word))
            return TWICE;
    }
    if (event->extras == PFX_EXTRA_MAX)
        return "it has more names than there can be";
    event->extra[event->extras].word = word;
    event->extra[event->extras++].text = values_text(&room->values, value, PFX_STRING);
    return NULL;
}

/* A member of a list as the module writes it. False: out of memory. */
static bool add_list(struct place_room *room, struct pfx_slice name, struct fjson_object *value)
{
    struct fjson_object *array = NULL;
    bool good;

    if (room->values.table)
        value = array = values_list(fjson_object_get_string(value));
    good = value != NULL && pfx_text_add(&room->text, name,
                                         pfx_slice_of(fjson_object_to_json_string_ext(
                                             value, FJSON_TO_STRING_SPACED))) == 0;
    if (array != NULL)
        fjson_object_put(array);
    return good;
}

/* The names of values that were cut, which stand behind all others. False: out of memory. */
static bool add_truncated(struct place_room *room, struct fjson_object *document,
                          enum pfx_format format)
{
    struct pfx_slice name = pfx_fields[PFX_F_truncated].key[format];
    struct fjson_object *value = get(document, name.text);
    bool good;

    if (value == NULL && format == PFX_GELF)
        value = get(document, name.text + strlen("_"));
    if (value == NULL)
        return true;
    good = format == PFX_GELF
               ? pfx_text_add(
                     &room->text, name,
                     values_quote(&room->values, pfx_slice_of(fjson_object_get_string(value)))) == 0
               : add_list(room, name, value);
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

/* Whether both are there, and differ. */
static bool has_two(struct fjson_object *document, const char *name, const char *store_name)
{
    struct pfx_slice ours = line_member(document, name, name);
    struct pfx_slice theirs = line_member(document, store_name, store_name);

    return ours.text != NULL && theirs.text != NULL && !pfx_slice_equal(ours, theirs);
}

/* What an ECS document has in front of its fields, behind them: hashes do not mind where it stands.
 * False: out of memory. */
static bool add_front(struct place_room *room, struct fjson_object *document)
{
    static const struct {
        struct pfx_slice name;
        bool list;
    } rows[] = {{{"ecs.version", 11}, false},   {{"event.kind", 10}, false},
                {{"event.dataset", 13}, false}, {{"event.category", 14}, true},
                {{"event.type", 10}, true},     {{"message", 7}, false}};
    bool good = true;

    room->text.line_begin = room->text.length - strlen(" }");
    for (size_t i = 0; good && i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct fjson_object *value = get(document, rows[i].name.text);

        if (value != NULL)
            good =
                rows[i].list
                    ? add_list(room, rows[i].name, value)
                    : pfx_text_add(&room->text, rows[i].name,
                                   values_quote(&room->values,
                                                pfx_slice_of(fjson_object_get_string(value)))) == 0;
    }
    room->text.line_end = room->text.length - strlen(" }");
    return good;
}

/* False: out of memory. */
static bool make_leaf(struct place_room *room, struct fjson_object *document,
                      enum pfx_format format, const struct pfx_event *event,
                      const struct pfx_raw *raw, unsigned char leaf_r[static PFX_SEAL_HASH])
{
    size_t used = room->values.used;

    if (pfx_text_render(&room->text, format, true, LIMIT, event, raw) < 0 ||
        !add_truncated(room, document, format) || (format == PFX_ECS && !add_front(room, document)))
        return false;
    room->values.used = used;
    pfx_leaf(room->hasher, &room->text, leaf_r);
    return true;
}

/* ECS has a TLS version in two members; of what the module made them, "TLSv1.3", it does so again.
 */
static void join_tls(struct place_room *room, struct fjson_object *document,
                     struct pfx_event *event)
{
    struct fjson_object *protocol = get(document, "tls.version_protocol");
    struct fjson_object *version = get(document, "tls.version");

    if (protocol == NULL && version == NULL)
        return;
    pfx_event_set(event, PFX_F_tls_version,
                  values_join(&room->values,
                              protocol != NULL ? fjson_object_get_string(protocol) : "", "v",
                              version != NULL ? fjson_object_get_string(version) : ""));
}

/* Reads a document whose names are as the module wrote them, but for those that Graylog makes. */
static const char *read_document(struct place_room *room, struct fjson_object *document,
                                 enum pfx_format format, struct place *place_r)
{
    static struct pfx_event event;
    struct fjson_object_iterator it = fjson_object_iter_begin(document);
    struct fjson_object_iterator end = fjson_object_iter_end(document);
    struct pfx_raw raw = {0};
    const char *fault = NULL;

    pfx_event_clear(&event);
    if (format == PFX_GELF &&
        (has_two(document, "host", "source") || has_two(document, "short_message", "message")))
        return TWICE;
    if (format == PFX_GELF) {
        raw.host = line_member(document, "host", "source");
        split_line(line_member(document, "short_message", "message"), &raw);
    }
    for (; fault == NULL && !fjson_object_iter_equal(&it, &end); fjson_object_iter_next(&it))
        fault = take_member(room, pfx_slice_of(fjson_object_iter_peek_name(&it)),
                            fjson_object_iter_peek_value(&it), format, &event);
    if (format == PFX_ECS)
        join_tls(room, document, &event);
    place_r->either = false;
    if (fault == NULL && !make_leaf(room, document, format, &event, &raw, place_r->leaf))
        fault = "out of memory";
    if (fault != NULL || !room->values.table || format == PFX_GELF ||
        pfx_event_has(&event, PFX_F_from))
        return fault;
    pfx_event_set(&event, PFX_F_from, PFX_SLICE(""));
    place_r->either = make_leaf(room, document, format, &event, &raw, place_r->other);
    return place_r->either ? NULL : "out of memory";
}

static enum pfx_format format_of(struct fjson_object *document)
{
    if (get(document, "vendor_chain") == NULL && get(document, "_vendor_chain") == NULL)
        return PFX_ECS;
    return line_member(document, "short_message", "message").length > 0 ? PFX_GELF : PFX_GIM;
}

const char *place_read(struct place_room *room, struct fjson_object *document,
                       struct place *place_r)
{
    struct fjson_object *member = place_member(document), *flat = NULL;
    enum pfx_format format = format_of(document);
    struct pfx_slice stream;
    const char *fault = NULL;

    if (member == NULL ||
        !pfx_chain_read(pfx_slice_of(fjson_object_get_string(member)), &stream, &place_r->number,
                        place_r->before) ||
        stream.length >= sizeof(place_r->stream))
        return "its vendor_chain is none";
    snprintf(place_r->stream, sizeof(place_r->stream), "%.*s", (int)stream.length, stream.text);
    if (room->hasher == NULL)
        room->hasher = pfx_hasher_new();
    if (format == PFX_ECS)
        document = flat = ecs_flat(document, &fault);
    if (fault == NULL &&
        (room->hasher == NULL || document == NULL || !values_begin(&room->values, document)))
        fault = "out of memory";
    if (fault == NULL)
        fault = read_document(room, document, format, place_r);
    if (flat != NULL)
        fjson_object_put(flat);
    return fault;
}
