/* SPDX-License-Identifier: Apache-2.0 */
/* Restores a saved story; see restore.h. */
#include "state/restore.h"
#include "state/sealed.h"
#include "base/hash.h"
#include "state/journal.h"
#include "story/story_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A mark, the layout, when it was saved, and the seed of hashes. */
#define HEADER 32
#define YEAR (INT64_C(366) * 86400)

struct record {
    int64_t age, class;
    char kind;
    struct pfx_slice key, contents;
};

struct reader {
    struct pfx_alerts *alerts; /* NULL: counts are left out */
    struct pfx_alerts_past past;
    bool counted; /* it has counts of this version */
    struct record *record;
    size_t records, jobs, counts, size;
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
                         : pfx_counted_class_most(kind);
}

static bool is_count(const struct record *r)
{
    return strchr(PFX_COUNTED_KINDS, r->kind) != NULL;
}

/* What all records but labels have in front. */
static bool read_record(struct pfx_slice bytes, struct record *record_r)
{
    int64_t kind;

    if (!pfx_decode_number(&bytes, &kind) || !pfx_decode_number(&bytes, &record_r->age) ||
        !pfx_decode_number(&bytes, &record_r->class) || !pfx_decode_text(&bytes, &record_r->key) ||
        record_r->age < 0 || record_r->class < 0 || record_r->class > class_most(kind))
        return false;
    record_r->kind = (char)kind;
    record_r->contents = bytes;
    return is_count(record_r) || pfx_coding_is_key(record_r->key);
}

static bool take_record(struct reader *reader, struct pfx_slice bytes)
{
    struct pfx_slice front = bytes;
    struct record record;
    int64_t kind;

    if (pfx_decode_number(&front, &kind) && kind == 'h')
        return take_label(reader, front);
    if (!read_record(bytes, &record))
        return false;
    if (record.kind == 'p')
        reader->counted = pfx_counted_decode_past(record.contents, &reader->past);
    if (is_count(&record) && (record.kind == 'p' || !reader->counted || reader->alerts == NULL))
        return true;
    if (reader->records == reader->size) {
        size_t size = reader->size * 2 + 64;
        struct record *grown = realloc(reader->record, size * sizeof(*grown));

        if (grown == NULL)
            return false;
        reader->record = grown;
        reader->size = size;
    }
    reader->jobs += record.kind == 'j';
    reader->counts += is_count(&record);
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
    if (reader->counted && reader->alerts != NULL)
        pfx_alerts_resume(reader->alerts, &reader->past);
    for (size_t i = 0; i < reader->records && sound; ++i) {
        const struct record *r = &reader->record[i];
        int64_t age = r->age > YEAR * 1000000 ? YEAR * 1000000 : r->age;
        int64_t touched = clock - age - down * 1000000;

        if (is_count(r)) {
            sound = pfx_counted_take(reader->alerts, r->kind, r->class, r->key, r->contents,
                                     reader->saved);
            continue;
        }
        sound = (r->kind == 'm'   ? restore_mail
                 : r->kind == 's' ? restore_session
                                  : restore_job)(story, r->contents, r, touched);
    }
    pfx_hold_end(&hold);
    return sound;
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

/* What the journal adds to counts, or all of them when there was no state file. */
struct changes {
    struct pfx_alerts *alerts;
    bool counted; /* the state file had counts, with that seed */
};

static bool take_change(void *cookie, struct pfx_slice bytes)
{
    struct changes *changes = cookie;
    struct pfx_alerts_past past, ours;
    struct record record;

    if (!read_record(bytes, &record) || !is_count(&record))
        return false;
    if (record.kind != 'p')
        return changes->counted && pfx_counted_take(changes->alerts, record.kind, record.class,
                                                    record.key, record.contents, 0);
    if (!pfx_counted_decode_past(record.contents, &past))
        return false;
    if (!changes->counted)
        pfx_alerts_resume(changes->alerts, &past);
    changes->counted = true;
    pfx_alerts_past(changes->alerts, &ours);
    return past.seed == ours.seed;
}

static void restore_journal(const struct pfx_state_options *options, int directory,
                            const char *name, bool counted)
{
    struct changes changes = {options->alerts, counted};
    struct pfx_alert_counters counters;
    struct pfx_slice file;
    char text[80];

    if (options->alerts == NULL)
        return;
    file = pfx_journal_slurp(options, directory, name);
    pfx_journal_read(file, take_change, &changes);
    free((char *)file.text);
    pfx_alerts_count(options->alerts, &counters);
    if (counters.keys == 0)
        return;
    snprintf(text, sizeof(text), "counts of %llu keys of alerts taken up",
             (unsigned long long)counters.keys);
    pfx_state_report(options, false, text, NULL);
}

/* *counted_r: with counts of alerts. */
static bool restore(struct pfx_story *story, const struct pfx_state_options *options, int directory,
                    const char *name, bool *counted_r)
{
    struct pfx_slice file = pfx_sealed_slurp(options, directory, name);
    struct reader reader = {.alerts = options->alerts};
    const char *fault;
    char text[160];
    int length;

    if (file.text == NULL)
        return true;
    pfx_own_hosts_open(&reader.labels); /* without memory labels are not taken up */
    fault = read_all(&reader, file);
    if (fault == NULL && !restore_all(story, &reader, options->clock()))
        fault = "it is damaged";
    *counted_r = fault == NULL && reader.counted;
    if (fault == NULL) {
        length = snprintf(text, sizeof(text), "%zu mails and connections taken up",
                          reader.records - reader.jobs - reader.counts);
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
    bool restored = true, counted = false;

    if (directory < 0) {
        pfx_state_report(options, true, "not read", why);
        return true;
    }
    restored = restore(story, options, directory, name, &counted);
    restore_journal(options, directory, name, counted);
    close(directory);
    return restored;
}
