/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a story and their locks; see shards.h. */
#include "story/shards.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define ALL UINT32_MAX

bool pfx_shards_open(struct pfx_shards *shards, unsigned count)
{
    pthread_mutexattr_t brief;

    *shards = (struct pfx_shards){.count = 1};
    while (shards->count * 2 <= count && shards->count < PFX_SHARDS_MAX)
        shards->count *= 2;
    if (getrandom(&shards->seed, sizeof(shards->seed), GRND_NONBLOCK) < 0)
        shards->seed = (uint64_t)(uintptr_t)shards;
    shards->shard = aligned_alloc(64, shards->count * sizeof(*shards->shard));
    if (shards->shard == NULL)
        return false;
    memset(shards->shard, 0, shards->count * sizeof(*shards->shard));
    pthread_mutex_init(&shards->alone, NULL);
    /* Held for a microsecond or two: to look again is shorter than to sleep and be woken. */
    pthread_mutexattr_init(&brief);
    pthread_mutexattr_settype(&brief, PTHREAD_MUTEX_ADAPTIVE_NP);
    for (unsigned i = 0; i < shards->count; ++i)
        pthread_mutex_init(&shards->shard[i].lock, &brief);
    pthread_mutexattr_destroy(&brief);
    return true;
}

void pfx_shards_close(struct pfx_shards *shards)
{
    if (shards->shard == NULL)
        return;
    for (unsigned i = 0; i < shards->count; ++i)
        pthread_mutex_destroy(&shards->shard[i].lock);
    pthread_mutex_destroy(&shards->alone);
    free(shards->shard);
    shards->shard = NULL;
}

void pfx_shards_add_worker(struct pfx_shards *shards)
{
    pthread_mutex_lock(&shards->alone);
    __atomic_add_fetch(&shards->workers, 1, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&shards->alone);
}

uint64_t pfx_shards_hash(const struct pfx_shards *shards, struct pfx_slice key)
{
    uint64_t hash = pfx_hash(key, shards->seed);

    return hash == 0 ? 1 : hash;
}

/* Whether others may be at work. Once they are, nobody takes the one lock for all. */
static bool is_shared(const struct pfx_shards *shards)
{
    return __atomic_load_n(&shards->workers, __ATOMIC_ACQUIRE) > 1;
}

/* Takes the one lock, unless there are others. */
static bool take_alone(struct pfx_shards *shards)
{
    if (is_shared(shards))
        return false;
    pthread_mutex_lock(&shards->alone);
    if (!is_shared(shards))
        return true;
    pthread_mutex_unlock(&shards->alone);
    return false;
}

static void lock_parts(struct pfx_hold *hold, uint32_t parts)
{
    hold->held = parts;
    for (uint32_t left = parts; left != 0; left &= left - 1)
        pthread_mutex_lock(&hold->shards->shard[__builtin_ctz(left)].lock);
}

static void unlock_parts(struct pfx_hold *hold)
{
    for (uint32_t left = hold->held; left != 0; left &= left - 1)
        pthread_mutex_unlock(&hold->shards->shard[__builtin_ctz(left)].lock);
}

void pfx_hold_begin(struct pfx_hold *hold, struct pfx_shards *shards, uint32_t parts)
{
    *hold = (struct pfx_hold){.shards = shards, .held = ALL, .alone = take_alone(shards)};
    if (!hold->alone)
        lock_parts(hold, parts);
}

void pfx_hold_part(struct pfx_hold *hold, struct pfx_shards *shards, unsigned part)
{
    pfx_hold_begin(hold, shards, UINT32_C(1) << part);
}

void pfx_hold_all(struct pfx_hold *hold, struct pfx_shards *shards)
{
    pfx_hold_begin(hold, shards, ALL >> (PFX_SHARDS_MAX - shards->count));
}

bool pfx_hold_take(struct pfx_hold *hold, uint64_t hash)
{
    uint32_t bit = pfx_shards_bit(hold->shards, hash), parts = hold->held | bit;
    bool last = bit > hold->held; /* in order: waiting does no harm */
    pthread_mutex_t *lock = &hold->shards->shard[pfx_shards_at(hold->shards, hash)].lock;

    if (parts == hold->held)
        return true;
    if ((last && pthread_mutex_lock(lock) == 0) ||
        (!hold->shards->contended && pthread_mutex_trylock(lock) == 0)) {
        hold->held = parts;
        return true;
    }
    unlock_parts(hold);
    lock_parts(hold, parts);
    return false;
}

struct pfx_shard *pfx_hold_shard(const struct pfx_hold *hold, uint64_t hash)
{
    unsigned at = pfx_shards_at(hold->shards, hash);

    if ((hold->held >> at & 1) != 0)
        return &hold->shards->shard[at];
    __atomic_add_fetch(&hold->shards->unforeseen, 1, __ATOMIC_RELAXED);
    return NULL;
}

void pfx_hold_end(struct pfx_hold *hold)
{
    if (hold->alone)
        pthread_mutex_unlock(&hold->shards->alone);
    else
        unlock_parts(hold);
}
