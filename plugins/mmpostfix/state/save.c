/* SPDX-License-Identifier: Apache-2.0 */
/* Saves a story; see save.h.
 *
 * Entries are coded a few at a time under the story's lock and written outside it: each entry is
 * consistent in itself, the file as a whole is no snapshot of one time.
 */
#include "state/save.h"
#include "base/hash.h"
#include "state/counted.h"
#include "state/sealed.h"
#include "story/story_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Entries coded while the lock is held once. */
#define STEP 128

struct writer {
    struct pfx_story *story;
    struct pfx_alerts *alerts;
    struct pfx_encoder pack;
    uint64_t hash;
    FILE *file;
};

/* One record: its kind and age, then the coded entry. */
static void pack_entry(struct writer *writer, char kind, struct pfx_entry *entry,
                       const struct pfx_session *session)
{
    struct pfx_encoder record = {0};

    pfx_encode_number(&record, kind);
    pfx_encode_number(&record, __atomic_load_n(&writer->story->clock.now, __ATOMIC_RELAXED) -
                                   entry->touched);
    pfx_encode_number(&record, entry->class);
    pfx_encode_text(&record, pfx_store_key(entry));
    if (kind == 's')
        pfx_encode_session(&record, session);
    else if (kind == 'j')
        pfx_encode_job(&record, (struct pfx_job *)entry);
    else
        pfx_encode_mail(&record, (struct pfx_mail *)entry);
    if (record.failed)
        writer->pack.failed = true;
    else
        pfx_encode_text(&writer->pack, (struct pfx_slice){record.bytes, record.length});
    free(record.bytes);
}

static void visit_mail(void *cookie, struct pfx_entry *entry)
{
    struct writer *writer = cookie;

    if (entry->class != PFX_MAIL_GONE)
        pack_entry(writer, 'm', entry, NULL);
}

static void visit_sessions(void *cookie, struct pfx_entry *entry)
{
    struct writer *writer = cookie;
    const struct pfx_session *newest = ((struct pfx_sessions *)entry)->newest;

    if (newest != NULL)
        pack_entry(writer, 's', entry, newest);
}

static void visit_job(void *cookie, struct pfx_entry *entry)
{
    struct writer *writer = cookie;

    if (pfx_coding_is_key(pfx_store_key(entry))) /* a stranger's address may hold any byte */
        pack_entry(writer, 'j', entry, NULL);
}

/* Which host has a label: without that, the first to log after a restart would. */
static void pack_labels(struct writer *writer)
{
    struct pfx_label *labels = writer->story->own_hosts.labels;

    for (size_t i = 0; labels != NULL && i < PFX_OWN_LABELS; ++i) {
        uint64_t label = __atomic_load_n(&labels[i].label, __ATOMIC_RELAXED);
        uint64_t full = __atomic_load_n(&labels[i].full, __ATOMIC_RELAXED);
        struct pfx_encoder record = {0};

        if (label == 0 || full == 0)
            continue;
        pfx_encode_number(&record, 'h');
        pfx_encode_number(&record, (int64_t)label);
        pfx_encode_number(&record, (int64_t)full);
        pfx_encode_number(&record, __atomic_load_n(&labels[i].ambiguous, __ATOMIC_RELAXED));
        if (record.failed)
            writer->pack.failed = true;
        else
            pfx_encode_text(&writer->pack, (struct pfx_slice){record.bytes, record.length});
        free(record.bytes);
    }
}

static bool flush(struct writer *writer)
{
    struct pfx_slice bytes = {writer->pack.bytes, writer->pack.length};

    writer->hash = pfx_hash(bytes, writer->hash);
    writer->pack.length = 0;
    return !writer->pack.failed &&
           fwrite(bytes.text, 1, bytes.length, writer->file) == bytes.length;
}

/* What was coded, as one step. Each is hashed as one piece, so its length goes before it. */
static bool write_step(struct writer *writer)
{
    int64_t length = (int64_t)writer->pack.length;

    return length == 0 || (fwrite(&length, sizeof(length), 1, writer->file) == 1 && flush(writer));
}

static bool write_labels(struct writer *writer)
{
    pack_labels(writer);
    return !writer->pack.failed && write_step(writer);
}

static bool write_store(struct writer *writer, unsigned part, const struct pfx_store *store,
                        void (*visit)(void *, struct pfx_entry *))
{
    size_t cursor = 0;
    bool more = true;

    while (more) {
        struct pfx_hold hold;

        pfx_hold_part(&hold, &writer->story->shards, part);
        more = pfx_store_walk(store, &cursor, STEP, visit, writer);
        pfx_hold_end(&hold);
        if (!write_step(writer))
            return false;
    }
    return !writer->pack.failed;
}

/* Counts of alerts; they have locks of their own. */
static bool write_counts(struct writer *writer, struct pfx_alerts *alerts, int64_t now)
{
    bool done = true;

    if (alerts == NULL)
        return true;
    pfx_counted_encode_past(&writer->pack, alerts);
    for (unsigned part = 0; done && part < PFX_COUNTS_PARTS; ++part) {
        size_t subject = 0, set = 0;
        bool more = true;

        for (; done && more; done = write_step(writer))
            more = pfx_counted_encode_subjects(&writer->pack, alerts, part, &subject,
                                               now * INT64_C(1000000));
        for (more = true; done && more; done = write_step(writer))
            more = pfx_counted_encode_first(&writer->pack, alerts, part, &set);
    }
    return done && !writer->pack.failed;
}

static bool write_all(struct writer *writer, int64_t now)
{
    const struct pfx_shards *shards = &writer->story->shards;
    const int64_t end = 0;
    bool done;

    pfx_encode_add(&writer->pack, PFX_STATE_MAGIC, 8);
    pfx_encode_number(&writer->pack, (int64_t)pfx_coding_layout());
    pfx_encode_number(&writer->pack, now);
    pfx_encode_number(&writer->pack, (int64_t)shards->seed);
    done = flush(writer) && write_labels(writer);
    for (unsigned i = 0; done && i < shards->count; ++i)
        done = write_store(writer, i, shards->shard[i].mails, visit_mail) &&
               write_store(writer, i, shards->shard[i].sessions, visit_sessions) &&
               write_store(writer, i, shards->shard[i].jobs, visit_job);
    done = done && write_counts(writer, writer->alerts, now);
    return done && fwrite(&end, sizeof(end), 1, writer->file) == 1 &&
           fwrite(&writer->hash, sizeof(writer->hash), 1, writer->file) == 1;
}

/* Writes the story to a new file. False: why_r tells. */
static bool write_file(struct writer *writer, int file, const struct pfx_state_options *options,
                       char why_r[PFX_STATE_WHY])
{
    struct pfx_secrets *secrets = options->secrets != NULL ? options->secrets() : NULL;
    struct pfx_sealing sealing;
    bool done;

    if (pfx_sealing_begin(&sealing, secrets, options->clock(), file))
        writer->file = pfx_sealing_stream(&sealing, file);
    pfx_secrets_unref(&secrets);
    done = writer->file != NULL && write_all(writer, options->clock()) &&
           fflush(writer->file) == 0 && fsync(file) == 0;
    if (!done)
        snprintf(why_r, PFX_STATE_WHY, "%s", strerror(errno));
    if (writer->file != NULL && fclose(writer->file) != 0 && done) {
        snprintf(why_r, PFX_STATE_WHY, "%s", strerror(errno));
        done = false;
    }
    if (writer->file == NULL)
        close(file);
    pfx_sealing_end(&sealing);
    free(writer->pack.bytes);
    return done;
}

/* The new file takes the place of the old one when it is whole. */
static bool replace(struct writer *writer, int directory, const char *name,
                    const struct pfx_state_options *options, char why_r[PFX_STATE_WHY])
{
    char new_name[256];
    int file;

    snprintf(new_name, sizeof(new_name), "%.240s.new", name);
    file = pfx_state_open_new(directory, name, new_name, why_r);
    if (file < 0)
        return false;
    if (!write_file(writer, file, options, why_r)) {
        unlinkat(directory, new_name, 0);
        return false;
    }
    if (renameat(directory, new_name, directory, name) < 0) {
        snprintf(why_r, PFX_STATE_WHY, "%s", strerror(errno));
        unlinkat(directory, new_name, 0);
        return false;
    }
    fsync(directory);
    return true;
}

bool pfx_state_save(struct pfx_story *story, const struct pfx_state_options *options)
{
    struct writer writer = {.story = story, .alerts = options->alerts};
    char why[PFX_STATE_WHY];
    const char *name;
    int directory = pfx_state_open_directory(options->path, &name, why);
    bool done = directory >= 0 && replace(&writer, directory, name, options, why);

    if (!done)
        pfx_state_report(options, true, "not saved", why);
    if (directory >= 0)
        close(directory);
    return done;
}
