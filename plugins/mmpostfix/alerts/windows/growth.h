/* SPDX-License-Identifier: Apache-2.0 */
/* A count that goes over a multiple of its own past. The past is a mean for each hour of a workday
 * and of a weekend, in local time: a flat mean of all hours is passed in each office hour. Pure;
 * time is an argument, in seconds since 1970 and already shifted to local time; plain bytes,
 * zeroed at first. Not thread-safe.
 */
#ifndef PFX_GROWTH_H
#define PFX_GROWTH_H

#include "alerts/windows/buckets.h"

#include <stdbool.h>

#define PFX_GROWTH_SLOTS 48
#define PFX_GROWTH_HOUR 3600

struct pfx_growth {
    uint32_t hour;                   /* that runs, since 1970 */
    uint32_t running;                /* what there was in it */
    uint32_t over;                   /* the last hour that was over, */
    uint32_t ceiling;                /* which teaches no more than that */
    uint16_t mean[PFX_GROWTH_SLOTS]; /* of an hour, in eighths; workday from 0, weekend from 24 */
    uint8_t days[PFX_GROWTH_SLOTS];  /* how many hours it is of */
    struct pfx_buckets buckets;
};

struct pfx_growth_limits {
    uint32_t window; /* seconds */
    uint32_t times;  /* more than so often the past, in tenths */
    uint32_t least;  /* and at least so many */
};

/* Adds so many at that time. True when the window up to it is over; then *usual_r is what the past
 * makes the window expect. An hour that is over teaches twice the usual at most, or least: an
 * attack becomes no habit within days, and who begins with much is not told of for ever. Not warm:
 * it learns only, see below; a key without a past among others that have one expects nothing. */
bool pfx_growth_add(struct pfx_growth *growth, const struct pfx_growth_limits *limits, bool warm,
                    uint32_t amount, uint32_t time, uint32_t *usual_r);

/* Whether a rule that began then knows a whole day, and a day of this one's class. */
bool pfx_growth_warm(uint32_t began, uint32_t time);

#endif
