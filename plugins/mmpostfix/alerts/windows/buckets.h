/* SPDX-License-Identifier: Apache-2.0 */
/* A count or a sum in a sliding window, for large limits: by parts of the window, the running one
 * included. It covers no more than the window and lacks at most one part of it, so a limit is never
 * found passed when it was not, and at the latest one part of the window after it was. Pure, as
 * ring.h; zeroed at first.
 */
#ifndef PFX_BUCKETS_H
#define PFX_BUCKETS_H

#include <stdbool.h>
#include <stdint.h>

#define PFX_BUCKETS 30

struct pfx_buckets {
    uint32_t newest; /* number of the running part */
    uint32_t count[PFX_BUCKETS];
};

/* Seconds of a part. */
uint32_t pfx_buckets_part(uint32_t window);

/* Adds so many at that time. A late line is in its part; one before all of them counts nothing, and
 * false is returned. */
bool pfx_buckets_put(struct pfx_buckets *buckets, uint32_t window, uint32_t amount, uint32_t time);

/* The same, and returns what the window up to the newest has; 0 when it counted nothing, so that no
 * limit is found passed by a line that is not in the window. */
uint64_t pfx_buckets_add(struct pfx_buckets *buckets, uint32_t window, uint32_t amount,
                         uint32_t time);

/* What the window up to that time has, which may be before the newest. */
uint64_t pfx_buckets_sum(const struct pfx_buckets *buckets, uint32_t window, uint32_t now);

/* When the oldest part begins that has something; now if none has. */
uint32_t pfx_buckets_since(const struct pfx_buckets *buckets, uint32_t window, uint32_t now);

#endif
