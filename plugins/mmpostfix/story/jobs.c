/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs beside Postfix; see jobs.h. */
#include "story/jobs.h"

static struct pfx_slice key_of(const struct pfx_observation *w, char room[PFX_KEY_SIZE])
{
    return pfx_flow_key(room, PFX_KEY_JOB, w->host_hash, w->job,
                        (struct pfx_slice){&w->job_kind, 1});
}

struct pfx_job *pfx_jobs_find(const struct pfx_merge *m)
{
    char room[PFX_KEY_SIZE];
    struct pfx_slice key = key_of(m->observation, room);
    uint64_t hash = pfx_shards_hash(m->hold.shards, key);
    const struct pfx_shard *shard = pfx_hold_shard(&m->hold, hash);

    return shard != NULL ? (struct pfx_job *)pfx_store_find(shard->jobs, key, hash) : NULL;
}

/* Ids come again: rspamd's has six digits, amavis' begin anew when process numbers do. A task is of
 * one mail that was given to it; where the line names another one by its queue id, this is another
 * task, and nothing of the last one is told of it. */
static struct pfx_job *begun_anew(const struct pfx_merge *m, struct pfx_job *job)
{
    const struct pfx_observation *w = m->observation;

    if (w->queue_id.length == 0)
        return job;
    if (job->named != 0 && job->named != w->mail_hash) {
        pfx_facts_free(&job->facts);
        job->id = pfx_id_new(PFX_ID_CONNECTION, w, w->job, 'j');
        job->mail = job->mail_id = 0;
        job->notice[0] = '\0';
        job->opened = 0;
        job->fate = PFX_FATE_NONE;
    }
    job->named = w->mail_hash;
    return job;
}

struct pfx_job *pfx_jobs_of(struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;
    char room[PFX_KEY_SIZE];
    struct pfx_shard *shard;
    struct pfx_slice key;
    struct pfx_job *job;
    uint64_t hash;

    if (w->job.length == 0)
        return NULL;
    key = key_of(w, room);
    hash = pfx_shards_hash(m->hold.shards, key);
    shard = pfx_hold_shard(&m->hold, hash);
    if (shard == NULL)
        return NULL;
    job = (struct pfx_job *)pfx_store_find(shard->jobs, key, hash);
    if (job != NULL)
        return begun_anew(m, job);
    job = (struct pfx_job *)pfx_store_add(shard->jobs, key, hash, PFX_JOB_TASK, m->now);
    if (job == NULL)
        return NULL;
    job->facts.pool = shard->pool;
    job->id = pfx_id_new(PFX_ID_CONNECTION, w, w->job, 'j');
    return begun_anew(m, job);
}

static void touch(struct pfx_merge *m, struct pfx_job *job, enum pfx_job_class class)
{
    struct pfx_store *store = pfx_hold_shard(&m->hold, job->entry.hash)->jobs;

    pfx_store_touch(store, &job->entry, class, m->now);
    pfx_store_account(store, &job->entry, pfx_pool_cost(job->facts.size));
}

/* A script of Sieve may do several things with a mail. What is stored was delivered, whatever else
 * was done; what was sent on was not thrown away. */
static enum pfx_fate stronger(enum pfx_fate a, enum pfx_fate b)
{
    static const enum pfx_fate order[] = {PFX_FATE_SENT, PFX_FATE_REQUEUED, PFX_FATE_BOUNCED,
                                          PFX_FATE_DROPPED};

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); ++i) {
        if (a == order[i] || b == order[i])
            return order[i];
    }
    return PFX_FATE_NONE;
}

void pfx_jobs_correct(const struct pfx_job *job, struct pfx_observation *w)
{
    if (job->fate == PFX_FATE_NONE || job->fate == PFX_FATE_SENT || w->fate != PFX_FATE_SENT)
        return;
    w->status = pfx_recipients_status((enum pfx_fate)job->fate);
    if (job->fate != PFX_FATE_REQUEUED)
        w->fate = (enum pfx_fate)job->fate;
}

/* Its id, as its key has it. */
static struct pfx_slice name_of(const struct pfx_job *job)
{
    return pfx_slice_of(pfx_slice_from(pfx_store_key(&job->entry), 1 + sizeof(uint64_t)).text);
}

void pfx_jobs_give(const struct pfx_job *job, struct pfx_mail *mail)
{
    pfx_facts_merge(&mail->facts, &job->facts, PFX_RANK_LINE, INT64_MAX, true);
    if (job->fate != PFX_FATE_NONE)
        pfx_recipients_correct(&mail->recipients, name_of(job), (enum pfx_fate)job->fate);
}

static void tie(struct pfx_merge *m, struct pfx_job *job, struct pfx_mail *mail)
{
    job->mail = mail->entry.hash;
    job->mail_id = mail->id;
    pfx_jobs_give(job, mail);
    if (job->notice[0] != '\0') {
        uint64_t child =
            pfx_flow_link_notice(&m->flow, mail, m->observation, pfx_slice_of(job->notice), m->now);

        if (child != 0)
            pfx_record_tell_child(child, PFX_LINK_BOUNCE, m->event, m->scratch);
    }
    job->notice[0] = '\0';
}

void pfx_jobs_tie(struct pfx_merge *m, struct pfx_job *job, struct pfx_mail *mail)
{
    /* On this line it is this job's, on the next ones the latest. */
    m->scratch->used += pfx_facts_tell(&job->facts, m->event, m->scratch->text + m->scratch->used,
                                       m->scratch->size - m->scratch->used);
    tie(m, job, mail);
    touch(m, job, (enum pfx_job_class)job->entry.class);
}

void pfx_jobs_merge(struct pfx_merge *m, struct pfx_job *job, struct pfx_mail *mail)
{
    const struct pfx_observation *w = m->observation;

    pfx_facts_learn(&job->facts, m->event, pfx_scope_mail, PFX_RANK_LINE, w->time);
    job->fate = (uint8_t)stronger((enum pfx_fate)job->fate, w->job_fate);
    if (w->job_opens && (job->opened == 0 || w->time < job->opened))
        job->opened = w->time;
    if (w->job_opens) /* who logged in and how, for the end of it */
        pfx_facts_learn(&job->facts, m->event, pfx_scope_session, PFX_RANK_SESSION, w->time);
    if (w->notice.length > 0)
        pfx_name_set(job->notice, sizeof(job->notice), w->notice);
    if (mail != NULL)
        tie(m, job, mail);
    touch(m, job, job->opened != 0 && !w->job_closes ? PFX_JOB_SESSION : PFX_JOB_TASK);
}

void pfx_jobs_tell(struct pfx_merge *m, const struct pfx_job *job, bool alone)
{
    const struct pfx_observation *w = m->observation;

    if (w->job_closes && job->opened != 0)
        m->scratch->used +=
            pfx_facts_tell(&job->facts, m->event, m->scratch->text + m->scratch->used,
                           m->scratch->size - m->scratch->used);
    pfx_record_tell_job(job->id, job->opened, w->job_closes ? w->time : 0, alone, m->event,
                        m->scratch);
}

/* A claim stands in the store of jobs under the key of the mail, and its mail is the job. */
void pfx_jobs_claim(struct pfx_merge *m, const struct pfx_job *job, struct pfx_slice queue_id)
{
    char room[PFX_KEY_SIZE];
    struct pfx_slice key =
        pfx_flow_key(room, PFX_KEY_MAIL, m->observation->host_hash, queue_id, PFX_NO_SLICE);
    uint64_t hash = pfx_shards_hash(m->hold.shards, key);
    struct pfx_shard *shard = pfx_hold_shard(&m->hold, hash);
    const uint64_t by = job->entry.hash, id = job->id; /* a full store may evict it */
    struct pfx_job *claim =
        shard != NULL ? (struct pfx_job *)pfx_store_find(shard->jobs, key, hash) : NULL;

    if (claim == NULL && shard != NULL)
        claim = (struct pfx_job *)pfx_store_add(shard->jobs, key, hash, PFX_JOB_TASK, m->now);
    if (claim == NULL)
        return;
    claim->mail = by;
    claim->mail_id = id;
    claim->opened = m->observation->time;
}

static const struct pfx_job *claim_of(const struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;
    const struct pfx_shard *shard = pfx_hold_shard(&m->hold, w->mail_hash);
    const struct pfx_job *claim =
        shard != NULL ? (struct pfx_job *)pfx_store_find_hash(shard->jobs, w->mail_hash) : NULL;

    return claim != NULL && pfx_flow_is_named(w, claim->opened) ? claim : NULL;
}

uint64_t pfx_jobs_claimed(const struct pfx_merge *m)
{
    const struct pfx_job *claim = claim_of(m);

    return claim != NULL ? claim->mail : 0;
}

void pfx_jobs_take_claim(struct pfx_merge *m, struct pfx_mail *mail)
{
    const struct pfx_job *claim = claim_of(m);
    const struct pfx_shard *shard = claim != NULL ? pfx_hold_shard(&m->hold, claim->mail) : NULL;
    struct pfx_entry *entry = shard != NULL ? pfx_store_find_hash(shard->jobs, claim->mail) : NULL;
    struct pfx_job *job = (struct pfx_job *)entry;

    if (job != NULL && job->id == claim->mail_id)
        tie(m, job, mail);
}
