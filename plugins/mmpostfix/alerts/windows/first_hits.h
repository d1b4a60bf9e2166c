/* SPDX-License-Identifier: Apache-2.0 */
/* The first event of each key, in eight bytes: most keys of a flood come once, and must not drive
 * out slow ones that come again. A hash table of sets of eight cells; in a full set the oldest
 * goes. A cell has 20 bits of the key's hash beside its set's, so that one key is taken for another
 * once in 130,000 at most. Not thread-safe; time is an argument, in seconds.
 */
#ifndef PFX_FIRST_HITS_H
#define PFX_FIRST_HITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values that are remembered have so many bits. */
#define PFX_FIRST_VALUE_BITS 27
/* An event is remembered for so long at most. */
#define PFX_FIRST_LONGEST ((1u << 17) - 8192)

struct pfx_first_hits;

/* bytes: a power of two. NULL when memory ran out. */
struct pfx_first_hits *pfx_first_hits_new(size_t bytes);
void pfx_first_hits_free(struct pfx_first_hits **hits);

/* Takes an event of a key. True: there was one less than window seconds before or after it, whose
 * time and value are given and which is forgotten. False: this one is remembered. */
bool pfx_first_hits_take(struct pfx_first_hits *hits, uint64_t key, uint32_t window, uint32_t value,
                         uint32_t time, uint32_t *value_r, uint32_t *time_r);
/* The same for an event that is kept elsewhere: it is not remembered. */
bool pfx_first_hits_join(struct pfx_first_hits *hits, uint64_t key, uint32_t window, uint32_t time,
                         uint32_t *value_r, uint32_t *time_r);

/* Forgets all when one is later than that time. */
void pfx_first_hits_turn_back(struct pfx_first_hits *hits, uint32_t time);

/* For the state file: cells as they are, which make sense where there are as many sets. */
size_t pfx_first_hits_sets(const struct pfx_first_hits *hits);
/* Visits the cells in use of the next sets, and moves *cursor on. False at the end. */
bool pfx_first_hits_walk(const struct pfx_first_hits *hits, size_t *cursor, size_t sets,
                         void (*visit)(void *cookie, size_t set, uint64_t cell), void *cookie);
/* Puts a cell back; newest: the time of the newest that is put back. An event that is equal to one
 * of these in key and time is the same, sent again. */
void pfx_first_hits_put(struct pfx_first_hits *hits, size_t set, uint64_t cell, uint32_t newest);
/* The same with an event of a key. */
void pfx_first_hits_put_key(struct pfx_first_hits *hits, uint64_t key, uint32_t value,
                            uint32_t time);

#endif
