/* SPDX-License-Identifier: Apache-2.0 */
/* One event in the cell of a rule: from a rule's measure to the room that counts it. Pure.
 */
#ifndef PFX_MEASURE_H
#define PFX_MEASURE_H

#include "alerts/counts.h"
#include "alerts/windows/known.h"
#include "alerts/rule.h"

/* What an event adds. */
struct pfx_measured {
    uint32_t time;   /* seconds */
    uint32_t amount; /* how often it counts */
    uint32_t value;  /* a hash of what is distinct or first */
    bool counts;     /* the condition holds; else it is only one of what a share is of */
    bool of;         /* it is one of these */
    bool warm;       /* growth may speak */
    int32_t zone;    /* seconds that local time is before UTC */
};

/* What came of it. */
struct pfx_result {
    bool over;
    uint32_t value, limit, since;
    enum pfx_knowledge knowledge; /* of first */
};

/* Bytes of a rule's cell. */
size_t pfx_measure_size(const struct pfx_alert_rule *rule);

/* Adds an event; not of PFX_MEASURE_AFTER, which counts nothing itself. */
void pfx_measure_add(const struct pfx_alert_rule *rule, struct pfx_cell *cell,
                     const struct pfx_measured *event, struct pfx_result *result_r);

/* How many events a rule of PFX_MEASURE_COUNT has in a window. */
uint32_t pfx_measure_count(const struct pfx_alert_rule *rule, const struct pfx_cell *cell,
                           uint32_t window, uint32_t now, uint32_t *since_r);

#endif
