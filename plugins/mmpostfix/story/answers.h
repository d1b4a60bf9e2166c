/* SPDX-License-Identifier: Apache-2.0 */
/* What programs say of a client before its mail has a queue id, or without ever naming it: policy
 * services name client, sender and recipient (postgrey, policyd-spf), servers of logins and proxies
 * the client's address. Looked after only once a line of theirs was there.
 */
#ifndef PFX_ANSWERS_H
#define PFX_ANSWERS_H

#include "story/story_state.h"

/* A line of such a program: its answer waits for the mail of that client, sender and recipient, and
 * it gets the ids of the connection that it is likely of. By address and port that is certain; by
 * address alone, if the client has but one connection here, or its last line is at most half a
 * minute old, it is a weak link. */
void pfx_answers_take(struct pfx_merge *merge);
/* A line of Postfix about this mail, before it is merged: the mail gets what was answered about it.
 */
void pfx_answers_give(struct pfx_merge *merge, struct pfx_mail *mail);
/* A line of Postfix begins or ends that connection. */
void pfx_answers_connected(struct pfx_merge *merge, const struct pfx_session *session);

/* Holds the parts that these would touch; false when what was found so far may have changed. */
bool pfx_answers_hold(struct pfx_merge *merge, const struct pfx_mail *mail);

#endif
