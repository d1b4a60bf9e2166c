/* SPDX-License-Identifier: Apache-2.0 */
/* What impstats tells; see counters.h. Counters are atomic, no lock is held. */
#include "config.h"
#include "rsyslog.h"
#include "obj.h"
#include "statsobj.h"

#include "counters.h"

#include <pthread.h>
#include <stdio.h>

DEFobjCurrIf(obj);
DEFobjCurrIf(statsobj);

static struct {
    const char *name;
    intctr_t value;
} counters[PFX_COUNTERS] = {
    [PFX_FOREIGN] = {"foreign", 0},
    [PFX_MATCHED] = {"matched", 0},
    [PFX_GENERIC] = {"generic", 0},
    [PFX_UNMATCHED] = {"unmatched", 0},
    [PFX_NO_MEMORY] = {"nomemory", 0},
    [PFX_COUNT_PROCESSED] = {"processed", 0},
    [PFX_COUNT_UNATTACHED] = {"unattached", 0},
    [PFX_COUNT_RELOADS] = {"reloads", 0},
    [PFX_COUNT_RELOAD_FAILED] = {"reload.failed", 0},
};
static statsobj_t *stats;
static struct pfx_story *told_story;
static struct pfx_alerts *told_alerts;

#define STORY_COUNTERS                                                                             \
    ROW("story.mails", mails)                                                                      \
    ROW("story.sessions", sessions)                                                                \
    ROW("story.bytes", bytes)                                                                      \
    ROW("story.ended", ended)                                                                      \
    ROW("story.aborted", aborted)                                                                  \
    ROW("story.reused", reused)                                                                    \
    ROW("story.evicted.idle", evicted_idle)                                                        \
    ROW("story.evicted.capacity", evicted_capacity)                                                \
    ROW("story.evicted.sessions", evicted_sessions)                                                \
    ROW("story.late", late)                                                                        \
    ROW("story.duplicate", duplicate)                                                              \
    ROW("story.incomplete", incomplete)
#define ALERT_COUNTERS                                                                             \
    ROW("alerts.rules", rules)                                                                     \
    ROW("alerts.keys", keys)                                                                       \
    ROW("alerts.bytes", counted_bytes)                                                             \
    ROW("alerts.evicted", evicted)                                                                 \
    ROW("alerts.told", told)                                                                       \
    ROW("alerts.held", held)                                                                       \
    ROW("alerts.keyless", keyless)
enum {
#define ROW(name, member) TOLD_##member,
    STORY_COUNTERS ALERT_COUNTERS
#undef ROW
        TOLD_COUNT
};
static intctr_t told[TOLD_COUNT];

/* What is read as it is: the newest line since the last reading, and the bounds of what is told
 * above. */
static struct {
    intctr_t newest; /* atomic */
    intctr_t mails, sessions, bytes, alerts;
} plain;

/* Gauges of the queue: of all instances, and of each in an object of its own. */
struct gauges {
    intctr_t active, deferred, hold, oldest, stalled;
};
static struct gauges queue;
static struct {
    statsobj_t *object;
    struct gauges queue;
} instances[PFX_INSTANCES];
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER; /* of objects of instances */
static unsigned made;                                      /* atomic: their number */

void pfx_count(unsigned which)
{
    STATSCOUNTER_INC(counters[which].value, no_mutex); /* the atomic builtins use none */
}

void pfx_counters_of(struct pfx_story *story, struct pfx_alerts *alerts)
{
    told_story = story;
    told_alerts = alerts;
}

void pfx_counters_bounds(const struct pfx_story_options *options, size_t alerts)
{
    plain.mails = options->max_mails;
    plain.sessions = options->max_sessions;
    plain.bytes = options->max_bytes;
    plain.alerts = alerts;
}

/* Written once a second at most, as long as time goes on: the rest is a load. */
void pfx_counters_time(int64_t seconds)
{
    intctr_t newest = __atomic_load_n(&plain.newest, __ATOMIC_RELAXED);

    while (seconds > 0 && (intctr_t)seconds > newest &&
           !__atomic_compare_exchange_n(&plain.newest, &newest, (intctr_t)seconds, true,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        continue;
}

static void set_gauges(struct gauges *gauges, const struct pfx_gauges *now)
{
    gauges->active = (intctr_t)now->active;
    gauges->deferred = (intctr_t)now->deferred;
    gauges->hold = (intctr_t)now->hold;
    gauges->oldest = (intctr_t)now->oldest;
    gauges->stalled = (intctr_t)now->stalled;
}

/* Copies what the story and the alerts count. rsyslog calls this when it has read the module's
 * object: so that tells what was so at the time before, and those of instances, which come behind
 * it, what is. */
static void read_story(statsobj_t *object, void *cookie)
{
    struct pfx_story_counters now = {0};
    struct pfx_alert_counters alerts = {0};
    struct pfx_gauges instance[PFX_INSTANCES] = {{0}};

    (void)object;
    (void)cookie;
    __atomic_store_n(&plain.newest, 0, __ATOMIC_RELAXED);
    if (told_story != NULL)
        pfx_story_count_queues(told_story, &now, instance);
    if (told_alerts != NULL)
        pfx_alerts_count(told_alerts, &alerts);
    set_gauges(&queue, &now.queue);
    for (unsigned i = 0; i < PFX_INSTANCES; ++i)
        set_gauges(&instances[i].queue, &instance[i]);
#define ROW(name, member) told[TOLD_##member] = (intctr_t)now.member;
    STORY_COUNTERS
#undef ROW
#define ROW(name, member) told[TOLD_##member] = (intctr_t)alerts.member;
    ALERT_COUNTERS
#undef ROW
}

/* These are read anew each time, so there is nothing to reset. */
static rsRetVal add_gauges(statsobj_t *object, struct gauges *gauges)
{
    const struct {
        const char *name;
        intctr_t *value;
    } rows[] = {{"queue.active", &gauges->active},
                {"queue.deferred", &gauges->deferred},
                {"queue.hold", &gauges->hold},
                {"queue.oldest", &gauges->oldest},
                {"queue.stalled", &gauges->stalled}};
    DEFiRet;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i)
        CHKiRet(statsobj.AddCounter(object, (const uchar *)rows[i].name, ctrType_IntCtr,
                                    CTR_FLAG_NONE, rows[i].value));

finalize_it:
    RETiRet;
}

static rsRetVal add_counters(void)
{
    static const struct {
        const char *name;
        intctr_t *value;
    } rows[] = {
#define ROW(name, member) {name, &told[TOLD_##member]},
        STORY_COUNTERS ALERT_COUNTERS
#undef ROW
        {"line.newest", &plain.newest},
        {"story.mails.limit", &plain.mails},
        {"story.sessions.limit", &plain.sessions},
        {"story.bytes.limit", &plain.bytes},
        {"alerts.bytes.limit", &plain.alerts},
    };
    DEFiRet;

    for (size_t i = 0; i < PFX_COUNTERS; ++i) {
        counters[i].value = 0; /* the core may run modInit again on a module it kept loaded */
        CHKiRet(statsobj.AddCounter(stats, (const uchar *)counters[i].name, ctrType_IntCtr,
                                    CTR_FLAG_RESETTABLE, &counters[i].value));
    }
    /* These are read anew each time, so there is nothing to reset. */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i)
        CHKiRet(statsobj.AddCounter(stats, (const uchar *)rows[i].name, ctrType_IntCtr,
                                    CTR_FLAG_NONE, rows[i].value));
    CHKiRet(add_gauges(stats, &queue));

finalize_it:
    RETiRet;
}

/* The object of an instance. Its origin is not the module's, so that who looks for that finds the
 * one object that was always there. */
static rsRetVal make_instance(unsigned place, const char *name)
{
    statsobj_t **object = &instances[place].object;
    char title[100];
    DEFiRet;

    snprintf(title, sizeof(title), "mmpostfix(%s)", name);
    CHKiRet(statsobj.Construct(object));
    CHKiRet(statsobj.SetName(*object, (uchar *)title));
    CHKiRet(statsobj.SetOrigin(*object, (uchar *)"mmpostfix.queue"));
    CHKiRet(add_gauges(*object, &instances[place].queue));
    CHKiRet(statsobj.ConstructFinalize(*object));

finalize_it:
    if (iRet != RS_RET_OK && *object != NULL)
        statsobj.Destruct(object);
    RETiRet;
}

void pfx_counters_note(void)
{
    unsigned next = __atomic_load_n(&made, __ATOMIC_ACQUIRE);
    const char *name;

    if (told_story == NULL || pfx_story_instance(told_story, next) == NULL)
        return;
    pthread_mutex_lock(&making);
    while ((name = pfx_story_instance(told_story, made)) != NULL) {
        make_instance(made, name); /* without memory there is none */
        __atomic_add_fetch(&made, 1, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&making);
}

rsRetVal pfx_counters_make(void)
{
    DEFiRet;

    CHKiRet(objGetObjInterface(&obj));
    CHKiRet(objUse(statsobj, CORE_COMPONENT));
    CHKiRet(statsobj.Construct(&stats));
    CHKiRet(statsobj.SetName(stats, (uchar *)"mmpostfix"));
    CHKiRet(statsobj.SetOrigin(stats, (uchar *)"mmpostfix"));
    CHKiRet(add_counters());
    CHKiRet(statsobj.SetReadNotifier(stats, read_story, NULL));
    CHKiRet(statsobj.ConstructFinalize(stats));

finalize_it:
    RETiRet;
}

void pfx_counters_free(void)
{
    for (; made > 0; --made) {
        if (instances[made - 1].object != NULL)
            statsobj.Destruct(&instances[made - 1].object);
    }
    if (stats != NULL)
        statsobj.Destruct(&stats);
    objRelease(statsobj, CORE_COMPONENT);
}
