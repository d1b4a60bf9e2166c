/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of a story: finds the one that a line is of, and what earlier lines said of it.
 */
#ifndef PFX_CONNECTIONS_H
#define PFX_CONNECTIONS_H

#include "story/story_state.h"

/* The connection of a client that a line is of, with what the line says merged; NULL when it is of
 * none. A line that came twice is not counted again. */
struct pfx_session *pfx_connections_take(struct pfx_merge *merge);
/* The same connection, if it is there already, and nothing merged. */
struct pfx_session *pfx_connections_find(struct pfx_merge *merge);
/* A delivery agent's connection to a next hop: its TLS line comes before the deliveries over it,
 * which get its TLS fields. */
void pfx_connections_agent(struct pfx_merge *merge);
/* A session hands a mail to a filter before the queue, or gets the filter's answer. */
void pfx_connections_proxy(struct pfx_merge *merge, struct pfx_session *session);

#endif
