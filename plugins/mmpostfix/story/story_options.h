/* SPDX-License-Identifier: Apache-2.0 */
/* What a story may hold, and what it counts. */
#ifndef PFX_STORY_OPTIONS_H
#define PFX_STORY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest sentence that is joined of parts, in bytes. */
#define PFX_STORY_SENTENCE 8192
/* In place of what a part was joined to: whatever there is, it is not joined. */
#define PFX_STORY_APART UINT64_MAX

struct pfx_story_options {
    size_t max_mails, max_sessions; /* kept at once */
    size_t max_bytes; /* of all: a quarter is for sessions, an eighth for links between mails and
                         for jobs */
    unsigned idle;    /* seconds without a line until a queued mail is evicted */
    unsigned linger;  /* seconds that lines of a mail may be late */
    bool replay;      /* the clock is that of the lines, not of their arrival */
    bool jobs;        /* lines of other programs join mails by their own ids, too */
    unsigned shards;  /* parts, so that several workers need not wait; few for small bounds */
};
/* 100,000 mails, 100,000 sessions, 512 MiB, 6 days, 10 seconds, live, in one part. */
struct pfx_story_options pfx_story_defaults(void);

/* Mails that are in a queue now, as far as lines told; seconds since the oldest of the first two
 * came. */
struct pfx_gauges {
    uint64_t active, deferred, hold, oldest;
    uint64_t stalled; /* seconds since the last line of the active mail that had none for longest */
};

/* Contents and evictions; all but the first two lines only grow. */
struct pfx_story_counters {
    uint64_t mails, sessions, bytes; /* now */
    struct pfx_gauges queue;         /* of all instances */
    uint64_t ended, aborted, reused; /* mails that ended, were canceled, whose id was reused */
    uint64_t evicted_idle, evicted_capacity; /* evicted mails in the queue */
    uint64_t evicted_sessions;               /* evicted open connections */
    uint64_t late, duplicate, incomplete;    /* late lines, duplicates, incomplete records */
};

#endif
