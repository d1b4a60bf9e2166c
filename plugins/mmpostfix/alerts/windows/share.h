/* SPDX-License-Identifier: Apache-2.0 */
/* How large a part of all events in a sliding window is bad. Pure, as buckets.h.
 */
#ifndef PFX_SHARE_H
#define PFX_SHARE_H

#include "alerts/windows/buckets.h"

#include <stdbool.h>

struct pfx_share {
    struct pfx_buckets all, bad;
};

struct pfx_share_limits {
    uint32_t window;
    uint32_t permille; /* more than that */
    uint32_t least;    /* of all; */
    uint32_t bad;      /* of the bad ones, at least: one of few is a large share, too */
};

/* Adds so many at that time, bad ones or others; what stands in both is of one time. */
void pfx_share_add(struct pfx_share *share, uint32_t window, bool bad, uint32_t amount,
                   uint32_t time);

/* Whether the share is over in the window up to that time; *permille_r is what it is. */
bool pfx_share_over(const struct pfx_share *share, const struct pfx_share_limits *limits,
                    uint32_t now, uint32_t *permille_r);

#endif
