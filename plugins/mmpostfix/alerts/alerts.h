/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts: counts what lines tell by the rules of alerts.tsv, and says which line takes a rule over
 * its limit. Creates no line and drops none. Any number of threads share one; bounded, see
 * counts.h. Times are those of lines.
 */
#ifndef PFX_ALERTS_H
#define PFX_ALERTS_H

#include "alerts/rules.h"

struct pfx_alerts;

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

/* bytes: bound of all counts; seed: random, kept as long as the counts. NULL when memory ran out.
 */
struct pfx_alerts *pfx_alerts_new(size_t bytes, uint64_t seed);
void pfx_alerts_free(struct pfx_alerts **alerts);

/* Counts a line, once. of: the rules that may count it (pfx_alert_rules_of()); hash: of the line.
 */
void pfx_alerts_line(struct pfx_alerts *alerts, const struct pfx_alert_rules *rules, uint64_t of,
                     const struct pfx_alert_line *line, uint64_t hash,
                     struct pfx_alerts_told *told_r);

/* So many lines went by that pfx_alerts_line() was not called for, for shares of all of them. */
void pfx_alerts_pass(struct pfx_alerts *alerts, const struct pfx_alert_rules *rules, uint32_t lines,
                     int64_t time);

/* What the line of that hash told, when it was counted for another reader of all lines. */
void pfx_alerts_again(struct pfx_alerts *alerts, const struct pfx_alert_rules *rules, uint64_t hash,
                      struct pfx_alerts_told *told_r);

/* True once a minute of the time of lines: then pfx_alerts_gauges() is to be called. */
bool pfx_alerts_want_gauges(struct pfx_alerts *alerts, int64_t time);
/* Adds to told what the gauges tell. */
void pfx_alerts_gauges(struct pfx_alerts *alerts, const struct pfx_alert_rules *rules,
                       const uint64_t value[PFX_GAUGES], int64_t time,
                       struct pfx_alerts_told *told);

/* Sets the fields of what was told; the event borrows from told. */
void pfx_alerts_tell(struct pfx_alerts_told *told, struct pfx_event *event);

struct pfx_alert_counters {
    uint64_t rules;                        /* in use by the last line */
    uint64_t keys, counted_bytes, evicted; /* keys counted now, their bytes, those evicted early */
    uint64_t told, held;                   /* alerts that lines had, and those in quiet time */
    uint64_t keyless;                      /* lines that a rule counts, without its key */
};
void pfx_alerts_count(struct pfx_alerts *alerts, struct pfx_alert_counters *counters_r);

#endif
