/* SPDX-License-Identifier: Apache-2.0 */
/* Counts by subject; see counts.h. */
#include "alerts/counts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PARTS PFX_COUNTS_PARTS
#define SECOND INT64_C(1000000)
#define EXPIRED 64      /* entries a second, at most */
#define ENTRY_LEAST 256 /* bytes: what the index is made for */
#define HEAD (sizeof(struct pfx_cell) / sizeof(uint32_t))
#define DAY (INT64_C(86400) * 1000000)
#define BACK 3600 /* seconds that the clock may be set back */
/* Changes of a part that are remembered. */
#define CHANGES 512

/* Classes of the store: by events, then those that were told of or have a past. */
enum { CLASS_TOLD = 4, CLASS_LONG = 5 };

/* A subject by its hash, or a first event with its time. */
struct change {
    uint64_t hash;
    uint32_t value, time;
};

struct pfx_counts_part {
    pthread_mutex_t lock;
    struct pfx_counts *counts;
    struct change *change; /* NULL: nobody asks */
    unsigned changes;
    struct pfx_store *store;
    struct pfx_first_hits *first;
    uint64_t evicted;
    int64_t expired; /* when idle ones were looked for */
};

struct pfx_counts {
    uint64_t seed;
    bool changed;   /* atomic */
    int64_t newest; /* atomic: time of day, in seconds; of what was put back, too */
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

    for (unsigned i = 0; i < PARTS && counts != NULL; ++i) {
        good = open_part(&counts->part[i], bytes / PARTS) && good;
        counts->part[i].counts = counts;
    }
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
        free(old->part[i].change);
        pthread_mutex_destroy(&old->part[i].lock);
    }
    free(old);
}

uint64_t pfx_counts_seed(const struct pfx_counts *counts)
{
    return counts->seed;
}

static unsigned part_of(uint64_t hash)
{
    return (unsigned)(hash >> 32) & (PARTS - 1);
}

struct pfx_counts_part *pfx_counts_hold(struct pfx_counts *counts, uint64_t hash)
{
    struct pfx_counts_part *part = &counts->part[part_of(hash)];

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

static uint32_t words_of(size_t bytes)
{
    return (uint32_t)((bytes + sizeof(uint32_t) - 1) / sizeof(uint32_t));
}

struct pfx_cell *pfx_counts_cell(const struct pfx_subject *subject, uint32_t id, size_t bytes)
{
    for (uint32_t at = 0; at < subject->words;) {
        struct pfx_cell *cell = (struct pfx_cell *)(void *)(subject->cells + at);

        if (cell->id == id && cell->words == words_of(bytes))
            return cell;
        at += HEAD + cell->words;
    }
    return NULL;
}

struct pfx_cell *pfx_counts_add_cell(struct pfx_counts_part *part, struct pfx_subject *subject,
                                     uint32_t id, size_t bytes)
{
    struct pfx_cell *cell = pfx_counts_cell(subject, id, bytes);
    uint32_t words = words_of(bytes);
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

/* A change; of a flood only the first ones, the others are saved with all. */
static bool remember(struct pfx_counts_part *part, uint64_t hash, uint32_t value, uint32_t time)
{
    if (part->change == NULL)
        return false;
    /* Of a full one, too: who asks may have had no place for what it got. */
    if (!__atomic_load_n(&part->counts->changed, __ATOMIC_RELAXED))
        __atomic_store_n(&part->counts->changed, true, __ATOMIC_RELEASE);
    if (part->changes == CHANGES)
        return false;
    part->change[part->changes++] = (struct change){hash, value, time};
    return true;
}

void pfx_counts_touch(struct pfx_counts_part *part, struct pfx_subject *subject,
                      enum pfx_subject_life life, int64_t now)
{
    unsigned class = subject->entry.class;

    subject->hits += subject->hits < UINT32_MAX;
    if (!subject->changed)
        subject->changed = remember(part, subject->entry.hash, 0, 0);
    if (life == PFX_SUBJECT_LONG || class == CLASS_LONG)
        class = CLASS_LONG;
    else if (life == PFX_SUBJECT_TOLD || class == CLASS_TOLD)
        class = CLASS_TOLD;
    else
        class = subject->hits > 8 ? 3 : subject->hits > 4 ? 2 : subject->hits > 2;
    /* A late line is none to begin with after a restart. */
    if (now < subject->entry.touched)
        now = subject->entry.touched;
    pfx_store_touch(part->store, &subject->entry, class, now);
}

bool pfx_counts_take_first(struct pfx_counts_part *part, uint64_t key, uint32_t window,
                           uint32_t value, uint32_t time, uint32_t *value_r, uint32_t *time_r)
{
    bool there = pfx_first_hits_take(part->first, key, window, value, time, value_r, time_r);

    if (!there)
        remember(part, key, value, time);
    return there;
}

bool pfx_counts_join_first(struct pfx_counts_part *part, uint64_t key, uint32_t window,
                           uint32_t time, uint32_t *value_r, uint32_t *time_r)
{
    return pfx_first_hits_join(part->first, key, window, time, value_r, time_r);
}

void pfx_counts_expire(struct pfx_counts_part *part, int64_t now)
{
    if (now <= part->expired)
        return;
    part->expired = now + SECOND;
    pfx_store_expire(part->store, now, EXPIRED);
}

/* The later one stays. */
static void advance(struct pfx_counts *counts, int64_t now)
{
    int64_t newest = __atomic_load_n(&counts->newest, __ATOMIC_RELAXED);

    while (now > newest && !__atomic_compare_exchange_n(&counts->newest, &newest, now, false,
                                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

bool pfx_counts_clock(struct pfx_counts *counts, int64_t now)
{
    int64_t newest = __atomic_load_n(&counts->newest, __ATOMIC_RELAXED);

    if (now >= newest)
        advance(counts, now);
    if (newest - now < BACK || !__atomic_compare_exchange_n(&counts->newest, &newest, now, false,
                                                            __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return false;
    for (unsigned i = 0; i < PARTS; ++i) {
        struct pfx_counts_part *part = &counts->part[i];

        pthread_mutex_lock(&part->lock);
        pfx_store_remove_later(part->store, (now + BACK) * SECOND);
        pfx_first_hits_turn_back(part->first, (uint32_t)(now + BACK));
        part->expired = 0;
        pthread_mutex_unlock(&part->lock);
    }
    return true;
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

void pfx_counts_reseed(struct pfx_counts *counts, uint64_t seed)
{
    counts->seed = seed;
}

bool pfx_counts_watch(struct pfx_counts *counts)
{
    bool good = true;

    for (unsigned i = 0; i < PARTS; ++i) {
        struct pfx_counts_part *part = &counts->part[i];

        pthread_mutex_lock(&part->lock);
        if (part->change == NULL)
            part->change = calloc(CHANGES, sizeof(*part->change));
        good = good && part->change != NULL;
        pthread_mutex_unlock(&part->lock);
    }
    return good;
}

bool pfx_counts_changed(struct pfx_counts *counts)
{
    return __atomic_exchange_n(&counts->changed, false, __ATOMIC_ACQ_REL);
}

void pfx_counts_changes(struct pfx_counts *counts, unsigned number,
                        const struct pfx_counts_visitor *visitor)
{
    struct pfx_counts_part *part = &counts->part[number];

    pthread_mutex_lock(&part->lock);
    for (unsigned i = 0; i < part->changes; ++i) {
        const struct change *change = &part->change[i];
        struct pfx_subject *subject;

        if (change->time != 0) {
            visitor->first(visitor->cookie, change->hash, change->value, change->time);
            continue;
        }
        subject = pfx_counts_find(part, change->hash);
        if (subject == NULL)
            continue;
        subject->changed = false;
        visitor->subject(visitor->cookie, subject);
    }
    part->changes = 0;
    pthread_mutex_unlock(&part->lock);
}

bool pfx_counts_walk(struct pfx_counts *counts, unsigned number, size_t *cursor, unsigned max,
                     void (*visit)(void *cookie, struct pfx_entry *subject), void *cookie)
{
    struct pfx_counts_part *part = &counts->part[number];
    bool more;

    pthread_mutex_lock(&part->lock);
    more = pfx_store_walk(part->store, cursor, max, visit, cookie);
    pthread_mutex_unlock(&part->lock);
    return more;
}

bool pfx_counts_walk_first(struct pfx_counts *counts, unsigned number, size_t *cursor, unsigned max,
                           void (*visit)(void *cookie, size_t set, uint64_t cell), void *cookie)
{
    struct pfx_counts_part *part = &counts->part[number];
    bool more;

    pthread_mutex_lock(&part->lock);
    more = pfx_first_hits_walk(part->first, cursor, max, visit, cookie);
    pthread_mutex_unlock(&part->lock);
    return more;
}

size_t pfx_counts_first_sets(const struct pfx_counts *counts)
{
    return pfx_first_hits_sets(counts->part[0].first);
}

/* Cells one behind the other, to the end. */
static bool are_cells(struct pfx_slice bytes)
{
    while (bytes.length > 0) {
        struct pfx_cell cell;
        size_t length;

        if (bytes.length < sizeof(cell))
            return false;
        memcpy(&cell, bytes.text, sizeof(cell));
        length = sizeof(cell) + (size_t)cell.words * sizeof(uint32_t);
        if (length > bytes.length)
            return false;
        bytes = pfx_slice_from(bytes, length);
    }
    return true;
}

static bool is_newer(const struct pfx_subject *subject, const struct pfx_saved_subject *saved)
{
    return subject->entry.touched > saved->touched ||
           (subject->entry.touched == saved->touched && subject->hits > saved->hits);
}

bool pfx_counts_put(struct pfx_counts *counts, const struct pfx_saved_subject *saved)
{
    struct pfx_counts_part *part = pfx_counts_hold(counts, saved->hash);
    struct pfx_subject *subject = pfx_counts_find(part, saved->hash);
    bool sound = saved->class <= CLASS_LONG && are_cells(saved->cells);
    uint32_t *cells = NULL;

    if (subject == NULL && sound)
        subject = pfx_counts_make(part, saved->hash, saved->touched);
    if (sound && saved->cells.length > 0)
        cells = malloc(saved->cells.length);
    /* Without memory it begins anew. */
    if (!sound || subject == NULL || is_newer(subject, saved) ||
        (cells == NULL && saved->cells.length > 0)) {
        free(cells);
        pfx_counts_release(part);
        return sound;
    }
    if (cells != NULL)
        memcpy(cells, saved->cells.text, saved->cells.length);
    free(subject->cells);
    subject->cells = cells;
    subject->words = (uint32_t)(saved->cells.length / sizeof(*cells));
    subject->hits = saved->hits;
    subject->known = (uint32_t)(saved->touched / SECOND);
    advance(counts, saved->touched / SECOND);
    pfx_store_account(part->store, &subject->entry,
                      cells != NULL ? pfx_pool_cost(saved->cells.length) : 0);
    pfx_store_touch(part->store, &subject->entry, saved->class, saved->touched);
    pfx_counts_release(part);
    return true;
}

void pfx_counts_put_first(struct pfx_counts *counts, unsigned part, size_t set, uint64_t cell,
                          uint32_t newest)
{
    pthread_mutex_lock(&counts->part[part].lock);
    pfx_first_hits_put(counts->part[part].first, set, cell, newest);
    advance(counts, newest);
    pthread_mutex_unlock(&counts->part[part].lock);
}

void pfx_counts_put_first_key(struct pfx_counts *counts, unsigned part, uint64_t key,
                              uint32_t value, uint32_t time)
{
    pthread_mutex_lock(&counts->part[part].lock);
    pfx_first_hits_put_key(counts->part[part].first, key, value, time);
    advance(counts, time);
    pthread_mutex_unlock(&counts->part[part].lock);
}
