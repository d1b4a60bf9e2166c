/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the rules of alerts; see rule.h. */
#include "alerts/rule.h"
#include "alerts/windows/distinct.h"
#include "base/hash.h"

#include <string.h>

#define LONGEST (366 * 86400) /* seconds, of a window */

enum column {
    NAME,
    KEY,
    MEASURE,
    LIMIT,
    WINDOW,
    LEAST,
    QUIET,
    SEVERITY,
    TECHNIQUE,
    AND,
    WHAT,
    TEXT
};

static const struct pfx_slice severities[] = {
    {"", 0}, {"informational", 13}, {"low", 3}, {"medium", 6}, {"high", 4}, {"critical", 8}};

struct pfx_slice pfx_alert_severity(unsigned severity)
{
    return severities[severity];
}

static bool is_severity(struct pfx_slice name, unsigned *severity_r)
{
    for (unsigned i = 1; i < sizeof(severities) / sizeof(severities[0]); ++i) {
        if (pfx_slice_equal(name, severities[i])) {
            *severity_r = i;
            return true;
        }
    }
    return false;
}

static bool is_number(struct pfx_slice text, uint32_t *number_r)
{
    int64_t number;

    if (!pfx_value_integer(text, &number) || number < 0 || number > UINT32_MAX / 1000)
        return false;
    *number_r = (uint32_t)number;
    return true;
}

/* "5m" in seconds; as nothing, 0. */
static bool is_time(struct pfx_slice text, uint32_t *seconds_r)
{
    static const struct {
        char unit;
        uint32_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    uint32_t number;

    *seconds_r = 0;
    if (text.length == 0)
        return true;
    if (text.length < 2 || !is_number(pfx_slice_until(text, text.length - 1), &number))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); ++i) {
        if (units[i].unit == text.text[text.length - 1] && number <= LONGEST / units[i].seconds) {
            *seconds_r = number * units[i].seconds;
            return true;
        }
    }
    return false;
}

/* "A/B", or "A". */
static bool is_pair(struct pfx_slice text, uint32_t *first_r, uint32_t *second_r)
{
    ptrdiff_t slash = pfx_slice_find(text, PFX_SLICE("/"));

    if (text.length == 0)
        return true;
    if (slash < 0)
        return is_number(text, first_r);
    return is_number(pfx_slice_until(text, (size_t)slash), first_r) &&
           is_number(pfx_slice_from(text, (size_t)slash + 1), second_r);
}

static const char *read_measure(struct pfx_slice text, struct pfx_alert_rule *rule)
{
    static const struct pfx_slice gauges[PFX_GAUGES] = {
        {"queue", 5}, {"deferred", 8}, {"oldest", 6}, {"stalled", 7}};
    static const struct {
        struct pfx_slice word;
        enum pfx_measure measure;
    } words[] = {
        {{"count", 5}, PFX_MEASURE_COUNT},
        {{"count attempts", 14}, PFX_MEASURE_COUNT},
        {{"share", 5}, PFX_MEASURE_SHARE},
        {{"growth", 6}, PFX_MEASURE_GROWTH},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i) {
        if (pfx_slice_equal(text, words[i].word)) {
            rule->measure = words[i].measure;
            rule->attempts = i == 1;
            return NULL;
        }
    }
    if (pfx_slice_take(&text, PFX_SLICE("sum "))) {
        rule->measure = PFX_MEASURE_SUM;
        rule->field = pfx_field_either(text);
        return rule->field == PFX_FIELD_NONE ? "no such field to sum" : NULL;
    }
    if (pfx_slice_take(&text, PFX_SLICE("after "))) {
        rule->measure = PFX_MEASURE_AFTER;
        rule->after_name = text;
        return NULL;
    }
    if (pfx_slice_take(&text, PFX_SLICE("gauge "))) {
        rule->measure = PFX_MEASURE_GAUGE;
        for (unsigned i = 0; i < PFX_GAUGES; ++i) {
            rule->gauge = (enum pfx_gauge_name)i;
            if (pfx_slice_equal(text, gauges[i]))
                return NULL;
        }
        return "the gauge is queue, deferred, oldest or stalled";
    }
    rule->measure =
        pfx_slice_starts(text, PFX_SLICE("first ")) ? PFX_MEASURE_FIRST : PFX_MEASURE_DISTINCT;
    if (pfx_slice_take(&text, PFX_SLICE("first ")) || pfx_slice_take(&text, PFX_SLICE("distinct ")))
        return pfx_key_read(text, &rule->value) ? NULL : "no such value to tell apart";
    return "the measure is count, distinct, sum, share, growth, first, after or gauge";
}

static const char *read_limit(struct pfx_slice text, struct pfx_alert_rule *rule)
{
    enum pfx_measure measure = rule->measure;
    char unit = measure == PFX_MEASURE_SHARE ? '%' : measure == PFX_MEASURE_GROWTH ? 'x' : '\0';

    if (measure == PFX_MEASURE_FIRST)
        return text.length == 0 ? NULL : "first has no limit";
    if (unit != '\0') {
        if (text.length == 0 || text.text[text.length - 1] != unit)
            return "the limit of a share is as 5%, of growth as 4x";
        --text.length;
    }
    if (!is_number(text, &rule->limit))
        return "the limit is a number";
    if (measure == PFX_MEASURE_DISTINCT && rule->limit > PFX_DISTINCT_LIMIT)
        return "64 different ones are the greatest limit";
    if (unit != '\0')
        rule->limit *= 10;
    return unit == '%' && rule->limit > 1000 ? "a share is 100% at most" : NULL;
}

static const char *read_and(struct pfx_slice text, struct pfx_alert_rule *rule,
                            struct pfx_slice *of_r)
{
    ptrdiff_t of = pfx_slice_find(text, PFX_SLICE("of "));
    bool share = rule->measure == PFX_MEASURE_SHARE;

    *of_r = PFX_NO_SLICE;
    if (share && !pfx_slice_starts(text, PFX_SLICE("of ")))
        return "a share is \"of\" a condition";
    if (text.length == 0)
        return NULL;
    rule->unless = pfx_slice_starts(text, PFX_SLICE("unless known "));
    if (pfx_slice_take(&text, PFX_SLICE("unless known ")) ||
        pfx_slice_take(&text, PFX_SLICE("if known "))) {
        rule->known_name = text;
        return NULL;
    }
    if (of < 0 || (!share && (of < 3 || text.text[of - 2] != '%' ||
                              !is_number(pfx_slice_until(text, (size_t)of - 2), &rule->share) ||
                              rule->share > 100)))
        return "\"and\" is as \"of CONDITION\", \"50% of CONDITION\", \"unless known RULE\"";
    rule->share *= 10;
    rule->of_lines = share && pfx_slice_equal(text, PFX_SLICE("of lines"));
    if (rule->of_lines)
        return rule->key.kind == PFX_KEY_ALL ? NULL : "the key of a share of lines is all";
    *of_r = pfx_slice_from(text, (size_t)of + 3);
    return of_r->length > 0 ? NULL : "a condition is missing";
}

static const char *read_severity(struct pfx_slice text, struct pfx_alert_rule *rule)
{
    ptrdiff_t comma = pfx_slice_find(text, PFX_SLICE(","));
    struct pfx_slice second = comma < 0 ? text : pfx_slice_from(text, (size_t)comma + 1);

    if (comma >= 0)
        text = pfx_slice_until(text, (size_t)comma);
    if (!is_severity(text, &rule->severity) || !is_severity(second, &rule->learning))
        return "the severity is informational, low, medium, high or critical";
    return comma < 0 || rule->known_name.length > 0
               ? NULL
               : "a second severity is for \"unless known\" and \"if known\"";
}

/* A hash of what the counts of a rule depend on. */
static uint32_t id_of(const struct pfx_slice *column)
{
    static const enum column which[] = {NAME, KEY, MEASURE, LIMIT, WINDOW, AND, WHAT};
    uint64_t hash = 0;

    for (size_t i = 0; i < sizeof(which) / sizeof(which[0]); ++i)
        hash = pfx_hash(column[which[i]], hash);
    return (uint32_t)hash | 1;
}

const char *pfx_alert_rule_read(const struct pfx_slice *column, struct pfx_alert_rule *rule,
                                struct pfx_slice *of_r)
{
    const char *fault;

    *rule = (struct pfx_alert_rule){.name = column[NAME],
                                    .text = column[TEXT],
                                    .technique = column[TECHNIQUE],
                                    .key_text = column[KEY],
                                    .what_text = column[WHAT],
                                    .field = PFX_FIELD_NONE,
                                    .id = id_of(column)};
    if (!pfx_key_read(column[KEY], &rule->key))
        return "no such key";
    fault = read_measure(column[MEASURE], rule);
    if (fault == NULL)
        fault = read_limit(column[LIMIT], rule);
    if (fault == NULL)
        fault = read_and(column[AND], rule, of_r);
    if (fault == NULL)
        fault = read_severity(column[SEVERITY], rule);
    if (fault != NULL)
        return fault;
    if (!is_time(column[WINDOW], &rule->window) || rule->window == 0)
        return "the window is a time, as 5m";
    if (!is_time(column[QUIET], &rule->quiet))
        return "quiet is a time, as 1h";
    if (!is_pair(column[LEAST], &rule->least, &rule->bad))
        return "least is a number, or two with / between";
    if (rule->measure == PFX_MEASURE_FIRST && rule->window < 86400)
        return "the window of first is a day at least";
    if (rule->measure == PFX_MEASURE_GAUGE && rule->key.kind != PFX_KEY_ALL)
        return "the key of a gauge is all";
    return NULL;
}
