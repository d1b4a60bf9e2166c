/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of a story: which one a line is of; see connections.h. */
#include "story/connections.h"
#include "base/hash.h"

#include <string.h>

#define SECOND INT64_C(1000000)
/* Between postscreen letting a client pass and smtpd greeting it. */
#define PASS_TIME (60 * SECOND)

/* Sessions of this line's process, or of the client's address. */
static struct pfx_sessions *sessions_of(struct pfx_merge *m, bool by_peer, bool make)
{
    const struct pfx_observation *w = m->observation;
    char room[PFX_KEY_SIZE];
    struct pfx_slice key =
        by_peer ? pfx_flow_key(room, PFX_KEY_PEER, w->host_hash, w->client_ip, PFX_NO_SLICE)
                : pfx_flow_key(room, w->outbound ? PFX_KEY_AGENT : PFX_KEY_PROCESS, w->host_hash,
                               w->pid, PFX_NO_SLICE);
    uint64_t hash =
        by_peer || w->process_hash == 0 ? pfx_shards_hash(m->hold.shards, key) : w->process_hash;
    struct pfx_shard *shard = pfx_hold_shard(&m->hold, hash);
    struct pfx_entry *entry = shard != NULL ? pfx_store_find(shard->sessions, key, hash) : NULL;

    if (entry == NULL && make && shard != NULL &&
        (entry = pfx_store_add(shard->sessions, key, hash, PFX_SESSION_IDLE, m->now)) != NULL)
        ((struct pfx_sessions *)entry)->pool = shard->pool;
    return (struct pfx_sessions *)entry;
}

static void touch_sessions(struct pfx_merge *m, struct pfx_sessions *sessions)
{
    struct pfx_store *store = pfx_hold_shard(&m->hold, sessions->entry.hash)->sessions;

    pfx_store_touch(store, &sessions->entry, pfx_sessions_class_of(sessions), m->now);
    pfx_store_account(store, &sessions->entry, pfx_sessions_bytes(sessions));
}

/* postscreen let this client pass to smtpd: the connection is the same. */
static void take_over(struct pfx_merge *m, struct pfx_session *session)
{
    const struct pfx_observation *w = m->observation;
    struct pfx_sessions *peers = w->client_ip.length > 0 ? sessions_of(m, true, false) : NULL;
    struct pfx_session *s = peers != NULL ? peers->newest : NULL;

    for (; s != NULL; s = s->older) {
        bool same_port = w->client_port.length == 0 || s->port[0] == '\0' ||
                         pfx_name_is(s->port, w->client_port);

        if (!s->passed || !same_port || w->time < s->closed - SECOND ||
            w->time > s->closed + PASS_TIME)
            continue;
        s->passed = false;
        session->id = s->id;
        session->trace = s->trace;
        pfx_facts_merge(&session->facts, &s->facts, PFX_RANK_PARENT, INT64_MAX, true);
        return;
    }
}

static struct pfx_session *add_session(struct pfx_merge *m, struct pfx_sessions *sessions,
                                       bool by_peer)
{
    const struct pfx_observation *w = m->observation;
    struct pfx_session *session = pfx_session_add(sessions, w);

    if (session == NULL)
        return NULL;
    session->id = pfx_id_new(PFX_ID_CONNECTION, w, w->pid,
                             pfx_hash(w->client_port, pfx_hash(w->client_ip, 's')));
    session->trace = session->id;
    if (!by_peer) {
        pfx_sessions_note(sessions, session, -1);
        take_over(m, session);
        pfx_sessions_note(sessions, session, 1);
    }
    return session;
}

static bool is_by_peer(const struct pfx_observation *w)
{
    return (w->roles & PFX_PEER_ROLES) != 0;
}

static bool opens_one(const struct pfx_observation *w)
{
    return (w->roles & (PFX_SESSION_OPEN | PFX_PEER_OPEN)) != 0;
}

/* The session among those of the line's process or address, or NULL. */
static struct pfx_session *pick(const struct pfx_merge *m, const struct pfx_sessions *sessions)
{
    if (sessions == NULL)
        return NULL;
    return opens_one(m->observation) && !m->duplicate
               ? pfx_session_pick_open(sessions, m->observation)
               : pfx_session_pick(sessions, m->observation);
}

struct pfx_session *pfx_connections_find(struct pfx_merge *m)
{
    return pick(m, sessions_of(m, is_by_peer(m->observation), false));
}

struct pfx_session *pfx_connections_take(struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;
    bool by_peer = is_by_peer(w), opens = opens_one(w);
    /* Sessions by address: only a line of the server itself proves that somebody connected. */
    bool make = by_peer ? opens || (w->client_port.length > 0 && w->client_ip.length > 0) : true;
    struct pfx_sessions *sessions = sessions_of(m, by_peer, make);
    struct pfx_session *session = pick(m, sessions);

    if (session == NULL && !by_peer && !opens && w->client_port.length > 0) {
        /* tlsproxy serves postscreen's clients, many in one process */
        struct pfx_sessions *peers = sessions_of(m, true, false);

        session = peers != NULL ? pfx_session_pick(peers, w) : NULL;
        if (session != NULL)
            return session;
    }
    if (session == NULL && sessions != NULL && make)
        session = add_session(m, sessions, by_peer);
    if (session == NULL)
        return NULL;
    if (!m->duplicate)
        pfx_session_merge(sessions, session, w, m->event);
    touch_sessions(m, sessions);
    return session;
}

/* A delivery agent's connection to a next hop: its TLS line comes before the deliveries, and none
 * is left of it when it broke, as the agent may try the same next hop again without TLS. */
void pfx_connections_agent(struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;
    bool delivers = (w->roles & PFX_QUEUE_RECIPIENT) != 0;
    struct pfx_sessions *sessions = sessions_of(m, false, !delivers);
    struct pfx_session *session = sessions != NULL ? sessions->newest : NULL;

    if (sessions == NULL)
        return;
    if (!delivers) { /* another connection: the last one is over */
        pfx_sessions_clear(sessions);
        session = pfx_session_add(sessions, w);
        if (session != NULL) {
            struct pfx_observation inbound = *w; /* the next hop takes the client's place */

            inbound.outbound = false;
            pfx_session_merge(sessions, session, &inbound, m->event);
            pfx_name_set(session->client, sizeof(session->client), w->relay_ip);
            pfx_sessions_note(sessions, session, -1);
            session->closed = w->time; /* no line says when: so it is evicted soon */
            pfx_sessions_note(sessions, session, 1);
        }
    } else if (session != NULL && w->relay_ip.length > 0 &&
               pfx_name_is(session->client, w->relay_ip) &&
               (session->last_queue_id[0] == '\0' || w->reused ||
                pfx_name_is(session->last_queue_id, w->queue_id))) {
        pfx_name_set(session->last_queue_id, sizeof(session->last_queue_id), w->queue_id);
        pfx_record_tell_relay(session, m->event, m->scratch);
    }
    touch_sessions(m, sessions);
}

/* The mail whose beginning or end a line reports, created at its first line. A session has one at a
 * time; its two lines may be out of order. */
static struct pfx_proxied *proxied_of(struct pfx_session *session, const struct pfx_observation *w,
                                      bool begins)
{
    struct pfx_proxied *found = NULL;

    for (unsigned i = 0; i < PFX_PROXIED_MAX && i < session->proxies; ++i) {
        struct pfx_proxied *p = &session->proxied[i];
        bool fits =
            begins ? p->begun == w->time || (p->begun == 0 && p->ended >= w->time)
                   : p->ended == w->time || (p->ended == 0 && p->begun != 0 && p->begun <= w->time);

        if (fits && (found == NULL || p->begun > found->begun))
            found = p;
    }
    if (found == NULL) {
        found = &session->proxied[session->proxies++ % PFX_PROXIED_MAX];
        *found = (struct pfx_proxied){0};
        if (session->trace_taken) /* by an earlier mail: this is another flow */
            found->trace = pfx_id_new(PFX_ID_CONNECTION, w, w->pid, 'x');
        else
            found->trace = session->trace;
        session->trace_taken = true;
    }
    *(begins ? &found->begun : &found->ended) = w->time;
    return found;
}

void pfx_connections_proxy(struct pfx_merge *m, struct pfx_session *session)
{
    const struct pfx_observation *w = m->observation;
    bool begins = (w->roles & PFX_QUEUE_OPEN) != 0;

    if (!begins && w->child_link != PFX_LINK_PROXY && w->fate != PFX_FATE_REJECTED)
        return;
    session->trace = proxied_of(session, w, begins)->trace;
    if (begins) {
        pfx_flow_expect_proxied(&m->flow, session, w, m->now);
    } else if (w->child_link == PFX_LINK_PROXY) {
        uint64_t child = pfx_flow_link_proxied(&m->flow, session, w, m->now);

        if (child != 0)
            pfx_record_tell_child(child, PFX_LINK_PROXY, m->event, m->scratch);
    }
}
