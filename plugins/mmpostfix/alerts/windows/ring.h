/* SPDX-License-Identifier: Apache-2.0 */
/* An exact count of events in a sliding window, for small limits: the times of the last limit + 1
 * of them. Pure: time is an argument, in seconds since 1970; a ring is plain bytes of its user,
 * aligned as uint32_t and zeroed at first. Not thread-safe.
 */
#ifndef PFX_RING_H
#define PFX_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PFX_RING_LIMIT 32 /* above: buckets.h */

struct pfx_ring {
    uint32_t used;
    uint32_t time[]; /* limit + 1, the oldest first */
};

size_t pfx_ring_size(unsigned limit);

/* Adds an event, late ones in their place. True when there are more than limit of them less than
 * window seconds before the newest, and this is one of them. */
bool pfx_ring_add(struct pfx_ring *ring, unsigned limit, uint32_t window, uint32_t time);

/* How many there are, limit + 1 at most, less than window seconds before now and none after it. */
unsigned pfx_ring_count(const struct pfx_ring *ring, uint32_t window, uint32_t now);

/* The oldest time that is kept and less than window seconds before now; now if there is none. */
uint32_t pfx_ring_since(const struct pfx_ring *ring, uint32_t window, uint32_t now);

#endif
