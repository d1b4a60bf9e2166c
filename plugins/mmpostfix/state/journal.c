/* SPDX-License-Identifier: Apache-2.0 */
/* What was counted since the last save; see journal.h. */
#include "state/journal.h"
#include "base/hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "PFXCOUNT"
#define HEAD 8
/* Of a flood no more is kept than that until the next save. */
#define BYTES_MOST ((size_t)64 << 20)

static void name_it(char name_r[256], const char *name)
{
    snprintf(name_r, 256, "%.240s.journal", name);
}

struct pfx_slice pfx_journal_slurp(const struct pfx_state_options *options, int directory,
                                   const char *name)
{
    char journal[256];

    name_it(journal, name);
    return pfx_state_slurp(options, directory, journal);
}

void pfx_journal_read(struct pfx_slice file, bool (*take)(void *cookie, struct pfx_slice record),
                      void *cookie)
{
    struct pfx_slice head = pfx_slice_until(file, HEAD);
    uint64_t hash = pfx_hash(head, 0);
    int64_t length, sum;

    if (!pfx_slice_equal(head, PFX_SLICE(MAGIC)))
        return;
    file = pfx_slice_from(file, HEAD);
    while (pfx_decode_number(&file, &length) && length > 0 && (uint64_t)length <= file.length) {
        struct pfx_slice lot = pfx_slice_until(file, (size_t)length), record;

        file = pfx_slice_from(file, (size_t)length);
        hash = pfx_hash(lot, hash);
        if (!pfx_decode_number(&file, &sum) || (uint64_t)sum != hash)
            return;
        while (lot.length > 0) {
            if (!pfx_decode_text(&lot, &record) || !take(cookie, record))
                return;
        }
    }
}

static bool write_all(int file, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0) {
        ssize_t put = write(file, at, length);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        at += put;
        length -= (size_t)put;
    }
    return true;
}

/* Writes what was coded as one lot. After a failure there is no journal: half a lot would hide what
 * follows it. */
static void write_lot(struct pfx_journal *journal, const struct pfx_state_options *options,
                      struct pfx_encoder *pack)
{
    int64_t length = (int64_t)pack->length;
    bool good = !pack->failed;

    if (good && length > 0) {
        journal->hash = pfx_hash((struct pfx_slice){pack->bytes, pack->length}, journal->hash);
        journal->bytes += pack->length;
        good = write_all(journal->file, &length, sizeof(length)) &&
               write_all(journal->file, pack->bytes, pack->length) &&
               write_all(journal->file, &journal->hash, sizeof(journal->hash));
    }
    if (!good) {
        pfx_state_report(options, true, "its journal is not written", strerror(errno));
        pfx_journal_end(journal);
    }
    free(pack->bytes);
}

void pfx_journal_begin(struct pfx_journal *journal, const struct pfx_state_options *options)
{
    struct pfx_encoder pack = {0};
    char why[PFX_STATE_WHY], name[256];
    const char *state;
    int directory;

    pfx_journal_end(journal);
    directory = pfx_state_open_directory(options->path, &state, why);
    if (directory >= 0) {
        name_it(name, state);
        journal->file = pfx_state_open_new(directory, name, name, why);
        close(directory);
    }
    if (journal->file < 0) {
        pfx_state_report(options, true, "its journal is not written", why);
        return;
    }
    journal->bytes = 0;
    journal->hash = pfx_hash(PFX_SLICE(MAGIC), 0);
    pfx_counted_encode_past(&pack, options->alerts);
    pack.failed = pack.failed || !write_all(journal->file, MAGIC, HEAD);
    write_lot(journal, options, &pack);
}

void pfx_journal_add(struct pfx_journal *journal, const struct pfx_state_options *options)
{
    struct pfx_encoder pack = {0};

    if (journal->file < 0 || journal->bytes > BYTES_MOST)
        return;
    pfx_counted_encode_changes(&pack, options->alerts);
    write_lot(journal, options, &pack);
}

void pfx_journal_end(struct pfx_journal *journal)
{
    if (journal->file >= 0)
        close(journal->file);
    journal->file = -1;
}
