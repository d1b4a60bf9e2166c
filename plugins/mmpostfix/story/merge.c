/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a story; see merge.h. Mails are in mail.c, connections in session.c, links between
 * mails in flow.c; here the line is passed through them.
 */
#include "story/merge.h"
#include "story/answers.h"
#include "story/connections.h"
#include "story/jobs.h"
#include "story/pieces.h"

#include <string.h>

static void set_instance(const struct pfx_merge *m, struct pfx_mail *mail)
{
    const struct pfx_observation *w = m->observation;

    mail->instance = w->instance_hash;
    pfx_own_hosts_note(&m->story->own_hosts, w->instance, w->instance_hash);
}

/* The life of the queue id that the line is of, made when it is the first; NULL without memory. */
static struct pfx_mail *mail_of(struct pfx_merge *m, struct pfx_shard *shard)
{
    const struct pfx_observation *w = m->observation;
    int64_t born = __atomic_load_n(&m->story->clock.born, __ATOMIC_RELAXED);
    int64_t linger = pfx_story_linger(m->story);
    char room[PFX_KEY_SIZE];
    struct pfx_mail *mail = pfx_flow_find_own(&m->flow, w);

    if (mail != NULL && pfx_mail_is_other_life(mail, w, linger)) {
        shard->counters.reused += mail->entry.class >= PFX_MAIL_OPENED;
        pfx_store_remove(shard->mails, &mail->entry);
        mail = NULL;
    }
    if (mail != NULL) {
        if (mail->instance == 0)
            set_instance(m, mail);
        return mail;
    }
    mail = (struct pfx_mail *)pfx_store_add(
        shard->mails, pfx_flow_key(room, PFX_KEY_MAIL, w->host_hash, w->queue_id, PFX_NO_SLICE),
        w->mail_hash, PFX_MAIL_UNKNOWN, m->now);
    if (mail == NULL)
        return NULL;
    mail->facts.pool = mail->recipients.pool = shard->pool;
    set_instance(m, mail);
    mail->id = pfx_id_new(PFX_ID_MAIL, w, w->queue_id, 'm');
    mail->trace = mail->id;
    mail->nrcpt = -1;
    if (w->time < born + linger)
        mail->watched = born;
    pfx_flow_find_parent(&m->flow, mail, w);
    pfx_jobs_take_claim(m, mail);
    return mail;
}

/* A mail begins in a session: it joins the session's flow, unless another mail has it. */
static void join_session(struct pfx_mail *mail, struct pfx_session *session,
                         const struct pfx_observation *w)
{
    pfx_name_set(session->last_queue_id, sizeof(session->last_queue_id), w->queue_id);
    session->last_mail = w->mail_hash;
    mail->process = w->process_hash;
    mail->session = session->id;
    if (mail->link == PFX_LINK_NONE && !session->trace_taken)
        mail->trace = session->trace;
    else if (!session->trace_taken)
        session->trace = mail->trace;
    session->trace_taken = true;
    if (session->fate != PFX_FATE_NONE && session->fated <= w->time) {
        pfx_mail_set_fate(mail, (enum pfx_fate)session->fate, session->fated);
        session->fate = PFX_FATE_NONE;
    }
}

/* Takes the facts of the session up to the beginning of the mail. */
static void merge_session_facts(const struct pfx_merge *m, struct pfx_mail *mail)
{
    const struct pfx_session *session;

    if (mail->session == 0)
        return;
    session = pfx_flow_find_session(&m->flow, mail->process, mail->session);
    if (session != NULL)
        pfx_facts_merge(&mail->facts, &session->facts, PFX_RANK_SESSION, mail->opened, false);
}

static void merge_mail(struct pfx_merge *m, struct pfx_session *session)
{
    struct pfx_observation *w = m->observation;
    struct pfx_shard *shard = pfx_hold_shard(&m->hold, w->mail_hash);
    struct pfx_mail *mail = shard != NULL ? mail_of(m, shard) : NULL;
    struct pfx_event *event = m->event;
    struct pfx_job *job = NULL;
    enum pfx_mail_class class;
    bool internal, whole, first;

    if (mail == NULL)
        return;
    if (mail->entry.class == PFX_MAIL_GONE) {
        ++shard->counters.late;
        pfx_record_tell_gone(mail, event, m->scratch);
        return;
    }
    if (!w->neighbour)
        job = pfx_jobs_of(m);
    if (job != NULL)
        pfx_jobs_correct(job, w);
    if (pfx_mail_is_set_back(mail, w))
        w->time = mail->last + 1; /* the order of arrival is all there is */
    internal = w->fate == PFX_FATE_SENT && (pfx_flow_is_internal(&m->flow, w) ||
                                            (job != NULL && job->fate == PFX_FATE_REQUEUED));
    w->own_host = pfx_flow_own_host(&m->flow, w);
    if (mail->first != 0) /* before it changes: so were they foreseen */
        pfx_answers_give(m, mail);
    if (!m->duplicate || mail->first == 0)
        pfx_mail_merge(mail, w, event, internal);
    m->attempts = mail->attempts;
    if ((w->roles & PFX_QUEUE_OPEN) != 0) {
        if (session != NULL)
            join_session(mail, session, w);
        if (mail->link < PFX_LINK_PROXY)
            pfx_flow_find_parent(&m->flow, mail, w);
        if (mail->link == PFX_LINK_WEAK && mail->from_here && mail->likely != 0)
            mail->trace = mail->likely;
    }
    if (w->fate == PFX_FATE_IDENTIFIED)
        pfx_flow_link_message(&m->flow, mail, w, m->now);
    if (w->child.length > 0 && !w->neighbour) {
        enum pfx_link link;
        uint64_t child = pfx_flow_link_child(&m->flow, mail, w, m->now, &link);

        if (child != 0)
            pfx_record_tell_child(child, link, event, m->scratch);
    }
    if (job != NULL)
        pfx_jobs_tie(m, job, mail);
    class = pfx_mail_class_of(mail);
    whole = mail->closed != 0;
    if (whole || (w->roles & PFX_QUEUE_OPEN) != 0)
        merge_session_facts(m, mail);
    first = whole && mail->records == 0;
    if (first || (whole && !m->duplicate)) /* the same line amends nothing */
        ++mail->records;
    pfx_store_touch(shard->mails, &mail->entry, class, m->now);
    pfx_store_account(shard->mails, &mail->entry, pfx_mail_bytes(mail));
    if (w->fate == PFX_FATE_SENT)
        pfx_record_tell_hop(internal, event);
    if (!pfx_record_tell_mail(mail, whole, event, m->scratch))
        shard->counters.incomplete += first; /* once a mail, however often it is told */
}

/* The latest mail of a session, unless evicted. */
static struct pfx_mail *last_mail(const struct pfx_merge *m, const struct pfx_session *session)
{
    const struct pfx_shard *shard =
        session->last_mail != 0 ? pfx_hold_shard(&m->hold, session->last_mail) : NULL;
    struct pfx_entry *entry =
        shard != NULL ? pfx_store_find_hash(shard->mails, session->last_mail) : NULL;

    while (entry != NULL && ((struct pfx_mail *)entry)->session != session->id)
        entry = pfx_store_next_hash(entry);
    return entry != NULL && entry->class != PFX_MAIL_GONE ? (struct pfx_mail *)entry : NULL;
}

/* A session's line added to its last mail what the record lacked: the line gets the amended record,
 * unless it is about another mail. */
static bool amend(const struct pfx_merge *m, struct pfx_mail *mail,
                  const struct pfx_session *session, bool changed)
{
    if (mail->closed == 0 || m->observation->to.length > 0 || pfx_facts_of_mail(m->event) ||
        (!changed && mail->amender != m->line))
        return false;
    mail->records += changed;
    mail->amender = m->line;
    pfx_record_tell_uid(session->last_queue_id, m->event, m->scratch);
    pfx_record_tell_mail(mail, true, m->event, m->scratch);
    return true;
}

/* A session's line that is not of its last mail: it may be late and have facts from before the mail
 * began; or it ends the session, and nothing says that the mail got into the queue. True when the
 * line now has that mail's record. */
static bool tell_last_mail(const struct pfx_merge *m, const struct pfx_session *session,
                           bool closes)
{
    struct pfx_mail *mail = last_mail(m, session);
    uint32_t before;
    bool amended;

    if (mail == NULL)
        return false;
    before = mail->facts.length;
    if (m->observation->time <= mail->opened)
        pfx_facts_merge(&mail->facts, &session->facts, PFX_RANK_SESSION, mail->opened, false);
    amended = amend(m, mail, session, mail->facts.length != before);
    if (!closes || mail->has_message_id || mail->attempts > 0)
        return amended;
    mail->aborted = true;
    pfx_store_touch(pfx_hold_shard(&m->hold, mail->entry.hash)->mails, &mail->entry, PFX_MAIL_ENDED,
                    m->now);
    return amended;
}

/* What a line of another program, which does not name its queue id, adds to a mail. */
static void merge_other(struct pfx_merge *m, struct pfx_mail *mail, struct pfx_job *job)
{
    struct pfx_store *store = pfx_hold_shard(&m->hold, mail->entry.hash)->mails;

    if (!m->duplicate)
        pfx_facts_learn(&mail->facts, m->event, pfx_scope_mail, PFX_RANK_LINE,
                        m->observation->time);
    if (job != NULL)
        pfx_jobs_give(job, mail);
    pfx_store_account(store, &mail->entry, pfx_mail_bytes(mail));
}

/* The mail that such a line is of; NULL: it is not known. */
static struct pfx_mail *mail_of_other(const struct pfx_merge *m, const struct pfx_job *job)
{
    const struct pfx_observation *w = m->observation;
    int64_t linger = pfx_story_linger(m->story);
    struct pfx_mail *mail = NULL;

    if (w->child.length > 0)
        mail = pfx_flow_find(&m->flow, w->host_hash, 0, w->child);
    if (mail != NULL && mail->closed != 0 && w->time > mail->closed + linger)
        return NULL; /* the queue id will be another mail's, forgotten or not */
    if (mail == NULL && job != NULL && job->mail != 0)
        mail = pfx_flow_find_mail_by_id(&m->flow, job->mail, job->mail_id);
    return mail != NULL && mail->entry.class != PFX_MAIL_GONE ? mail : NULL;
}

/* Tells the mail; its record, if what the line says amends that. */
static void tell_other(struct pfx_merge *m, struct pfx_mail *mail, uint32_t facts,
                       const struct pfx_tally *tally)
{
    bool amends =
        mail->closed != 0 && (mail->facts.length != facts ||
                              memcmp(&mail->recipients.tally, tally, sizeof(*tally)) != 0);
    char uid[PFX_UID_SIZE];

    mail->records += amends;
    pfx_name_set(uid, sizeof(uid), pfx_flow_uid(mail));
    pfx_record_tell_uid(uid, m->event, m->scratch);
    pfx_record_tell_mail(mail, amends, m->event, m->scratch);
}

/* Such a line names its mail, and adds nothing to it. */
static void tell_named(struct pfx_merge *m)
{
    struct pfx_mail *mail = pfx_flow_find_own(&m->flow, m->observation);

    if (mail != NULL && mail->entry.class != PFX_MAIL_GONE)
        pfx_record_tell_mail(mail, false, m->event, m->scratch);
}

/* A program beside Postfix: its line is of the mails that it names, or of that of its job. */
static void merge_neighbour(struct pfx_merge *m)
{
    bool sure =
        m->observation->queue_id.length > 0 && !pfx_flow_is_ambiguous(&m->flow, m->observation);
    bool named = sure && (m->observation->roles & PFX_QUEUE_ADD) != 0;
    struct pfx_job *job = pfx_jobs_of(m);
    struct pfx_mail *mail = NULL, *other = mail_of_other(m, job);
    uint32_t facts = other != NULL ? other->facts.length : 0;
    struct pfx_tally tally = other != NULL ? other->recipients.tally : (struct pfx_tally){0};

    if (named) {
        merge_mail(m, NULL);
        mail = pfx_flow_find_own(&m->flow, m->observation);
        if (mail != NULL && mail->entry.class == PFX_MAIL_GONE)
            mail = NULL;
        other = mail_of_other(m, job); /* that one may have taken its place */
    }
    if (job != NULL)
        pfx_jobs_merge(m, job, mail != NULL ? mail : other);
    if (other != NULL && other != mail)
        merge_other(m, other, job);
    if (other != NULL && !named)
        tell_other(m, other, facts, &tally);
    else if (sure && !named)
        tell_named(m);
    if (job != NULL)
        pfx_jobs_tell(m, job, mail == NULL && other == NULL);
    if (job != NULL && other == NULL && m->observation->child.length > 0)
        pfx_jobs_claim(m, job, m->observation->child); /* the last: it may evict the job */
}

void pfx_merge_line(struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;
    bool of_session = (w->roles & (PFX_SESSION_ROLES | PFX_PEER_ROLES)) != 0;
    bool closes = (w->roles & (PFX_SESSION_CLOSE | PFX_PEER_CLOSE)) != 0;
    struct pfx_session *session = NULL;

    if (w->neighbour) {
        pfx_pieces_take(m);
        merge_neighbour(m);
        pfx_answers_take(m);
        return;
    }
    if (w->outbound && (of_session || (w->roles & PFX_QUEUE_RECIPIENT) != 0))
        pfx_connections_agent(m);
    else if (of_session && (w->pid.length > 0 || (w->roles & PFX_PEER_ROLES) != 0))
        session = pfx_connections_take(m);
    if (session != NULL)
        pfx_answers_connected(m, session);
    if (session != NULL && w->queue_id.length == 0)
        pfx_connections_proxy(m, session);
    if (w->queue_id.length > 0 && w->host.length > 0)
        merge_mail(m, session);
    if (session != NULL) {
        if (w->queue_id.length > 0) /* the mail has the session's facts that concern it */
            pfx_record_tell_session_id(session, m->event, m->scratch);
        else if (!tell_last_mail(m, session, closes))
            pfx_record_tell_session(session, closes, m->event, m->scratch);
    }
}
