/* SPDX-License-Identifier: Apache-2.0 */
/* Restores a saved story; see restore.h. */
#include "state/restore.h"
#include "base/hash.h"
#include "state/coding.h"
#include "story/story_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Largest file: above any story within bounds, and a limit of what a file makes us allocate. */
#define FILE_MAX ((off_t)16 << 30)
/* A mark, the layout, when it was saved, and the seed of hashes. */
#define HEADER 32
#define YEAR (INT64_C(366) * 86400)

struct record {
    int64_t age, class;
    char kind;
    struct pfx_slice key, contents;
};

struct reader {
    struct record *record;
    size_t records, jobs, size;
    struct pfx_own_hosts labels;
    int64_t saved;
    uint64_t seed;
};

static bool take_label(struct reader *reader, struct pfx_slice bytes)
{
    int64_t label, full, ambiguous;

    if (!pfx_decode_number(&bytes, &label) || !pfx_decode_number(&bytes, &full) ||
        !pfx_decode_number(&bytes, &ambiguous) || bytes.length > 0 || label == 0 ||
        (uint64_t)ambiguous > 1)
        return false;
    pfx_own_hosts_remember(&reader->labels,
                           &(struct pfx_label){(uint64_t)label, (uint64_t)full, ambiguous != 0});
    return true;
}

/* The greatest class of a record of that kind; -1: there is no such kind. */
static int64_t class_most(int64_t kind)
{
    return kind == 'm'   ? PFX_MAIL_HELD
           : kind == 's' ? PFX_SESSION_IDLE
           : kind == 'j' ? PFX_JOB_SESSION
                         : -1;
}

static bool take_record(struct reader *reader, struct pfx_slice bytes)
{
    struct record record;
    int64_t kind;

    if (!pfx_decode_number(&bytes, &kind))
        return false;
    if (kind == 'h')
        return take_label(reader, bytes);
    if (!pfx_decode_number(&bytes, &record.age) || !pfx_decode_number(&bytes, &record.class) ||
        !pfx_decode_text(&bytes, &record.key) || record.age < 0 || record.class < 0 ||
        record.class > class_most(kind) || !pfx_coding_is_key(record.key))
        return false;
    if (reader->records == reader->size) {
        size_t size = reader->size * 2 + 64;
        struct record *grown = realloc(reader->record, size * sizeof(*grown));

        if (grown == NULL)
            return false;
        reader->record = grown;
        reader->size = size;
    }
    record.kind = (char)kind;
    record.contents = bytes;
    reader->jobs += kind == 'j';
    reader->record[reader->records++] = record;
    return true;
}

/* Reads all records of a file; the reason why it is invalid, or NULL. */
static const char *read_all(struct reader *reader, struct pfx_slice file)
{
    struct pfx_slice header = pfx_slice_until(file, HEADER), bytes = pfx_slice_from(file, HEADER);
    uint64_t hash = pfx_hash(header, 0);
    int64_t layout, length, seed;

    if (header.length < HEADER || memcmp(header.text, PFX_STATE_MAGIC, 8) != 0)
        return "it is no state file";
    header = pfx_slice_from(header, 8);
    pfx_decode_number(&header, &layout);
    pfx_decode_number(&header, &reader->saved);
    pfx_decode_number(&header, &seed);
    reader->seed = (uint64_t)seed;
    if ((uint64_t)layout != pfx_coding_layout())
        return "it is of another version";
    while (pfx_decode_number(&bytes, &length) && length > 0 && (uint64_t)length <= bytes.length) {
        struct pfx_slice step = pfx_slice_until(bytes, (size_t)length), record;

        hash = pfx_hash(step, hash);
        while (step.length > 0) {
            if (!pfx_decode_text(&step, &record) || !take_record(reader, record))
                return "it is damaged";
        }
        bytes = pfx_slice_from(bytes, (size_t)length);
    }
    if (length != 0 || !pfx_decode_number(&bytes, &length) || (uint64_t)length != hash ||
        bytes.length > 0)
        return "it is damaged";
    return NULL;
}

static int by_age(const void *a, const void *b)
{
    const struct record *x = a, *y = b;

    return (x->age < y->age) - (x->age > y->age); /* the oldest first */
}

static uint64_t hash_of(const struct pfx_story *story, const struct record *r)
{
    return pfx_shards_hash(&story->shards, r->key);
}

static struct pfx_shard *shard_of(struct pfx_story *story, const struct record *r)
{
    const struct pfx_shards *shards = &story->shards;

    return &shards->shard[pfx_shards_at(shards, hash_of(story, r))];
}

static bool restore_mail(struct pfx_story *story, struct pfx_slice contents, const struct record *r,
                         int64_t touched)
{
    struct pfx_store *mails = shard_of(story, r)->mails;
    struct pfx_entry *entry =
        pfx_store_add(mails, r->key, hash_of(story, r), (unsigned)r->class, touched);

    if (entry == NULL)
        return true; /* memory ran out: keep what was restored */
    if (!pfx_decode_mail(&contents, (struct pfx_mail *)entry)) {
        pfx_store_remove(mails, entry);
        return false;
    }
    pfx_store_account(mails, entry, pfx_mail_bytes((struct pfx_mail *)entry));
    return true;
}

static bool restore_session(struct pfx_story *story, struct pfx_slice contents,
                            const struct record *r, int64_t touched)
{
    struct pfx_store *store = shard_of(story, r)->sessions;
    struct pfx_entry *entry =
        pfx_store_add(store, r->key, hash_of(story, r), (unsigned)r->class, touched);
    struct pfx_sessions *sessions = (struct pfx_sessions *)entry;

    if (entry == NULL)
        return true;
    sessions->newest = calloc(1, sizeof(*sessions->newest));
    if (sessions->newest == NULL || !pfx_decode_session(&contents, sessions->newest)) {
        pfx_store_remove(store, entry);
        return false;
    }
    pfx_sessions_note(sessions, sessions->newest, 1);
    pfx_store_account(store, entry, pfx_sessions_bytes(sessions));
    return true;
}

static bool restore_job(struct pfx_story *story, struct pfx_slice contents, const struct record *r,
                        int64_t touched)
{
    struct pfx_store *jobs = shard_of(story, r)->jobs;
    struct pfx_entry *entry =
        pfx_store_add(jobs, r->key, hash_of(story, r), (unsigned)r->class, touched);
    struct pfx_job *job = (struct pfx_job *)entry;

    if (entry == NULL)
        return true;
    if (!pfx_decode_job(&contents, job)) {
        pfx_store_remove(jobs, entry);
        return false;
    }
    pfx_store_account(jobs, entry, pfx_pool_cost(job->facts.size));
    if (r->key.text[0] == PFX_KEY_ANSWER)
        __atomic_store_n(&story->answers, true, __ATOMIC_RELAXED);
    return true;
}

/* Puts the records into the story. False when one of them is invalid. */
static bool restore_all(struct pfx_story *story, struct reader *reader, int64_t now)
{
    int64_t down = now - reader->saved, clock;
    struct pfx_hold hold;
    bool sound = true;

    down = down < 0 ? 0 : down > YEAR ? YEAR : down;
    if (reader->records > 0)
        qsort(reader->record, reader->records, sizeof(*reader->record), by_age);
    pfx_hold_all(&hold, &story->shards);
    clock = __atomic_load_n(&story->clock.now, __ATOMIC_RELAXED);
    if (story->clock.born == 0)
        story->shards.seed = reader->seed; /* mails know their sessions by it */
    for (size_t i = 0; reader->labels.labels != NULL && i < PFX_OWN_LABELS; ++i)
        pfx_own_hosts_remember(&story->own_hosts, &reader->labels.labels[i]);
    for (size_t i = 0; i < reader->records && sound; ++i) {
        const struct record *r = &reader->record[i];
        int64_t age = r->age > YEAR * 1000000 ? YEAR * 1000000 : r->age;
        int64_t touched = clock - age - down * 1000000;

        sound = (r->kind == 'm'   ? restore_mail
                 : r->kind == 's' ? restore_session
                                  : restore_job)(story, r->contents, r, touched);
    }
    pfx_hold_end(&hold);
    return sound;
}

/* The whole file, to be freed; empty when there is none or it can not be read. */
static struct pfx_slice slurp(const struct pfx_state_options *options, int directory,
                              const char *name)
{
    char why[PFX_STATE_WHY], *bytes = NULL;
    int file = pfx_state_open_old(directory, name, why);
    struct stat status;
    size_t length = 0;

    if (file < 0) {
        if (why[0] != '\0')
            pfx_state_report(options, true, "not read", why);
        return PFX_NO_SLICE;
    }
    if (fstat(file, &status) == 0 && status.st_size < FILE_MAX &&
        (bytes = malloc((size_t)status.st_size + 1)) != NULL) {
        ssize_t got = 1;

        while (length < (size_t)status.st_size && got > 0) {
            got = read(file, bytes + length, (size_t)status.st_size - length);
            length += got > 0 ? (size_t)got : 0;
        }
    } else {
        pfx_state_report(options, true, "not read", "it is too large");
    }
    close(file);
    return (struct pfx_slice){bytes, length};
}

static void set_aside(const struct pfx_state_options *options, int directory, const char *name,
                      const char *fault)
{
    char aside[256];

    snprintf(aside, sizeof(aside), "%.240s.damaged", name);
    pfx_state_report(options, true,
                     renameat(directory, name, directory, aside) == 0 ? "set aside as *.damaged"
                                                                      : "not used",
                     fault);
}

static bool restore(struct pfx_story *story, const struct pfx_state_options *options, int directory,
                    const char *name)
{
    struct pfx_slice file = slurp(options, directory, name);
    struct reader reader = {0};
    const char *fault;
    char text[160];
    int length;

    if (file.text == NULL)
        return true;
    pfx_own_hosts_open(&reader.labels); /* without memory labels are not taken up */
    fault = read_all(&reader, file);
    if (fault == NULL && !restore_all(story, &reader, options->clock()))
        fault = "it is damaged";
    if (fault == NULL) {
        length = snprintf(text, sizeof(text), "%zu mails and connections taken up",
                          reader.records - reader.jobs);
        if (reader.jobs > 0)
            snprintf(text + length, sizeof(text) - (size_t)length,
                     ", and %zu tasks, sessions and answers of other programs", reader.jobs);
        pfx_state_report(options, false, text, NULL);
    } else {
        set_aside(options, directory, name, fault);
    }
    pfx_own_hosts_free(&reader.labels);
    free(reader.record);
    free((char *)file.text);
    return fault == NULL;
}

bool pfx_state_restore(struct pfx_story *story, const struct pfx_state_options *options)
{
    char why[PFX_STATE_WHY];
    const char *name;
    int directory = pfx_state_open_directory(options->path, &name, why);
    bool restored = true;

    if (directory < 0) {
        pfx_state_report(options, true, "not read", why);
        return true;
    }
    restored = restore(story, options, directory, name);
    close(directory);
    return restored;
}
