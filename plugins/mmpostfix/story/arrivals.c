/* SPDX-License-Identifier: Apache-2.0 */
/* Order and repetition of lines; see arrivals.h. */
#include "story/arrivals.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
/* Fractions of one second that are remembered of each. */
#define EXACT 4
#define GIVEN 4
/* The last reader, which may be many. */
#define OTHERS (PFX_READERS - 1)
/* Fractions of lines that come in their second; those of later ones are above. */
#define EARLY (SECOND / 2)

/* Equal lines of one second: all that is known of them in one line of the cache. */
struct equals {
    uint64_t hash;
    uint32_t fraction[EXACT];     /* of those that came last, */
    uint8_t readers[EXACT];       /* who had them, as bits: 0 where there is none */
    uint16_t exact;               /* with a fraction, each another one */
    uint16_t coarse[PFX_READERS]; /* without, by reader */
    uint32_t given[GIVEN];        /* the fractions that the last of these got from us */
} __attribute__((aligned(64)));

_Static_assert(PFX_READERS <= 8, "bits of readers");
_Static_assert(sizeof(struct equals) == 64, "a line of the cache");

struct pfx_arrivals {
    uint64_t mask; /* lines that are remembered, but for their fractions, less one */
    struct equals equals[];
};

struct pfx_arrivals *pfx_arrivals_new(unsigned lines)
{
    size_t size = sizeof(struct pfx_arrivals) + lines * sizeof(struct equals);
    struct pfx_arrivals *arrivals = aligned_alloc(64, size);

    if (arrivals != NULL) {
        memset(arrivals, 0, size);
        arrivals->mask = lines - 1;
    }
    return arrivals;
}

void pfx_arrivals_free(struct pfx_arrivals **arrivals)
{
    free(*arrivals);
    *arrivals = NULL;
}

/* The next fraction of a second for a host: what comes late in a second is behind what did not. */
static int64_t next_fraction(struct pfx_second *clock, int64_t second)
{
    int64_t *count = &clock->early;

    if (second > clock->second) {
        clock->second = second;
        clock->early = 0;
    } else if (second < clock->second) {
        count = &clock->late;
    }
    *count = (*count + 1) % EARLY;
    return *count + (count == &clock->late ? EARLY : 0);
}

static struct equals *equals_of(struct pfx_arrivals *arrivals, uint64_t hash)
{
    struct equals *equals = &arrivals->equals[hash & arrivals->mask];

    if (equals->hash != hash)
        *equals = (struct equals){.hash = hash};
    return equals;
}

static unsigned most_of_others(const struct equals *equals, unsigned reader)
{
    unsigned most = 0;

    for (unsigned r = 0; r < PFX_READERS; ++r) {
        if (r != reader && equals->coarse[r] > most)
            most = equals->coarse[r];
    }
    return most;
}

static enum pfx_arrival take_coarse(struct equals *equals, unsigned reader)
{
    unsigned count;

    if (reader == OTHERS && most_of_others(equals, PFX_READERS) > 0)
        return PFX_ARRIVAL_SHARED;
    count = equals->coarse[reader] == UINT16_MAX ? UINT16_MAX : ++equals->coarse[reader];
    if (count <= most_of_others(equals, reader))
        return PFX_ARRIVAL_SHARED;
    return count <= equals->exact ? PFX_ARRIVAL_DUPLICATE : PFX_ARRIVAL_NEW;
}

static enum pfx_arrival take_exact(struct equals *equals, uint32_t fraction, unsigned reader)
{
    uint8_t bit = (uint8_t)(1u << reader);
    unsigned coarse = most_of_others(equals, PFX_READERS);

    for (unsigned i = 0; i < EXACT; ++i) {
        uint8_t *readers = &equals->readers[i];
        bool had = (*readers & bit) != 0 && reader != OTHERS;

        if (*readers == 0 || equals->fraction[i] != fraction)
            continue;
        *readers |= bit;
        /* A line that came twice is one duplicate: the first of its readers says so. */
        return had && (*readers & (bit - 1)) == 0 ? PFX_ARRIVAL_DUPLICATE : PFX_ARRIVAL_SHARED;
    }
    equals->fraction[equals->exact % EXACT] = fraction;
    equals->readers[equals->exact % EXACT] = bit;
    equals->exact += equals->exact < UINT16_MAX;
    return equals->exact <= coarse ? PFX_ARRIVAL_DUPLICATE : PFX_ARRIVAL_NEW;
}

uint64_t pfx_arrivals_hash(const struct pfx_observation *w, struct pfx_slice line)
{
    uint64_t second = (uint64_t)(w->time / SECOND);

    return pfx_hash_long(line, pfx_hash(w->pid, w->host_hash ^ second << 20));
}

void pfx_arrivals_fetch(const struct pfx_arrivals *arrivals, uint64_t same)
{
    __builtin_prefetch(&arrivals->equals[same & arrivals->mask], 1);
}

/* The fraction of a line of a full second. Readers of one line have the same one: else a line that
 * ends a connection would be behind its end for who comes second. */
static uint32_t fraction_of(struct equals *equals, enum pfx_arrival arrival, uint64_t nth,
                            struct pfx_seconds *seconds, const struct pfx_observation *w)
{
    uint32_t *given = &equals->given[nth % GIVEN];

    if (arrival == PFX_ARRIVAL_SHARED && *given != 0 &&
        nth + GIVEN >= most_of_others(equals, PFX_READERS))
        return *given;
    pthread_mutex_lock(&seconds->lock);
    *given = (uint32_t)next_fraction(&seconds->host[w->host_hash / 2 % PFX_SECONDS_HOSTS],
                                     w->time / SECOND);
    pthread_mutex_unlock(&seconds->lock);
    return *given;
}

enum pfx_arrival pfx_arrivals_take(struct pfx_arrivals *arrivals, struct pfx_seconds *seconds,
                                   struct pfx_observation *w, uint64_t same, unsigned reader,
                                   uint64_t *hash_r)
{
    struct equals *equals = equals_of(arrivals, same);
    int64_t fraction = w->time % SECOND;
    enum pfx_arrival arrival;

    reader = reader < OTHERS ? reader : OTHERS;
    w->coarse = fraction == 0;
    if (w->coarse) {
        arrival = take_coarse(equals, reader);
        w->nth = equals->coarse[reader] > 0 ? equals->coarse[reader] - 1u : 0;
        w->time += fraction_of(equals, arrival, w->nth, seconds, w);
        *hash_r = pfx_hash(PFX_NO_SLICE, same ^ w->nth);
    } else {
        arrival = take_exact(equals, (uint32_t)fraction, reader);
        *hash_r = pfx_hash(PFX_NO_SLICE, same ^ (uint64_t)w->time);
        w->nth = 0;
    }
    return arrival;
}
