/* SPDX-License-Identifier: Apache-2.0 */
/* From a line to its alerts; see alerting.h. */
#include "alerting.h"
#include "meaning/direction.h"

#define MINUTE 60

static bool is_own(const void *cookie, enum pfx_field field, struct pfx_slice text)
{
    if (pfx_fields[field].type == PFX_IP) /* IPv4 in IPv6 is that address, as in keys */
        return pfx_direction_is_local_ip(cookie, text) ||
               (pfx_slice_take(&text, PFX_SLICE("::ffff:")) &&
                pfx_direction_is_local_ip(cookie, text));
    return pfx_direction_is_local_address(cookie, text) ||
           pfx_direction_is_local_domain(cookie, text);
}

/* Once a minute. */
static void count_gauges(struct pfx_worker *worker, int64_t time)
{
    unsigned wanted = worker->used.alert_rules->gauges;
    struct pfx_story_counters now = {0};
    uint64_t value[PFX_GAUGES];

    if ((wanted & (1u << PFX_GAUGE_DEFERRED | 1u << PFX_GAUGE_OLDEST)) != 0)
        pfx_story_count(worker->story, &now);
    else if ((wanted & 1u << PFX_GAUGE_STALLED) != 0)
        now.queue.stalled = pfx_story_stalled(worker->story);
    value[PFX_GAUGE_QUEUE] = pfx_story_waiting(worker->story);
    value[PFX_GAUGE_DEFERRED] = now.queue.deferred;
    value[PFX_GAUGE_OLDEST] = now.queue.oldest;
    value[PFX_GAUGE_STALLED] = now.queue.stalled;
    pfx_alerts_gauges(worker->alerts, worker->used.alert_rules, value, time, &worker->told);
}

/* Finds out whether a line came before that the story does not get. */
static void arrive(struct pfx_worker *worker, const struct pfx_stage *stage,
                   const struct pfx_class *class)
{
    struct pfx_observation observation;

    pfx_observation_neighbour(&observation, &worker->event, stage->time, class->fate);
    pfx_story_arrive(worker->story, &worker->teller, &observation, stage->raw);
}

static void count_line(struct pfx_worker *worker, const struct pfx_narrow *narrow, int64_t time)
{
    const struct pfx_alert_line line = {.event = &worker->event,
                                        .kind = narrow->sort.kind,
                                        .kinds = narrow->sort.kinds,
                                        .first = narrow->sort.first,
                                        .time = time,
                                        .is_own = is_own,
                                        .cookie = worker->core->direction};

    if (worker->teller.arrival == PFX_ARRIVAL_NEW)
        pfx_alerts_line(worker->alerts, worker->used.alert_rules, narrow, &line,
                        worker->teller.line, &worker->told);
    else if (worker->teller.arrival == PFX_ARRIVAL_SHARED)
        pfx_alerts_again(worker->alerts, worker->used.alert_rules, worker->teller.line,
                         &worker->told);
}

void pfx_alerting(struct pfx_worker *worker, const struct pfx_stage *stage,
                  const struct pfx_class *class, struct pfx_time now, bool arrived)
{
    const struct pfx_alert_sort sort = {class->kind, class->kinds,
                                        arrived && worker->teller.attempts == 1};
    const struct pfx_narrow *narrow = pfx_narrowed_find(&worker->narrowed, &sort);
    int64_t time = stage->time.seconds;
    bool another; /* minute than that of the last line */

    worker->told.alerts = 0;
    /* Lines beside a story may be copies; Postfix's are known. */
    worker->lines += arrived && stage->product == 0 && worker->event.rule != NULL &&
                     worker->teller.arrival == PFX_ARRIVAL_NEW;
    if (time > now.seconds || time <= 0)
        time = now.seconds;
    another = (uint64_t)(time - worker->minute) >= MINUTE;
    if (another) { /* as a clock that is set back makes it */
        worker->minute = time - time % MINUTE;
        pfx_alerts_clock(worker->alerts, now.seconds);
    }
    if (worker->lines > 0 && (another || worker->event.rule == NULL)) {
        pfx_alerts_pass(worker->alerts, worker->used.alert_rules, worker->lines, time);
        worker->lines = 0;
    }
    if (narrow != NULL && narrow->groups > 0) {
        if (!arrived)
            arrive(worker, stage, class);
        count_line(worker, narrow, time);
    }
    if (another && pfx_alerts_want_gauges(worker->alerts, time))
        count_gauges(worker, time);
    if (worker->told.alerts > 0)
        pfx_alerts_tell(&worker->told, &worker->event);
}
