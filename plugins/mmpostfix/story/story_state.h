/* SPDX-License-Identifier: Apache-2.0 */
/* What a story holds: for story.c, connections.c and the state file. */
#ifndef PFX_STORY_STATE_H
#define PFX_STORY_STATE_H

#include "story/arrivals.h"
#include "story/flow.h"
#include "story/story_options.h"

#include <pthread.h>

struct pfx_story {
    struct pfx_story_options options;
    pthread_mutex_t lock;  /* of all below */
    struct pfx_pool *pool; /* of what the stores hold */
    struct pfx_store *mails, *sessions;
    struct pfx_flow flow;
    struct pfx_story_counters counters;
    int64_t now;     /* microseconds since the story began; never goes back */
    int64_t expired; /* when idle entries were looked for last */
    int64_t newest;  /* the time that the clock was moved to last */
    int64_t born;    /* time of the first line: what was before we do not know */
    unsigned behind, lines, readers;
    uint64_t line; /* hash of the line at hand */
    struct pfx_arrivals *arrivals;
};

#endif
