/* SPDX-License-Identifier: Apache-2.0 */
/* Documents in files; see documents.h. */
#include "verify/documents.h"
#include "verify/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <json.h>
#include <string.h>
#include <unistd.h>

#define DEEPEST 8 /* how far a document is within what a search gave */

const char *documents_file(const struct pfxlog_options *options, unsigned file)
{
    return options->sources.count > 0 ? options->sources.name[file] : "-";
}

static void take_one(struct documents *documents, struct fjson_object *object)
{
    struct place place;
    const char *fault = place_read(&documents->room, object, &place);

    if (fault != NULL) {
        documents->fault(documents->cookie, documents->file, documents->line, fault);
        return;
    }
    ++documents->count;
    documents->failed |=
        !documents->take(documents->cookie, &place, documents->file, documents->line);
}

/* Takes each document in what was read, at whatever depth a search has put it. False: none. */
static bool take(struct documents *documents, struct fjson_object *object, unsigned depth)
{
    struct fjson_object_iterator it, end;
    bool found = false;

    if (object == NULL || depth > DEEPEST)
        return false;
    if (place_member(object) != NULL) {
        take_one(documents, object);
        return true;
    }
    if (fjson_object_is_type(object, fjson_type_array)) {
        for (int i = 0; i < fjson_object_array_length(object); ++i)
            found |= take(documents, fjson_object_array_get_idx(object, i), depth + 1);
    } else if (fjson_object_is_type(object, fjson_type_object)) {
        it = fjson_object_iter_begin(object);
        end = fjson_object_iter_end(object);
        for (; !fjson_object_iter_equal(&it, &end); fjson_object_iter_next(&it))
            found |= take(documents, fjson_object_iter_peek_value(&it), depth + 1);
    }
    return found;
}

/* How many members a value and those in it have. */
static size_t members_of(struct fjson_object *value)
{
    struct fjson_object_iterator it, end;
    size_t members = 0;

    if (fjson_object_is_type(value, fjson_type_array)) {
        for (int i = 0; i < fjson_object_array_length(value); ++i)
            members += members_of(fjson_object_array_get_idx(value, i));
    } else if (fjson_object_is_type(value, fjson_type_object)) {
        it = fjson_object_iter_begin(value);
        end = fjson_object_iter_end(value);
        for (; !fjson_object_iter_equal(&it, &end); fjson_object_iter_next(&it))
            members += 1 + members_of(fjson_object_iter_peek_value(&it));
    }
    return members;
}

/* What a text has that the parser takes, and shows nothing of, so that a reader of the text may see
 * another document: of a name that is there twice it keeps the last, a string ends with a NUL, and
 * there may be remarks. */
static const char *hidden_in(struct pfx_slice text, struct fjson_object *value)
{
    size_t members = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.length; ++i) {
        char c = text.text[i];

        if (quoted && pfx_slice_starts(pfx_slice_from(text, i), PFX_SLICE("\\u0000")))
            return "it has a NUL";
        if (quoted && c == '\\')
            ++i;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '/' || c == '\''))
            return "it is no JSON";
        else
            members += !quoted && c == ':';
    }
    return members != members_of(value) ? "it has a name twice" : NULL;
}

/* Behind a document that was torn when its writer was killed the next one stands in the same line:
 * what begins with the last object of a line, or its end. */
static struct pfx_slice behind_torn(struct pfx_slice line)
{
    ptrdiff_t at = pfx_slice_rfind(line, PFX_SLICE("{\""));
    ptrdiff_t spaced = pfx_slice_rfind(line, PFX_SLICE("{ \""));

    at = spaced > at ? spaced : at;
    return pfx_slice_from(line, at > 0 ? (size_t)at : line.length);
}

/* Takes the values of a line, one behind the other. In front of the first may be the mark of UTF-8.
 */
static void take_json(struct documents *documents, struct pfx_slice line)
{
    struct fjson_tokener *parser = fjson_tokener_new();
    struct pfx_slice rest;
    bool read = parser != NULL, torn = false;

    if (documents->line == 1)
        pfx_slice_take(&line, PFX_SLICE("\xef\xbb\xbf"));
    rest = line = pfx_slice_trim(line);
    documents->failed |= parser == NULL;
    while (read && rest.length > 0) {
        struct fjson_object *object =
            fjson_tokener_parse_ex(parser, rest.text, (int)rest.length + 1);
        size_t length = (size_t)parser->char_offset;
        const char *hidden = NULL;

        read = object != NULL && length > 0 && length <= rest.length;
        if (read)
            hidden = hidden_in(pfx_slice_until(rest, length), object);
        if (hidden != NULL)
            documents->fault(documents->cookie, documents->file, documents->line, hidden);
        else if (read && !take(documents, object, 0))
            ++documents->others;
        if (read) { /* a comma behind it: of an array that has a line for each */
            rest = pfx_slice_trim(pfx_slice_from(rest, length));
            pfx_slice_take(&rest, PFX_SLICE(","));
            rest = pfx_slice_trim(rest);
        } else if (rest.text != line.text && !torn) {
            documents->fault(documents->cookie, documents->file, documents->line,
                             "something else stands behind it");
        } else if (!torn) {
            ++documents->others;
            rest = behind_torn(line);
            torn = read = rest.length > 0;
        }
        if (object != NULL)
            fjson_object_put(object);
        fjson_tokener_reset(parser);
    }
    if (parser != NULL)
        fjson_tokener_free(parser);
}

static void take_row(struct documents *documents, struct csv *csv, struct pfx_slice line)
{
    struct fjson_object *object;
    const char *fault = csv_take(csv, line, &object);

    if (fault != NULL)
        documents->fault(documents->cookie, documents->file, documents->line, fault);
    if (object == NULL)
        return;
    if (!take(documents, object, 0))
        ++documents->others;
    fjson_object_put(object);
}

static void read_lines(struct documents *documents, struct lines *lines, const char *name)
{
    struct csv csv = {0};
    struct pfx_slice line;
    int got = 0;

    documents->room.values.table = false;
    for (documents->line = 1; !documents->failed && (got = lines_next(lines, &line)) > 0;
         ++documents->line) {
        if (documents->line == 1 && csv_open(&csv, line))
            documents->room.values.table = true;
        else if (documents->room.values.table)
            take_row(documents, &csv, line);
        else
            take_json(documents, line);
    }
    if (got == 0 && !csv_ended(&csv))
        documents->fault(documents->cookie, documents->file, documents->line, "its row has no end");
    csv_free(&csv);
    if (got < 0) {
        terminal_say("%s: %s", name, lines_reason(lines));
        documents->failed = true;
    }
}

struct lines *documents_open(const char *name)
{
    int file = strcmp(name, "-") == 0 ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
    struct lines *lines = file < 0 ? NULL : lines_open(file);

    if (lines == NULL)
        terminal_say("%s: %s", name, file < 0 ? strerror(errno) : "out of memory");
    return lines;
}

bool documents_read(struct documents *documents, const struct pfxlog_options *options)
{
    unsigned files = options->sources.count > 0 ? (unsigned)options->sources.count : 1;

    pfx_fields_init();
    pfx_text_init();
    for (documents->file = 0; documents->file < files && !documents->failed; ++documents->file) {
        const char *name = documents_file(options, documents->file);
        struct lines *lines = documents_open(name);

        if (lines == NULL) {
            documents->failed = true;
            break;
        }
        read_lines(documents, lines, name);
        lines_close(&lines);
    }
    place_room_free(&documents->room);
    return !documents->failed;
}
