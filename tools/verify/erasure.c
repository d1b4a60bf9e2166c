/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog erasure: notes of documents that will be erased, for verify. Erases nothing. */
#include "verbs.h"
#include "verify/documents.h"
#include "verify/ledger.h"
#include "verify/note.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct erasing {
    const struct pfxlog_options *options;
    struct pfx_hasher *hasher;
    struct pfx_seal_key *key;
    struct ledgers ledgers;
    FILE *out; /* to text, the lines */
    char *text;
    size_t length;
    uint64_t documents;
    unsigned notes;
};

static bool take(void *cookie, const struct place *place, unsigned file, unsigned line)
{
    struct erasing *e = cookie;
    struct ledger *ledger;

    if (place->either) {
        terminal_say("%s:%u: a table does not tell whether the sender was empty: export JSON",
                     documents_file(e->options, file), line);
        return false;
    }
    ledger = ledgers_get(&e->ledgers, pfx_slice_of(place->stream));

    if (ledger != NULL && ledger_add(ledger, place, file, line))
        return true;
    terminal_say("%s", LEDGERS_FULL);
    return false;
}

static void take_fault(void *cookie, unsigned file, unsigned line, const char *why)
{
    struct erasing *e = cookie;

    terminal_say("%s:%u: %s: it gets no note", documents_file(e->options, file), line, why);
}

/* False after a message: two documents have one number, and only one of them can be the true one.
 */
static bool is_clear(const struct erasing *e, const struct ledger *ledger)
{
    for (size_t i = 1; i < ledger->entries; ++i) {
        const struct entry *a = &ledger->entry[i - 1], *b = &ledger->entry[i];

        if (a->number != b->number || ledger_equal(a, b))
            continue;
        terminal_say("%s:%u and %s:%u: two different documents have one number; see pfxlog verify",
                     documents_file(e->options, a->file), a->line,
                     documents_file(e->options, b->file), b->line);
        return false;
    }
    return true;
}

/* How many entries from there on are of documents that followed each other, so that one note tells
 * of them; those that do not fit to each other have a note each, which hides nothing. */
static size_t run_of(const struct erasing *e, const struct ledger *ledger, size_t at)
{
    unsigned char link[PFX_SEAL_HASH];
    size_t end = at + 1;

    for (; end < ledger->entries && end - at < NOTE_LEAVES; ++end) {
        const struct entry *near = &ledger->entry[end - 1], *then = near + 1;

        pfx_chain_link(e->hasher, pfx_slice_of(ledger->stream), near->number, near->before,
                       near->leaf, link);
        if (then->number != near->number + 1 || memcmp(link, then->before, sizeof(link)) != 0)
            break;
    }
    return end - at;
}

/* False: out of memory. */
static bool add_note(struct erasing *e, const struct ledger *ledger, size_t at, size_t count)
{
    static unsigned char leaf[NOTE_LEAVES][PFX_SEAL_HASH];
    const struct entry *first = &ledger->entry[at];
    struct note note = {.first = first->number,
                        .last = first->number + count - 1,
                        .time = e->options->sources.dates.now.seconds,
                        .leaf = leaf};
    char *line;
    bool good;

    snprintf(note.stream, sizeof(note.stream), "%s", ledger->stream);
    snprintf(note.reason, sizeof(note.reason), "%s", e->options->reason);
    memcpy(note.before, first->before, sizeof(note.before));
    for (size_t i = 0; i < count; ++i)
        memcpy(leaf[i], first[i].leaf, sizeof(leaf[i]));
    line = note_write(&note, e->key);
    good = line != NULL && fputs(line, e->out) >= 0;
    free(line);
    e->documents += count;
    ++e->notes;
    return good;
}

/* False after a message. */
static bool make_notes(struct erasing *e)
{
    bool good = true;

    for (unsigned i = 0; i < e->ledgers.count; ++i) {
        struct ledger *ledger = &e->ledgers.ledger[i];

        ledger_sort(ledger);
        if (!is_clear(e, ledger))
            return false;
        ledger_unite(ledger);
        for (size_t at = 0, count; good && at < ledger->entries; at += count) {
            count = run_of(e, ledger, at);
            good = add_note(e, ledger, at, count);
        }
    }
    good = fflush(e->out) == 0 && good;
    if (!good)
        terminal_say("out of memory");
    return good;
}

/* Behind what is there, all or nothing. False after a message. */
static bool write_notes(const struct erasing *e)
{
    const char *name = e->options->notes;
    int file = open(name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
    struct stat before;
    size_t done = 0;
    bool good = file >= 0 && fstat(file, &before) == 0;

    while (good && done < e->length) {
        ssize_t wrote = write(file, e->text + done, e->length - done);

        good = wrote > 0 || (wrote < 0 && errno == EINTR);
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    good = good && fsync(file) == 0;
    if (!good)
        terminal_say("%s: %s", name, strerror(errno));
    if (!good && done > 0 && ftruncate(file, before.st_size) < 0)
        terminal_say("%s: it ends in a part of a note", name);
    if (file >= 0)
        close(file);
    return good;
}

/* What is said wrongly, or NULL. */
static const char *wrong(const struct pfxlog_options *options)
{
    if (options->notes == NULL || options->key == NULL || options->reason == NULL)
        return "erasure needs --notes, --key and --reason; see pfxlog erasure --help";
    if (options->reason[0] == '\0' || strlen(options->reason) > NOTE_REASON ||
        !pfx_value_is_utf8(pfx_slice_of(options->reason)))
        return "--reason takes a text in UTF-8 of 1 to 1000 bytes";
    return NULL;
}

int pfxlog_erasure(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct erasing e = {.options = options};
    struct documents documents = {.take = take, .fault = take_fault, .cookie = &e};
    const char *fault = wrong(options);
    char why[PFX_SEAL_WHY];
    bool good = false;

    (void)core;
    if (fault != NULL) {
        terminal_say("%s", fault);
        return 2;
    }
    e.key = pfx_seal_read(options->key, false, why);
    if (e.key == NULL)
        terminal_say("%s: %s", options->key, why);
    e.hasher = pfx_hasher_new();
    e.out = open_memstream(&e.text, &e.length);
    if (e.key != NULL && e.hasher != NULL && e.out != NULL)
        good = documents_read(&documents, options) && make_notes(&e) &&
               (e.notes == 0 || write_notes(&e));
    if (e.out != NULL)
        fclose(e.out);
    if (good)
        fprintf(stderr, "%" PRIu64 " documents of %u chains in %u notes\n", e.documents,
                e.ledgers.count, e.notes);
    free(e.text);
    ledgers_free(&e.ledgers);
    pfx_hasher_free(&e.hasher);
    pfx_seal_free(&e.key);
    return !good ? 2 : e.documents == 0;
}
