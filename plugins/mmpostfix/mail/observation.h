/* SPDX-License-Identifier: Apache-2.0 */
/* An observation: what one line says about a mail and its connection, extracted from the fields of
 * an event for the story. Pure; slices are those of the event.
 */
#ifndef PFX_OBSERVATION_H
#define PFX_OBSERVATION_H

#include "event/event.h"
#include "rules/kinds.h"
#include "base/timestamp.h"

/* Kinds of links to a parent mail, the weakest first. */
enum pfx_link {
    PFX_LINK_NONE,
    PFX_LINK_WEAK,    /* the same message-id, no more */
    PFX_LINK_BOUNCE,  /* a notice about the other */
    PFX_LINK_FORWARD, /* local(8) sent it on */
    PFX_LINK_RELAY,   /* another host or instance of ours took it */
    PFX_LINK_REQUEUE, /* requeued by postsuper(1) */
    PFX_LINK_PROXY,   /* through a filter before the queue */
    PFX_LINK_FILTER   /* through a filter after the queue */
};
const char *pfx_link_name(enum pfx_link link);

/* Which part of a sentence a line is that its program cut. */
enum pfx_piece { PFX_PIECE_NONE, PFX_PIECE_FIRST, PFX_PIECE_MIDDLE, PFX_PIECE_LAST };

struct pfx_observation {
    struct pfx_slice host, instance, queue_id, pid;
    uint64_t mail_hash, process_hash;  /* of the keys of its mail and process, 0: not known */
    uint64_t host_hash, instance_hash; /* see pfx_name_hash() */
    int64_t time;                      /* the line's own, microseconds; see arrivals.h */
    bool coarse;                       /* its stamp tells full seconds */
    unsigned nth;                      /* of equal lines of one second, from 0 */
    unsigned roles;
    enum pfx_fate fate;
    bool failed; /* the action of the line did not succeed */
    unsigned times;

    struct pfx_slice client_ip, client_host, client_port;
    struct pfx_slice orig_ip, orig_host; /* client before a filter */
    struct pfx_slice relay_ip, relay_host;
    struct pfx_slice own_host; /* of ours that the next hop is; the story sets it */
    bool by_socket;            /* the next hop listens on one in the file system */
    bool outbound;             /* about a next hop, not about a client */
    bool reused;               /* the connection to it was used before */
    bool has_login;
    bool stranger; /* a sender that is not Postfix itself */

    struct pfx_slice to, orig_to, status, dsn, reason;
    int64_t delay; /* microseconds; negative when the line has none */
    int64_t nrcpt; /* likewise */
    int64_t given; /* when its long queue id was given, microseconds; 0 for a short one */
    struct pfx_slice message_id;

    /* Of a program beside Postfix: an id of its own that its lines share, and what kind of id it
     * is; of a line of Postfix: the same from a reply. */
    struct pfx_slice job;
    char job_kind;
    struct pfx_slice notice; /* queue id of a notice that it sent about its mail */
    bool neighbour;          /* a line of that program */
    /* Of a neighbour's line: the client and the addresses that it speaks of. */
    struct pfx_slice asked_ip, asked_port, asked_from, asked_to;
    bool job_opens, job_closes; /* it begins or ends a session */
    enum pfx_fate job_fate;     /* what it did with the mail */
    enum pfx_piece piece;
    struct pfx_slice piece_text, piece_pid; /* of a part, with its dots; of who says it */
    size_t piece_line;                      /* length of its line */
    uint64_t joined; /* what was read of the parts before, see story/pieces.h; 0: nothing */

    struct pfx_slice parent; /* queue id that this mail comes from */
    enum pfx_link parent_link;
    struct pfx_slice child; /* queue id that comes from this one */
    enum pfx_link child_link;
};

/* A time without what is only an order: of a stamp of full seconds the second (see arrivals.h). */
static inline int64_t pfx_time_known(int64_t time, bool coarse)
{
    return coarse ? time - time % 1000000 : time;
}

/* Fills the observation from the event; fate and failed come from its kinds. */
void pfx_observation_take(struct pfx_observation *observation, const struct pfx_event *event,
                          struct pfx_time time, enum pfx_fate fate, bool failed);

/* Fills the observation of a line of a program beside Postfix. */
void pfx_observation_neighbour(struct pfx_observation *observation, const struct pfx_event *event,
                               struct pfx_time time, enum pfx_fate fate);

#endif
