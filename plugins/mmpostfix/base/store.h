/* SPDX-License-Identifier: Apache-2.0 */
/* A keyed store with memory bounds and eviction. Knows no mail: entries are structs of its user,
 * with a class that says how valuable they are.
 *
 * Entries of one class are in the order of their last touch (LRU). Eviction begins with the lowest
 * class, oldest first. A class may be limited to a share of the whole, so that valuable entries
 * leave room for new ones and cheap ones can not evict them. Not thread-safe: its user locks.
 */
#ifndef PFX_STORE_H
#define PFX_STORE_H

#include "base/pool.h"
#include "base/value.h"

#define PFX_STORE_CLASSES 6

struct pfx_store;

/* The first member of the user's struct; the key stands before it. */
struct pfx_entry {
    struct pfx_entry *next;          /* in the bucket */
    struct pfx_entry *newer, *older; /* in the class */
    uint64_t hash;
    int64_t touched;
    uint32_t bytes; /* its size in the accounting */
    uint16_t key_length;
    uint8_t class;
};

/* Why an entry is evicted. */
enum pfx_leave { PFX_LEAVE_IDLE, PFX_LEAVE_CAPACITY, PFX_LEAVE_REMOVED };

struct pfx_store_config {
    size_t entry_size;                   /* of the user's struct */
    size_t max_entries, max_bytes;       /* of all together */
    int64_t idle[PFX_STORE_CLASSES];     /* microseconds untouched until it is idle; 0: never */
    unsigned eighths[PFX_STORE_CLASSES]; /* share of entries and bytes a class may have; 0: all */
    /* Frees what the entry holds, not the entry. */
    void (*release)(void *cookie, struct pfx_entry *entry, enum pfx_leave why);
    /* The class that an idle entry moves to, or -1 to evict it. NULL: it is evicted. */
    int (*demote)(void *cookie, struct pfx_entry *entry);
    void *cookie;
    struct pfx_pool *pool; /* of entries, or NULL; outlives the store */
};

/* NULL when memory ran out. The index is allocated for max_entries at once, so it never has to
 * grow while a line waits. */
struct pfx_store *pfx_store_new(const struct pfx_store_config *config);
void pfx_store_free(struct pfx_store **store);

/* Has the processor fetch what pfx_store_find() will look at: first the index, and when that may
 * have come, the entry. */
void pfx_store_fetch_index(const struct pfx_store *store, uint64_t hash);
void pfx_store_fetch_entry(const struct pfx_store *store, uint64_t hash);

/* The first entry with that key, or NULL; the next one with the same key. hash: of the key, with a
 * seed that nobody else knows, so that nobody can choose keys that collide. */
struct pfx_entry *pfx_store_find(const struct pfx_store *store, struct pfx_slice key,
                                 uint64_t hash);
struct pfx_entry *pfx_store_next(const struct pfx_entry *entry);
/* The first entry whose key has that hash; the next one. */
struct pfx_entry *pfx_store_find_hash(const struct pfx_store *store, uint64_t hash);
struct pfx_entry *pfx_store_next_hash(const struct pfx_entry *entry);
struct pfx_slice pfx_store_key(const struct pfx_entry *entry);

/* Adds an entry, zeroed except its head, and evicts others for it. More than one may have the same
 * key. NULL when memory ran out or the key is longer than 1,000 bytes. */
struct pfx_entry *pfx_store_add(struct pfx_store *store, struct pfx_slice key, uint64_t hash,
                                unsigned class, int64_t now);
/* Makes an entry the newest of a class. One of that class that was so lately, by its idle time, may
 * stay where it is: entries of one moment have no order. */
void pfx_store_touch(struct pfx_store *store, struct pfx_entry *entry, unsigned class, int64_t now);
/* Sets what an entry's contents beside itself take (pfx_pool_cost()), and evicts when that exceeds
 * the bounds: any entry but this one. */
void pfx_store_account(struct pfx_store *store, struct pfx_entry *entry, size_t bytes);
void pfx_store_remove(struct pfx_store *store, struct pfx_entry *entry);
/* Removes all that were touched after that time. */
void pfx_store_remove_later(struct pfx_store *store, int64_t time);

/* Evicts idle entries, at most max of them, so that a jump of the clock costs no line much. */
void pfx_store_expire(struct pfx_store *store, int64_t now, unsigned max);

size_t pfx_store_count(const struct pfx_store *store, unsigned class);
size_t pfx_store_total(const struct pfx_store *store);
size_t pfx_store_bytes(const struct pfx_store *store);

/* Visits entries of a class, the oldest first (but for a second, see pfx_store_touch()), until
 * visit returns false; they neither come nor go meanwhile. */
void pfx_store_each(const struct pfx_store *store, unsigned class,
                    bool (*visit)(void *cookie, struct pfx_entry *entry), void *cookie);

/* Goes through all entries in steps: calls visit for those of the next buckets until about max were
 * seen, and moves *cursor on. False at the end. Entries may come and go between steps. */
bool pfx_store_walk(const struct pfx_store *store, size_t *cursor, unsigned max,
                    void (*visit)(void *cookie, struct pfx_entry *entry), void *cookie);

#endif
