/* SPDX-License-Identifier: Apache-2.0 */
/* Kept blocks; see pool.h. */
#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

#define STEP 16  /* blocks take a multiple of it, with */
#define BESIDE 8 /* what malloc() keeps beside each; */
#define SIZES 72 /* those of so many steps and more are malloc()'s alone */

struct spare {
    struct spare *next;
};

struct pfx_pool {
    size_t kept, keep;
    struct spare *spare[SIZES]; /* by size */
};

struct pfx_pool *pfx_pool_new(size_t keep)
{
    struct pfx_pool *pool = calloc(1, sizeof(*pool));

    if (pool != NULL)
        pool->keep = keep;
    return pool;
}

void pfx_pool_free(struct pfx_pool **pool)
{
    struct pfx_pool *old = *pool;

    *pool = NULL;
    for (size_t i = 0; old != NULL && i < SIZES; ++i) {
        while (old->spare[i] != NULL) {
            struct spare *next = old->spare[i]->next;

            free(old->spare[i]);
            old->spare[i] = next;
        }
    }
    free(old);
}

static size_t steps_of(size_t size)
{
    size_t steps = (size + BESIDE + STEP - 1) / STEP;

    return steps < 2 ? 2 : steps;
}

size_t pfx_pool_room(size_t size)
{
    return steps_of(size) * STEP - BESIDE;
}

size_t pfx_pool_cost(size_t size)
{
    return size == 0 ? 0 : steps_of(size) * STEP;
}

void *pfx_pool_take(struct pfx_pool *pool, size_t size)
{
    size_t steps = steps_of(size);
    struct spare *spare = pool != NULL && steps < SIZES ? pool->spare[steps] : NULL;

    if (spare == NULL)
        return malloc(pfx_pool_room(size));
    pool->spare[steps] = spare->next;
    pool->kept -= steps * STEP;
    return spare;
}

void pfx_pool_give(struct pfx_pool *pool, void *block, size_t size)
{
    size_t steps = steps_of(size);
    struct spare *spare = block;

    if (block == NULL || pool == NULL || steps >= SIZES || pool->kept + steps * STEP > pool->keep) {
        free(block);
        return;
    }
    spare->next = pool->spare[steps];
    pool->spare[steps] = spare;
    pool->kept += steps * STEP;
}

void *pfx_pool_resize(struct pfx_pool *pool, void *block, size_t size, size_t new_size)
{
    void *grown;

    if (block != NULL && steps_of(size) == steps_of(new_size) && pool != NULL &&
        steps_of(size) < SIZES)
        return block;
    grown = pfx_pool_take(pool, new_size);
    if (grown == NULL)
        return NULL;
    if (block != NULL)
        memcpy(grown, block, size < new_size ? size : new_size);
    pfx_pool_give(pool, block, size);
    return grown;
}
