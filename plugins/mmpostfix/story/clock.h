/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of a story: it decides what is idle. It only goes forward, by an hour a line at most,
 * so that a changed system clock expires nothing at once; a source whose time stamps are behind
 * does not stop it. Any thread.
 */
#ifndef PFX_CLOCK_H
#define PFX_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct pfx_clock {
    pthread_mutex_t lock;
    int64_t now;    /* atomic: microseconds since the story began */
    int64_t newest; /* atomic: the time that the clock was moved to last */
    int64_t born; /* atomic: time of the first line: what was before we do not know; 0: none yet */
    unsigned behind;
    int64_t expired; /* atomic: when idle entries were looked for everywhere */
};

/* The clock at a line's arrival (time), which was written at stamp; microseconds since 1970.
 * shared: others may be at it; then it is moved a few times a second, not for each line. */
int64_t pfx_clock_advance(struct pfx_clock *clock, int64_t time, int64_t stamp, bool shared);
/* Once a second of the clock, for one of all that ask, true. */
bool pfx_clock_ticks(struct pfx_clock *clock, int64_t now);

#endif
