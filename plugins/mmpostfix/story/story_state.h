/* SPDX-License-Identifier: Apache-2.0 */
/* What a story holds, and a line on its way through it: for those who merge lines, and for the
 * state file. */
#ifndef PFX_STORY_STATE_H
#define PFX_STORY_STATE_H

#include "mail/record.h"
#include "story/clock.h"
#include "story/flow.h"

struct pfx_story {
    struct pfx_story_options options;
    struct pfx_shards shards;
    struct pfx_clock clock;
    struct pfx_own_hosts own_hosts;
    struct pfx_seconds seconds;
    unsigned readers; /* atomic */
    bool answers;     /* atomic: a line was there that answers.h is about */
};

struct pfx_merge {
    struct pfx_story *story;
    struct pfx_hold hold; /* the parts of the story that the line is about */
    struct pfx_flow flow; /* of these parts */
    struct pfx_observation *observation;
    struct pfx_event *event;
    struct pfx_scratch *scratch;
    int64_t now;    /* the story's clock */
    uint64_t line;  /* hash of the line */
    bool duplicate; /* it was there before */
    unsigned reader;
    bool answers;      /* the story's, when the line came */
    unsigned attempts; /* of its mail, see pfx_story_worker */
};

/* How long lines of an ended mail may be late, in microseconds. */
static inline int64_t pfx_story_linger(const struct pfx_story *story)
{
    return story->options.linger * INT64_C(1000000);
}

#endif
