/* SPDX-License-Identifier: Apache-2.0 */
/* Counts by subject; see counts.h. */
#include "alerts/counts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PARTS 16
#define SECOND INT64_C(1000000)
#define EXPIRED 64      /* entries a second, at most */
#define ENTRY_LEAST 256 /* bytes: what the index is made for */
#define HEAD (sizeof(struct pfx_cell) / sizeof(uint32_t))
#define DAY (INT64_C(86400) * 1000000)

/* Classes of the store: by events, then those that were told of or have a past. */
enum { CLASS_TOLD = 4, CLASS_LONG = 5 };

struct pfx_counts_part {
    pthread_mutex_t lock;
    struct pfx_store *store;
    struct pfx_first_hits *first;
    uint64_t evicted;
    int64_t expired; /* when idle ones were looked for */
};

struct pfx_counts {
    uint64_t seed;
    struct pfx_counts_part part[PARTS];
};

static void release(void *cookie, struct pfx_entry *entry, enum pfx_leave why)
{
    struct pfx_counts_part *part = cookie;

    part->evicted += why == PFX_LEAVE_CAPACITY;
    free(((struct pfx_subject *)entry)->cells);
}

/* A power of two, a half of bytes at most. */
static size_t first_bytes(size_t bytes)
{
    size_t size = 4096;

    while (size * 4 <= bytes)
        size *= 2;
    return size;
}

static bool open_part(struct pfx_counts_part *part, size_t bytes)
{
    size_t first = first_bytes(bytes);
    size_t rest = bytes > first + ENTRY_LEAST * 16 ? bytes - first : ENTRY_LEAST * 16;
    struct pfx_store_config config = {
        .entry_size = sizeof(struct pfx_subject),
        .max_entries = rest / ENTRY_LEAST,
        .max_bytes = rest,
        .idle = {2 * DAY, 2 * DAY, 2 * DAY, 2 * DAY, 8 * DAY, 62 * DAY},
        .eighths = {0, 0, 0, 0, 0, 4},
        .release = release,
        .cookie = part,
    };

    pthread_mutex_init(&part->lock, NULL);
    part->store = pfx_store_new(&config);
    part->first = pfx_first_hits_new(first);
    return part->store != NULL && part->first != NULL;
}

struct pfx_counts *pfx_counts_new(size_t bytes, uint64_t seed)
{
    struct pfx_counts *counts = calloc(1, sizeof(*counts));
    bool good = counts != NULL;

    for (unsigned i = 0; i < PARTS && counts != NULL; ++i)
        good = open_part(&counts->part[i], bytes / PARTS) && good;
    if (counts != NULL)
        counts->seed = seed;
    if (!good)
        pfx_counts_free(&counts);
    return counts;
}

void pfx_counts_free(struct pfx_counts **counts)
{
    struct pfx_counts *old = *counts;

    *counts = NULL;
    if (old == NULL)
        return;
    for (unsigned i = 0; i < PARTS; ++i) {
        if (old->part[i].store != NULL)
            pfx_store_free(&old->part[i].store);
        pfx_first_hits_free(&old->part[i].first);
        pthread_mutex_destroy(&old->part[i].lock);
    }
    free(old);
}

uint64_t pfx_counts_seed(const struct pfx_counts *counts)
{
    return counts->seed;
}

struct pfx_counts_part *pfx_counts_hold(struct pfx_counts *counts, uint64_t hash)
{
    struct pfx_counts_part *part = &counts->part[hash >> 32 & (PARTS - 1)];

    pthread_mutex_lock(&part->lock);
    return part;
}

void pfx_counts_release(struct pfx_counts_part *part)
{
    pthread_mutex_unlock(&part->lock);
}

static struct pfx_slice key_of(const uint64_t *hash)
{
    return (struct pfx_slice){(const char *)hash, sizeof(*hash)};
}

struct pfx_subject *pfx_counts_find(struct pfx_counts_part *part, uint64_t hash)
{
    return (struct pfx_subject *)pfx_store_find(part->store, key_of(&hash), hash);
}

struct pfx_subject *pfx_counts_make(struct pfx_counts_part *part, uint64_t hash, int64_t now)
{
    struct pfx_subject *subject = pfx_counts_find(part, hash);

    if (subject == NULL)
        subject = (struct pfx_subject *)pfx_store_add(part->store, key_of(&hash), hash, 0, now);
    return subject;
}

struct pfx_cell *pfx_counts_cell(const struct pfx_subject *subject, uint32_t id)
{
    for (uint32_t at = 0; at < subject->words;) {
        struct pfx_cell *cell = (struct pfx_cell *)(void *)(subject->cells + at);

        if (cell->id == id)
            return cell;
        at += HEAD + cell->words;
    }
    return NULL;
}

struct pfx_cell *pfx_counts_add_cell(struct pfx_counts_part *part, struct pfx_subject *subject,
                                     uint32_t id, size_t bytes)
{
    struct pfx_cell *cell = pfx_counts_cell(subject, id);
    uint32_t words = (uint32_t)((bytes + sizeof(uint32_t) - 1) / sizeof(uint32_t));
    uint32_t *grown;

    if (cell != NULL)
        return cell;
    grown = realloc(subject->cells, (subject->words + HEAD + words) * sizeof(*grown));
    if (grown == NULL)
        return NULL;
    subject->cells = grown;
    memset(grown + subject->words, 0, (HEAD + words) * sizeof(*grown));
    cell = (struct pfx_cell *)(void *)(grown + subject->words);
    cell->id = id;
    cell->words = words;
    subject->words += HEAD + words;
    pfx_store_account(part->store, &subject->entry, pfx_pool_cost(subject->words * sizeof(*grown)));
    return cell;
}

void pfx_counts_touch(struct pfx_counts_part *part, struct pfx_subject *subject,
                      enum pfx_subject_life life, int64_t now)
{
    unsigned class = subject->entry.class;

    subject->hits += subject->hits < UINT32_MAX;
    if (life == PFX_SUBJECT_LONG || class == CLASS_LONG)
        class = CLASS_LONG;
    else if (life == PFX_SUBJECT_TOLD || class == CLASS_TOLD)
        class = CLASS_TOLD;
    else
        class = subject->hits > 8 ? 3 : subject->hits > 4 ? 2 : subject->hits > 2;
    pfx_store_touch(part->store, &subject->entry, class, now);
}

struct pfx_first_hits *pfx_counts_first_hits(struct pfx_counts_part *part)
{
    return part->first;
}

void pfx_counts_expire(struct pfx_counts_part *part, int64_t now)
{
    if (now <= part->expired)
        return;
    part->expired = now + SECOND;
    pfx_store_expire(part->store, now, EXPIRED);
}

void pfx_counts_count(struct pfx_counts *counts, uint64_t *subjects_r, uint64_t *evicted_r,
                      uint64_t *bytes_r)
{
    *subjects_r = *evicted_r = *bytes_r = 0;
    for (unsigned i = 0; i < PARTS; ++i) {
        struct pfx_counts_part *part = &counts->part[i];

        pthread_mutex_lock(&part->lock);
        *subjects_r += pfx_store_total(part->store);
        *evicted_r += part->evicted;
        *bytes_r += pfx_store_bytes(part->store);
        pthread_mutex_unlock(&part->lock);
    }
}
