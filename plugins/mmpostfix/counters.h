/* SPDX-License-Identifier: Apache-2.0 */
/* What impstats tells: one set for all actions, since what an operator watches is the module;
 * and the queue of each instance. */
#ifndef PFX_COUNTERS_H
#define PFX_COUNTERS_H

#include "alerts/alerts.h"
#include "core.h"
#include "story/story.h"

/* An outcome of a line is a counter of its own; processed is their sum. */
enum pfx_counter {
    PFX_COUNT_PROCESSED = PFX_NO_MEMORY + 1,
    PFX_COUNT_UNATTACHED,
    PFX_COUNT_RELOADS,
    PFX_COUNT_RELOAD_FAILED,
    PFX_COUNTERS
};

/* Counts; any thread. */
void pfx_count(unsigned which);

/* Makes the object of impstats, with all counters at zero. */
rsRetVal pfx_counters_make(void);
/* After a line: makes objects of instances that have become known. In no callback of statsobj,
 * whose list it adds to. Any thread. */
void pfx_counters_note(void);
/* The story and the alerts whose numbers are told; NULL: none. */
void pfx_counters_of(struct pfx_story *story, struct pfx_alerts *alerts);
/* What the story and the alerts may hold at most. alerts: bytes of these, 0: there are none. */
void pfx_counters_bounds(const struct pfx_story_options *options, size_t alerts);
/* Of a line: when it was written, in seconds since 1970; any thread. The newest is told, of those
 * since impstats asked before: so a line from the time to come is told of for one interval. */
void pfx_counters_time(int64_t seconds);
void pfx_counters_free(void);

#endif
