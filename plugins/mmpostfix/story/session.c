/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of clients; see session.h. */
#include "story/session.h"

#include <stdlib.h>
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
    struct pfx_session *session = calloc(1, sizeof(*session));
    unsigned count = 1;

    if (session == NULL)
        return NULL;
    pfx_name_set(session->client, sizeof(session->client), client_of(w));
    pfx_name_set(session->port, sizeof(session->port), w->client_port);
    pfx_name_set(session->instance, sizeof(session->instance), w->instance);
    session->first = w->time;
    session->older = sessions->newest;
    sessions->newest = session;
    for (struct pfx_session *s = session; s->older != NULL; s = s->older) {
        if (++count > PFX_SESSIONS_MAX) {
            pfx_facts_free(&s->older->facts);
            free(s->older);
            s->older = NULL;
            break;
        }
    }
    return session;
}

bool pfx_session_merge(struct pfx_session *s, const struct pfx_observation *w,
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

void pfx_sessions_clear(struct pfx_sessions *sessions)
{
    while (sessions->newest != NULL) {
        struct pfx_session *older = sessions->newest->older;

        pfx_facts_free(&sessions->newest->facts);
        free(sessions->newest);
        sessions->newest = older;
    }
}

size_t pfx_sessions_bytes(const struct pfx_sessions *sessions)
{
    size_t bytes = 0;

    for (const struct pfx_session *s = sessions->newest; s != NULL; s = s->older)
        bytes += sizeof(*s) + s->facts.size;
    return bytes;
}

enum pfx_session_class pfx_sessions_class_of(const struct pfx_sessions *sessions)
{
    for (const struct pfx_session *s = sessions->newest; s != NULL; s = s->older) {
        if (s->closed == 0)
            return PFX_SESSION_IDLE;
    }
    return PFX_SESSION_CLOSED;
}
