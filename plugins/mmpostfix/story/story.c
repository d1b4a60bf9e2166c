/* SPDX-License-Identifier: Apache-2.0 */
/* The story of mails; see story.h. What a line does to it is in merge.c; here are its parts, bounds
 * and clock.
 */
#include "story/story.h"
#include "story/foresee.h"
#include "story/jobs.h"
#include "story/merge.h"
#include "story/pieces.h"

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
/* How long an ended job of another program is known, and one that goes on. */
#define TASK_IDLE (600 * SECOND)
#define DAY (24 * HOUR)
/* Tasks of which a line is there in part, and how long the rest is waited for. */
#define PIECES 1024
#define PIECES_IDLE (10 * SECOND)
/* How long a link may be pending. */
#define PENDING_IDLE HOUR
/* Every so many lines idle entries are evicted, so many at most, to spread the cost over lines. */
#define EXPIRE_LINES 4
#define EXPIRE_STEP 64
/* Mails that are counted while their part is held once. */
#define COUNT_STEP 256
/* Bytes of memory that is free and kept for the next mails. */
#define POOL_KEEP ((size_t)4 << 20)
/* Lines that are remembered, to tell which come twice. */
#define ARRIVALS 32768
/* Parts are not smaller than this, as some get more than others. */
#define SHARD_MAILS 1024

struct pfx_story_options pfx_story_defaults(void)
{
    return (struct pfx_story_options){.max_mails = 100000,
                                      .max_sessions = 100000,
                                      .max_bytes = (size_t)512 << 20,
                                      .idle = 6 * 86400,
                                      .linger = 10,
                                      .jobs = true,
                                      .shards = 1};
}

static void release_mail(void *cookie, struct pfx_entry *entry, enum pfx_leave why)
{
    struct pfx_shard *shard = cookie;
    bool told = entry->class == PFX_MAIL_GONE || entry->class == PFX_MAIL_ENDED;

    if (!told && why == PFX_LEAVE_IDLE)
        ++shard->counters.evicted_idle;
    else if (!told && why == PFX_LEAVE_CAPACITY)
        ++shard->counters.evicted_capacity;
    pfx_mail_clear((struct pfx_mail *)entry);
}

/* After storylinger an ended mail keeps only its name. */
static int demote_mail(void *cookie, struct pfx_entry *entry)
{
    struct pfx_shard *shard = cookie;
    struct pfx_mail *mail = (struct pfx_mail *)entry;

    if (entry->class != PFX_MAIL_ENDED)
        return -1;
    if (mail->aborted)
        ++shard->counters.aborted;
    else
        ++shard->counters.ended;
    pfx_mail_clear(mail);
    pfx_store_account(shard->mails, entry, 0);
    return PFX_MAIL_GONE;
}

static void release_sessions(void *cookie, struct pfx_entry *entry, enum pfx_leave why)
{
    struct pfx_shard *shard = cookie;

    if (entry->class != PFX_SESSION_CLOSED && why != PFX_LEAVE_REMOVED)
        ++shard->counters.evicted_sessions;
    pfx_sessions_clear((struct pfx_sessions *)entry);
}

static void release_job(void *cookie, struct pfx_entry *entry, enum pfx_leave why)
{
    (void)cookie;
    (void)why;
    pfx_facts_free(&((struct pfx_job *)entry)->facts);
}

static void release_pieces(void *cookie, struct pfx_entry *entry, enum pfx_leave why)
{
    struct pfx_pieces *pieces = (struct pfx_pieces *)entry;

    (void)cookie;
    (void)why;
    pfx_pool_give(pieces->pool, pieces->text, pieces->size);
}

static void release_nothing(void *cookie, struct pfx_entry *entry, enum pfx_leave why)
{
    (void)cookie;
    (void)entry;
    (void)why;
}

static bool open_shard(struct pfx_shard *shard, const struct pfx_story_options *options,
                       unsigned count)
{
    const int64_t idle = options->idle * SECOND;
    struct pfx_pool *pool = pfx_pool_new(POOL_KEEP / count);
    const struct pfx_store_config mails = {
        .entry_size = sizeof(struct pfx_mail),
        .max_entries = options->max_mails / count,
        .max_bytes = options->max_bytes / 8 * 5 / count,
        .idle = {[PFX_MAIL_GONE] = GONE_IDLE,
                 [PFX_MAIL_ENDED] = options->linger * SECOND,
                 [PFX_MAIL_OPENED] = idle < 6 * HOUR ? idle : 6 * HOUR,
                 [PFX_MAIL_UNKNOWN] = idle < 6 * HOUR ? idle : 6 * HOUR,
                 [PFX_MAIL_ACTIVE] = idle},
        /* Old mails leave room for new ones. */
        .eighths = {[PFX_MAIL_ACTIVE] = 5, [PFX_MAIL_HELD] = 2},
        .release = release_mail,
        .demote = demote_mail,
        .cookie = shard,
        .pool = pool,
    };
    const struct pfx_store_config sessions = {
        .entry_size = sizeof(struct pfx_sessions),
        .max_entries = options->max_sessions / count,
        .max_bytes = options->max_bytes / 4 / count,
        .idle = {[PFX_SESSION_CLOSED] = CLOSED_IDLE, [PFX_SESSION_IDLE] = SESSION_IDLE},
        .release = release_sessions,
        .cookie = shard,
        .pool = pool,
    };
    const struct pfx_store_config pending = {
        .entry_size = sizeof(struct pfx_pending),
        .max_entries = options->max_mails / count,
        .max_bytes = options->max_bytes / 16 / count,
        .idle = {PENDING_IDLE},
        .release = release_nothing,
        .pool = pool,
    };

    const struct pfx_store_config jobs = {
        .entry_size = sizeof(struct pfx_job),
        .max_entries = options->max_sessions / count,
        .max_bytes = options->max_bytes / 64 * 3 / count,
        .idle = {[PFX_JOB_TASK] = TASK_IDLE, [PFX_JOB_SESSION] = DAY},
        .release = release_job,
        .pool = pool,
    };
    const struct pfx_store_config pieces = {
        .entry_size = sizeof(struct pfx_pieces),
        .max_entries = PIECES / count > 0 ? PIECES / count : 1,
        .max_bytes = options->max_bytes / 64 / count,
        .idle = {PIECES_IDLE},
        .release = release_pieces,
        .pool = pool,
    };

    shard->pool = pool;
    shard->mails = pfx_store_new(&mails);
    shard->sessions = pfx_store_new(&sessions);
    shard->pending = pfx_store_new(&pending);
    shard->jobs = pfx_store_new(&jobs);
    shard->pieces = pfx_store_new(&pieces);
    shard->arrivals = pfx_arrivals_new(ARRIVALS / count);
    return pool != NULL && shard->mails != NULL && shard->sessions != NULL &&
           shard->pending != NULL && shard->jobs != NULL && shard->pieces != NULL &&
           shard->arrivals != NULL;
}

static void close_shard(struct pfx_shard *shard)
{
    pfx_store_free(&shard->mails);
    pfx_store_free(&shard->sessions);
    pfx_store_free(&shard->pending);
    pfx_store_free(&shard->jobs);
    pfx_store_free(&shard->pieces);
    pfx_arrivals_free(&shard->arrivals);
    pfx_pool_free(&shard->pool);
}

/* How many parts a story has, before it is rounded down. */
static unsigned count_shards(const struct pfx_story_options *options)
{
    size_t least =
        options->max_mails < options->max_sessions ? options->max_mails : options->max_sessions;

    return least / SHARD_MAILS < options->shards ? (unsigned)(least / SHARD_MAILS)
                                                 : options->shards;
}

struct pfx_story *pfx_story_new(const struct pfx_story_options *options)
{
    struct pfx_story *story = calloc(1, sizeof(*story));
    bool opened;

    if (story == NULL)
        return NULL;
    story->options = *options;
    pthread_mutex_init(&story->clock.lock, NULL);
    pthread_mutex_init(&story->seconds.lock, NULL);
    opened = pfx_shards_open(&story->shards, count_shards(options)) &&
             pfx_own_hosts_open(&story->own_hosts);
    for (unsigned i = 0; opened && i < story->shards.count; ++i)
        opened = open_shard(&story->shards.shard[i], options, story->shards.count);
    if (!opened)
        pfx_story_free(&story);
    return story;
}

void pfx_story_free(struct pfx_story **story)
{
    struct pfx_story *old = *story;

    *story = NULL;
    if (old == NULL)
        return;
    for (unsigned i = 0; old->shards.shard != NULL && i < old->shards.count; ++i)
        close_shard(&old->shards.shard[i]);
    pfx_shards_close(&old->shards);
    pfx_own_hosts_free(&old->own_hosts);
    pthread_mutex_destroy(&old->clock.lock);
    pthread_mutex_destroy(&old->seconds.lock);
    free(old);
}

bool pfx_story_add_relay(struct pfx_story *story, const char *entry)
{
    return pfx_own_hosts_add_relay(&story->own_hosts, entry);
}

bool pfx_story_has_relays(const struct pfx_story *story)
{
    return story->own_hosts.relays != NULL;
}

struct pfx_slice pfx_story_own_host(const struct pfx_story *story, struct pfx_slice ip,
                                    struct pfx_slice name)
{
    const struct pfx_own_host *own = pfx_own_hosts_find(&story->own_hosts, ip, name);

    return own != NULL ? own->host : PFX_NO_SLICE;
}

bool pfx_story_add_alias(struct pfx_story *story, const char *entry)
{
    return pfx_own_hosts_add_alias(&story->own_hosts, entry);
}

unsigned pfx_story_add_reader(struct pfx_story *story)
{
    return __atomic_fetch_add(&story->readers, 1, __ATOMIC_RELAXED);
}

void pfx_story_add_worker(struct pfx_story *story, unsigned reader,
                          struct pfx_story_worker *worker_r)
{
    *worker_r = (struct pfx_story_worker){.reader = reader};
    pfx_shards_add_worker(&story->shards);
}

static void count_shard(const struct pfx_shard *shard, struct pfx_story_counters *sum)
{
    const struct pfx_story_counters *counters = &shard->counters;

    sum->ended += counters->ended;
    sum->aborted += counters->aborted;
    sum->reused += counters->reused;
    sum->evicted_idle += counters->evicted_idle;
    sum->evicted_capacity += counters->evicted_capacity;
    sum->evicted_sessions += counters->evicted_sessions;
    sum->late += counters->late;
    sum->duplicate += counters->duplicate;
    sum->incomplete += counters->incomplete;
    sum->mails += pfx_store_total(shard->mails) - pfx_store_count(shard->mails, PFX_MAIL_GONE);
    sum->sessions += pfx_store_total(shard->sessions);
    sum->bytes += pfx_store_bytes(shard->mails) + pfx_store_bytes(shard->sessions) +
                  pfx_store_bytes(shard->pending) + pfx_store_bytes(shard->jobs) +
                  pfx_store_bytes(shard->pieces);
}

/* Gauges of all mails and, where instance is not NULL, of those of each instance; oldest and
 * stalled are times so far, 0: no mail yet. */
struct queue {
    struct pfx_story *story;
    struct pfx_story_counters *counters;
    struct pfx_gauges *instance;
};

/* Each recipient has a result: only the line that it was removed is missing, or was lost. */
static bool is_done(const struct pfx_mail *mail)
{
    return mail->nrcpt > 0 &&
           (int64_t)mail->recipients.rows + mail->recipients.rests >= mail->nrcpt;
}

static void count_in(struct pfx_gauges *gauges, const struct pfx_mail *mail)
{
    uint64_t arrival = (uint64_t)(mail->arrival != 0 ? mail->arrival : mail->first);

    if (mail->entry.class == PFX_MAIL_HELD)
        ++gauges->hold;
    if (mail->entry.class != PFX_MAIL_ACTIVE)
        return;
    if (mail->recipients.tally.deferred > 0) {
        ++gauges->deferred;
    } else {
        ++gauges->active;
        if (!is_done(mail) && (gauges->stalled == 0 || (uint64_t)mail->last < gauges->stalled))
            gauges->stalled = (uint64_t)mail->last;
    }
    if (gauges->oldest == 0 || arrival < gauges->oldest)
        gauges->oldest = arrival;
}

static void count_mail(void *cookie, struct pfx_entry *entry)
{
    struct queue *queue = cookie;
    const struct pfx_mail *mail = (struct pfx_mail *)entry;
    unsigned place;

    if (entry->class != PFX_MAIL_HELD && entry->class != PFX_MAIL_ACTIVE)
        return;
    count_in(&queue->counters->queue, mail);
    if (queue->instance == NULL)
        return;
    place = pfx_own_hosts_place(&queue->story->own_hosts, mail->instance);
    if (place < PFX_INSTANCES && mail->instance != 0)
        count_in(&queue->instance[place], mail);
}

static uint64_t age_of(uint64_t time, int64_t now)
{
    return time != 0 && now > (int64_t)time ? (uint64_t)(now - (int64_t)time) / SECOND : 0;
}

/* From times to ages in seconds. */
static void set_age(const struct pfx_story *story, struct pfx_gauges *gauges)
{
    int64_t now = __atomic_load_n(&story->clock.newest, __ATOMIC_RELAXED);

    gauges->oldest = age_of(gauges->oldest, now);
    gauges->stalled = age_of(gauges->stalled, now);
}

/* What a part has, of the queue in steps, so that no line waits for all of them. */
static void count_part(struct pfx_story *story, unsigned part, struct queue *queue)
{
    struct pfx_shard *shard = &story->shards.shard[part];
    struct pfx_hold hold;
    size_t cursor = 0;
    bool more = true;

    pfx_hold_part(&hold, &story->shards, part);
    count_shard(shard, queue->counters);
    pfx_hold_end(&hold);
    while (more) {
        pfx_hold_part(&hold, &story->shards, part);
        more = pfx_store_walk(shard->mails, &cursor, COUNT_STEP, count_mail, queue);
        pfx_hold_end(&hold);
    }
}

size_t pfx_story_waiting(struct pfx_story *story)
{
    struct pfx_hold hold;
    size_t waiting = 0;

    for (unsigned i = 0; i < story->shards.count; ++i) {
        pfx_hold_part(&hold, &story->shards, i);
        waiting += pfx_store_count(story->shards.shard[i].mails, PFX_MAIL_ACTIVE);
        pfx_hold_end(&hold);
    }
    return waiting;
}

/* The first that is no deferred one and not done is the one that had no line for longest. */
static bool look_at(void *cookie, struct pfx_entry *entry)
{
    struct pfx_gauges *gauges = cookie;

    count_in(gauges, (struct pfx_mail *)entry);
    return gauges->stalled == 0;
}

uint64_t pfx_story_stalled(struct pfx_story *story)
{
    struct pfx_gauges oldest = {0};
    struct pfx_hold hold;

    for (unsigned i = 0; i < story->shards.count; ++i) {
        struct pfx_gauges gauges = {0};

        pfx_hold_part(&hold, &story->shards, i);
        pfx_store_each(story->shards.shard[i].mails, PFX_MAIL_ACTIVE, look_at, &gauges);
        pfx_hold_end(&hold);
        if (gauges.stalled != 0 && (oldest.stalled == 0 || gauges.stalled < oldest.stalled))
            oldest.stalled = gauges.stalled;
    }
    set_age(story, &oldest);
    return oldest.stalled;
}

static void count(struct pfx_story *story, struct pfx_story_counters *counters_r,
                  struct pfx_gauges *instance_r)
{
    struct queue queue = {story, counters_r, instance_r};

    *counters_r = (struct pfx_story_counters){0};
    for (unsigned i = 0; i < story->shards.count; ++i)
        count_part(story, i, &queue);
    set_age(story, &counters_r->queue);
}

void pfx_story_count(struct pfx_story *story, struct pfx_story_counters *counters_r)
{
    count(story, counters_r, NULL);
}

void pfx_story_count_queues(struct pfx_story *story, struct pfx_story_counters *counters_r,
                            struct pfx_gauges instance_r[static PFX_INSTANCES])
{
    memset(instance_r, 0, PFX_INSTANCES * sizeof(*instance_r));
    count(story, counters_r, instance_r);
    for (unsigned i = 0; i < PFX_INSTANCES; ++i)
        set_age(story, &instance_r[i]);
}

const char *pfx_story_instance(const struct pfx_story *story, unsigned place)
{
    return pfx_own_hosts_noted(&story->own_hosts, place);
}

static void expire(struct pfx_shard *shard, int64_t now)
{
    pfx_store_expire(shard->mails, now, EXPIRE_STEP);
    pfx_store_expire(shard->sessions, now, EXPIRE_STEP);
    pfx_store_expire(shard->pending, now, EXPIRE_STEP);
    pfx_store_expire(shard->jobs, now, EXPIRE_STEP);
    pfx_store_expire(shard->pieces, now, EXPIRE_STEP);
}

/* Evicts what is idle: in the line's own part every few lines, in all of them once a second, as
 * there may be no line of others. */
static void expire_some(struct pfx_merge *m, struct pfx_shard *home)
{
    struct pfx_shards *shards = m->hold.shards;
    bool all = pfx_clock_ticks(&m->story->clock, m->now);

    if (home->lines++ % EXPIRE_LINES == 0 || (all && (m->hold.alone || shards->count == 1)))
        expire(home, m->now);
    for (unsigned i = 0; all && i < shards->count; ++i) {
        struct pfx_shard *shard = &shards->shard[i];

        if (m->hold.alone && shard != home) {
            expire(shard, m->now);
        } else if (!m->hold.alone && (m->hold.held >> i & 1) == 0 &&
                   pthread_mutex_trylock(&shard->lock) == 0) {
            expire(shard, m->now);
            pthread_mutex_unlock(&shard->lock);
        }
    }
}

size_t pfx_story_sentence(struct pfx_story *story, struct pfx_story_worker *worker,
                          struct pfx_observation *w, char *text)
{
    struct pfx_observation named = *w;
    struct pfx_merge merge = {.story = story, .observation = &named, .reader = worker->reader};
    char host[PFX_HOST_SIZE];
    uint64_t hash;
    size_t length;

    w->joined = 0;
    if (!story->options.jobs || w->piece != PFX_PIECE_LAST)
        return 0;
    named.host =
        pfx_own_hosts_speaker(&story->own_hosts, &worker->names, w->host, host, &named.host_hash);
    merge.hold.shards = &story->shards;
    hash = pfx_pieces_hash(&merge);
    pfx_hold_begin(&merge.hold, &story->shards, pfx_shards_bit(&story->shards, hash));
    length = pfx_pieces_read(&merge, text, &w->joined);
    pfx_hold_end(&merge.hold);
    return length;
}

/* Tells who says the line by the names that the story has for them. */
static void name_speaker(struct pfx_story *story, struct pfx_story_worker *worker,
                         struct pfx_observation *w, char host[static PFX_HOST_SIZE])
{
    if (!story->options.jobs) {
        w->job = PFX_NO_SLICE;
        w->child = w->neighbour ? PFX_NO_SLICE : w->child;
        w->piece = PFX_PIECE_NONE;
    }
    w->instance =
        pfx_own_hosts_speaking(&story->own_hosts, &worker->names, w->instance, &w->instance_hash);
    w->host =
        pfx_own_hosts_speaker(&story->own_hosts, &worker->names, w->host, host, &w->host_hash);
}

/* Counts the line among those that were there; of one that is told again what was found then. */
static void take_arrival(struct pfx_merge *m, struct pfx_story_worker *worker,
                         struct pfx_shard *home, uint64_t same)
{
    struct pfx_observation *w = m->observation;
    struct pfx_taken *taken = &worker->taken;
    enum pfx_arrival arrival;

    if (taken->there) {
        m->line = taken->line;
        m->duplicate = taken->duplicate;
        w->time = taken->time;
        w->nth = taken->nth;
        w->coarse = taken->coarse;
        taken->there = false;
        return;
    }
    arrival =
        pfx_arrivals_take(home->arrivals, &m->story->seconds, w, same, worker->reader, &m->line);
    home->counters.duplicate += arrival == PFX_ARRIVAL_DUPLICATE;
    m->duplicate = arrival != PFX_ARRIVAL_NEW;
    worker->arrival = arrival;
    worker->line = m->line;
}

bool pfx_story_line(struct pfx_story *story, struct pfx_story_worker *worker,
                    struct pfx_observation *w, struct pfx_time now, struct pfx_slice line,
                    struct pfx_event *event, struct pfx_scratch *scratch)
{
    int64_t time = story->options.replay ? w->time : now.seconds * SECOND + now.microseconds;
    struct pfx_merge merge = {.story = story,
                              .observation = w,
                              .event = event,
                              .scratch = scratch,
                              .reader = worker->reader,
                              .answers = __atomic_load_n(&story->answers, __ATOMIC_RELAXED)};
    char host[PFX_HOST_SIZE];
    struct pfx_shard *home;
    uint64_t same, home_hash;
    uint32_t parts;
    bool agreed;

    scratch->used = 0;
    name_speaker(story, worker, w, host);
    same = pfx_arrivals_hash(w, line);
    parts = pfx_foresee_named(story, w, same, &home_hash);
    pfx_hold_begin(&merge.hold, &story->shards, parts);
    merge.flow = (struct pfx_flow){&merge.hold, &story->own_hosts};
    merge.now = pfx_clock_advance(&story->clock, time, w->time, !merge.hold.alone);
    home = pfx_hold_shard(&merge.hold, home_hash);
    pfx_foresee_fetch(&merge);
    expire_some(&merge, home);
    take_arrival(&merge, worker, home, same);
    pfx_foresee(&merge);
    agreed = pfx_pieces_agree(&merge);
    if (agreed && story->shards.probe != NULL)
        story->shards.probe();
    if (agreed)
        pfx_merge_line(&merge);
    else
        worker->taken =
            (struct pfx_taken){true, merge.duplicate, w->coarse, w->nth, w->time, merge.line};
    worker->attempts = merge.attempts;
    pfx_hold_end(&merge.hold);
    return agreed;
}

void pfx_story_arrive(struct pfx_story *story, struct pfx_story_worker *worker,
                      struct pfx_observation *w, struct pfx_slice line)
{
    struct pfx_hold hold = {0};
    char host[PFX_HOST_SIZE];
    uint64_t same, home_hash;
    uint32_t parts;

    name_speaker(story, worker, w, host);
    same = pfx_arrivals_hash(w, line);
    parts = pfx_foresee_named(story, w, same, &home_hash);
    pfx_hold_begin(&hold, &story->shards, parts);
    worker->arrival = pfx_arrivals_take(pfx_hold_shard(&hold, home_hash)->arrivals, &story->seconds,
                                        w, same, worker->reader, &worker->line);
    pfx_hold_end(&hold);
}
