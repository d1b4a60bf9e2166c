/* SPDX-License-Identifier: Apache-2.0 */
/* A story in parts that have a lock each, so that workers wait for each other only when their lines
 * are about the same. What belongs together has the same hash and so the same part: a queue id with
 * the links that wait for it, a process with its connections.
 *
 * A line holds all parts that it touches at once. It learns of some only when it has looked into
 * others: then it takes them, too. To never wait in a circle, parts are waited for in their order
 * only; one that is out of order and busy is waited for with nothing held, and what was found has
 * to be found again. So long as a single worker uses the story it holds all of it by one lock.
 */
#ifndef PFX_SHARDS_H
#define PFX_SHARDS_H

#include "base/pool.h"
#include "base/store.h"
#include "story/arrivals.h"
#include "story/story_options.h"

#include <pthread.h>

#define PFX_SHARDS_MAX 32

struct pfx_shard {
    pthread_mutex_t lock;
    struct pfx_pool *pool; /* of what the stores hold */
    struct pfx_store *mails, *sessions;
    struct pfx_store *pending; /* links whose other end is not known yet */
    struct pfx_store *jobs;    /* of programs beside Postfix */
    struct pfx_store *pieces;  /* parts of lines of theirs */
    struct pfx_arrivals *arrivals;
    struct pfx_story_counters counters;
    unsigned lines;
} __attribute__((aligned(64)));

struct pfx_shards {
    pthread_mutex_t alone; /* of a line, while there is a single worker */
    unsigned workers;      /* atomic; changed under alone */
    unsigned count;        /* a power of two */
    uint64_t seed;         /* of all hashes, the same in all parts */
    struct pfx_shard *shard;
    /* For tests: as if each part that is taken out of order were busy; what is called when a line
     * holds all that it will touch; how often one touched what it did not hold (atomic). */
    bool contended;
    void (*probe)(void);
    unsigned unforeseen;
};

/* The parts that a line holds. */
struct pfx_hold {
    struct pfx_shards *shards;
    uint32_t held; /* bits of parts */
    bool alone;    /* all, by the one lock */
};

/* Parts without their stores; count is rounded down to a power of two. False when memory ran out.
 */
bool pfx_shards_open(struct pfx_shards *shards, unsigned count);
/* The stores were freed before. */
void pfx_shards_close(struct pfx_shards *shards);
/* One more thread that takes lines to the story. Any thread, outside of a line. */
void pfx_shards_add_worker(struct pfx_shards *shards);

/* The hash of a key; never 0. */
uint64_t pfx_shards_hash(const struct pfx_shards *shards, struct pfx_slice key);

static inline unsigned pfx_shards_at(const struct pfx_shards *shards, uint64_t hash)
{
    return (unsigned)(hash >> 48) & (shards->count - 1);
}

static inline uint32_t pfx_shards_bit(const struct pfx_shards *shards, uint64_t hash)
{
    return UINT32_C(1) << pfx_shards_at(shards, hash);
}

/* Waits for those parts. */
void pfx_hold_begin(struct pfx_hold *hold, struct pfx_shards *shards, uint32_t parts);
/* Waits for one part, or for all: for those who are no line. */
void pfx_hold_part(struct pfx_hold *hold, struct pfx_shards *shards, unsigned part);
void pfx_hold_all(struct pfx_hold *hold, struct pfx_shards *shards);
/* Holds the part of a hash, too. False: for that all parts were let go and taken again. */
bool pfx_hold_take(struct pfx_hold *hold, uint64_t hash);
/* The part of a hash, or NULL when it is not held. */
struct pfx_shard *pfx_hold_shard(const struct pfx_hold *hold, uint64_t hash);
void pfx_hold_end(struct pfx_hold *hold);

#endif
