/* SPDX-License-Identifier: Apache-2.0 */
/* What impstats tells; see counters.h. Counters are atomic, no lock is held. */
#include "config.h"
#include "rsyslog.h"
#include "obj.h"
#include "statsobj.h"

#include "counters.h"

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
    ROW("queue.active", queue_active)                                                              \
    ROW("queue.deferred", queue_deferred)                                                          \
    ROW("queue.hold", queue_hold)                                                                  \
    ROW("queue.oldest", queue_oldest)                                                              \
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

void pfx_count(unsigned which)
{
    STATSCOUNTER_INC(counters[which].value, no_mutex); /* the atomic builtins use none */
}

void pfx_counters_of(struct pfx_story *story, struct pfx_alerts *alerts)
{
    told_story = story;
    told_alerts = alerts;
}

/* Copies what the story and the alerts count, when somebody is about to read it. */
static void read_story(statsobj_t *object, void *cookie)
{
    struct pfx_story_counters now = {0};
    struct pfx_alert_counters alerts = {0};

    (void)object;
    (void)cookie;
    if (told_story != NULL)
        pfx_story_count(told_story, &now);
    if (told_alerts != NULL)
        pfx_alerts_count(told_alerts, &alerts);
#define ROW(name, member) told[TOLD_##member] = (intctr_t)now.member;
    STORY_COUNTERS
#undef ROW
#define ROW(name, member) told[TOLD_##member] = (intctr_t)alerts.member;
    ALERT_COUNTERS
#undef ROW
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

finalize_it:
    RETiRet;
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
    if (stats != NULL)
        statsobj.Destruct(&stats);
    objRelease(statsobj, CORE_COMPONENT);
}
