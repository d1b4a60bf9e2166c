/* SPDX-License-Identifier: Apache-2.0 */
/* What is given back is handed out again, but no more is kept than was said. */
#include "unit/unit.h"

#include "base/pool.h"

#include <stdint.h>
#include <stdlib.h>

static void what_comes_back_is_handed_out_first(void)
{
    struct pfx_pool *pool = pfx_pool_new(1000);
    char *one = pfx_pool_take(pool, 100), *two = pfx_pool_take(pool, 100);

    CHECK(one != NULL && two != NULL && one != two);
    pfx_pool_give(pool, one, 100);
    pfx_pool_give(pool, two, 100);
    CHECK(pfx_pool_take(pool, 97) == two); /* sizes are rounded up */
    CHECK(pfx_pool_room(100) == 104 && pfx_pool_take(pool, 104) == one);
    CHECK(pfx_pool_resize(pool, one, 100, 104) == one);
    pfx_pool_give(pool, one, 104);
    pfx_pool_give(pool, two, 97);
    pfx_pool_free(&pool);
    CHECK(pool == NULL);
}

static void contents_move_with_the_size(void)
{
    struct pfx_pool *pools[] = {NULL, pfx_pool_new(100000)};

    for (size_t i = 0; i < 2; ++i) {
        char *block = NULL;
        size_t size = 0;

        for (size_t next = 1; next < 100000; size = next, next = next * 3 + 1) {
            block = pfx_pool_resize(pools[i], block, size, next);
            CHECK(block != NULL);
            for (size_t at = 0; at < size; ++at)
                CHECK(block[at] == (char)at);
            for (size_t at = 0; at < next; ++at)
                block[at] = (char)at;
        }
        for (size_t less = size / 7; less > 0; size = less, less /= 7) {
            block = pfx_pool_resize(pools[i], block, size, less);
            for (size_t at = 0; at < less; ++at)
                CHECK(block[at] == (char)at);
        }
        pfx_pool_give(pools[i], block, size);
        pfx_pool_give(pools[i], NULL, 77);
    }
    pfx_pool_free(&pools[1]);
}

/* A sanitizer would tell of one that is kept twice, or lost. */
static void only_so_much_is_kept(void)
{
    struct pfx_pool *pool = pfx_pool_new(5 * pfx_pool_cost(64));
    void *block[100];

    for (size_t i = 0; i < 100; ++i)
        block[i] = pfx_pool_take(pool, 64);
    for (size_t i = 0; i < 100; ++i)
        pfx_pool_give(pool, block[i], 64);
    for (size_t i = 0; i < 5; ++i) /* the first five had room */
        CHECK(pfx_pool_take(pool, 64) == block[4 - i]);
    for (size_t i = 0; i < 5; ++i)
        pfx_pool_give(pool, block[i], 64);
    pfx_pool_free(&pool);
}

int main(void)
{
    what_comes_back_is_handed_out_first();
    contents_move_with_the_size();
    only_so_much_is_kept();
    return UNIT_END();
}
