/* SPDX-License-Identifier: Apache-2.0 */
/* Events in cells; see measure.h. */
#include "alerts/measure.h"
#include "alerts/windows/distinct.h"
#include "alerts/windows/gauge.h"
#include "alerts/windows/growth.h"
#include "alerts/windows/ring.h"
#include "alerts/windows/share.h"

static bool in_ring(const struct pfx_alert_rule *rule)
{
    return rule->measure == PFX_MEASURE_COUNT && rule->limit <= PFX_RING_LIMIT;
}

/* Of the measure itself; a share beside it stands behind. */
static size_t own_size(const struct pfx_alert_rule *rule)
{
    switch (rule->measure) {
    case PFX_MEASURE_COUNT:
        return in_ring(rule) ? pfx_ring_size(rule->limit) : sizeof(struct pfx_buckets);
    case PFX_MEASURE_DISTINCT:
        return pfx_distinct_size(rule->limit);
    case PFX_MEASURE_SUM:
        return sizeof(struct pfx_buckets);
    case PFX_MEASURE_SHARE:
        return sizeof(struct pfx_share);
    case PFX_MEASURE_GROWTH:
        return sizeof(struct pfx_growth);
    case PFX_MEASURE_FIRST:
        return sizeof(struct pfx_known_values);
    case PFX_MEASURE_GAUGE:
        return sizeof(struct pfx_gauge);
    default:
        return 0;
    }
}

size_t pfx_measure_size(const struct pfx_alert_rule *rule)
{
    return own_size(rule) + (rule->share > 0 ? sizeof(struct pfx_share) : 0);
}

static void add_count(const struct pfx_alert_rule *rule, struct pfx_cell *cell,
                      const struct pfx_measured *event, struct pfx_result *result)
{
    uint32_t now = event->time;
    uint64_t sum;

    if (in_ring(rule)) {
        struct pfx_ring *ring = (struct pfx_ring *)(void *)cell->data;

        for (uint32_t i = 0; i < event->amount && i <= rule->limit; ++i)
            result->over |= pfx_ring_add(ring, rule->limit, rule->window, now);
        if (result->over) { /* which a late line may be, too: then up to the newest */
            now = ring->time[rule->limit];
            result->value = pfx_ring_count(ring, rule->window, now);
            result->since = pfx_ring_since(ring, rule->window, now);
        }
        return;
    }
    sum =
        pfx_buckets_add((struct pfx_buckets *)(void *)cell->data, rule->window, event->amount, now);
    result->value = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
    result->over = sum > rule->limit;
    if (result->over)
        result->since =
            pfx_buckets_since((struct pfx_buckets *)(void *)cell->data, rule->window, now);
}

static void add_share(const struct pfx_alert_rule *rule, struct pfx_share *share,
                      const struct pfx_measured *event, struct pfx_result *result)
{
    const struct pfx_share_limits limits = {rule->window, rule->limit, rule->least, rule->bad};
    uint32_t permille;

    pfx_share_add(share, rule->window, event->counts, event->amount, event->time);
    result->over = event->counts && pfx_share_over(share, &limits, event->time, &permille);
    if (!result->over)
        return;
    result->limit = rule->limit / 10;
    result->value = permille / 10;
    result->since = pfx_buckets_since(&share->bad, rule->window, event->time);
}

static void add_growth(const struct pfx_alert_rule *rule, struct pfx_growth *growth,
                       const struct pfx_measured *event, struct pfx_result *result)
{
    const struct pfx_growth_limits limits = {rule->window, rule->limit, rule->least};
    uint32_t local = event->time + (uint32_t)event->zone, usual;
    uint64_t limit;

    result->over = pfx_growth_add(growth, &limits, event->warm, event->amount, local, &usual);
    if (!result->over)
        return;
    limit = (uint64_t)usual * rule->limit / 10;
    result->limit = limit < rule->least ? rule->least : (uint32_t)limit;
    result->value = (uint32_t)pfx_buckets_sum(&growth->buckets, rule->window, local);
    result->since =
        pfx_buckets_since(&growth->buckets, rule->window, local) - (uint32_t)event->zone;
}

static void add_distinct(const struct pfx_alert_rule *rule, struct pfx_distinct *distinct,
                         const struct pfx_measured *event, struct pfx_result *result)
{
    uint32_t now;

    result->over = pfx_distinct_add(distinct, rule->limit, rule->window, event->value, event->time);
    if (!result->over)
        return;
    now = pfx_distinct_newest(distinct); /* the line may be late */
    result->value = pfx_distinct_count(distinct, rule->window, now);
    result->since = pfx_distinct_since(distinct, rule->window, now);
}

static void add_first(const struct pfx_alert_rule *rule, struct pfx_known_values *known,
                      const struct pfx_measured *event, struct pfx_result *result)
{
    result->knowledge = pfx_known_ask(known, event->value, rule->window / 86400, rule->bad,
                                      rule->least, event->time);
    result->over = result->knowledge == PFX_NEW;
    pfx_known_add(known, event->value, event->time);
    result->value = 1;
}

void pfx_measure_add(const struct pfx_alert_rule *rule, struct pfx_cell *cell,
                     const struct pfx_measured *event, struct pfx_result *result_r)
{
    void *data = cell->data;

    *result_r = (struct pfx_result){.limit = rule->limit, .since = event->time};
    if (event->counts && rule->measure != PFX_MEASURE_SHARE) {
        if (rule->measure == PFX_MEASURE_COUNT || rule->measure == PFX_MEASURE_SUM)
            add_count(rule, cell, event, result_r);
        else if (rule->measure == PFX_MEASURE_DISTINCT)
            add_distinct(rule, data, event, result_r);
        else if (rule->measure == PFX_MEASURE_GROWTH)
            add_growth(rule, data, event, result_r);
        else if (rule->measure == PFX_MEASURE_FIRST)
            add_first(rule, data, event, result_r);
    } else if (rule->measure == PFX_MEASURE_SHARE) {
        add_share(rule, data, event, result_r);
    }
    if (rule->measure == PFX_MEASURE_GAUGE) {
        struct pfx_gauge *gauge = data;

        result_r->over =
            pfx_gauge_add(gauge, rule->limit, rule->window, event->amount, event->time);
        result_r->value = gauge->least;
        result_r->since = gauge->since;
    }
    if (rule->share > 0) {
        const struct pfx_share_limits limits = {rule->window, rule->share, rule->least, 0};
        struct pfx_share *share = (struct pfx_share *)(void *)(cell->data + own_size(rule) / 4);
        uint32_t permille;

        pfx_share_add(share, rule->window, event->counts, event->amount, event->time);
        result_r->over = result_r->over && pfx_share_over(share, &limits, event->time, &permille);
    }
}

uint32_t pfx_measure_count(const struct pfx_alert_rule *rule, const struct pfx_cell *cell,
                           uint32_t window, uint32_t now, uint32_t *since_r)
{
    const void *data = cell->data;
    uint64_t sum;

    *since_r = now;
    if (in_ring(rule)) {
        if (((const struct pfx_ring *)data)->used > rule->limit + 1)
            return 0; /* of a file that we did not write */
        *since_r = pfx_ring_since(data, window, now);
        return pfx_ring_count(data, window, now);
    }
    *since_r = pfx_buckets_since(data, rule->window, now);
    sum = pfx_buckets_sum(data, rule->window, now);
    return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}
