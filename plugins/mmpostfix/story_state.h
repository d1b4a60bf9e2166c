/* SPDX-License-Identifier: Apache-2.0 */
/* What a story holds; for story.c, meet.c and what keeps it in a file. */
#ifndef PFX_STORY_STATE_H
#define PFX_STORY_STATE_H

#include "flow.h"
#include "story.h"

#include <pthread.h>

#define PFX_STORY_RECENT 32768

struct pfx_story {
    struct pfx_story_options options;
    pthread_mutex_t lock; /* of all below */
    struct pfx_store *mails, *sessions;
    struct pfx_flow flow;
    struct pfx_story_counters counters;
    int64_t now;     /* microseconds since the story began; never goes back */
    int64_t expired; /* when idle entries were looked for last */
    int64_t newest;  /* the time that the clock was moved to last */
    int64_t born;    /* time of the first line: what was before we do not know */
    unsigned behind, lines;
    uint64_t line;                     /* hash of the line at hand */
    uint64_t recent[PFX_STORY_RECENT]; /* hashes of lines */
};

/* The rest is called under the lock. */

/* An id for something that a line begins; the same line makes the same one everywhere. */
uint64_t pfx_story_new_id(const struct pfx_witness *witness, struct pfx_slice name, uint64_t more);
/* The connection of a client that a line is of, with what the line says merged; NULL when it is of
 * none. A line that came twice is not counted again. */
struct pfx_session *pfx_story_meet(struct pfx_story *story, const struct pfx_witness *witness,
                                   const struct pfx_event *event, bool duplicate);
/* An agent's connection to a next hop: the TLS line comes before the deliveries over it, which are
 * told of it. */
void pfx_story_agent(struct pfx_story *story, const struct pfx_witness *witness,
                     struct pfx_event *event, struct pfx_scratch *scratch);

/* A session hands a mail to a filter before the queue, or hears what became of it. */
void pfx_story_proxy(struct pfx_story *story, struct pfx_session *session,
                     const struct pfx_witness *witness, struct pfx_event *event,
                     struct pfx_scratch *scratch);

#endif
