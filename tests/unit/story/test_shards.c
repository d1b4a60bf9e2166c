/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a story: which are held, and when all are let go. What threads do with them is in
 * tests/interleave.c. */
#include "unit/unit.h"

#include "story/shards.h"

#include <pthread.h>

static struct pfx_shards shards;
static struct pfx_hold hold;

/* A hash of that part. */
static uint64_t in_part(unsigned part)
{
    return (uint64_t)part << 48 | 7;
}

static bool is_free(unsigned part)
{
    pthread_mutex_t *lock = &shards.shard[part].lock;

    if (pthread_mutex_trylock(lock) != 0)
        return false;
    pthread_mutex_unlock(lock);
    return true;
}

static void there_are_powers_of_two(void)
{
    static const struct {
        unsigned asked, count;
    } rows[] = {{0, 1}, {1, 1}, {2, 2}, {3, 2}, {16, 16}, {31, 16}, {32, 32}, {1000, 32}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        CHECK(pfx_shards_open(&shards, rows[i].asked));
        CHECK(shards.count == rows[i].count);
        CHECK(pfx_shards_at(&shards, in_part(rows[i].count + 3)) == 3 % rows[i].count);
        pfx_shards_close(&shards);
    }
}

static void one_worker_holds_all(void)
{
    CHECK(pfx_shards_open(&shards, 16));
    pfx_shards_add_worker(&shards);
    pfx_hold_begin(&hold, &shards, 1);
    CHECK(hold.alone && pfx_hold_shard(&hold, in_part(9)) == &shards.shard[9]);
    CHECK(pfx_hold_take(&hold, in_part(3)));
    pfx_hold_end(&hold);
    pfx_shards_add_worker(&shards);
    pfx_hold_begin(&hold, &shards, 1u << 3);
    CHECK(!hold.alone && pfx_hold_shard(&hold, in_part(3)) == &shards.shard[3]);
    CHECK(pfx_hold_shard(&hold, in_part(9)) == NULL && shards.unforeseen == 1);
    CHECK(!is_free(3) && is_free(9));
    pfx_hold_end(&hold);
    CHECK(is_free(3));
    pfx_shards_close(&shards);
}

static void a_busy_part_out_of_order_lets_all_go(void)
{
    CHECK(pfx_shards_open(&shards, 16));
    pfx_shards_add_worker(&shards);
    pfx_shards_add_worker(&shards);
    pfx_hold_begin(&hold, &shards, 1u << 3 | 1u << 5);
    CHECK(pfx_hold_take(&hold, in_part(5))); /* held */
    CHECK(pfx_hold_take(&hold, in_part(2))); /* free */
    shards.contended = true;
    CHECK(pfx_hold_take(&hold, in_part(9)));  /* in order */
    CHECK(!pfx_hold_take(&hold, in_part(1))); /* as if it were busy */
    CHECK(hold.held == (1u << 1 | 1u << 2 | 1u << 3 | 1u << 5 | 1u << 9));
    CHECK(!is_free(1) && !is_free(2) && !is_free(3) && !is_free(5) && !is_free(9));
    CHECK(pfx_hold_take(&hold, in_part(1)));
    pfx_hold_end(&hold);
    CHECK(is_free(1) && is_free(9));
    pfx_hold_all(&hold, &shards);
    CHECK(hold.held == 0xffff && !is_free(0) && !is_free(15));
    pfx_hold_end(&hold);
    pfx_shards_close(&shards);
}

int main(void)
{
    there_are_powers_of_two();
    one_worker_holds_all();
    a_busy_part_out_of_order_lets_all_go();
    return UNIT_END();
}
