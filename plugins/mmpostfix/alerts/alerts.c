/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts; see alerts.h. */
#include "alerts/alerts.h"
#include "alerts/amount.h"
#include "alerts/measure.h"
#include "alerts/windows/growth.h"
#include "base/hash.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
/* Alerts that are remembered, for other readers of the same lines. */
#define JOURNAL 128
/* So many times the limit more are told of in quiet time, too: ten times in all. */
#define TOLD_AGAIN 9

struct pfx_alerts {
    struct pfx_counts *counts;
    uint32_t minute;              /* of the gauges; atomic */
    uint64_t told, held, keyless; /* atomic */
    uint64_t rules;               /* atomic */
    int wake;                     /* atomic */
    uint64_t zone;                /* the hour, and seconds of local time before UTC; atomic */
    pthread_mutex_t lock;         /* of what follows; may be taken while a part is held */
    struct pfx_alerts_began began[PFX_ALERT_RULES];
    struct {
        uint64_t line;
        struct pfx_alert alert;
    } journal[JOURNAL];
    unsigned next;
};

/* A line on its way through the rules. */
struct pass {
    struct pfx_alerts *alerts;
    const struct pfx_alert_rules *rules;
    const struct pfx_alert_line *line;
    struct pfx_alerts_told *told;
    uint32_t time;
    int64_t now;                              /* the same in microseconds */
    unsigned char knowledge[PFX_ALERT_RULES]; /* of rules with a "known"; enum pfx_knowledge */
};

/* Rules with one condition and one key, and what the line is to them. */
struct group {
    const struct pfx_alert_rule *first, *end;
    const struct pfx_narrow_group *narrow;
    char key[PFX_KEY_ROOM];
    uint64_t hash; /* of the subject */
    bool counts;
};

struct pfx_alerts *pfx_alerts_new(size_t bytes, uint64_t seed)
{
    struct pfx_alerts *alerts = calloc(1, sizeof(*alerts));

    if (alerts == NULL)
        return NULL;
    pthread_mutex_init(&alerts->lock, NULL);
    alerts->wake = -1;
    alerts->counts = pfx_counts_new(bytes, seed);
    if (alerts->counts == NULL)
        pfx_alerts_free(&alerts);
    return alerts;
}

void pfx_alerts_free(struct pfx_alerts **alerts)
{
    struct pfx_alerts *old = *alerts;

    *alerts = NULL;
    if (old == NULL)
        return;
    pfx_counts_free(&old->counts);
    pthread_mutex_destroy(&old->lock);
    free(old);
}

static void add(uint64_t *counter)
{
    __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/* The hash of a subject: of its kind, too. */
static uint64_t subject_hash(const struct pfx_alerts *alerts, const struct pfx_key *key,
                             struct pfx_slice text)
{
    uint64_t kind =
        (uint64_t)key->kind << 32 | (key->kind == PFX_KEY_FIELD ? (unsigned)key->field : 0u);

    return pfx_hash(text, pfx_counts_seed(alerts->counts) + kind * UINT64_C(0x9e3779b97f4a7c15));
}

/* A hash of what is distinct, as long as first hits keep it; 0: the line has none. */
static uint32_t value_of(const struct pass *pass, const struct pfx_key *key)
{
    char room[PFX_KEY_ROOM];
    struct pfx_slice text = pfx_key_take(key, pass->line->event, room);

    if (text.length == 0)
        return 0;
    return (uint32_t)subject_hash(pass->alerts, key, text) >> (32 - PFX_FIRST_VALUE_BITS) | 1;
}

/* The rule began long enough ago; its first line begins it. */
static bool is_warm(struct pfx_alerts *alerts, const struct pfx_alert_rule *rule, uint32_t time,
                    int32_t zone)
{
    unsigned place = 0;
    uint32_t began;

    pthread_mutex_lock(&alerts->lock);
    while (place < PFX_ALERT_RULES - 1 && alerts->began[place].id != 0 &&
           alerts->began[place].id != rule->id)
        ++place;
    if (alerts->began[place].id != rule->id) {
        alerts->began[place].id = rule->id;
        alerts->began[place].time = time;
    }
    began = alerts->began[place].time;
    pthread_mutex_unlock(&alerts->lock);
    return pfx_growth_warm(began + (uint32_t)zone, time + (uint32_t)zone);
}

/* Found anew each hour; two threads may both do so. */
static int32_t zone_of(struct pfx_alerts *alerts, int64_t time)
{
    time_t seconds = (time_t)time;
    uint64_t zone = __atomic_load_n(&alerts->zone, __ATOMIC_RELAXED);
    struct tm local;

    if (zone >> 32 != (uint64_t)time / 3600) {
        local.tm_gmtoff = 0;
        localtime_r(&seconds, &local);
        zone = (uint64_t)time / 3600 << 32 | (uint32_t)local.tm_gmtoff;
        __atomic_store_n(&alerts->zone, zone, __ATOMIC_RELAXED);
    }
    return (int32_t)(uint32_t)zone;
}

/* What the line adds to a rule; false: nothing. */
static bool measure(const struct pass *pass, const struct group *group,
                    const struct pfx_alert_rule *rule, struct pfx_measured *event_r)
{
    bool counts = group->counts;
    bool valued = rule->measure == PFX_MEASURE_DISTINCT || rule->measure == PFX_MEASURE_FIRST;

    *event_r = (struct pfx_measured){.time = pass->time, .counts = counts, .of = counts};
    if (rule->of.terms > 0 && !counts)
        event_r->of = pfx_condition_holds(&group->narrow->share[rule - group->first], pass->line);
    if (!counts && !event_r->of)
        return false;
    event_r->amount = pfx_amount(pass->line->event, rule);
    if (valued)
        event_r->value = value_of(pass, &rule->value);
    if (rule->measure == PFX_MEASURE_GROWTH) {
        event_r->zone = zone_of(pass->alerts, pass->line->time);
        event_r->warm = is_warm(pass->alerts, rule, pass->time, event_r->zone);
    }
    return event_r->amount > 0 && (!valued || !counts || event_r->value != 0);
}

/* In the quiet time of an alert there is another one, of that amount. True: it is told all the
 * same, as there were so many of them. */
static bool hold_back(struct pfx_alerts *alerts, const struct pfx_alert_rule *rule,
                      struct pfx_cell *cell, uint32_t amount)
{
    bool counts = rule->measure == PFX_MEASURE_COUNT || rule->measure == PFX_MEASURE_DISTINCT ||
                  rule->measure == PFX_MEASURE_SUM;
    uint64_t most = (uint64_t)TOLD_AGAIN * (counts ? rule->limit : rule->least);
    uint32_t before = cell->more;

    add(&alerts->held);
    ++cell->held;
    cell->more = amount > UINT32_MAX - before ? UINT32_MAX : before + amount;
    return most > 0 && (counts || rule->measure == PFX_MEASURE_GROWTH) && before < most &&
           cell->more >= most;
}

/* A rule is over its limit: tells it, unless it was told lately. */
static void tell(struct pass *pass, const struct pfx_alert_rule *rule, const char *key,
                 struct pfx_cell *cell, const struct pfx_result *result, uint32_t amount)
{
    uint32_t away = pass->time > cell->told ? pass->time - cell->told : cell->told - pass->time;
    enum pfx_knowledge knowledge = PFX_NEW;
    struct pfx_alert alert = {rule,          "",         rule->id, result->value, result->limit,
                              result->since, pass->time, 0,        rule->severity};

    if (rule->known != PFX_ALERT_NONE) {
        knowledge = (enum pfx_knowledge)pass->knowledge[rule - pass->rules->rule];
        if ((knowledge == PFX_KNOWN) == rule->unless)
            return;
    }
    if (cell->told != 0 && away < rule->quiet && !hold_back(pass->alerts, rule, cell, amount))
        return;
    if (knowledge == PFX_LEARNING)
        alert.severity = rule->learning;
    alert.held = cell->held;
    snprintf(alert.key, sizeof(alert.key), "%s", key);
    cell->held = cell->more = 0;
    cell->told = pass->time;
    add(&pass->alerts->told);
    pfx_alerts_put(pass->told, &alert);
}

/* The line was counted before a restart, and comes again. */
static bool was_counted(const struct pass *pass, const struct pfx_subject *subject)
{
    return subject != NULL && pass->time <= subject->known;
}

/* The rule that it comes after has counted enough of the same subject. */
static bool is_after(const struct pass *pass, const struct pfx_alert_rule *rule,
                     const struct pfx_subject *subject, struct pfx_result *result_r)
{
    const struct pfx_alert_rule *before = &pass->rules->rule[rule->after];
    const struct pfx_cell *cell = pfx_counts_cell(subject, before->id, before->size);

    *result_r = (struct pfx_result){.limit = rule->limit};
    if (cell == NULL)
        return false;
    result_r->value = pfx_measure_count(before, cell, rule->window, pass->time, &result_r->since);
    return result_r->value > rule->limit;
}

/* One event into the cell of each rule of the group that counts it. */
static void count_rules(struct pass *pass, const struct group *group, struct pfx_counts_part *part,
                        struct pfx_subject *subject, const struct pfx_measured *event)
{
    enum pfx_subject_life life = PFX_SUBJECT_WINDOW;

    for (const struct pfx_alert_rule *rule = group->first; rule < group->end; ++rule, ++event) {
        bool after = rule->measure == PFX_MEASURE_AFTER;
        struct pfx_result result = {0};
        struct pfx_cell *cell;

        if ((event->amount == 0 && rule->measure != PFX_MEASURE_GAUGE) ||
            (after && !is_after(pass, rule, subject, &result)))
            continue;
        cell = pfx_counts_add_cell(part, subject, rule->id, rule->size);
        if (cell == NULL)
            continue;
        if (!after)
            pfx_measure_add(rule, cell, event, &result);
        if (after || result.over)
            tell(pass, rule, group->key, cell, &result, event->amount);
        if (rule->measure == PFX_MEASURE_FIRST || rule->measure == PFX_MEASURE_GROWTH)
            life = PFX_SUBJECT_LONG;
        else if (cell->told != 0 && life == PFX_SUBJECT_WINDOW)
            life = PFX_SUBJECT_TOLD;
    }
    pfx_counts_touch(part, subject, life, pass->now);
}

/* Whether the rule may have counted a first event that made no entry. */
static bool takes_first(const struct pfx_alert_rule *rule)
{
    return (rule->measure == PFX_MEASURE_DISTINCT || rule->measure == PFX_MEASURE_COUNT) &&
           rule->limit > 0 && rule->share == 0 && rule->longest <= PFX_FIRST_LONGEST;
}

/* The longest window in which such an event is looked for; 0: there is none. */
static uint32_t longest_of(const struct group *group)
{
    uint32_t longest = 0;

    for (const struct pfx_alert_rule *rule = group->first; rule < group->end; ++rule) {
        if (takes_first(rule) && rule->longest > longest)
            longest = rule->longest;
    }
    return longest;
}

/* Whether a subject's first event can be kept without an entry: all that count take it for one, or
 * for one value. */
static bool is_small(const struct group *group, const struct pfx_measured *event, uint32_t *value_r)
{
    *value_r = 0;
    for (const struct pfx_alert_rule *rule = group->first; rule < group->end; ++rule, ++event) {
        bool distinct = rule->measure == PFX_MEASURE_DISTINCT;

        if (event->amount == 0 && rule->measure != PFX_MEASURE_COUNT)
            continue;
        if (!takes_first(rule) || event->amount != 1 ||
            (distinct && *value_r != 0 && event->value != *value_r))
            return false;
        *value_r = distinct ? event->value : *value_r;
    }
    return true;
}

/* The event before, which made no entry, comes first: whatever this one is, that was a small one.
 */
static void count_first(struct pass *pass, const struct group *group, struct pfx_counts_part *part,
                        struct pfx_subject *subject, uint32_t value, uint32_t time)
{
    struct pfx_measured earlier[PFX_ALERT_RULES];
    unsigned rules = (unsigned)(group->end - group->first);
    uint32_t now = pass->time;

    for (unsigned i = 0; i < rules; ++i) {
        const struct pfx_alert_rule *rule = &group->first[i];
        bool valued = rule->measure == PFX_MEASURE_DISTINCT;

        earlier[i] = (struct pfx_measured){.time = time, .value = value, .counts = true};
        earlier[i].amount = takes_first(rule) && (!valued || value != 0);
    }
    pass->time = time;
    count_rules(pass, group, part, subject, earlier);
    pass->time = now;
}

static bool has_cell(const struct group *group, const struct pfx_subject *subject)
{
    for (const struct pfx_alert_rule *rule = group->first; rule < group->end; ++rule) {
        if (pfx_counts_cell(subject, rule->id, rule->size) != NULL)
            return true;
    }
    return false;
}

/* Under the lock of its part. */
static void count_subject(struct pass *pass, const struct group *group,
                          struct pfx_counts_part *part, const struct pfx_measured *event)
{
    struct pfx_subject *subject = pfx_counts_find(part, group->hash);
    uint64_t hash = group->hash ^ group->first->id * UINT64_C(0xd6e8feb86659fd93);
    uint32_t longest, value, first_value = 0, first_time = 0;
    bool first = false;

    if (group->first->measure == PFX_MEASURE_AFTER && group->end - group->first == 1 &&
        subject == NULL)
        return; /* nothing was before */
    if (was_counted(pass, subject))
        return;
    if ((subject == NULL || !has_cell(group, subject)) && (longest = longest_of(group)) > 0) {
        bool small = is_small(group, event, &value);

        first = small ? pfx_counts_take_first(part, hash, longest, value, pass->time, &first_value,
                                              &first_time)
                      : pfx_counts_join_first(part, hash, longest, pass->time, &first_value,
                                              &first_time);
        if (small && !first)
            return;
    }
    if (subject == NULL)
        subject = pfx_counts_make(part, group->hash, pass->now);
    if (subject == NULL)
        return;
    if (first)
        count_first(pass, group, part, subject, first_value, first_time);
    count_rules(pass, group, part, subject, event);
}

static void count_group(struct pass *pass, struct group *group)
{
    const struct pfx_alert_rule *first = group->first;
    const struct pfx_event *event = pass->line->event;
    struct pfx_measured measured[PFX_ALERT_RULES];
    struct pfx_counts_part *part;
    struct pfx_slice key;
    bool any = false;

    group->counts = pfx_condition_holds(&group->narrow->what, pass->line);
    if (!group->counts && !group->narrow->shares)
        return; /* as for most lines that come so far */
    for (const struct pfx_alert_rule *rule = first; rule < group->end; ++rule) {
        struct pfx_measured *one = &measured[rule - first];

        if ((group->narrow->of >> (rule - first) & 1) == 0 || !measure(pass, group, rule, one))
            one->amount = 0;
        any |= one->amount > 0;
    }
    if (!any)
        return;
    key = pfx_key_take(&first->key, event, group->key);
    if (key.length == 0) {
        add(&pass->alerts->keyless);
        return;
    }
    if (pfx_key_is_client(&first->key) && pass->line->is_own != NULL &&
        pass->line->is_own(pass->line->cookie, PFX_F_client_ip,
                           pfx_event_get(event, PFX_F_client_ip)))
        return;
    if (key.text != group->key)
        memcpy(group->key, key.text, key.length);
    group->key[key.length] = '\0';
    group->hash = subject_hash(pass->alerts, &first->key, key);
    part = pfx_counts_hold(pass->alerts->counts, group->hash);
    count_subject(pass, group, part, measured);
    pfx_counts_expire(part, pass->now);
    pfx_counts_release(part);
}

/* A rule whose key is "all", by itself. */
static void count_all(struct pass *pass, const struct pfx_alert_rule *rule,
                      const struct pfx_measured *event)
{
    struct group group = {.first = rule, .end = rule + 1, .key = "all"};
    struct pfx_counts_part *part;
    struct pfx_subject *subject;

    group.hash = subject_hash(pass->alerts, &rule->key, PFX_SLICE("all"));
    part = pfx_counts_hold(pass->alerts->counts, group.hash);
    subject = pfx_counts_make(part, group.hash, pass->now);
    if (subject != NULL && !was_counted(pass, subject))
        count_rules(pass, &group, part, subject, event);
    pfx_counts_release(part);
}

/* What was known before the line of what a rule of first counts. */
static enum pfx_knowledge ask(const struct pass *pass, const struct pfx_alert_rule *first)
{
    struct pfx_alerts *alerts = pass->alerts;
    enum pfx_knowledge knowledge = PFX_LEARNING;
    char room[PFX_KEY_ROOM];
    struct pfx_slice key = pfx_key_take(&first->key, pass->line->event, room);
    uint32_t value = value_of(pass, &first->value);
    uint64_t hash = subject_hash(alerts, &first->key, key);
    const struct pfx_subject *subject;
    const struct pfx_cell *cell = NULL;
    struct pfx_counts_part *part;

    if (key.length == 0 || value == 0)
        return knowledge;
    part = pfx_counts_hold(alerts->counts, hash);
    subject = pfx_counts_find(part, hash);
    if (subject != NULL)
        cell = pfx_counts_cell(subject, first->id, first->size);
    if (cell != NULL)
        knowledge = pfx_known_ask((const struct pfx_known_values *)(const void *)cell->data, value,
                                  first->window / 86400, first->bad, first->least, pass->time);
    pfx_counts_release(part);
    return knowledge;
}

/* A pipe that is full has woken it already. */
static void wake_up(int pipe)
{
    ssize_t put = pipe >= 0 ? write(pipe, "", 1) : 0;

    (void)put;
}

/* Remembers what the line told. */
static void note(struct pfx_alerts *alerts, const struct pfx_alerts_told *told, uint64_t hash)
{
    if (told->alerts == 0)
        return;
    wake_up(__atomic_load_n(&alerts->wake, __ATOMIC_RELAXED));
    pthread_mutex_lock(&alerts->lock);
    for (unsigned i = 0; i < told->alerts; ++i) {
        alerts->journal[alerts->next].line = hash;
        alerts->journal[alerts->next].alert = told->alert[i];
        alerts->next = (alerts->next + 1) % JOURNAL;
    }
    pthread_mutex_unlock(&alerts->lock);
}

void pfx_alerts_clock(struct pfx_alerts *alerts, int64_t now)
{
    if (!pfx_counts_clock(alerts->counts, now))
        return;
    __atomic_store_n(&alerts->minute, 0, __ATOMIC_RELAXED);
    pthread_mutex_lock(&alerts->lock);
    for (unsigned i = 0; i < PFX_ALERT_RULES; ++i) {
        if (alerts->began[i].time > now)
            alerts->began[i].time = (uint32_t)now;
    }
    pthread_mutex_unlock(&alerts->lock);
}

void pfx_alerts_line(struct pfx_alerts *alerts, const struct pfx_alert_rules *rules,
                     const struct pfx_narrow *narrow, const struct pfx_alert_line *line,
                     uint64_t hash, struct pfx_alerts_told *told_r)
{
    enum pfx_knowledge knowledge = PFX_LEARNING;
    int asked = PFX_ALERT_NONE;
    struct pass pass;
    struct group group;

    pass.alerts = alerts;
    pass.rules = rules;
    pass.line = line;
    pass.told = told_r;
    pass.time = (uint32_t)line->time;
    pass.now = line->time * SECOND;
    told_r->alerts = 0;
    if (__atomic_load_n(&alerts->rules, __ATOMIC_RELAXED) != rules->rules)
        __atomic_store_n(&alerts->rules, rules->rules, __ATOMIC_RELAXED);
    for (uint64_t bits = narrow->knowing; bits != 0; bits &= bits - 1) {
        unsigned i = (unsigned)__builtin_ctzll(bits);

        if (rules->rule[i].known != asked) { /* they ask the same, as a rule */
            asked = rules->rule[i].known;
            knowledge = ask(&pass, &rules->rule[asked]);
        }
        pass.knowledge[i] = (unsigned char)knowledge;
    }
    for (unsigned i = 0; i < narrow->groups; ++i) {
        group.narrow = &narrow->group[i];
        group.first = group.narrow->first;
        group.end = group.first + group.first->beside;
        count_group(&pass, &group);
    }
    note(alerts, told_r, hash);
}

void pfx_alerts_again(struct pfx_alerts *alerts, const struct pfx_alert_rules *rules, uint64_t hash,
                      struct pfx_alerts_told *told_r)
{
    told_r->alerts = 0;
    pthread_mutex_lock(&alerts->lock);
    for (unsigned i = 0; i < JOURNAL; ++i) {
        struct pfx_alert alert = alerts->journal[i].alert;

        if (alerts->journal[i].line != hash || alert.id == 0)
            continue;
        alert.rule = NULL; /* it may be gone */
        for (unsigned r = 0; r < rules->rules; ++r) {
            if (rules->rule[r].id == alert.id)
                alert.rule = &rules->rule[r];
        }
        if (alert.rule != NULL)
            pfx_alerts_put(told_r, &alert);
    }
    pthread_mutex_unlock(&alerts->lock);
}

void pfx_alerts_pass(struct pfx_alerts *alerts, const struct pfx_alert_rules *rules, uint32_t lines,
                     int64_t time)
{
    struct pass pass = {
        .alerts = alerts, .rules = rules, .time = (uint32_t)time, .now = time * SECOND};

    for (unsigned i = 0; i < rules->rules; ++i) {
        const struct pfx_alert_rule *rule = &rules->rule[i];
        struct pfx_measured event = {.time = pass.time, .amount = lines, .of = true};

        if (rule->of_lines)
            count_all(&pass, rule, &event);
    }
}

bool pfx_alerts_want_gauges(struct pfx_alerts *alerts, int64_t time)
{
    uint32_t minute = (uint32_t)(time / 60);
    uint32_t last = __atomic_load_n(&alerts->minute, __ATOMIC_RELAXED);

    return minute > last && __atomic_compare_exchange_n(&alerts->minute, &last, minute, false,
                                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

void pfx_alerts_gauges(struct pfx_alerts *alerts, const struct pfx_alert_rules *rules,
                       const uint64_t value[PFX_GAUGES], int64_t time, struct pfx_alerts_told *told)
{
    struct pass pass = {.alerts = alerts,
                        .rules = rules,
                        .told = told,
                        .time = (uint32_t)time,
                        .now = time * SECOND};

    for (const struct pfx_alert_rule *rule = rules->rule; rule < rules->rule + rules->rules;
         ++rule) {
        struct pfx_measured event = {.time = pass.time, .counts = true};

        if (rule->measure != PFX_MEASURE_GAUGE)
            continue;
        event.amount = value[rule->gauge] > UINT32_MAX ? UINT32_MAX : (uint32_t)value[rule->gauge];
        count_all(&pass, rule, &event);
    }
}

void pfx_alerts_count(struct pfx_alerts *alerts, struct pfx_alert_counters *counters_r)
{
    pfx_counts_count(alerts->counts, &counters_r->keys, &counters_r->evicted,
                     &counters_r->counted_bytes);
    counters_r->rules = __atomic_load_n(&alerts->rules, __ATOMIC_RELAXED);
    counters_r->told = __atomic_load_n(&alerts->told, __ATOMIC_RELAXED);
    counters_r->held = __atomic_load_n(&alerts->held, __ATOMIC_RELAXED);
    counters_r->keyless = __atomic_load_n(&alerts->keyless, __ATOMIC_RELAXED);
}

struct pfx_counts *pfx_alerts_counts(struct pfx_alerts *alerts)
{
    return alerts->counts;
}

void pfx_alerts_past(struct pfx_alerts *alerts, struct pfx_alerts_past *past_r)
{
    past_r->seed = pfx_counts_seed(alerts->counts);
    pthread_mutex_lock(&alerts->lock);
    memcpy(past_r->began, alerts->began, sizeof(past_r->began));
    pthread_mutex_unlock(&alerts->lock);
}

void pfx_alerts_resume(struct pfx_alerts *alerts, const struct pfx_alerts_past *past)
{
    pfx_counts_reseed(alerts->counts, past->seed);
    pthread_mutex_lock(&alerts->lock);
    memcpy(alerts->began, past->began, sizeof(alerts->began));
    pthread_mutex_unlock(&alerts->lock);
}

bool pfx_alerts_watch(struct pfx_alerts *alerts, int wake)
{
    __atomic_store_n(&alerts->wake, wake, __ATOMIC_RELAXED);
    return wake < 0 || pfx_counts_watch(alerts->counts);
}
