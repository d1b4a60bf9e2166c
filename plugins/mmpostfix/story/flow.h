/* SPDX-License-Identifier: Apache-2.0 */
/* Links between mails: parents, children, and pending links to mails whose first line has not come
 * yet. Works on the stores of a story, under its lock.
 */
#ifndef PFX_FLOW_H
#define PFX_FLOW_H

#include "story/own_hosts.h"
#include "story/mail.h"
#include "story/session.h"

struct pfx_flow {
    struct pfx_store *mails; /* the story's */
    struct pfx_store *sessions;
    struct pfx_store *pending; /* links whose other end is not known yet */
    struct pfx_own_hosts own_hosts;
};

bool pfx_flow_open(struct pfx_flow *flow, struct pfx_store *mails, struct pfx_store *sessions,
                   size_t max_pending, size_t max_bytes);
void pfx_flow_close(struct pfx_flow *flow);
/* The mail with that queue id on a host: of that instance, or of any when it is empty. */
struct pfx_mail *pfx_flow_find(const struct pfx_flow *flow, struct pfx_slice host,
                               struct pfx_slice instance, struct pfx_slice queue_id);
/* The mail that a line is of, or NULL. */
struct pfx_mail *pfx_flow_find_own(const struct pfx_flow *flow,
                                   const struct pfx_observation *observation);
/* Writes the store key of a mail into room. */
#define PFX_KEY_SIZE 1024
struct pfx_slice pfx_flow_key(char room[PFX_KEY_SIZE], char kind, struct pfx_slice host,
                              struct pfx_slice a, struct pfx_slice b);

/* The session of that process and id, or NULL. */
struct pfx_session *pfx_flow_find_session(const struct pfx_flow *flow, struct pfx_slice host,
                                          struct pfx_slice pid, const char *id);

/* Finds the parent of a mail, from its line and from pending links that earlier lines made. */
void pfx_flow_find_parent(struct pfx_flow *flow, struct pfx_mail *mail,
                          const struct pfx_observation *observation);
/* Links the child that the line names to this mail. Returns the child's id and the kind of link
 * when the child is known; else NULL, then a pending link waits for it. */
const char *pfx_flow_link_child(struct pfx_flow *flow, const struct pfx_mail *mail,
                                const struct pfx_observation *observation, int64_t now,
                                enum pfx_link *link_r);
/* The delivery that the line tells of went to another mail of ours. */
bool pfx_flow_is_internal(struct pfx_flow *flow, const struct pfx_observation *observation);
/* Looks for a mail with the same message-id, and remembers this one for the next. */
void pfx_flow_link_message(struct pfx_flow *flow, struct pfx_mail *mail,
                           const struct pfx_observation *observation, int64_t now);

/* Links what a session hands to a filter, without a queue file, to the mail the filter makes of it.
 */
void pfx_flow_expect_proxied(struct pfx_flow *flow, const struct pfx_session *session,
                             const struct pfx_observation *observation, int64_t now);
const char *pfx_flow_link_proxied(struct pfx_flow *flow, const struct pfx_session *session,
                                  const struct pfx_observation *observation, int64_t now);

#endif
