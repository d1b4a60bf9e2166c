/* SPDX-License-Identifier: Apache-2.0 */
/* What a line will touch; see foresee.h. What is done to it is in merge.c, connections.c and
 * flow.c, and this has to know all that they look at. */
#include "story/foresee.h"
#include "story/answers.h"
#include "story/connections.h"
#include "story/jobs.h"
#include "story/pieces.h"

static bool is_of_session(const struct pfx_observation *w)
{
    return !w->neighbour && (w->roles & (PFX_SESSION_ROLES | PFX_PEER_ROLES)) != 0;
}

uint32_t pfx_foresee_named(const struct pfx_story *story, struct pfx_observation *w, uint64_t same,
                           uint64_t *home_r)
{
    const struct pfx_shards *shards = &story->shards;
    char room[PFX_KEY_SIZE];
    uint32_t parts = 0;

    *home_r = same;
    if ((w->roles & PFX_SESSION_ROLES) != 0 ||
        (w->outbound && (w->roles & (PFX_QUEUE_RECIPIENT | PFX_PEER_ROLES)) != 0)) {
        w->process_hash = pfx_shards_hash(
            shards, pfx_flow_key(room, w->outbound ? PFX_KEY_AGENT : PFX_KEY_PROCESS, w->host_hash,
                                 w->pid, PFX_NO_SLICE));
        pfx_store_fetch_index(shards->shard[pfx_shards_at(shards, w->process_hash)].sessions,
                              w->process_hash);
        parts |= pfx_shards_bit(shards, w->process_hash);
        *home_r = w->process_hash;
    }
    if (w->queue_id.length > 0) {
        w->mail_hash = pfx_shards_hash(
            shards, pfx_flow_key(room, PFX_KEY_MAIL, w->host_hash, w->queue_id, PFX_NO_SLICE));
        pfx_store_fetch_index(shards->shard[pfx_shards_at(shards, w->mail_hash)].mails,
                              w->mail_hash);
        parts |= pfx_shards_bit(shards, w->mail_hash);
        *home_r = w->mail_hash;
    }
    pfx_arrivals_fetch(shards->shard[pfx_shards_at(shards, *home_r)].arrivals, same);
    return parts | pfx_shards_bit(shards, *home_r);
}

void pfx_foresee_fetch(const struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;
    const struct pfx_shards *shards = m->hold.shards;

    if (w->mail_hash != 0)
        pfx_store_fetch_entry(shards->shard[pfx_shards_at(shards, w->mail_hash)].mails,
                              w->mail_hash);
    if (w->process_hash != 0)
        pfx_store_fetch_entry(shards->shard[pfx_shards_at(shards, w->process_hash)].sessions,
                              w->process_hash);
}

/* Takes the part of a key; false when what was found so far may have changed. */
static bool take(struct pfx_merge *m, char kind, uint64_t host, struct pfx_slice a,
                 struct pfx_slice b)
{
    return pfx_hold_take(&m->hold, pfx_flow_hash(&m->flow, kind, host, a, b));
}

static bool take_mail(struct pfx_merge *m, uint64_t host, struct pfx_slice queue_id)
{
    return take(m, PFX_KEY_MAIL, host, queue_id, PFX_NO_SLICE);
}

/* What the line names beside its own mail and process. */
static bool take_named(struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;
    bool of_session = is_of_session(w), kept = true;
    uint64_t host;

    if ((w->roles & PFX_PEER_ROLES) != 0 ||
        ((w->roles & PFX_SESSION_OPEN) != 0 && w->client_ip.length > 0))
        kept &= take(m, PFX_KEY_PEER, w->host_hash, w->client_ip, PFX_NO_SLICE);
    if (w->job.length > 0)
        kept &= take(m, PFX_KEY_JOB, w->host_hash, w->job, (struct pfx_slice){&w->job_kind, 1});
    if (w->neighbour && w->notice.length > 0)
        kept &= take_mail(m, w->host_hash, w->notice);
    kept &= pfx_pieces_hold(m);
    if (w->parent.length > 0)
        kept &= take_mail(m, w->host_hash, w->parent);
    if (w->child.length > 0) {
        if (of_session)
            kept &= take_mail(m, w->host_hash, w->child);
        if (pfx_flow_child_host(&m->flow, w, &host))
            kept &= take_mail(m, host, w->child);
    }
    if (w->fate == PFX_FATE_IDENTIFIED && w->message_id.length > 0)
        kept &= take(m, PFX_KEY_MESSAGE, 0, w->message_id, PFX_NO_SLICE);
    if (of_session && w->queue_id.length == 0 && (w->roles & PFX_QUEUE_OPEN) != 0)
        kept &= take(m, PFX_KEY_PROXIED, w->host_hash, w->client_host, w->client_ip);
    if (w->queue_id.length > 0 && (w->orig_ip.length > 0 || w->orig_host.length > 0))
        kept &= take(m, PFX_KEY_PROXIED, w->host_hash, w->orig_host, w->orig_ip);
    return kept;
}

/* The other end of a pending link. */
static bool take_pending(struct pfx_merge *m, const struct pfx_pending *pending)
{
    return pending == NULL || pending->other == 0 || pfx_hold_take(&m->hold, pending->other);
}

/* Whether the line is of that life of its queue id; if not, another one begins. */
static bool goes_on(const struct pfx_merge *m, const struct pfx_mail *mail)
{
    return mail != NULL &&
           !pfx_mail_is_other_life(mail, m->observation, pfx_story_linger(m->story));
}

/* What the mail, the session and the links of the line lead to. */
static bool take_found(struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;
    bool has_mail = w->queue_id.length > 0;
    const struct pfx_mail *mail = has_mail ? pfx_flow_find_own(&m->flow, w) : NULL;
    const struct pfx_job *job = w->job.length > 0 ? pfx_jobs_find(m) : NULL;
    const struct pfx_session *session;
    bool begins = has_mail && !goes_on(m, mail);

    if (job != NULL && job->mail != 0 && !pfx_hold_take(&m->hold, job->mail))
        return false;
    if (job != NULL && job->notice[0] != '\0' &&
        !take_mail(m, w->host_hash, pfx_slice_of(job->notice)))
        return false;
    if (mail != NULL && mail->session != 0 && !pfx_hold_take(&m->hold, mail->process))
        return false;
    if (!pfx_answers_hold(m, mail))
        return false;
    if (begins && pfx_jobs_claimed(m) != 0 && !pfx_hold_take(&m->hold, pfx_jobs_claimed(m)))
        return false;
    if (begins || (has_mail && (w->roles & PFX_QUEUE_OPEN) != 0)) {
        if (!take_pending(m, pfx_flow_pending_child(&m->flow, w)))
            return false;
        if ((w->orig_ip.length > 0 || w->orig_host.length > 0) &&
            !take_pending(m, pfx_flow_pending_proxied(&m->flow, w)))
            return false;
    }
    if (w->fate == PFX_FATE_IDENTIFIED && w->message_id.length > 0 &&
        !take_pending(m, pfx_flow_pending_message(&m->flow, w)))
        return false;
    if (w->outbound || !is_of_session(w))
        return true;
    session = pfx_connections_find(m);
    if (session == NULL) /* it may be of those of its address, or take one over */
        return (w->client_ip.length == 0 && w->client_port.length == 0) ||
               take(m, PFX_KEY_PEER, w->host_hash, w->client_ip, PFX_NO_SLICE);
    return has_mail || session->last_mail == 0 || pfx_hold_take(&m->hold, session->last_mail);
}

void pfx_foresee(struct pfx_merge *m)
{
    if (m->hold.alone || m->hold.shards->count == 1)
        return;
    take_named(m); /* nothing was found so far */
    while (!take_found(m))
        ;
}
