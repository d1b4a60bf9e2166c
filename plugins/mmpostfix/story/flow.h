/* SPDX-License-Identifier: Apache-2.0 */
/* Links between mails: parents, children, and pending links to mails whose first line has not come
 * yet. Works on the parts of a story that a line holds.
 */
#ifndef PFX_FLOW_H
#define PFX_FLOW_H

#include "mail/mail.h"
#include "story/own_hosts.h"
#include "mail/session.h"
#include "story/shards.h"

struct pfx_flow {
    struct pfx_hold *hold; /* the parts */
    struct pfx_own_hosts *own_hosts;
};

/* Kinds of keys. A link waits for its child under the child's own key, so in the same part. */
enum {
    PFX_KEY_MAIL = 'q',
    PFX_KEY_CHILD = 'q',
    PFX_KEY_PROCESS = 'p',
    PFX_KEY_AGENT = 'a', /* a process that delivers */
    PFX_KEY_PEER = 'i',  /* all connections of an address */
    PFX_KEY_MESSAGE = 'm',
    PFX_KEY_PROXIED = 'x',
    PFX_KEY_JOB = 'j',
    PFX_KEY_ANSWER = 'y', /* of a policy service */
    PFX_KEY_PIECES = 't', /* of the text of a line in parts */
    PFX_KEY_CLIENT = 'c'  /* the last connection of an address */
};

/* A link whose other end is not known yet, and what that end gets when it comes. */
struct pfx_pending {
    struct pfx_entry entry;
    uint64_t id, trace;
    uint64_t other; /* hash of the key of that mail, or of the process of that session */
    uint64_t host;  /* pfx_name_hash() of it */
    char uid[PFX_UID_SIZE];
    enum pfx_link link;
    int64_t time; /* of the line that made it */
};

/* Writes a key into room: its kind, the hash of a host, a, NUL, and b. */
#define PFX_KEY_PART 400
#define PFX_KEY_SIZE (2 * PFX_KEY_PART + 16)
struct pfx_slice pfx_flow_key(char room[PFX_KEY_SIZE], char kind, uint64_t host, struct pfx_slice a,
                              struct pfx_slice b);
uint64_t pfx_flow_hash(const struct pfx_flow *flow, char kind, uint64_t host, struct pfx_slice a,
                       struct pfx_slice b);

/* The mail with that queue id on a host: of that instance, or of any (0); see pfx_name_hash(). One
 * that only programs beside Postfix have named is of any instance, too. NULL where several
 * instances have one in their queues and none of them is asked for. */
struct pfx_mail *pfx_flow_find(const struct pfx_flow *flow, uint64_t host, uint64_t instance,
                               struct pfx_slice queue_id);
/* The mail that a line is of, or NULL. */
struct pfx_mail *pfx_flow_find_own(const struct pfx_flow *flow,
                                   const struct pfx_observation *observation);
/* The line names no instance, and there are mails of that queue id in several. */
bool pfx_flow_is_ambiguous(const struct pfx_flow *flow, const struct pfx_observation *observation);
/* The mail or the session of that id whose key, or that of its process, has that hash; or NULL. */
struct pfx_mail *pfx_flow_find_mail_by_id(const struct pfx_flow *flow, uint64_t hash, uint64_t id);
struct pfx_session *pfx_flow_find_session(const struct pfx_flow *flow, uint64_t process,
                                          uint64_t id);

/* Whether the mail of the line may be the one whose queue id a line of that time named; else it got
 * the id anew. */
bool pfx_flow_is_named(const struct pfx_observation *observation, int64_t named);

/* Pending links that concern a line, or NULL: to its mail, a child that is there before it is
 * named; to a mail of the client that it names behind a filter; to the mail with its message-id. */
struct pfx_pending *pfx_flow_pending_child(const struct pfx_flow *flow,
                                           const struct pfx_observation *observation);
struct pfx_pending *pfx_flow_pending_proxied(const struct pfx_flow *flow,
                                             const struct pfx_observation *observation);
struct pfx_pending *pfx_flow_pending_message(const struct pfx_flow *flow,
                                             const struct pfx_observation *observation);
/* The entry of a client's connection, see answers.h; or NULL. */
struct pfx_pending *pfx_flow_pending_client(const struct pfx_flow *flow, struct pfx_slice key);
/* The pending link of that key, made when there is none. NULL when memory ran out. */
struct pfx_pending *pfx_flow_put_pending(struct pfx_flow *flow, struct pfx_slice key, int64_t now);
/* The own host that a delivery goes to, as the site calls it; empty where it is none. */
struct pfx_slice pfx_flow_own_host(const struct pfx_flow *flow,
                                   const struct pfx_observation *observation);
/* On which host the child that a line names would be, maybe in room. False when the next hop is
 * none of ours. */
bool pfx_flow_child_host(const struct pfx_flow *flow, const struct pfx_observation *observation,
                         uint64_t *host_r);

/* Its queue id; of its key, so only as long as the mail is. */
struct pfx_slice pfx_flow_uid(const struct pfx_mail *mail);

/* Finds the parent of a mail, from its line and from pending links that earlier lines made. */
void pfx_flow_find_parent(struct pfx_flow *flow, struct pfx_mail *mail,
                          const struct pfx_observation *observation);
/* Links the child that the line names to this mail. Returns the child's id and the kind of link
 * when the child is known; else 0, then a pending link waits for it. */
uint64_t pfx_flow_link_child(struct pfx_flow *flow, const struct pfx_mail *mail,
                             const struct pfx_observation *observation, int64_t now,
                             enum pfx_link *link_r);
/* Links the notice of that queue id, on the host of the line, to the mail that it is about. Its
 * id, or 0: it waits. */
uint64_t pfx_flow_link_notice(struct pfx_flow *flow, const struct pfx_mail *mail,
                              const struct pfx_observation *observation, struct pfx_slice notice,
                              int64_t now);
/* The delivery that the line tells of went to another mail of ours. */
bool pfx_flow_is_internal(struct pfx_flow *flow, const struct pfx_observation *observation);
/* Looks for a mail with the same message-id, and remembers this one for the next. */
void pfx_flow_link_message(struct pfx_flow *flow, struct pfx_mail *mail,
                           const struct pfx_observation *observation, int64_t now);

/* Links what a session hands to a filter, without a queue file, to the mail the filter makes of it.
 */
void pfx_flow_expect_proxied(struct pfx_flow *flow, const struct pfx_session *session,
                             const struct pfx_observation *observation, int64_t now);
uint64_t pfx_flow_link_proxied(struct pfx_flow *flow, const struct pfx_session *session,
                               const struct pfx_observation *observation, int64_t now);

#endif
