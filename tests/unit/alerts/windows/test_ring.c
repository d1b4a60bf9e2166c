/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "unit/alerts/windows/naive.h"
#include "alerts/windows/ring.h"

#include <stdlib.h>

/* At each event the ring says what a count of all events says, late ones as others. */
static void is_exact(uint64_t seed)
{
    struct naive naive = {.seed = seed, .newest = 1790000000};
    unsigned limit = naive_random(&naive, PFX_RING_LIMIT) + 1;
    uint32_t window = 1 + naive_random(&naive, 600);
    struct pfx_ring *ring = calloc(1, pfx_ring_size(limit));

    while (ring != NULL && naive.events < NAIVE_EVENTS) {
        uint32_t time = naive_next(&naive, window * 2 / (limit + 1) + 1, 1);
        bool over = pfx_ring_add(ring, limit, window, time);
        uint64_t count = naive_sum(&naive, window, naive.newest);

        /* One that is older than all limit + 1 that the ring has adds nothing. */
        CHECK(!over || count > limit);
        CHECK(over || count <= limit || naive.newest - time >= window ||
              naive_sum(&naive, naive.newest - time + 1, naive.newest) > limit + 1);
        CHECK(pfx_ring_count(ring, window, naive.newest) ==
              (count > limit + 1 ? limit + 1 : (unsigned)count));
    }
    free(ring);
}

static void at_the_edge(void)
{
    _Alignas(uint32_t) char room[128] = {0};
    struct pfx_ring *ring = (struct pfx_ring *)(void *)room;

    for (unsigned i = 0; i < 10; ++i)
        CHECK(!pfx_ring_add(ring, 10, 300, 1000 + i * 24));
    CHECK(!pfx_ring_add(ring, 10, 300, 1300)); /* the window is half open */
    CHECK(pfx_ring_add(ring, 10, 300, 1300));
    CHECK(pfx_ring_since(ring, 300, 1300) == 1024);
    CHECK(pfx_ring_count(ring, 300, 1323) == 11);
    CHECK(pfx_ring_count(ring, 300, 1324) == 10);
    CHECK(!pfx_ring_add(ring, 10, 300, 1001)); /* too late to count */
}

int main(void)
{
    for (uint64_t seed = 1; seed <= 200; ++seed)
        is_exact(seed);
    at_the_edge();
    return UNIT_END();
}
