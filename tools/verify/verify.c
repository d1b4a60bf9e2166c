/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog verify: whether documents are those that were chained, all of them. */
#include "base/timestamp.h"
#include "people/terminal.h"
#include "reading/lines.h"
#include "verbs.h"
#include "verify/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STREAMS_MOST 1000
#define DEEPEST 8 /* how far a document is within what a search gave */

struct verifying {
    const struct pfxlog_options *options;
    struct ledger *ledger;
    unsigned ledgers, findings;
    uint64_t documents, others;
    struct place_room room;
    struct pfx_seal_key *key;
    unsigned file, line;
    bool failed;
};

static struct ledger *ledger_of(struct verifying *v, struct pfx_slice stream)
{
    struct ledger *grown;

    for (unsigned i = 0; i < v->ledgers; ++i) {
        if (pfx_slice_equal(pfx_slice_of(v->ledger[i].stream), stream))
            return &v->ledger[i];
    }
    if (v->ledgers == STREAMS_MOST || stream.length >= PFX_CHAIN_STREAM)
        return NULL;
    grown = realloc(v->ledger, (v->ledgers + 1) * sizeof(*grown));
    if (grown == NULL)
        return NULL;
    v->ledger = grown;
    grown = &v->ledger[v->ledgers++];
    *grown = (struct ledger){0};
    snprintf(grown->stream, sizeof(grown->stream), "%.*s", (int)stream.length, stream.text);
    return grown;
}

static void give_up(struct verifying *v, const char *reason)
{
    terminal_say("%s", reason);
    v->failed = true;
}

static const char *file_name(const struct verifying *v, unsigned file)
{
    return v->options->sources.count > 0 ? v->options->sources.name[file] : "-";
}

/* One finding, for people or for programs. */
static void say(struct verifying *v, const char *stream, const char *kind, uint64_t first,
                uint64_t last, const char *text)
{
    struct fjson_object *object;

    ++v->findings;
    if (!v->options->json) {
        printf("%-9s %s ", kind, stream);
        if (first == last)
            printf("%" PRIu64 "  %s\n", first, text);
        else
            printf("%" PRIu64 "-%" PRIu64 "  %s\n", first, last, text);
        return;
    }
    object = fjson_object_new_object();
    fjson_object_object_add(object, "finding", fjson_object_new_string(kind));
    fjson_object_object_add(object, "stream", fjson_object_new_string(stream));
    fjson_object_object_add(object, "first", fjson_object_new_int64((int64_t)first));
    fjson_object_object_add(object, "last", fjson_object_new_int64((int64_t)last));
    fjson_object_object_add(object, "text", fjson_object_new_string(text));
    printf("%s\n", fjson_object_to_json_string_ext(object, FJSON_TO_STRING_PLAIN));
    fjson_object_put(object);
}

static void add_place(const struct verifying *v, const struct entry *entry, char *text, size_t size)
{
    size_t used = strlen(text);

    if (entry == NULL)
        snprintf(text + used, size - used, "an end");
    else
        snprintf(text + used, size - used, "%.200s:%u", file_name(v, entry->file), entry->line);
}

static void tell(void *cookie, const struct ledger *ledger, const struct finding *finding)
{
    static const char *const kinds[] = {"CHANGED", "CHANGED", "MISSING", "FORGED"};
    struct verifying *v = cookie;
    char text[900] = "", date[PFX_TIME_TEXT];

    switch (finding->kind) {
    case FINDING_CHANGED:
        snprintf(text, sizeof(text),
                 "one of these is not what it was, or they did not follow each other: ");
        break;
    case FINDING_DIFFERS:
        pfx_time_text(finding->anchor->time, date);
        snprintf(text, sizeof(text), "the anchor of %s, line %u, was made of another one: ", date,
                 finding->anchor->line);
        break;
    case FINDING_MISSING:
        snprintf(text, sizeof(text), "%" PRIu64 " between ", finding->last - finding->first + 1);
        break;
    case FINDING_FORGED:
        snprintf(text, sizeof(text), "two different documents have this number: ");
        break;
    }
    add_place(v, finding->near, text, sizeof(text));
    if (finding->kind != FINDING_DIFFERS) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), " and ");
        add_place(v, finding->then, text, sizeof(text));
    }
    say(v, ledger->stream, kinds[finding->kind], finding->first, finding->last, text);
}

/* Takes each document in what was read, at whatever depth a search has put it. */
static bool take(struct verifying *v, struct fjson_object *object, unsigned depth)
{
    struct fjson_object_iterator it, end;
    struct ledger *ledger;
    struct place place;
    const char *fault;
    bool found = false;

    if (object == NULL || depth > DEEPEST)
        return false;
    if (place_member(object) != NULL) {
        fault = place_read(&v->room, object, &place);
        if (fault != NULL) {
            say(v, "-", "UNREADABLE", v->line, v->line, fault);
            return true;
        }
        ++v->documents;
        ledger = ledger_of(v, pfx_slice_of(place.stream));
        if (ledger == NULL || !ledger_add(ledger, &place, v->file, v->line))
            give_up(v, "out of memory, or more than 1000 chains");
        return true;
    }
    if (fjson_object_is_type(object, fjson_type_array)) {
        for (int i = 0; i < fjson_object_array_length(object); ++i)
            found |= take(v, fjson_object_array_get_idx(object, i), depth + 1);
    } else if (fjson_object_is_type(object, fjson_type_object)) {
        it = fjson_object_iter_begin(object);
        end = fjson_object_iter_end(object);
        for (; !fjson_object_iter_equal(&it, &end); fjson_object_iter_next(&it))
            found |= take(v, fjson_object_iter_peek_value(&it), depth + 1);
    }
    return found;
}

static void read_documents(struct verifying *v, struct lines *lines)
{
    struct fjson_object *object;
    struct pfx_slice line;
    int got;

    for (v->line = 1; !v->failed && (got = lines_next(lines, &line)) > 0; ++v->line) {
        object = fjson_tokener_parse(line.text);
        if (!take(v, object, 0) && line.length > 0)
            ++v->others;
        if (object != NULL)
            fjson_object_put(object);
    }
    if (!v->failed && got < 0) {
        terminal_say("%s: %s", file_name(v, v->file), lines_reason(lines));
        v->failed = true;
    }
}

static struct lines *open_lines(struct verifying *v, const char *name)
{
    int file = strcmp(name, "-") == 0 ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
    struct lines *lines = file < 0 ? NULL : lines_open(file);

    if (lines == NULL) {
        terminal_say("%s: %s", name, file < 0 ? strerror(errno) : "out of memory");
        v->failed = true;
    }
    return lines;
}

/* The anchors of a chain as they follow each other. */
struct row {
    char stream[PFX_CHAIN_STREAM];
    unsigned char line[PFX_SEAL_HASH];
    uint64_t last;
};

/* Takes a line of a file of anchors. */
static void take_anchor(struct verifying *v, struct pfx_slice line, struct row *row)
{
    struct pfx_slice key, signed_text, signature;
    struct pfx_anchor anchor;
    const char *fault = pfx_anchor_read(line, &anchor, &key, &signed_text, &signature);
    struct ledger *ledger;

    if (fault == NULL && !pfx_seal_verify(v->key, signed_text, signature))
        fault = "it is not signed by this key";
    if (fault == NULL && row->stream[0] != '\0' &&
        pfx_slice_equal(pfx_slice_of(row->stream), anchor.stream) &&
        (memcmp(row->line, anchor.previous, sizeof(row->line)) != 0 ||
         (anchor.first != row->last + 1 && anchor.unclean == 0)))
        fault = "it does not follow the one before";
    if (fault != NULL) {
        say(v, "anchor", "ANCHOR", v->line, v->line, fault);
        return;
    }
    snprintf(row->stream, sizeof(row->stream), "%.*s", (int)anchor.stream.length,
             anchor.stream.text);
    pfx_anchor_hash(v->room.hasher, line, row->line);
    row->last = anchor.last;
    ledger = ledger_of(v, anchor.stream);
    if (ledger == NULL || !ledger_add_anchor(ledger, &anchor, v->line))
        give_up(v, "out of memory, or more than 1000 chains");
}

static void read_anchors(struct verifying *v, const char *name)
{
    struct lines *lines = open_lines(v, name);
    struct row row = {.stream = ""};
    struct pfx_slice line;

    if (lines == NULL)
        return;
    for (v->line = 1; !v->failed && lines_next(lines, &line) > 0; ++v->line)
        take_anchor(v, line, &row);
    lines_close(&lines);
}

/* The key that is named, or that stands beside the anchors. */
static bool read_key(struct verifying *v)
{
    const char *anchors = v->options->anchors, *name = v->options->key;
    char beside[4096], why[PFX_SEAL_WHY];
    size_t length = strlen(anchors), ending = strlen(".anchors");

    if (name == NULL) {
        if (length <= ending || strcmp(anchors + length - ending, ".anchors") != 0 ||
            length >= sizeof(beside)) {
            terminal_say("--anchors needs --key: the public key that they are signed with");
            return false;
        }
        snprintf(beside, sizeof(beside), "%.*s.pub", (int)(length - ending), anchors);
        name = beside;
    }
    v->key = pfx_seal_read(name, true, why);
    if (v->key == NULL)
        terminal_say("%s: %s", name, why);
    return v->key != NULL;
}

static void sum_up(struct verifying *v)
{
    uint64_t repeated = 0, open = 0;
    unsigned bare = 0;

    for (unsigned i = 0; i < v->ledgers; ++i) {
        repeated += v->ledger[i].repeated;
        if (v->ledger[i].anchors > 0)
            open += v->ledger[i].open;
        bare += v->ledger[i].anchors == 0;
    }
    fprintf(stderr, "%" PRIu64 " documents of %u chains, %u findings", v->documents, v->ledgers,
            v->findings);
    if (repeated > 0)
        fprintf(stderr, "; %" PRIu64 " are there twice", repeated);
    if (open > 0)
        fprintf(stderr, "; %" PRIu64 " are behind the last anchor, where a cut can not be seen",
                open);
    if (bare > 0)
        fprintf(stderr,
                "; %u chains have no anchor: whoever has the documents could have made all of them "
                "anew",
                bare);
    if (v->others > 0)
        fprintf(stderr, "; %" PRIu64 " lines have no document of a chain", v->others);
    fputc('\n', stderr);
}

int pfxlog_verify(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct verifying v = {.options = options};
    unsigned files = options->sources.count > 0 ? (unsigned)options->sources.count : 1;

    (void)core;
    pfx_fields_init();
    pfx_text_init();
    v.room.hasher = pfx_hasher_new();
    v.failed = v.room.hasher == NULL || (options->anchors != NULL && !read_key(&v));
    if (!v.failed && options->anchors != NULL)
        read_anchors(&v, options->anchors);
    for (v.file = 0; v.file < files && !v.failed; ++v.file) {
        struct lines *lines = open_lines(&v, file_name(&v, v.file));

        if (lines != NULL)
            read_documents(&v, lines);
        if (lines != NULL)
            lines_close(&lines);
    }
    for (unsigned i = 0; i < v.ledgers && !v.failed; ++i)
        ledger_check(&v.ledger[i], v.room.hasher, options->part, tell, &v);
    if (!v.failed)
        sum_up(&v);
    for (unsigned i = 0; i < v.ledgers; ++i)
        ledger_free(&v.ledger[i]);
    free(v.ledger);
    place_room_free(&v.room);
    pfx_seal_free(&v.key);
    return v.failed ? 2 : v.findings > 0 || v.documents == 0;
}
