/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of clients. Those of one process, or of one address, are in one entry, the newest
 * first: a process has one at a time, but lines may be late; a postscreen has many. Pure, as
 * mail.h.
 */
#ifndef PFX_SESSION_H
#define PFX_SESSION_H

#include "mail/mail.h"

/* Connections kept of one process or address; older ones are evicted. */
#define PFX_SESSIONS_MAX 8

#define PFX_PROXIED_MAX 4

struct pfx_session {
    struct pfx_session *older;
    uint64_t id;
    uint64_t trace;             /* of its first mail, or of all when there is none */
    uint64_t last_mail;         /* hash of the key of its latest mail; 0: it has none */
    char client[PFX_NAME_SIZE]; /* address, or name where there is none */
    char port[8];
    char last_queue_id[PFX_UID_SIZE];
    struct pfx_facts facts;
    int64_t first;          /* time of its first line */
    int64_t opened, closed; /* of the lines that say so; 0 when there was none */
    uint32_t mails, refused, logins, denied;
    /* Mails that it handed to a filter before the queue, the last few. */
    struct pfx_proxied {
        int64_t begun, ended; /* times of the lines that said so; 0 when there was none yet */
        uint64_t trace;
    } proxied[PFX_PROXIED_MAX];
    uint32_t proxies;
    /* The fate of a mail that was logged before it had a queue id: at its first recipient. */
    uint8_t fate; /* enum pfx_fate */
    int64_t fated;
    bool trace_taken; /* by a mail */
    bool passed;      /* handed on to the server that takes mail */
    bool coarse;      /* some of its stamps tell full seconds */
};

/* The classes of a store of them. */
enum pfx_session_class { PFX_SESSION_CLOSED, PFX_SESSION_IDLE };

/* The entry of a store: all of one process or one address. */
struct pfx_sessions {
    struct pfx_entry entry;
    struct pfx_session *newest;
    struct pfx_pool *pool; /* that sessions are of, or NULL */
    /* Of all of them, see pfx_sessions_note(). */
    uint32_t count, unopened, unclosed;
    int64_t opened; /* the latest that opened */
    size_t bytes;
};

/* The session that a line belongs to, or NULL. */
struct pfx_session *pfx_session_pick(const struct pfx_sessions *sessions,
                                     const struct pfx_observation *observation);
/* The session that a line opens when it exists already, because its other lines came first. */
struct pfx_session *pfx_session_pick_open(const struct pfx_sessions *sessions,
                                          const struct pfx_observation *observation);
/* A new one; it may evict the oldest. NULL when memory ran out. */
struct pfx_session *pfx_session_add(struct pfx_sessions *sessions,
                                    const struct pfx_observation *observation);
/* Counts a session (by: 1), or no longer (-1): whoever changes one takes it out before, and puts it
 * in after. */
void pfx_sessions_note(struct pfx_sessions *sessions, const struct pfx_session *session, int by);
/* Merges what a line says into one of sessions. False when memory ran out. */
bool pfx_session_merge(struct pfx_sessions *sessions, struct pfx_session *session,
                       const struct pfx_observation *observation, const struct pfx_event *event);
void pfx_sessions_clear(struct pfx_sessions *sessions);
size_t pfx_sessions_bytes(const struct pfx_sessions *sessions);
enum pfx_session_class pfx_sessions_class_of(const struct pfx_sessions *sessions);

#endif
