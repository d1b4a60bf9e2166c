/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts: counts what lines tell by the rules of alerts.tsv, and says which line takes a rule over
 * its limit. Creates no line and drops none. Any number of threads share one; bounded, see
 * counts.h. Times are those of lines.
 */
#ifndef PFX_ALERTS_H
#define PFX_ALERTS_H

#include "alerts/counts.h"
#include "alerts/narrowed.h"
#include "alerts/told.h"

struct pfx_alerts;

/* bytes: bound of all counts; seed: random, kept as long as the counts. NULL when memory ran out.
 */
struct pfx_alerts *pfx_alerts_new(size_t bytes, uint64_t seed);
void pfx_alerts_free(struct pfx_alerts **alerts);

/* The time of day, before a line is counted. Where the clock was set back by more than an hour,
 * what was counted in the time to come is forgotten. */
void pfx_alerts_clock(struct pfx_alerts *alerts, int64_t now);

/* Counts a line, once. narrow: the rules that may count it; hash: of the line. */
void pfx_alerts_line(struct pfx_alerts *alerts, const struct pfx_alert_rules *rules,
                     const struct pfx_narrow *narrow, const struct pfx_alert_line *line,
                     uint64_t hash, struct pfx_alerts_told *told_r);

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

struct pfx_alert_counters {
    uint64_t rules;                        /* in use by the last line */
    uint64_t keys, counted_bytes, evicted; /* keys counted now, their bytes, those evicted early */
    uint64_t told, held;                   /* alerts that lines had, and those in quiet time */
    uint64_t keyless;                      /* lines that a rule counts, without its key */
};
void pfx_alerts_count(struct pfx_alerts *alerts, struct pfx_alert_counters *counters_r);

/* For the state file, as in counts.h. Lines that were counted before a restart and come again after
 * it count nothing. */
struct pfx_alerts_past {
    uint64_t seed;
    struct pfx_alerts_began {
        uint32_t id, time;
    } began[PFX_ALERT_RULES]; /* rules of growth, and their first line */
};
struct pfx_counts *pfx_alerts_counts(struct pfx_alerts *alerts);
void pfx_alerts_past(struct pfx_alerts *alerts, struct pfx_alerts_past *past_r);
/* Before anything is counted. */
void pfx_alerts_resume(struct pfx_alerts *alerts, const struct pfx_alerts_past *past);
/* pfx_counts_watch(), and whenever a line told an alert a byte is written to wake, a pipe that does
 * not block; -1: not any more. */
bool pfx_alerts_watch(struct pfx_alerts *alerts, int wake);

#endif
