/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of a story: finds the one that a line is of, and what earlier lines said of it.
 * All of it is called under the lock of the story.
 */
#ifndef PFX_CONNECTIONS_H
#define PFX_CONNECTIONS_H

#include "story/record.h"
#include "story/story_state.h"

/* The connection of a client that a line is of, with what the line says merged; NULL when it is of
 * none. A line that came twice is not counted again. */
struct pfx_session *pfx_story_session(struct pfx_story *story,
                                      const struct pfx_observation *observation,
                                      const struct pfx_event *event, bool duplicate);
/* A delivery agent's connection to a next hop: its TLS line comes before the deliveries over it,
 * which get its TLS fields. */
void pfx_story_agent(struct pfx_story *story, const struct pfx_observation *observation,
                     struct pfx_event *event, struct pfx_scratch *scratch);

/* A session hands a mail to a filter before the queue, or gets the filter's answer. */
void pfx_story_proxy(struct pfx_story *story, struct pfx_session *session,
                     const struct pfx_observation *observation, struct pfx_event *event,
                     struct pfx_scratch *scratch);

#endif
