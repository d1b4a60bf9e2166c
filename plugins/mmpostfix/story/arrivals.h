/* SPDX-License-Identifier: Apache-2.0 */
/* Lines as they arrive: which of them were there already, and in which order those stand whose time
 * stamps tell full seconds (RFC 3164, postlogd's file). Not thread-safe, but for pfx_seconds, which
 * any number of them share.
 */
#ifndef PFX_ARRIVALS_H
#define PFX_ARRIVALS_H

#include "mail/observation.h"

#include <pthread.h>

struct pfx_arrivals;

/* Hosts whose order is kept apart; a power of two. More of them share, which does no harm. */
#define PFX_SECONDS_HOSTS 256

/* How many lines of full seconds each host had in its latest second. */
struct pfx_seconds {
    pthread_mutex_t lock;
    struct pfx_second {
        int64_t second; /* the latest that was seen */
        int64_t early, late;
    } host[PFX_SECONDS_HOSTS];
};

/* Readers, from 0: actions that each take every line to the story. The last number and all above
 * are one reader, for which a line that anybody had is no new one. */
#define PFX_READERS 8

/* Remembers that many lines, a power of two. NULL when memory ran out. */
struct pfx_arrivals *pfx_arrivals_new(unsigned lines);
void pfx_arrivals_free(struct pfx_arrivals **arrivals);

enum pfx_arrival {
    PFX_ARRIVAL_NEW,
    PFX_ARRIVAL_SHARED,   /* another reader has taken it: nothing is merged twice */
    PFX_ARRIVAL_DUPLICATE /* it came twice: sent again, or by two ways */
};

/* A hash of a line but for the fraction of its second. */
uint64_t pfx_arrivals_hash(const struct pfx_observation *observation, struct pfx_slice line);
/* What is known of the line of that hash begins to be fetched into the cache. */
void pfx_arrivals_fetch(const struct pfx_arrivals *arrivals, uint64_t same);

/* Takes the line of that hash: sets *hash_r to a hash of it and, in the observation,
 * - time: of a stamp of full seconds, that second and a fraction that grows with each line of the
 *   host, so that the order of arrival tells which was first;
 * - nth: how often the same line with the same stamp was there before.
 * A line with a stamp that has a fraction is a duplicate when it is equal in all. Equal lines of
 * full seconds are lines of their own, unless another reader has seen as many, or there are as many
 * with fractions in that second, which came by a way that keeps them. */
enum pfx_arrival pfx_arrivals_take(struct pfx_arrivals *arrivals, struct pfx_seconds *seconds,
                                   struct pfx_observation *observation, uint64_t same,
                                   unsigned reader, uint64_t *hash_r);

#endif
