/* SPDX-License-Identifier: Apache-2.0 */
/* Findings; see findings.h. */
#include "verify/findings.h"
#include "base/timestamp.h"
#include "verify/documents.h"

#include <inttypes.h>
#include <json.h>
#include <stdio.h>
#include <string.h>

static void print(const struct findings *findings, const char *stream, const char *kind,
                  uint64_t first, uint64_t last, const char *text)
{
    struct fjson_object *object;

    if (!findings->options->json) {
        printf("%-9s ", kind);
        terminal_put(stream, PFX_CHAIN_STREAM);
        printf(" %" PRIu64, first);
        if (first != last)
            printf("-%" PRIu64, last);
        fputs("  ", stdout);
        terminal_put(text, SIZE_MAX);
        putchar('\n');
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

void findings_say(struct findings *findings, const char *stream, const char *kind, uint64_t first,
                  uint64_t last, const char *text)
{
    ++findings->count;
    print(findings, stream, kind, first, last, text);
}

static void add_place(const struct findings *findings, const struct entry *entry, char *text,
                      size_t size)
{
    size_t used = strlen(text);

    if (entry == NULL)
        snprintf(text + used, size - used, "an end");
    else if (entry->note != NULL)
        snprintf(text + used, size - used, "a note of %.300s, line %u", entry->note->file,
                 entry->note->line);
    else
        snprintf(text + used, size - used, "%.300s:%u",
                 documents_file(findings->options, entry->file), entry->line);
}

void findings_tell(void *cookie, const struct ledger *ledger, const struct finding *finding)
{
    static const char *const kinds[] = {"CHANGED", "CHANGED", "MISSING", "FORGED", "ERASED"};
    struct findings *findings = cookie;
    char text[1800] = "", date[PFX_TIME_TEXT];

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
    case FINDING_ERASED:
        pfx_time_text(finding->near->note->time, date);
        snprintf(text, sizeof(text), "%" PRIu64 " on purpose, noted %s by key %s: %.1200s",
                 finding->last - finding->first + 1, date, finding->near->note->key,
                 finding->near->note->reason);
        print(findings, ledger->stream, kinds[finding->kind], finding->first, finding->last, text);
        return;
    }
    add_place(findings, finding->near, text, sizeof(text));
    if (finding->kind != FINDING_DIFFERS) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), " and ");
        add_place(findings, finding->then, text, sizeof(text));
    }
    findings_say(findings, ledger->stream, kinds[finding->kind], finding->first, finding->last,
                 text);
}
