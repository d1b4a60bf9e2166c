/* SPDX-License-Identifier: Apache-2.0 */
/* Files of notes; see notes.h. */
#include "verify/notes.h"
#include "verify/documents.h"

#include <stdlib.h>

/* Keeps a note. NULL: out of memory. */
static struct note *keep(struct notes *notes, const struct note *note)
{
    struct note **grown, *kept;

    if (notes->count == notes->size) {
        grown = realloc(notes->note, (notes->size * 2 + 64) * sizeof(struct note *));
        if (grown == NULL)
            return NULL;
        notes->note = grown;
        notes->size = notes->size * 2 + 64;
    }
    kept = malloc(sizeof(*kept));
    if (kept == NULL)
        return NULL;
    *kept = *note;
    notes->note[notes->count++] = kept;
    return kept;
}

bool notes_read(struct notes *notes, const char *name, const struct trust *trust,
                struct pfx_hasher *hasher, struct ledgers *ledgers, struct findings *findings)
{
    struct lines *lines = documents_open(name);
    struct pfx_slice line, text, signature;
    unsigned number = 1;
    bool good = true;
    int got = 0;

    if (lines == NULL)
        return false;
    for (; good && (got = lines_next(lines, &line)) > 0; ++number) {
        struct note note, *kept;
        const char *fault = note_read(line, &note, &text, &signature);
        struct ledger *ledger = NULL;

        note.file = name;
        note.line = number;
        if (fault == NULL)
            fault = trust_note(trust, note.time, pfx_slice_of(note.key), text, signature);
        if (fault == NULL && (ledger = ledgers_find(ledgers, pfx_slice_of(note.stream))) == NULL)
            fault = "it is of a chain that is not here";
        if (fault != NULL) {
            findings_say(findings, "note", "NOTE", number, number, fault);
            note_free(&note);
            continue;
        }
        kept = keep(notes, &note);
        if (kept == NULL)
            note_free(&note);
        good = kept != NULL && ledger_add_note(ledger, hasher, kept);
    }
    if (!good || got < 0)
        terminal_say("%s: %s", name, good ? lines_reason(lines) : LEDGERS_FULL);
    lines_close(&lines);
    return good && got == 0;
}

void notes_free(struct notes *notes)
{
    for (size_t i = 0; i < notes->count; ++i) {
        note_free(notes->note[i]);
        free(notes->note[i]);
    }
    free(notes->note);
    *notes = (struct notes){0};
}
