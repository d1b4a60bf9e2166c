/* SPDX-License-Identifier: Apache-2.0 */
/* Planted attackers below a flood of addresses that come once, within a bound of memory; several
 * threads; copies of a line. */
#include "unit/unit.h"

#include "alerts/alerts.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define START 1790000000
#define BYTES ((size_t)64 << 20)

static const char kinds_text[] = "auth.failed\t100500\t-\t-\tfailure\t-\tdenied\n";
static const char rows[] =
    "many\taddress\tcount\t10\t5m\t-\t1h\tmedium\t-\t-\tkind=auth.failed\tmany\n"
    "users\taddress\tdistinct user\t5\t1h\t-\t6h\thigh\t-\t-\tkind=auth.failed\tusers\n"
    "waits\tall\tgauge queue\t0\t2m\t-\t1h\thigh\t-\t-\t-\twaits\n";
static struct pfx_kinds kinds;
static struct pfx_alert_rules *rules;
static _Thread_local struct pfx_narrowed narrowed; /* freed by its thread */

/* A login of a user from an address that fails; what it told. */
static unsigned fail(struct pfx_alerts *alerts, uint32_t ip, unsigned user, int64_t time,
                     struct pfx_alerts_told *told)
{
    const struct pfx_kind *kind = &kinds.row[0];
    struct pfx_event event = {0};
    struct pfx_alert_line line = {.event = &event, .kind = &kind, .kinds = 1, .time = time};
    char address[32], name[32];

    snprintf(address, sizeof(address), "%u.%u.%u.%u", 11 + (ip >> 24), ip >> 16 & 255,
             ip >> 8 & 255, ip & 255);
    snprintf(name, sizeof(name), "user%u", user);
    if (narrowed.rules == NULL)
        pfx_narrowed_open(&narrowed, rules, kinds.row);
    pfx_event_set(&event, PFX_F_client_ip, unit_slice(address));
    pfx_event_set(&event, PFX_F_sasl_username, unit_slice(name));
    pfx_alerts_line(alerts, rules,
                    pfx_narrowed_find(&narrowed, &(struct pfx_alert_sort){&kind, 1, false}), &line,
                    (uint64_t)ip << 32 | (uint32_t)time, told);
    return told->alerts;
}

/* 100 attackers of each sort: fast ones, and such that try a user each 11 minutes. Five million
 * others try once. */
static void under_a_flood(void)
{
    enum { PLANTED = 100, FLOOD = 5000000, SPAN = 3600 };
    struct pfx_alerts *alerts = pfx_alerts_new(BYTES, 7);
    unsigned fast = 0, slow = 0, wrong = 0, early = 0, last = SPAN;
    struct pfx_alert_counters counters;
    struct pfx_alerts_told told;

    for (uint32_t i = 0; i < FLOOD; ++i) {
        uint32_t second = (uint32_t)((uint64_t)i * SPAN / FLOOD);

        wrong += fail(alerts, 0x02000000 + i, i, START + second, &told);
        if (second == last)
            continue;
        last = second;
        for (uint32_t p = 0; p < PLANTED; ++p) {
            if (second >= p * 30 && second < p * 30 + 11) { /* one a second; the 11th tells */
                unsigned told_now = fail(alerts, p, 1, START + second, &told);

                fast += told_now > 0 && second == p * 30 + 10;
                early += told_now > 0 && second != p * 30 + 10;
            }
            if (second % 660 == p && second / 660 < 6) {
                unsigned told_now = fail(alerts, 1000 + p, second / 660, START + second, &told);

                slow += told_now > 0 && second / 660 == 5;
                early += told_now > 0 && second / 660 != 5;
            }
        }
    }
    pfx_alerts_count(alerts, &counters);
    CHECK(fast == PLANTED);
    CHECK(slow == PLANTED);
    CHECK(early == 0);
    CHECK(wrong == 0);
    CHECK(counters.counted_bytes <= BYTES && counters.told == 2 * PLANTED);
    pfx_alerts_free(&alerts);
}

struct thread {
    pthread_t thread;
    struct pfx_alerts *alerts;
    unsigned number, told;
};

/* Each takes every fourth line of 64 addresses, which are told of once, whoever is the last. */
static void *work(void *cookie)
{
    struct thread *thread = cookie;
    struct pfx_alerts_told told;

    for (unsigned i = 0; i < 3; ++i) {
        for (uint32_t ip = 0; ip < 64; ++ip)
            thread->told += fail(thread->alerts, ip, 1, START + i * 4 + thread->number, &told);
    }
    pfx_narrowed_free(&narrowed);
    return NULL;
}

static void by_threads(void)
{
    struct pfx_alerts *alerts = pfx_alerts_new(BYTES, 7);
    struct thread thread[4];
    unsigned told = 0;

    for (unsigned i = 0; i < 4; ++i) {
        thread[i] = (struct thread){.alerts = alerts, .number = i};
        pthread_create(&thread[i].thread, NULL, work, &thread[i]);
    }
    for (unsigned i = 0; i < 4; ++i) {
        pthread_join(thread[i].thread, NULL);
        told += thread[i].told;
    }
    CHECK(told == 64); /* twelve failures each */
    pfx_alerts_free(&alerts);
}

/* Another action gets the same of the same line, and nothing of others. */
static void again(void)
{
    struct pfx_alerts *alerts = pfx_alerts_new(BYTES, 7);
    struct pfx_alerts_told told, copy;
    struct pfx_event event = {0};

    for (unsigned i = 0; i < 11; ++i)
        fail(alerts, 5, 1, START + i, &told);
    CHECK(told.alerts == 1 && told.alert[0].value == 11 && told.alert[0].since == START);
    pfx_alerts_again(alerts, rules, UINT64_C(5) << 32 | (START + 10), &copy);
    CHECK(copy.alerts == 1 && strcmp(copy.alert[0].key, "11.0.0.5") == 0);
    pfx_alerts_again(alerts, rules, UINT64_C(5) << 32 | (START + 9), &copy);
    CHECK(copy.alerts == 0);
    pfx_event_set(&event, PFX_F_severity_level, PFX_SLICE("1"));
    pfx_alerts_tell(&told, &event);
    CHECK_TEXT(pfx_event_get(&event, PFX_F_alert), "many");
    CHECK_TEXT(pfx_event_get(&event, PFX_F_alert_since), "2026-09-21T14:13:20Z");
    CHECK_TEXT(pfx_event_get(&event, PFX_F_severity), "medium");
    pfx_event_set(&event, PFX_F_severity_level, PFX_SLICE("5"));
    pfx_event_set(&event, PFX_F_severity, PFX_SLICE("critical"));
    pfx_alerts_tell(&told, &event);
    CHECK_TEXT(pfx_event_get(&event, PFX_F_severity), "critical");
    pfx_alerts_free(&alerts);
}

/* A queue that was empty in between did not wait all the time. */
static void of_a_gauge(void)
{
    static const uint64_t queue[] = {1, 1, 0, 1, 1, 2};
    struct pfx_alerts *alerts = pfx_alerts_new(BYTES, 7);
    struct pfx_alerts_told told = {0};

    for (unsigned i = 0; i < 6; ++i) {
        uint64_t value[PFX_GAUGES] = {[PFX_GAUGE_QUEUE] = queue[i]};

        pfx_alerts_gauges(alerts, rules, value, START + 60 * i, &told);
        CHECK(told.alerts == (i == 5));
    }
    CHECK(told.alert[0].value == 1 && told.alert[0].since == START + 180);
    pfx_alerts_free(&alerts);
}

/* The clock was a year ahead; or an hour, within which late lines are. */
static void of_a_clock(int64_t ahead, bool back)
{
    struct pfx_alerts *alerts = pfx_alerts_new(BYTES, 7);
    struct pfx_alerts_told told;
    uint64_t value[PFX_GAUGES] = {0};
    unsigned tells = 0;

    pfx_alerts_clock(alerts, START + ahead);
    CHECK(pfx_alerts_want_gauges(alerts, START + ahead));
    pfx_alerts_gauges(alerts, rules, value, START + ahead, &told);
    for (unsigned i = 0; i < 11; ++i)
        tells += fail(alerts, 5, 1, START + ahead, &told) > 0;
    CHECK(tells == 1);
    for (unsigned i = 0; i < 11; ++i) {
        pfx_alerts_clock(alerts, START);
        tells += fail(alerts, 5, 1, START, &told) > 0;
        tells += fail(alerts, 6, 1, START, &told) > 0;
    }
    CHECK(tells == (back ? 3 : 2)); /* of the second one in any case */
    CHECK(pfx_alerts_want_gauges(alerts, START) == back);
    pfx_alerts_free(&alerts);
}

int main(void)
{
    char directory[] = "/tmp/test_alerts.XXXXXX", path[64], error[512];
    const char *reason;
    unsigned line;
    FILE *file;

    pfx_fields_init();
    if (mkdtemp(directory) == NULL ||
        pfx_kinds_read(unit_slice(kinds_text), NULL, &kinds, &line, &reason) != 0)
        return 1;
    snprintf(path, sizeof(path), "%s/alerts.tsv", directory);
    file = fopen(path, "w");
    if (file == NULL || fputs(rows, file) < 0 || fclose(file) != 0)
        return 1;
    rules = pfx_alert_rules_read(directory, NULL, &kinds, error, sizeof(error));
    unlink(path);
    rmdir(directory);
    CHECK(rules != NULL);
    if (rules != NULL) {
        under_a_flood();
        by_threads();
        again();
        of_a_gauge();
        of_a_clock(365 * 86400, true);
        of_a_clock(3599, false);
    }
    pfx_narrowed_free(&narrowed);
    pfx_alert_rules_unref(&rules);
    pfx_kinds_free(&kinds);
    return UNIT_END();
}
