/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "alerts/windows/buckets.h"
#include "unit/alerts/windows/naive.h"

/* Never more than the window has, never less than it has without its first part. */
static void is_never_false(uint64_t seed)
{
    struct naive naive = {.seed = seed, .newest = 1790000000};
    uint32_t window = 1 + naive_random(&naive, seed % 2 == 0 ? 40 : 4000);
    uint32_t part = pfx_buckets_part(window);
    struct pfx_buckets buckets = {0};

    while (naive.events < NAIVE_EVENTS) {
        uint32_t weight = naive_random(&naive, 20);
        uint32_t time = naive_next(&naive, window / 8 + 1, weight);
        uint64_t sum = pfx_buckets_add(&buckets, window, weight, time);
        uint32_t covered = window < PFX_BUCKETS ? window : part * (PFX_BUCKETS - 1) + 1;

        if (naive.newest - time >= window) { /* too late for any */
            CHECK(sum == 0);
            continue;
        }
        CHECK(sum <= naive_sum(&naive, window, naive.newest));
        CHECK(sum >= naive_sum(&naive, covered, naive.newest));
        CHECK(sum == pfx_buckets_sum(&buckets, window, naive.newest));
        /* Not even when nothing came for a while. */
        CHECK(pfx_buckets_sum(&buckets, window, naive.newest + window / 2) <=
              naive_sum(&naive, window, naive.newest + window / 2));
    }
}

static void bounds(void)
{
    struct pfx_buckets buckets = {0};

    CHECK(pfx_buckets_part(3600) == 120);
    CHECK(pfx_buckets_add(&buckets, 3600, UINT32_MAX, 7200) == UINT32_MAX);
    CHECK(pfx_buckets_add(&buckets, 3600, 2, 7200) == UINT32_MAX); /* it stays there */
    CHECK(pfx_buckets_since(&buckets, 3600, 7300) == 7200);
    CHECK(pfx_buckets_sum(&buckets, 3600, 7200 + 3599) == UINT32_MAX);
    CHECK(pfx_buckets_sum(&buckets, 3600, 7200 + 3600) == 0);
    CHECK(pfx_buckets_add(&buckets, 3600, 5, 90000) == 5);
    CHECK(pfx_buckets_add(&buckets, 3600, 7, 7200) == 0); /* a day late */
    CHECK(pfx_buckets_sum(&buckets, 3600, 90000) == 5);
}

int main(void)
{
    for (uint64_t seed = 1; seed <= 200; ++seed)
        is_never_false(seed);
    bounds();
    return UNIT_END();
}
