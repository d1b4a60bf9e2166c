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
    return pfx_sealed_slurp(options, directory, journal);
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

/* Opened for each lot, so that it does not keep a file system from being made read-only. -1: why_r
 * tells. */
static int open_journal(const struct pfx_state_options *options, bool anew,
                        char why_r[PFX_STATE_WHY])
{
    char name[256];
    const char *state;
    int file, directory = pfx_state_open_directory(options->path, &state, why_r);

    if (directory < 0)
        return -1;
    name_it(name, state);
    file = anew ? pfx_state_open_new(directory, name, name, why_r)
                : pfx_state_open_more(directory, name, why_r);
    close(directory);
    return file;
}

static bool begin_sealing(struct pfx_journal *journal, const struct pfx_state_options *options,
                          int file)
{
    struct pfx_secrets *secrets = options->secrets != NULL ? options->secrets() : NULL;
    bool begun = pfx_sealing_begin(&journal->sealing, secrets, options->clock(), file);

    pfx_secrets_unref(&secrets);
    return begun;
}

/* Writes what was coded as one lot. After a failure there is no journal: half a lot would hide what
 * follows it. */
static void write_lot(struct pfx_journal *journal, const struct pfx_state_options *options,
                      struct pfx_encoder *pack, bool anew)
{
    int64_t length = (int64_t)pack->length;
    char why[PFX_STATE_WHY] = "out of memory";
    int file = pack->failed ? -1 : open_journal(options, anew, why);
    bool good = file >= 0;
    struct pfx_encoder lot = {0}; /* as it is written, in one piece */

    if (good) {
        journal->hash = pfx_hash((struct pfx_slice){pack->bytes, pack->length}, journal->hash);
        journal->bytes += pack->length;
        if (anew)
            pfx_encode_add(&lot, MAGIC, HEAD);
        pfx_encode_add(&lot, (const char *)&length, sizeof(length));
        pfx_encode_add(&lot, pack->bytes, pack->length);
        pfx_encode_add(&lot, (const char *)&journal->hash, sizeof(journal->hash));
        errno = ENOMEM;
        good = !lot.failed && (!anew || begin_sealing(journal, options, file)) &&
               pfx_sealing_write(&journal->sealing, file, lot.bytes, lot.length);
        if (!good)
            snprintf(why, sizeof(why), "%s", strerror(errno));
        close(file);
    }
    if (!good)
        pfx_state_report(options, true, "its journal is not written", why);
    journal->kept = good;
    free(lot.bytes);
    free(pack->bytes);
}

void pfx_journal_begin(struct pfx_journal *journal, const struct pfx_state_options *options)
{
    struct pfx_encoder pack = {0};

    *journal = (struct pfx_journal){.hash = pfx_hash(PFX_SLICE(MAGIC), 0)};
    pfx_counted_encode_past(&pack, options->alerts);
    write_lot(journal, options, &pack, true);
}

void pfx_journal_add(struct pfx_journal *journal, const struct pfx_state_options *options)
{
    struct pfx_encoder pack = {0};

    if (!journal->kept || journal->bytes > BYTES_MOST)
        return;
    pfx_counted_encode_changes(&pack, options->alerts);
    if (pack.length > 0 || pack.failed)
        write_lot(journal, options, &pack, false);
}
