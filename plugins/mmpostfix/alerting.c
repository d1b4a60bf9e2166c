/* SPDX-License-Identifier: Apache-2.0 */
/* From a line to its alerts; see alerting.h. */
#include "alerting.h"
#include "meaning/direction.h"

static bool is_own(const void *cookie, struct pfx_slice ip)
{
    return pfx_direction_is_local_ip(cookie, ip);
}

/* Once a minute. */
static void count_gauges(struct pfx_worker *worker, int64_t time)
{
    struct pfx_story_counters now = {0};
    uint64_t value[PFX_GAUGES];

    if (worker->alert_rules->looks)
        pfx_story_count(worker->story, &now);
    value[PFX_GAUGE_QUEUE] = pfx_story_waiting(worker->story);
    value[PFX_GAUGE_DEFERRED] = now.queue.deferred;
    value[PFX_GAUGE_OLDEST] = now.queue.oldest;
    pfx_alerts_gauges(worker->alerts, worker->alert_rules, value, time, &worker->told);
}

void pfx_alerting(struct pfx_worker *worker, const struct pfx_stage *stage,
                  const struct pfx_class *class, struct pfx_time now, bool arrived)
{
    const struct pfx_kinds *kinds = pfx_rules_kinds(pfx_parser_rules(worker->parser));
    uint64_t of = pfx_alert_rules_of(worker->alert_rules, kinds->row, class->kind, class->kinds);
    struct pfx_alert_line line = {.event = &worker->event,
                                  .kind = class->kind,
                                  .kinds = class->kinds,
                                  .first = arrived && worker->teller.attempts == 1,
                                  .time = stage->time.seconds,
                                  .is_own = is_own,
                                  .cookie = worker->core->direction};

    worker->told.alerts = 0;
    /* Lines beside a story may be copies; Postfix's are known. */
    worker->lines += arrived && stage->product == 0 && worker->event.rule != NULL &&
                     worker->teller.arrival == PFX_ARRIVAL_NEW;
    if (line.time > now.seconds || line.time <= 0)
        line.time = now.seconds;
    if (worker->lines > 0 && (worker->event.rule == NULL || line.time / 60 != worker->minute)) {
        worker->minute = line.time / 60;
        pfx_alerts_pass(worker->alerts, worker->alert_rules, worker->lines, line.time);
        worker->lines = 0;
    }
    if (of != 0) {
        if (!arrived) {
            struct pfx_observation observation;

            pfx_observation_neighbour(&observation, &worker->event, stage->time, class->fate);
            pfx_story_arrive(worker->story, &worker->teller, &observation, stage->raw);
        }
        if (worker->teller.arrival == PFX_ARRIVAL_NEW)
            pfx_alerts_line(worker->alerts, worker->alert_rules, of, &line, worker->teller.line,
                            &worker->told);
        else if (worker->teller.arrival == PFX_ARRIVAL_SHARED)
            pfx_alerts_again(worker->alerts, worker->alert_rules, worker->teller.line,
                             &worker->told);
    }
    if (pfx_alerts_want_gauges(worker->alerts, line.time))
        count_gauges(worker, line.time);
    if (worker->told.alerts > 0)
        pfx_alerts_tell(&worker->told, &worker->event);
}
