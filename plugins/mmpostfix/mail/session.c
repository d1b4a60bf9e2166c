/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of clients; see session.h. */
#include "mail/session.h"

#include <string.h>

/* The client of a line: the address, or the name where there is no address. */
static struct pfx_slice client_of(const struct pfx_observation *w)
{
    struct pfx_slice client = w->client_ip.length > 0 ? w->client_ip : w->client_host;

    return pfx_slice_until(client, PFX_NAME_SIZE - 1);
}

/* A line that names no client, or no port, may be of any. */
static bool may_be_of(const struct pfx_session *s, const struct pfx_observation *w)
{
    struct pfx_slice client = client_of(w);

    return (client.length == 0 || s->client[0] == '\0' || pfx_name_is(s->client, client)) &&
           (w->client_port.length == 0 || s->port[0] == '\0' ||
            pfx_name_is(s->port, w->client_port));
}

static int64_t begin(const struct pfx_session *s)
{
    return s->opened != 0 ? s->opened : s->first;
}

/* A line that names another client is of another session, whose other lines may be late. So a
 * client that a proxy introduces in the middle of a session (XCLIENT) begins a session of its own.
 */
struct pfx_session *pfx_session_pick(const struct pfx_sessions *sessions,
                                     const struct pfx_observation *w)
{
    struct pfx_session *s = sessions->newest;

    while (s != NULL && ((s->opened != 0 && w->time < s->opened) ||
                         (s->closed != 0 && w->time > s->closed) || !may_be_of(s, w)))
        s = s->older;
    return s;
}

struct pfx_session *pfx_session_pick_open(const struct pfx_sessions *sessions,
                                          const struct pfx_observation *w)
{
    struct pfx_session *found = NULL;

    if (sessions->unopened == 0 && w->time > sessions->opened)
        return NULL; /* as nearly always */
    for (struct pfx_session *s = sessions->newest; s != NULL; s = s->older) {
        if (!may_be_of(s, w))
            continue;
        /* A duplicate line; or the next connection within the same full second. */
        if (s->opened == w->time && (s->closed == 0 || s->closed > w->time))
            return s;
        if (s->opened == 0 && begin(s) >= w->time)
            found = s; /* its other lines came first: the oldest that can be */
    }
    return found;
}

struct pfx_session *pfx_session_add(struct pfx_sessions *sessions, const struct pfx_observation *w)
{
    struct pfx_session *session = pfx_pool_take(sessions->pool, sizeof(*session));

    if (session == NULL)
        return NULL;
    memset(session, 0, sizeof(*session));
    session->facts.pool = sessions->pool;
    pfx_name_set(session->client, sizeof(session->client), client_of(w));
    pfx_name_set(session->port, sizeof(session->port), w->client_port);
    session->first = w->time;
    session->older = sessions->newest;
    sessions->newest = session;
    pfx_sessions_note(sessions, session, 1);
    if (sessions->count > PFX_SESSIONS_MAX) {
        struct pfx_session *s = session;

        while (s->older->older != NULL)
            s = s->older;
        pfx_sessions_note(sessions, s->older, -1);
        pfx_facts_free(&s->older->facts);
        pfx_pool_give(sessions->pool, s->older, sizeof(*s));
        s->older = NULL;
    }
    return session;
}

void pfx_sessions_note(struct pfx_sessions *sessions, const struct pfx_session *session, int by)
{
    sessions->count += (uint32_t)by;
    sessions->bytes +=
        (size_t)by * (pfx_pool_cost(sizeof(*session)) + pfx_pool_cost(session->facts.size));
    if (session->opened == 0)
        sessions->unopened += (uint32_t)by;
    else if (session->opened > sessions->opened)
        sessions->opened = session->opened;
    if (session->closed == 0)
        sessions->unclosed += (uint32_t)by;
}

static bool merge(struct pfx_session *s, const struct pfx_observation *w,
                  const struct pfx_event *event)
{
    s->coarse |= w->coarse;
    if (w->time < s->first)
        s->first = w->time;
    if ((w->roles & (PFX_SESSION_OPEN | PFX_PEER_OPEN)) != 0)
        s->opened = w->time;
    if ((w->roles & (PFX_SESSION_CLOSE | PFX_PEER_CLOSE)) != 0) {
        s->closed = w->time;
        /* smtpd takes over the connection from postscreen; its own lines follow. */
        s->passed |= (w->roles & PFX_PEER_CLOSE) != 0 && w->fate == PFX_FATE_PASSED;
    }
    if ((w->roles & PFX_QUEUE_OPEN) != 0) {
        s->mails += w->times;
        s->logins += w->has_login;
    }
    s->refused += w->fate == PFX_FATE_REFUSED || w->fate == PFX_FATE_REJECTED ? w->times : 0;
    if (w->queue_id.length == 0 && (w->fate == PFX_FATE_HELD || w->fate == PFX_FATE_DISCARDED)) {
        s->fate = (uint8_t)w->fate;
        s->fated = w->time;
    }
    s->denied += w->fate == PFX_FATE_DENIED ? w->times : 0;
    /* What a refused client said is no fact. */
    if (w->failed || w->outbound || w->fate == PFX_FATE_REFUSED || w->fate == PFX_FATE_DENIED)
        return true;
    return pfx_facts_learn(&s->facts, event, pfx_scope_session, PFX_RANK_LINE, w->time);
}

bool pfx_session_merge(struct pfx_sessions *sessions, struct pfx_session *session,
                       const struct pfx_observation *w, const struct pfx_event *event)
{
    bool kept;

    pfx_sessions_note(sessions, session, -1);
    kept = merge(session, w, event);
    pfx_sessions_note(sessions, session, 1);
    return kept;
}

void pfx_sessions_clear(struct pfx_sessions *sessions)
{
    while (sessions->newest != NULL) {
        struct pfx_session *older = sessions->newest->older;

        pfx_facts_free(&sessions->newest->facts);
        pfx_pool_give(sessions->pool, sessions->newest, sizeof(*sessions->newest));
        sessions->newest = older;
    }
    sessions->count = sessions->unopened = sessions->unclosed = 0;
    sessions->opened = 0;
    sessions->bytes = 0;
}

size_t pfx_sessions_bytes(const struct pfx_sessions *sessions)
{
    return sessions->bytes;
}

enum pfx_session_class pfx_sessions_class_of(const struct pfx_sessions *sessions)
{
    return sessions->unclosed > 0 ? PFX_SESSION_IDLE : PFX_SESSION_CLOSED;
}
