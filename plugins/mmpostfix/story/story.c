/* SPDX-License-Identifier: Apache-2.0 */
/* The story of mails; see story.h. Mails are in mail.c, connections in session.c, links between
 * mails in flow.c; here each line is passed through them.
 */
#include "story/story.h"
#include "base/hash.h"
#include "story/flow.h"
#include "story/connections.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)

/* How long an ended mail's name is kept for late lines, and an ended session for lines of its
 * mails. */
#define GONE_IDLE (120 * SECOND)
#define CLOSED_IDLE (120 * SECOND)
/* smtpd_timeout and more: smtpd's watchdog ends it after five hours at the latest. */
#define SESSION_IDLE (6 * HOUR)
/* After so many lines with earlier timestamps the clock follows them. */
#define BEHIND 1000
/* Every so many lines idle entries are evicted, so many at most, to spread the cost over lines. */
#define EXPIRE_LINES 4
#define EXPIRE_STEP 64
/* Bytes of memory that is free and kept for the next mails. */
#define POOL_KEEP ((size_t)1 << 20)

struct pfx_story_options pfx_story_defaults(void)
{
    return (struct pfx_story_options){.max_mails = 100000,
                                      .max_sessions = 100000,
                                      .max_bytes = (size_t)512 << 20,
                                      .idle = 6 * 86400,
                                      .linger = 10};
}

static void release_mail(void *cookie, struct pfx_entry *entry, enum pfx_leave why)
{
    struct pfx_story *story = cookie;
    bool told = entry->class == PFX_MAIL_GONE || entry->class == PFX_MAIL_ENDED;

    if (!told && why == PFX_LEAVE_IDLE)
        ++story->counters.evicted_idle;
    else if (!told && why == PFX_LEAVE_CAPACITY)
        ++story->counters.evicted_capacity;
    pfx_mail_clear((struct pfx_mail *)entry);
}

/* After storylinger an ended mail keeps only its name. */
static int demote_mail(void *cookie, struct pfx_entry *entry)
{
    struct pfx_story *story = cookie;
    struct pfx_mail *mail = (struct pfx_mail *)entry;

    if (entry->class != PFX_MAIL_ENDED)
        return -1;
    if (mail->aborted)
        ++story->counters.aborted;
    else
        ++story->counters.ended;
    pfx_mail_clear(mail);
    pfx_store_account(story->mails, entry, 0);
    return PFX_MAIL_GONE;
}

static void release_sessions(void *cookie, struct pfx_entry *entry, enum pfx_leave why)
{
    struct pfx_story *story = cookie;

    if (entry->class != PFX_SESSION_CLOSED && why != PFX_LEAVE_REMOVED)
        ++story->counters.evicted_sessions;
    pfx_sessions_clear((struct pfx_sessions *)entry);
}

struct pfx_story *pfx_story_new(const struct pfx_story_options *options)
{
    struct pfx_story *story = calloc(1, sizeof(*story));
    struct pfx_pool *pool = pfx_pool_new(POOL_KEEP);
    const int64_t idle = options->idle * SECOND;
    const struct pfx_store_config mails = {
        .entry_size = sizeof(struct pfx_mail),
        .max_entries = options->max_mails,
        .max_bytes = options->max_bytes / 8 * 5,
        .idle = {[PFX_MAIL_GONE] = GONE_IDLE,
                 [PFX_MAIL_ENDED] = options->linger * SECOND,
                 [PFX_MAIL_OPENED] = idle < 6 * HOUR ? idle : 6 * HOUR,
                 [PFX_MAIL_UNKNOWN] = idle < 6 * HOUR ? idle : 6 * HOUR,
                 [PFX_MAIL_ACTIVE] = idle},
        /* Old mails leave room for new ones. */
        .eighths = {[PFX_MAIL_ACTIVE] = 5, [PFX_MAIL_HELD] = 2},
        .release = release_mail,
        .demote = demote_mail,
        .cookie = story,
        .pool = pool,
    };
    const struct pfx_store_config sessions = {
        .entry_size = sizeof(struct pfx_sessions),
        .max_entries = options->max_sessions,
        .max_bytes = options->max_bytes / 4,
        .idle = {[PFX_SESSION_CLOSED] = CLOSED_IDLE, [PFX_SESSION_IDLE] = SESSION_IDLE},
        .release = release_sessions,
        .cookie = story,
        .pool = pool,
    };

    if (story == NULL || pool == NULL) {
        pfx_pool_free(&pool);
        free(story);
        return NULL;
    }
    story->pool = pool;
    pthread_mutex_init(&story->lock, NULL);
    story->options = *options;
    story->mails = pfx_store_new(&mails);
    story->sessions = pfx_store_new(&sessions);
    story->arrivals = pfx_arrivals_new();
    if (story->mails == NULL || story->sessions == NULL || story->arrivals == NULL ||
        !pfx_flow_open(&story->flow, story->mails, story->sessions, options->max_mails,
                       options->max_bytes / 8))
        pfx_story_free(&story);
    return story;
}

void pfx_story_free(struct pfx_story **story)
{
    struct pfx_story *old = *story;

    *story = NULL;
    if (old == NULL)
        return;
    pfx_flow_close(&old->flow);
    pfx_store_free(&old->mails);
    pfx_store_free(&old->sessions);
    pfx_arrivals_free(&old->arrivals);
    pfx_pool_free(&old->pool);
    pthread_mutex_destroy(&old->lock);
    free(old);
}

bool pfx_story_add_relay(struct pfx_story *story, const char *entry)
{
    return pfx_own_hosts_add_relay(&story->flow.own_hosts, entry);
}

bool pfx_story_add_alias(struct pfx_story *story, const char *entry)
{
    return pfx_own_hosts_add_alias(&story->flow.own_hosts, entry);
}

void pfx_story_count(struct pfx_story *story, struct pfx_story_counters *counters_r)
{
    pthread_mutex_lock(&story->lock);
    *counters_r = story->counters;
    counters_r->mails =
        pfx_store_total(story->mails) - pfx_store_count(story->mails, PFX_MAIL_GONE);
    counters_r->sessions = pfx_store_total(story->sessions);
    counters_r->bytes = pfx_store_bytes(story->mails) + pfx_store_bytes(story->sessions) +
                        pfx_store_bytes(story->flow.pending);
    pthread_mutex_unlock(&story->lock);
}

/* Moves the clock. It only goes forward, by an hour a line at most, so that a changed system clock
 * expires nothing at once; a source whose timestamps are behind does not stop it. */
static void advance(struct pfx_story *story, int64_t time)
{
    if (story->newest == 0)
        story->newest = time;
    if (time >= story->newest) {
        int64_t step = time - story->newest;

        story->now += step < HOUR ? step : HOUR;
        story->newest = time;
        story->behind = 0;
    } else if (time > story->newest - HOUR) {
        story->behind = 0;
    } else if (++story->behind > BEHIND) {
        story->newest = time;
        story->behind = 0;
    }
}

/* The life of the queue id that the line is of, made when it is the first; NULL without memory. */
static struct pfx_mail *mail_of(struct pfx_story *story, const struct pfx_observation *w)
{
    char room[PFX_KEY_SIZE];
    struct pfx_mail *mail = pfx_flow_find_own(&story->flow, w);

    if (mail != NULL && pfx_mail_is_other_life(mail, w, story->options.linger * SECOND)) {
        story->counters.reused += mail->entry.class >= PFX_MAIL_OPENED;
        pfx_store_remove(story->mails, &mail->entry);
        mail = NULL;
    }
    if (mail != NULL)
        return mail;
    mail = (struct pfx_mail *)pfx_store_add(
        story->mails, pfx_flow_key(room, 'q', w->host, w->queue_id, PFX_NO_SLICE), PFX_MAIL_UNKNOWN,
        story->now);
    if (mail == NULL)
        return NULL;
    mail->facts.pool = mail->recipients.pool = story->pool;
    pfx_name_set(mail->instance, sizeof(mail->instance), w->instance);
    pfx_id_set(mail->id, pfx_id_new(w, w->queue_id, 'm'));
    memcpy(mail->trace, mail->id, sizeof(mail->trace));
    mail->nrcpt = -1;
    if (w->time < story->born + story->options.linger * SECOND)
        mail->watched = story->born;
    pfx_flow_find_parent(&story->flow, mail, w);
    return mail;
}

/* A mail begins in a session: it joins the session's flow, unless another mail has it. */
static void join_session(struct pfx_mail *mail, struct pfx_session *session,
                         const struct pfx_observation *w)
{
    pfx_name_set(session->last_queue_id, sizeof(session->last_queue_id), w->queue_id);
    pfx_name_set(mail->session_pid, sizeof(mail->session_pid), w->pid);
    memcpy(mail->session, session->id, sizeof(mail->session));
    if (mail->link == PFX_LINK_NONE && !session->trace_taken)
        memcpy(mail->trace, session->trace, sizeof(mail->trace));
    else if (!session->trace_taken)
        memcpy(session->trace, mail->trace, sizeof(session->trace));
    session->trace_taken = true;
    if (session->fate != PFX_FATE_NONE && session->fated <= w->time) {
        pfx_mail_set_fate(mail, (enum pfx_fate)session->fate, session->fated);
        session->fate = PFX_FATE_NONE;
    }
}

/* Takes the facts of the session up to the beginning of the mail. */
static void merge_session_facts(struct pfx_story *story, struct pfx_mail *mail,
                                const struct pfx_observation *w)
{
    const struct pfx_session *session;

    if (mail->session[0] == '\0')
        return;
    session = pfx_flow_find_session(&story->flow, w->host, pfx_slice_of(mail->session_pid),
                                    mail->session);
    if (session != NULL)
        pfx_facts_merge(&mail->facts, &session->facts, PFX_RANK_SESSION, mail->opened, false);
}

static void merge_mail(struct pfx_story *story, struct pfx_observation *w, bool duplicate,
                       struct pfx_session *session, struct pfx_event *event,
                       struct pfx_scratch *scratch)
{
    struct pfx_mail *mail = mail_of(story, w);
    enum pfx_mail_class class;
    bool internal, whole, first;

    if (mail == NULL)
        return;
    if (mail->entry.class == PFX_MAIL_GONE) {
        ++story->counters.late;
        pfx_record_tell_gone(mail, event, scratch);
        return;
    }
    if (pfx_mail_is_set_back(mail, w))
        w->time = mail->last + 1; /* the order of arrival is all there is */
    internal = w->fate == PFX_FATE_SENT && pfx_flow_is_internal(&story->flow, w);
    if (!duplicate || mail->first == 0)
        pfx_mail_merge(mail, w, event, internal);
    if ((w->roles & PFX_QUEUE_OPEN) != 0) {
        if (session != NULL)
            join_session(mail, session, w);
        if (mail->link < PFX_LINK_PROXY)
            pfx_flow_find_parent(&story->flow, mail, w);
        if (mail->link == PFX_LINK_WEAK && mail->from_here && mail->likely[0] != '\0')
            memcpy(mail->trace, mail->likely, sizeof(mail->trace));
    }
    if (w->fate == PFX_FATE_IDENTIFIED)
        pfx_flow_link_message(&story->flow, mail, w, story->now);
    if (w->child.length > 0) {
        enum pfx_link link;
        const char *child = pfx_flow_link_child(&story->flow, mail, w, story->now, &link);

        if (child != NULL)
            pfx_record_tell_child(child, link, event, scratch);
    }
    class = pfx_mail_class_of(mail);
    whole = mail->closed != 0;
    if (whole || (w->roles & PFX_QUEUE_OPEN) != 0)
        merge_session_facts(story, mail, w);
    first = whole && mail->records == 0;
    if (first || (whole && !duplicate)) /* the same line amends nothing */
        ++mail->records;
    pfx_store_touch(story->mails, &mail->entry, class, story->now);
    pfx_store_account(story->mails, &mail->entry, pfx_mail_bytes(mail));
    if (w->fate == PFX_FATE_SENT)
        pfx_record_tell_hop(internal, event);
    if (!pfx_record_tell_mail(mail, whole, event, scratch))
        story->counters.incomplete += first; /* once a mail, however often it is told */
}

/* The latest mail of a session, unless evicted. */
static struct pfx_mail *last_mail(struct pfx_story *story, const struct pfx_session *session,
                                  const struct pfx_observation *w)
{
    struct pfx_slice id = pfx_slice_of(session->last_queue_id);
    struct pfx_mail *mail =
        id.length == 0 ? NULL
                       : pfx_flow_find(&story->flow, w->host, pfx_slice_of(session->instance), id);

    return mail != NULL && mail->entry.class != PFX_MAIL_GONE &&
                   strcmp(mail->session, session->id) == 0
               ? mail
               : NULL;
}

/* A session's line added to its last mail what the record lacked: the line gets the amended record,
 * unless it is about another mail. */
static bool amend(struct pfx_story *story, struct pfx_mail *mail, const struct pfx_session *session,
                  const struct pfx_observation *w, bool changed, struct pfx_event *event,
                  struct pfx_scratch *scratch)
{
    if (mail->closed == 0 || w->to.length > 0 || pfx_facts_of_mail(event) ||
        (!changed && mail->amender != story->line))
        return false;
    mail->records += changed;
    mail->amender = story->line;
    pfx_record_tell_uid(session->last_queue_id, event, scratch);
    pfx_record_tell_mail(mail, true, event, scratch);
    return true;
}

/* A session's line that is not of its last mail: it may be late and have facts from before the mail
 * began; or it ends the session, and nothing says that the mail got into the queue. True when the
 * line now has that mail's record. */
static bool tell_last_mail(struct pfx_story *story, const struct pfx_session *session,
                           const struct pfx_observation *w, bool closes, struct pfx_event *event,
                           struct pfx_scratch *scratch)
{
    struct pfx_mail *mail = last_mail(story, session, w);
    uint32_t before;
    bool amended;

    if (mail == NULL)
        return false;
    before = mail->facts.length;
    if (w->time <= mail->opened)
        pfx_facts_merge(&mail->facts, &session->facts, PFX_RANK_SESSION, mail->opened, false);
    amended = amend(story, mail, session, w, mail->facts.length != before, event, scratch);
    if (!closes || mail->has_message_id || mail->attempts > 0)
        return amended;
    mail->aborted = true;
    pfx_store_touch(story->mails, &mail->entry, PFX_MAIL_ENDED, story->now);
    return amended;
}

/* The way of a line, under the lock. */
static void merge(struct pfx_story *story, struct pfx_observation *w, bool duplicate,
                  struct pfx_event *event, struct pfx_scratch *scratch)
{
    bool of_session = (w->roles & (PFX_SESSION_ROLES | PFX_PEER_ROLES)) != 0;
    bool closes = (w->roles & (PFX_SESSION_CLOSE | PFX_PEER_CLOSE)) != 0;
    struct pfx_session *session = NULL;

    if (w->outbound && (of_session || (w->roles & PFX_QUEUE_RECIPIENT) != 0))
        pfx_story_agent(story, w, event, scratch);
    else if (of_session && (w->pid.length > 0 || (w->roles & PFX_PEER_ROLES) != 0))
        session = pfx_story_session(story, w, event, duplicate);
    if (session != NULL && w->queue_id.length == 0)
        pfx_story_proxy(story, session, w, event, scratch);
    if (w->queue_id.length > 0 && w->host.length > 0)
        merge_mail(story, w, duplicate, session, event, scratch);
    if (session != NULL) {
        if (w->queue_id.length > 0) /* the mail has the session's facts that concern it */
            pfx_record_tell_session_id(session, event, scratch);
        else if (!tell_last_mail(story, session, w, closes, event, scratch))
            pfx_record_tell_session(session, closes, event, scratch);
    }
}

unsigned pfx_story_add_reader(struct pfx_story *story)
{
    unsigned reader;

    pthread_mutex_lock(&story->lock);
    reader = story->readers++;
    pthread_mutex_unlock(&story->lock);
    return reader;
}

/* The line's keys: what is known of its mail and process begins to be fetched into the cache. */
static void expect(const struct pfx_story *story, struct pfx_observation *w)
{
    char room[PFX_KEY_SIZE];

    if (w->queue_id.length > 0) {
        w->mail_hash = pfx_store_hash(story->mails,
                                      pfx_flow_key(room, 'q', w->host, w->queue_id, PFX_NO_SLICE));
        pfx_store_fetch_index(story->mails, w->mail_hash);
    }
    if ((w->roles & PFX_SESSION_ROLES) != 0 ||
        (w->outbound && (w->roles & PFX_QUEUE_RECIPIENT) != 0)) {
        w->process_hash =
            pfx_store_hash(story->sessions, pfx_flow_key(room, w->outbound ? 'a' : 'p', w->host,
                                                         w->pid, PFX_NO_SLICE));
        pfx_store_fetch_index(story->sessions, w->process_hash);
    }
}

static void expect_entries(const struct pfx_story *story, const struct pfx_observation *w)
{
    if (w->mail_hash != 0)
        pfx_store_fetch_entry(story->mails, w->mail_hash);
    if (w->process_hash != 0)
        pfx_store_fetch_entry(story->sessions, w->process_hash);
}

void pfx_story_line(struct pfx_story *story, unsigned reader, struct pfx_observation *w,
                    struct pfx_time now, struct pfx_slice line, struct pfx_event *event,
                    struct pfx_scratch *scratch)
{
    int64_t clock = story->options.replay ? w->time : now.seconds * SECOND + now.microseconds;
    char host[PFX_HOST_SIZE];
    enum pfx_arrival arrival;
    uint64_t same;

    scratch->used = 0;
    w->instance = pfx_own_hosts_instance(&story->flow.own_hosts, w->instance);
    pthread_mutex_lock(&story->lock);
    w->host = pfx_own_hosts_name(&story->flow.own_hosts, w->host, true, host);
    expect(story, w);
    same = pfx_arrivals_expect(story->arrivals, w, line);
    advance(story, clock);
    expect_entries(story, w);
    if (story->born == 0)
        story->born = w->time;
    if (story->lines++ % EXPIRE_LINES == 0 || story->now >= story->expired + SECOND) {
        story->expired = story->now;
        pfx_store_expire(story->mails, story->now, EXPIRE_STEP);
        pfx_store_expire(story->sessions, story->now, EXPIRE_STEP);
        pfx_store_expire(story->flow.pending, story->now, EXPIRE_STEP);
    }
    arrival = pfx_arrivals_take(story->arrivals, w, same, reader, &story->line);
    story->counters.duplicate += arrival == PFX_ARRIVAL_DUPLICATE;
    merge(story, w, arrival != PFX_ARRIVAL_NEW, event, scratch);
    pthread_mutex_unlock(&story->lock);
}
