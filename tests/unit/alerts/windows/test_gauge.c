/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "alerts/windows/gauge.h"
#include "unit/alerts/windows/naive.h"

#define START 1790000040 /* a full minute */

/* Minutes with these values, from 0: the minute at which it tells, or -1. */
static int tells(const unsigned *value, unsigned minutes)
{
    struct pfx_gauge gauge = {0};

    for (unsigned m = 0; m < minutes; ++m) {
        if (value[m] != UINT32_MAX && pfx_gauge_add(&gauge, 500, 900, value[m], START + m * 60))
            return (int)m;
    }
    return -1;
}

/* The least of the values from a window ago on, a minute without one having that before. */
static bool naive_over(const unsigned *value, unsigned minute)
{
    for (unsigned m = minute - 15; m <= minute; ++m) {
        unsigned at = m;

        while (at > 0 && value[at] == UINT32_MAX)
            --at;
        if (value[at] == UINT32_MAX || value[at] <= 500)
            return false;
    }
    return true;
}

static void as_the_least(uint64_t seed)
{
    struct naive naive = {.seed = seed};
    unsigned value[120];
    struct pfx_gauge gauge = {0};

    for (unsigned m = 0; m < 120; ++m) {
        unsigned kind = naive_random(&naive, 20);

        value[m] = kind == 0 ? 500 : kind < 5 ? UINT32_MAX : 501 + naive_random(&naive, 500);
        if (value[m] == UINT32_MAX)
            continue;
        CHECK(pfx_gauge_add(&gauge, 500, 900, value[m], START + m * 60) ==
              (m >= 15 && naive_over(value, m)));
        CHECK(!pfx_gauge_add(&gauge, 500, 900, 9999, START + m * 60 + 59));
    }
}

int main(void)
{
    unsigned value[40];

    for (unsigned m = 0; m < 40; ++m)
        value[m] = 501;
    CHECK(tells(value, 40) == 15);
    for (unsigned m = 0; m < 16; ++m)
        value[m] = 900 - m * 26; /* falling to 510 */
    CHECK(tells(value, 16) == 15);
    for (unsigned m = 0; m < 16; ++m)
        value[m] = m == 14 ? 499 : 700;
    CHECK(tells(value, 16) == -1);
    for (unsigned m = 0; m < 40; ++m)
        value[m] = m < 5 ? 2000 : 0;
    CHECK(tells(value, 40) == -1);
    for (uint64_t seed = 1; seed <= 100; ++seed)
        as_the_least(seed);
    return UNIT_END();
}
