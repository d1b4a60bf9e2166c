/* SPDX-License-Identifier: Apache-2.0 */
/* Times of lines, and the day and hour that they are of; cheap, as lines of an hour come together.
 */
#ifndef PFXLOG_CLOCK_H
#define PFXLOG_CLOCK_H

#include "base/value.h"

struct clock {
    bool utc;
    char hour[16];   /* "2026-08-21T06" as the last line had it; "" at first */
    int64_t seconds; /* when that hour began */
    int64_t begin;   /* of the quarter of an hour that day and number are of; 0: none */
    char day[16], number[4];
};

/* Microseconds since 1970 of event_created; 0: it has none. */
int64_t clock_time(struct clock *clock, struct pfx_slice created);
/* Sets day ("2026-08-21") and number ("06") of the hour to those of a time, in the zone of the
 * process or in UTC. */
void clock_set(struct clock *clock, int64_t time);

#endif
