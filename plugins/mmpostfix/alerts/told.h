/* SPDX-License-Identifier: Apache-2.0 */
/* What a line told: alerts, and the fields that say so. Pure.
 */
#ifndef PFX_ALERT_TOLD_H
#define PFX_ALERT_TOLD_H

#include "alerts/rule.h"

/* Alerts that a line may have; of more the first. */
#define PFX_ALERTS_MAX 8

struct pfx_alert {
    const struct pfx_alert_rule *rule;
    char key[PFX_KEY_ROOM];
    uint32_t id;           /* of the rule */
    uint32_t value, limit; /* of a share per cent, of growth what it may be */
    uint32_t since, time;  /* when what was counted began; of the line */
    uint32_t held;         /* alerts of this rule and key that were not told since the last one */
    unsigned severity;     /* 1 to 5 */
};

/* What a line told, with the texts of its fields. */
struct pfx_alerts_told {
    unsigned alerts;
    struct pfx_alert alert[PFX_ALERTS_MAX]; /* the most severe first */
    char number[5][32];
};

/* Adds one in its place by severity; of too many the last ones are left out. */
void pfx_alerts_put(struct pfx_alerts_told *told, const struct pfx_alert *alert);

/* Sets the fields of what was told; the event borrows from told. */
void pfx_alerts_tell(struct pfx_alerts_told *told, struct pfx_event *event);

#endif
