/* SPDX-License-Identifier: Apache-2.0 */
/* Exact counts; see ring.h. */
#include "alerts/windows/ring.h"

#include <string.h>

size_t pfx_ring_size(unsigned limit)
{
    return sizeof(struct pfx_ring) + (limit + 1) * sizeof(uint32_t);
}

bool pfx_ring_add(struct pfx_ring *ring, unsigned limit, uint32_t window, uint32_t time)
{
    uint32_t *at = ring->time;
    uint32_t place;

    if (ring->used > limit + 1)
        ring->used = 0;
    place = ring->used;
    while (place > 0 && at[place - 1] > time)
        --place;
    if (ring->used > limit) { /* the oldest goes, be it this one */
        if (place == 0)
            return false;
        memmove(at, at + 1, --place * sizeof(*at));
    } else {
        memmove(at + place + 1, at + place, (ring->used - place) * sizeof(*at));
        ++ring->used;
    }
    at[place] = time;
    return ring->used > limit && at[limit] - at[0] < window;
}

unsigned pfx_ring_count(const struct pfx_ring *ring, uint32_t window, uint32_t now)
{
    unsigned count = 0;

    for (uint32_t i = 0; i < ring->used; ++i)
        count += ring->time[i] <= now && now - ring->time[i] < window;
    return count;
}

uint32_t pfx_ring_since(const struct pfx_ring *ring, uint32_t window, uint32_t now)
{
    for (uint32_t i = 0; i < ring->used; ++i) {
        if (ring->time[i] <= now && now - ring->time[i] < window)
            return ring->time[i];
    }
    return now;
}
