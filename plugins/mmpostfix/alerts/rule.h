/* SPDX-License-Identifier: Apache-2.0 */
/* A rule of alerts, and the row of alerts.tsv that it comes from. Pure; texts are borrowed.
 *
 * One row a rule, columns separated by tabs, "-" for none:
 *   name key measure limit window least quiet severity technique and what text
 * name       of the rule; "@NAME" is a condition that others use, with "-" up to "what"
 * key        of whom is counted, see keys.h
 * measure    count           events; "count attempts": as many as a line tells of
 *            distinct KEY    different ones
 *            sum FIELD
 *            share           of "of CONDITION" in the column "and"
 *            growth          against the key's own past
 *            first KEY       not seen in the window
 *            after RULE      the rule of that name has counted more than limit of the same key
 *            gauge NAME      the least value of the window: queue, deferred, oldest,
 *                            stalled
 * limit      more than that: a number; of a share "5%", of growth "4x"
 * window     "90s", "5m", "24h", "30d"
 * least      of a share "ALL/BAD": that many; of growth as many; of first "TIMES/DAYS": as many of
 *            the key, since as many days
 * quiet      after an alert of a key, none for so long
 * severity   informational, low, medium, high, critical; "critical,high": the second while nothing
 *            is known of the key (see "and")
 * technique  of MITRE ATT&CK
 * and        "of CONDITION" of a share, "of lines": of all of Postfix, with the key all; "50% of
 * CONDITION": the share of these is larger, too; "unless known RULE", "if known RULE": what that
 * rule of first counts was not or was seen before what       condition.h; "-" of a gauge text for
 * people A site's row "NAME<tab>off" takes a rule away.
 */
#ifndef PFX_ALERT_RULE_H
#define PFX_ALERT_RULE_H

#include "alerts/condition.h"
#include "alerts/keys.h"

#define PFX_ALERT_NONE (-1)

enum pfx_measure {
    PFX_MEASURE_COUNT,
    PFX_MEASURE_DISTINCT,
    PFX_MEASURE_SUM,
    PFX_MEASURE_SHARE,
    PFX_MEASURE_GROWTH,
    PFX_MEASURE_FIRST,
    PFX_MEASURE_AFTER,
    PFX_MEASURE_GAUGE
};

enum pfx_gauge_name {
    PFX_GAUGE_QUEUE,
    PFX_GAUGE_DEFERRED,
    PFX_GAUGE_OLDEST,
    PFX_GAUGE_STALLED,
    PFX_GAUGES
};

struct pfx_alert_rule {
    struct pfx_slice name, text, technique;
    uint32_t id;            /* a hash of all that its counts depend on, never 0 */
    unsigned file, line;    /* of its row; file 0: the table, 1: the site's own */
    size_t size;            /* bytes of its cell: pfx_measure_size(), by who reads rules */
    unsigned first, beside; /* place of the first with the same condition and key; how many */
    enum pfx_measure measure;
    struct pfx_key key, value; /* value: what is distinct or first */
    bool attempts;             /* a line counts as often as it tells of */
    enum pfx_field field;      /* of a sum */
    enum pfx_gauge_name gauge;
    const struct pfx_condition *what;
    bool shares;   /* one of these that stand beside each other is a share of other lines, too */
    bool of_lines; /* a share of all lines */
    struct pfx_condition of;     /* of a share; no terms: there is none */
    uint32_t share;              /* in thousandths, beside another measure */
    int after;                   /* place of another rule, or PFX_ALERT_NONE */
    int known;                   /* likewise: of first */
    bool unless;                 /* known, or not */
    uint32_t limit;              /* of a share in thousandths, of growth in tenths */
    uint32_t window, quiet;      /* seconds */
    uint32_t longest;            /* window: its own, or of a rule that comes after it */
    uint32_t least, bad;         /* of a share; of first: times, days */
    unsigned severity, learning; /* 1 informational to 5 critical */
    struct pfx_slice after_name, known_name, what_text, key_text;
};

/* Reads the twelve columns of a row, but for its conditions; what other rules it names is not yet
 * found. *of_r: the text of the condition that a share is of, or empty. NULL, or what is wrong
 * (static text). */
#define PFX_ALERT_COLUMNS 12
const char *pfx_alert_rule_read(const struct pfx_slice *column, struct pfx_alert_rule *rule_r,
                                struct pfx_slice *of_r);

/* "informational" to "critical", by 1 to 5. */
struct pfx_slice pfx_alert_severity(unsigned severity);

#endif
