/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "alerts/windows/distinct.h"
#include "unit/alerts/windows/naive.h"

#include <stdlib.h>

static void is_exact(uint64_t seed)
{
    struct naive naive = {.seed = seed, .newest = 1790000000};
    unsigned limit = naive_random(&naive, 20) + 1;
    uint32_t window = 1 + naive_random(&naive, 600);
    uint32_t values = limit + 1 + naive_random(&naive, limit + 4);
    struct pfx_distinct *set = calloc(1, pfx_distinct_size(limit));

    while (set != NULL && naive.events < NAIVE_EVENTS) {
        uint32_t value = naive_random(&naive, values);
        uint32_t time = naive_next(&naive, window * 2 / (limit + 1) + 1, value);
        bool over = pfx_distinct_add(set, limit, window, value, time);
        unsigned count = naive_distinct(&naive, window, naive.newest);

        CHECK(!over || count > limit);
        /* Not over: not so many, or the line is one of before, whose value adds nothing. */
        CHECK(over || count <= limit || time < naive.newest);
        CHECK(pfx_distinct_count(set, window, naive.newest) ==
              (count > limit + 1 ? limit + 1 : count));
    }
    free(set);
}

static void one_value_is_one(void)
{
    _Alignas(uint32_t) char room[128] = {0};
    struct pfx_distinct *set = (struct pfx_distinct *)(void *)room;

    for (uint32_t i = 0; i < 40; ++i)
        CHECK(!pfx_distinct_add(set, 2, 600, 7, 5000 + i));
    CHECK(!pfx_distinct_add(set, 2, 600, 8, 5100));
    CHECK(pfx_distinct_add(set, 2, 600, 0, 5638)); /* 7 was there at 5039 */
    CHECK(pfx_distinct_since(set, 600, 5638) == 5039);
    CHECK(!pfx_distinct_add(set, 2, 600, 0, 5639));
}

int main(void)
{
    for (uint64_t seed = 1; seed <= 200; ++seed)
        is_exact(seed);
    one_value_is_one();
    return UNIT_END();
}
