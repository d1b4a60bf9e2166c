/* SPDX-License-Identifier: Apache-2.0 */
/* What a story may hold, and what it counts. */
#ifndef PFX_STORY_OPTIONS_H
#define PFX_STORY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pfx_story_options {
    size_t max_mails, max_sessions; /* kept at once */
    size_t max_bytes;               /* of both together; a quarter is for sessions */
    unsigned idle;                  /* seconds that a mail in the queue may be silent */
    unsigned linger;                /* seconds that the lines of a mail may come late */
    bool replay;                    /* the clock is that of the lines, not of their arrival */
};
/* 100,000 mails, 100,000 sessions, 512 MiB, 6 days, 10 seconds, live. */
struct pfx_story_options pfx_story_defaults(void);

/* What it holds and why mails went; each a number that only grows, but for the first three. */
struct pfx_story_counters {
    uint64_t mails, sessions, bytes; /* now */
    uint64_t ended, aborted, reused; /* lives of mails that were closed, given up, renamed */
    uint64_t evicted_idle, evicted_capacity; /* mails in the queue that had to go */
    uint64_t evicted_sessions;               /* open connections that had to go */
    uint64_t late, duplicate, incomplete; /* lines after the end, lines twice, records with gaps */
};

#endif
