/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded store; see store.h. */
#include "base/store.h"

#include <stdlib.h>
#include <string.h>

#define KEY_MAX 1000
/* A part of the idle time, and microseconds at most, in which an entry counts as just touched. */
#define LATELY 64
#define LATELY_MAX 1000000

struct age_class {
    struct pfx_entry *youngest, *oldest;
    size_t count, bytes;
};

struct pfx_store {
    struct pfx_store_config config;
    struct age_class class[PFX_STORE_CLASSES];
    struct pfx_entry **bucket;
    size_t mask; /* buckets - 1, a power of two */
    size_t total, bytes;
};

struct pfx_store *pfx_store_new(const struct pfx_store_config *config)
{
    struct pfx_store *store = calloc(1, sizeof(*store));
    size_t buckets = 64;

    if (store == NULL)
        return NULL;
    while (buckets < config->max_entries)
        buckets *= 2;
    store->config = *config;
    store->mask = buckets - 1;
    store->bucket = calloc(buckets, sizeof(*store->bucket));
    if (store->bucket == NULL) {
        free(store);
        return NULL;
    }
    return store;
}

/* Bytes before an entry, which has to be aligned; its key is the last of them, so that it is in the
 * cache with the entry's head. */
static size_t room_of(size_t key_length)
{
    return (key_length + 15) & ~(size_t)15;
}

static char *key_of(const struct pfx_entry *entry)
{
    return (char *)entry - entry->key_length;
}

static size_t size_of(const struct pfx_store *store, size_t key_length)
{
    return room_of(key_length) + store->config.entry_size;
}

struct pfx_slice pfx_store_key(const struct pfx_entry *entry)
{
    return (struct pfx_slice){key_of(entry), entry->key_length};
}

static void unlink_class(struct pfx_store *store, struct pfx_entry *entry)
{
    struct age_class *class = &store->class[entry->class];

    *(entry->newer != NULL ? &entry->newer->older : &class->youngest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &class->oldest) = entry->newer;
    --class->count;
    class->bytes -= entry->bytes;
}

static void link_class(struct pfx_store *store, struct pfx_entry *entry, unsigned which)
{
    struct age_class *class = &store->class[which];

    entry->class = (uint8_t)which;
    entry->newer = NULL;
    entry->older = class->youngest;
    *(class->youngest != NULL ? &class->youngest->newer : &class->oldest) = entry;
    class->youngest = entry;
    ++class->count;
    class->bytes += entry->bytes;
}

static void leave(struct pfx_store *store, struct pfx_entry *entry, enum pfx_leave why)
{
    struct pfx_entry **at = &store->bucket[entry->hash & store->mask];

    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    unlink_class(store, entry);
    --store->total;
    store->bytes -= entry->bytes;
    store->config.release(store->config.cookie, entry, why);
    pfx_pool_give(store->config.pool, (char *)entry - room_of(entry->key_length),
                  size_of(store, entry->key_length));
}

void pfx_store_remove(struct pfx_store *store, struct pfx_entry *entry)
{
    leave(store, entry, PFX_LEAVE_REMOVED);
}

void pfx_store_remove_later(struct pfx_store *store, int64_t time)
{
    for (unsigned c = 0; c < PFX_STORE_CLASSES; ++c) {
        struct pfx_entry *newer;

        for (struct pfx_entry *e = store->class[c].oldest; e != NULL; e = newer) {
            newer = e->newer;
            if (e->touched > time)
                leave(store, e, PFX_LEAVE_REMOVED);
        }
    }
}

void pfx_store_free(struct pfx_store **store)
{
    struct pfx_store *old = *store;

    *store = NULL;
    if (old == NULL)
        return;
    for (unsigned c = 0; c < PFX_STORE_CLASSES; ++c) {
        while (old->class[c].oldest != NULL)
            leave(old, old->class[c].oldest, PFX_LEAVE_REMOVED);
    }
    free(old->bucket);
    free(old);
}

/* The oldest entry of a class that is not keep, or NULL. */
static struct pfx_entry *oldest(const struct age_class *class, const struct pfx_entry *keep)
{
    return class->oldest != keep ? class->oldest : keep != NULL ? keep->newer : NULL;
}

/* Evicts entries until the bounds hold again. */
static void make_room(struct pfx_store *store, const struct pfx_entry *keep)
{
    const struct pfx_store_config *config = &store->config;
    struct pfx_entry *victim;

    for (unsigned c = 0; c < PFX_STORE_CLASSES; ++c) {
        const struct age_class *class = &store->class[c];

        while (config->eighths[c] > 0 &&
               (class->count > config->max_entries / 8 * config->eighths[c] ||
                class->bytes > config->max_bytes / 8 * config->eighths[c]) &&
               (victim = oldest(class, keep)) != NULL)
            leave(store, victim, PFX_LEAVE_CAPACITY);
    }
    for (unsigned c = 0; c < PFX_STORE_CLASSES; ++c) {
        while ((store->total > config->max_entries || store->bytes > config->max_bytes) &&
               (victim = oldest(&store->class[c], keep)) != NULL)
            leave(store, victim, PFX_LEAVE_CAPACITY);
    }
}

static struct pfx_entry *match(struct pfx_entry *entry, uint64_t hash, struct pfx_slice key)
{
    while (entry != NULL && (entry->hash != hash || entry->key_length != key.length ||
                             memcmp(key_of(entry), key.text, key.length) != 0))
        entry = entry->next;
    return entry;
}

void pfx_store_fetch_index(const struct pfx_store *store, uint64_t hash)
{
    __builtin_prefetch(&store->bucket[hash & store->mask]);
}

void pfx_store_fetch_entry(const struct pfx_store *store, uint64_t hash)
{
    const char *entry = (const char *)store->bucket[hash & store->mask];

    for (size_t at = 0; entry != NULL && at < store->config.entry_size; at += 64)
        __builtin_prefetch(entry + at);
}

struct pfx_entry *pfx_store_find(const struct pfx_store *store, struct pfx_slice key, uint64_t hash)
{
    return match(store->bucket[hash & store->mask], hash, key);
}

struct pfx_entry *pfx_store_next(const struct pfx_entry *entry)
{
    return match(entry->next, entry->hash, pfx_store_key(entry));
}

static struct pfx_entry *match_hash(struct pfx_entry *entry, uint64_t hash)
{
    while (entry != NULL && entry->hash != hash)
        entry = entry->next;
    return entry;
}

struct pfx_entry *pfx_store_find_hash(const struct pfx_store *store, uint64_t hash)
{
    return match_hash(store->bucket[hash & store->mask], hash);
}

struct pfx_entry *pfx_store_next_hash(const struct pfx_entry *entry)
{
    return match_hash(entry->next, entry->hash);
}

struct pfx_entry *pfx_store_add(struct pfx_store *store, struct pfx_slice key, uint64_t hash,
                                unsigned class, int64_t now)
{
    struct pfx_entry *entry, **bucket;
    char *block;

    if (key.length > KEY_MAX ||
        (block = pfx_pool_take(store->config.pool, size_of(store, key.length))) == NULL)
        return NULL;
    entry = (struct pfx_entry *)(block + room_of(key.length));
    memset(entry, 0, store->config.entry_size);
    entry->key_length = (uint16_t)key.length;
    memcpy(key_of(entry), key.text, key.length);
    entry->hash = hash;
    entry->touched = now;
    entry->bytes = (uint32_t)pfx_pool_cost(size_of(store, key.length));
    bucket = &store->bucket[entry->hash & store->mask];
    entry->next = *bucket;
    *bucket = entry;
    ++store->total;
    store->bytes += entry->bytes;
    link_class(store, entry, class);
    make_room(store, entry);
    return entry;
}

void pfx_store_touch(struct pfx_store *store, struct pfx_entry *entry, unsigned class, int64_t now)
{
    bool moved = entry->class != class;
    int64_t lately = store->config.idle[class] / LATELY;

    /* Its neighbours in the list are somewhere in memory: most lines come in one moment. */
    if (!moved && now - entry->touched < (lately < LATELY_MAX ? lately : LATELY_MAX))
        return;
    unlink_class(store, entry);
    entry->touched = now;
    link_class(store, entry, class);
    if (moved && store->config.eighths[class] > 0)
        make_room(store, entry);
}

void pfx_store_account(struct pfx_store *store, struct pfx_entry *entry, size_t bytes)
{
    size_t all = pfx_pool_cost(size_of(store, entry->key_length)) + bytes;
    bool more = all > entry->bytes;

    store->class[entry->class].bytes += all - entry->bytes;
    store->bytes += all - entry->bytes;
    entry->bytes = (uint32_t)all;
    if (more)
        make_room(store, entry);
}

void pfx_store_expire(struct pfx_store *store, int64_t now, unsigned max)
{
    const struct pfx_store_config *config = &store->config;

    for (unsigned c = 0; c < PFX_STORE_CLASSES; ++c) {
        struct pfx_entry *entry;

        while (max > 0 && config->idle[c] > 0 && (entry = store->class[c].oldest) != NULL &&
               entry->touched + config->idle[c] <= now) {
            int to = config->demote != NULL ? config->demote(config->cookie, entry) : -1;

            --max;
            if (to < 0)
                leave(store, entry, PFX_LEAVE_IDLE);
            else
                pfx_store_touch(store, entry, (unsigned)to, now);
        }
    }
}

size_t pfx_store_count(const struct pfx_store *store, unsigned class)
{
    return store->class[class].count;
}

size_t pfx_store_total(const struct pfx_store *store)
{
    return store->total;
}

size_t pfx_store_bytes(const struct pfx_store *store)
{
    return store->bytes;
}

void pfx_store_each(const struct pfx_store *store, unsigned class,
                    bool (*visit)(void *cookie, struct pfx_entry *entry), void *cookie)
{
    struct pfx_entry *entry = store->class[class].oldest;

    while (entry != NULL && visit(cookie, entry))
        entry = entry->newer;
}

bool pfx_store_walk(const struct pfx_store *store, size_t *cursor, unsigned max,
                    void (*visit)(void *cookie, struct pfx_entry *entry), void *cookie)
{
    /* Empty buckets count a little too, so that a step over a sparse store ends. */
    for (unsigned seen = 0; seen < max && *cursor <= store->mask; ++*cursor) {
        for (struct pfx_entry *e = store->bucket[*cursor]; e != NULL; e = e->next, ++seen)
            visit(cookie, e);
        seen += *cursor % 8 == 0;
    }
    return *cursor <= store->mask;
}
