/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of memory that come and go all the time: what was given back last is handed out first, as
 * it is still in the cache of the processor. Only so much is kept as said; the rest goes back to
 * malloc(). Not thread-safe: its user locks.
 */
#ifndef PFX_POOL_H
#define PFX_POOL_H

#include <stddef.h>

struct pfx_pool;

/* keep: bytes that are kept at most. NULL when memory ran out. */
struct pfx_pool *pfx_pool_new(size_t keep);
/* All blocks were given back before. */
void pfx_pool_free(struct pfx_pool **pool);

/* A block of that size, with any contents; NULL when memory ran out. Without a pool, here and
 * below, it is one of malloc(). */
void *pfx_pool_take(struct pfx_pool *pool, size_t size);
/* How many bytes fit into a block of that size, as sizes are rounded up; and how many it takes from
 * memory, with what malloc() keeps beside it (glibc's: a word before each, in units of two). */
size_t pfx_pool_room(size_t size);
size_t pfx_pool_cost(size_t size);
/* Takes back a block of that size, or NULL. */
void pfx_pool_give(struct pfx_pool *pool, void *block, size_t size);
/* The block in another size, with its contents as far as they fit; NULL when memory ran out, then
 * it is as it was. */
void *pfx_pool_resize(struct pfx_pool *pool, void *block, size_t size, size_t new_size);

#endif
