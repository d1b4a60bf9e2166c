/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of programs beside Postfix in the replies that Postfix logs. Only where the program itself
 * puts them: what a stranger wrote (a HELO, a subject, the name of a file) has none. */
#ifndef PFXLOG_IDS_H
#define PFXLOG_IDS_H

#include "trace/view.h"

/* The id of amavis' task: "554 5.7.0 Reject, id=13915-15 - spam" of a filter before the queue, or
 * of a next hop on this host. Empty where there is none. */
struct pfx_slice ids_amavis(const struct view *view);
/* Dovecot's session: "250 2.0.0 <bob@example.com> SESSION Saved", said to lmtp(8). */
struct pfx_slice ids_session(const struct view *view);
/* The next queue id of "4Fx2Tz1Bz3z9vK/554 5.7.1 <...> ..., and what follows it in *rest. Empty at
 * the end. */
struct pfx_slice ids_queued(struct pfx_slice *rest);
/* Whether the line is of a program beside Postfix. */
bool ids_beside(const struct view *view);

#endif
