/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a seeded random run, and counts of them that look at all of them. */
#ifndef PFX_NAIVE_H
#define PFX_NAIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define NAIVE_EVENTS 400

struct naive {
    uint64_t seed;
    unsigned events;
    uint32_t time[NAIVE_EVENTS], value[NAIVE_EVENTS], newest;
};

/* From 0 to below, by splitmix64. */
static inline uint32_t naive_random(struct naive *naive, uint32_t below)
{
    uint64_t z = naive->seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % below);
}

/* The next event: in bursts and pauses around the window, and one of eight is late. */
static inline uint32_t naive_next(struct naive *naive, uint32_t gap, uint32_t value)
{
    uint32_t time = naive->newest + naive_random(naive, 4) * naive_random(naive, gap + 1) / 2;

    if (naive_random(naive, 8) == 0)
        time = naive->newest - naive_random(naive, gap * 3 + 1);
    naive->time[naive->events] = time;
    naive->value[naive->events++] = value;
    naive->newest = time > naive->newest ? time : naive->newest;
    return time;
}

/* What the window that ends with now has of values, or events where values are weights. */
static inline uint64_t naive_sum(const struct naive *naive, uint32_t window, uint32_t now)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < naive->events; ++i) {
        if (naive->time[i] <= now && now - naive->time[i] < window)
            sum += naive->value[i];
    }
    return sum;
}

static inline unsigned naive_distinct(const struct naive *naive, uint32_t window, uint32_t now)
{
    bool seen[256] = {false};
    unsigned count = 0;

    for (unsigned i = 0; i < naive->events; ++i) {
        if (naive->time[i] <= now && now - naive->time[i] < window && !seen[naive->value[i]]) {
            seen[naive->value[i]] = true;
            ++count;
        }
    }
    return count;
}

#endif
