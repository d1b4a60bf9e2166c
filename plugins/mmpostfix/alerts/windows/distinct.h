/* SPDX-License-Identifier: Apache-2.0 */
/* How many different values there were in a sliding window, exactly, for small limits: the limit +
 * 1 values that were seen last, as hashes. Pure, as ring.h; zeroed at first.
 */
#ifndef PFX_DISTINCT_H
#define PFX_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PFX_DISTINCT_LIMIT 64

struct pfx_distinct {
    uint32_t used;
    struct pfx_distinct_value {
        uint32_t value; /* a keyed hash */
        uint32_t last;  /* when it was seen */
    } seen[];           /* limit + 1, in no order */
};

size_t pfx_distinct_size(unsigned limit);

/* Adds a value that was seen at that time; lines may be late. True when more than limit different
 * ones were seen less than window seconds before the newest, this among them. */
bool pfx_distinct_add(struct pfx_distinct *distinct, unsigned limit, uint32_t window,
                      uint32_t value, uint32_t time);

/* When the newest was seen. */
uint32_t pfx_distinct_newest(const struct pfx_distinct *distinct);

/* How many there are, limit + 1 at most, less than window seconds before now and none after it. */
unsigned pfx_distinct_count(const struct pfx_distinct *distinct, uint32_t window, uint32_t now);

/* The oldest time of these; now if there is none. */
uint32_t pfx_distinct_since(const struct pfx_distinct *distinct, uint32_t window, uint32_t now);

#endif
