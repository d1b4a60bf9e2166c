/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of a story; see clock.h. */
#include "story/clock.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
/* How far the clock of many threads may be behind. */
#define COARSE (SECOND / 100)
/* After so many lines with earlier time stamps the clock follows them. */
#define BEHIND 1000

static int64_t get(const int64_t *value)
{
    return __atomic_load_n(value, __ATOMIC_RELAXED);
}

static void set(int64_t *value, int64_t to)
{
    __atomic_store_n(value, to, __ATOMIC_RELAXED);
}

static void move(struct pfx_clock *clock, int64_t time, int64_t stamp)
{
    if (clock->born == 0)
        set(&clock->born, stamp);
    if (clock->newest == 0)
        set(&clock->newest, time);
    if (time >= clock->newest) {
        int64_t step = time - clock->newest;

        set(&clock->now, clock->now + (step < HOUR ? step : HOUR));
        set(&clock->newest, time);
        clock->behind = 0;
    } else if (time > clock->newest - HOUR) {
        clock->behind = 0;
    } else if (++clock->behind > BEHIND) {
        set(&clock->newest, time);
        clock->behind = 0;
    }
}

int64_t pfx_clock_advance(struct pfx_clock *clock, int64_t time, int64_t stamp, bool shared)
{
    int64_t newest = get(&clock->newest);

    if (!shared) {
        move(clock, time, stamp);
    } else if (newest == 0 || time >= newest + COARSE || time <= newest - HOUR) {
        pthread_mutex_lock(&clock->lock);
        move(clock, time, stamp);
        pthread_mutex_unlock(&clock->lock);
    }
    return get(&clock->now);
}

bool pfx_clock_ticks(struct pfx_clock *clock, int64_t now)
{
    int64_t expired = get(&clock->expired);

    return now >= expired + SECOND &&
           __atomic_compare_exchange_n(&clock->expired, &expired, now, false, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED);
}
