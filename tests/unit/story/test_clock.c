/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of a story, of one thread and of many. */
#include "unit/unit.h"

#include "story/clock.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define BEGIN (INT64_C(1787307332) * SECOND)

static void it_goes_forward_by_an_hour_at_most(void)
{
    static const struct {
        const char *what;
        int64_t step, moves;
    } rows[] = {{"a second", SECOND, SECOND},  {"nothing", 0, 0},
                {"an hour", HOUR, HOUR},       {"a year", 8766 * HOUR, HOUR},
                {"a second back", -SECOND, 0}, {"a day back", -24 * HOUR, 0}};

    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_clock clock = {.lock = PTHREAD_MUTEX_INITIALIZER};
        bool shared = i % 2;

        unit_row = rows[i / 2].what;
        CHECK(pfx_clock_advance(&clock, BEGIN, BEGIN - 5, shared) == 0);
        CHECK(clock.born == BEGIN - 5);
        CHECK(pfx_clock_advance(&clock, BEGIN + rows[i / 2].step, BEGIN, shared) ==
              rows[i / 2].moves);
        CHECK(clock.born == BEGIN - 5);
    }
    unit_row = "";
}

static void it_follows_after_a_thousand_lines(void)
{
    for (int shared = 0; shared < 2; ++shared) {
        struct pfx_clock clock = {.lock = PTHREAD_MUTEX_INITIALIZER};
        int64_t back = BEGIN - 24 * HOUR;

        pfx_clock_advance(&clock, BEGIN, BEGIN, shared);
        for (int i = 0; i < 1001; ++i)
            CHECK(pfx_clock_advance(&clock, back, back, shared) == 0);
        CHECK(pfx_clock_advance(&clock, back + SECOND, back, shared) == SECOND);
    }
}

static void many_threads_move_it_now_and_then(void)
{
    struct pfx_clock clock = {.lock = PTHREAD_MUTEX_INITIALIZER};

    pfx_clock_advance(&clock, BEGIN, BEGIN, true);
    CHECK(pfx_clock_advance(&clock, BEGIN + 9999, BEGIN, true) == 0);
    CHECK(pfx_clock_advance(&clock, BEGIN + 10000, BEGIN, true) == 10000);
    CHECK(pfx_clock_advance(&clock, BEGIN + 10001, BEGIN, false) == 10001);
}

static void one_of_all_ticks_a_second(void)
{
    struct pfx_clock clock = {.lock = PTHREAD_MUTEX_INITIALIZER};

    CHECK(!pfx_clock_ticks(&clock, SECOND - 1));
    CHECK(pfx_clock_ticks(&clock, SECOND) && !pfx_clock_ticks(&clock, SECOND));
    CHECK(!pfx_clock_ticks(&clock, 2 * SECOND - 1) && pfx_clock_ticks(&clock, 5 * SECOND));
}

int main(void)
{
    it_goes_forward_by_an_hour_at_most();
    it_follows_after_a_thousand_lines();
    many_threads_move_it_now_and_then();
    one_of_all_ticks_a_second();
    return UNIT_END();
}
