/* SPDX-License-Identifier: Apache-2.0 */
/* Notes of what was erased; see note.h. */
#include "verify/note.h"
#include "base/timestamp.h"

#include <inttypes.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURE ",\"signature\":\""

static void add_text(struct fjson_object *object, const char *name, const char *text)
{
    fjson_object_object_add(object, name, fjson_object_new_string(text));
}

static struct fjson_object *members_of(const struct note *note, const char *key)
{
    struct fjson_object *object = fjson_object_new_object();
    uint64_t count = note->last - note->first + 1;
    char hex[PFX_SEAL_HEX], date[PFX_TIME_TEXT];
    char *leaves = malloc(count * (PFX_SEAL_HEX - 1) + 1);

    if (object == NULL || leaves == NULL) {
        free(leaves);
        fjson_object_put(object);
        return NULL;
    }
    pfx_time_text(note->time, date);
    for (uint64_t i = 0; i < count; ++i)
        pfx_seal_hex(note->leaf[i], leaves + i * (PFX_SEAL_HEX - 1));
    pfx_seal_hex(note->before, hex);
    add_text(object, "stream", note->stream);
    fjson_object_object_add(object, "first", fjson_object_new_int64((int64_t)note->first));
    fjson_object_object_add(object, "last", fjson_object_new_int64((int64_t)note->last));
    add_text(object, "before", hex);
    add_text(object, "leaves", leaves);
    add_text(object, "time", date);
    add_text(object, "reason", note->reason);
    fjson_object_object_add(object, "version", fjson_object_new_int(NOTE_VERSION));
    add_text(object, "key", key);
    free(leaves);
    return object;
}

char *note_write(const struct note *note, const struct pfx_seal_key *key)
{
    struct fjson_object *object = members_of(note, pfx_seal_name(key));
    char signature[PFX_SEAL_BASE64], *line = NULL;
    struct pfx_slice text;

    if (object == NULL)
        return NULL;
    text = pfx_slice_of(fjson_object_to_json_string_ext(object, FJSON_TO_STRING_PLAIN));
    text.length -= strlen("}");
    if (pfx_seal_sign(key, text, signature) &&
        asprintf(&line, "%.*s" SIGNATURE "%s\"}\n", (int)text.length, text.text, signature) < 0)
        line = NULL;
    fjson_object_put(object);
    return line;
}

static struct pfx_slice text_of(struct fjson_object *object, const char *name)
{
    struct fjson_object *member = NULL;

    fjson_object_object_get_ex(object, name, &member);
    return fjson_object_is_type(member, fjson_type_string)
               ? pfx_slice_of(fjson_object_get_string(member))
               : PFX_NO_SLICE;
}

/* 0: there is none. */
static uint64_t number_of(struct fjson_object *object, const char *name)
{
    struct fjson_object *member = NULL;
    int64_t number;

    fjson_object_object_get_ex(object, name, &member);
    number = fjson_object_is_type(member, fjson_type_int) ? fjson_object_get_int64(member) : 0;
    return number > 0 ? (uint64_t)number : 0;
}

/* Copies a text that is there and has room. */
static bool copy(struct pfx_slice text, char *copy_r, size_t size)
{
    if (text.length == 0 || text.length >= size)
        return false;
    memcpy(copy_r, text.text, text.length);
    copy_r[text.length] = '\0';
    return true;
}

static bool read_time(struct pfx_slice text, int64_t *time_r)
{
    char date[PFX_TIME_TEXT];
    struct tm utc = {0};
    const char *end;

    if (!copy(text, date, sizeof(date)))
        return false;
    end = strptime(date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    *time_r = (int64_t)timegm(&utc);
    return end != NULL && *end == '\0';
}

/* False: there are not as many as there are numbers. */
static bool read_leaves(struct note *note, struct pfx_slice hex)
{
    const size_t digits = PFX_SEAL_HEX - 1;
    uint64_t count;

    if (note->first == 0 || note->last < note->first)
        return false;
    count = note->last - note->first + 1;
    if (count > NOTE_LEAVES || hex.length != count * digits)
        return false;
    note->leaf = calloc(count, sizeof(*note->leaf));
    for (uint64_t i = 0; note->leaf != NULL && i < count; ++i) {
        if (!pfx_seal_unhex(pfx_slice_until(pfx_slice_from(hex, i * digits), digits),
                            note->leaf[i]))
            return false;
    }
    return note->leaf != NULL;
}

static bool read_members(struct fjson_object *object, struct note *note)
{
    note->first = number_of(object, "first");
    note->last = number_of(object, "last");
    return number_of(object, "version") == NOTE_VERSION &&
           copy(text_of(object, "stream"), note->stream, sizeof(note->stream)) &&
           copy(text_of(object, "key"), note->key, sizeof(note->key)) &&
           copy(text_of(object, "reason"), note->reason, sizeof(note->reason)) &&
           pfx_seal_unhex(text_of(object, "before"), note->before) &&
           read_time(text_of(object, "time"), &note->time) &&
           read_leaves(note, text_of(object, "leaves"));
}

const char *note_read(struct pfx_slice line, struct note *note_r, struct pfx_slice *signed_r,
                      struct pfx_slice *signature_r)
{
    ptrdiff_t end = pfx_slice_rfind(line, PFX_SLICE(SIGNATURE));
    struct fjson_object *object;
    bool good;

    *note_r = (struct note){.leaf = NULL};
    if (end < 0 || !pfx_slice_ends(line, PFX_SLICE("\"}")))
        return "it has no signature";
    *signed_r = pfx_slice_until(line, (size_t)end);
    *signature_r = pfx_slice_from(line, (size_t)end + strlen(SIGNATURE));
    signature_r->length -= strlen("\"}");
    object = fjson_tokener_parse(line.text);
    good = object != NULL && read_members(object, note_r);
    fjson_object_put(object);
    if (!good)
        note_free(note_r);
    return good ? NULL : "it is no note";
}

void note_free(struct note *note)
{
    free(note->leaf);
    note->leaf = NULL;
}
