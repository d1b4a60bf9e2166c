/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a condition for a sort of lines holds for just those lines of the sort that the
 * whole condition holds for: random conditions, random lines. */
#include "unit/unit.h"

#include "alerts/narrowed.h"
#include "unit/alerts/windows/naive.h"

#include <stdlib.h>
#include <unistd.h>

#define ROUNDS 3000
#define LINES 20

static const char kinds_text[] = "a.x\t100500\t-\t-\tfailure\t-\tdenied\n"
                                 "b.x\t100000\t-\t-\tsuccess\t-\t-\n"
                                 "c.x\t130000\t-\t-\tsuccess\t-\tsent\n"
                                 "d.x\t130000\t-\t-\tsuccess\t-\tdeferred\n";
static const char *const words[] = {
    "kind=a.x",
    "kind=a.x,b.x",
    "kind=c.x",
    "fate=sent",
    "fate=sent,deferred",
    "first",
    "unparsed",
    "user_name",
    "user_name=eve",
    "email_from=",
    "source_ip=192.0.2.1,192.0.2.2",
    "@n0",
    "@n1",
    "@n2",
};
#define WORDS (sizeof(words) / sizeof(words[0]))
#define NAMED 3 /* words that name a condition, the last ones */

static struct naive naive = {.seed = 7};
static struct pfx_kinds kinds;
static char directory[] = "/tmp/test_narrowed.XXXXXX", table[64];

/* Of words that name no condition but the first so many. */
static void put_condition(FILE *file, unsigned named)
{
    unsigned count = 1 + naive_random(&naive, 6);

    for (unsigned i = 0; i < count; ++i) {
        unsigned word = naive_random(&naive, (uint32_t)(WORDS - NAMED + named));

        fprintf(file, "%s%s%s",
                i == 0                         ? ""
                : naive_random(&naive, 3) == 0 ? " | "
                                               : " ",
                naive_random(&naive, 3) == 0 ? "!" : "", words[word]);
    }
}

static struct pfx_alert_rules *random_rules(void)
{
    FILE *file = fopen(table, "w");
    struct pfx_alert_rules *rules;
    char error[300];

    for (unsigned i = 0; i < NAMED; ++i) {
        fprintf(file, "@n%u\t-\t-\t-\t-\t-\t-\t-\t-\t-\t", i);
        put_condition(file, i);
        fputs("\t-\n", file);
    }
    for (unsigned i = 0; i < 4; ++i) {
        bool shares = i % 2 == 0;

        fprintf(file, "r%u\taddress\t%s\t%s\t1h\t-\t1h\tlow\t-\t", i, shares ? "share" : "count",
                shares ? "5%" : "5");
        if (shares)
            fputs("of ", file);
        else
            fputs("-", file);
        if (shares)
            put_condition(file, NAMED);
        fputs("\t", file);
        put_condition(file, NAMED);
        fputs("\ttext\n", file);
    }
    fclose(file);
    rules = pfx_alert_rules_read(directory, NULL, &kinds, error, sizeof(error));
    if (rules == NULL)
        printf("%s\n", error);
    CHECK(rules != NULL);
    return rules;
}

static const struct pfx_narrow_group *group_of(const struct pfx_narrow *narrow,
                                               const struct pfx_alert_rule *rule)
{
    for (unsigned i = 0; i < narrow->groups; ++i) {
        const struct pfx_alert_rule *first = narrow->group[i].first;

        if (rule >= first && rule < first + first->beside)
            return &narrow->group[i];
    }
    return NULL;
}

static void compare(struct pfx_narrowed *narrowed, const struct pfx_alert_rules *rules,
                    unsigned *held)
{
    static const struct pfx_rule understood;
    const struct pfx_kind *kind[3];
    struct pfx_alert_sort sort = {kind, naive_random(&naive, 4), naive_random(&naive, 2) == 0};
    struct pfx_event event = {0};
    struct pfx_alert_line line = {.event = &event, .kind = kind, .first = sort.first};
    const struct pfx_narrow *narrow;

    for (unsigned i = 0; i < sort.kinds; ++i)
        kind[i] = &kinds.row[naive_random(&naive, (uint32_t)kinds.rows)];
    line.kinds = sort.kinds;
    event.rule = sort.kinds > 0 || naive_random(&naive, 2) == 0 ? &understood : NULL;
    if (naive_random(&naive, 2) == 0)
        pfx_event_set(&event, PFX_F_sasl_username,
                      naive_random(&naive, 2) == 0 ? PFX_SLICE("eve") : PFX_SLICE("bob"));
    if (naive_random(&naive, 2) == 0)
        pfx_event_set(&event, PFX_F_from,
                      naive_random(&naive, 2) == 0 ? PFX_SLICE("") : PFX_SLICE("a@example.com"));
    if (naive_random(&naive, 2) == 0)
        pfx_event_set(&event, PFX_F_client_ip, PFX_SLICE("192.0.2.2"));
    narrow = pfx_narrowed_find(narrowed, &sort);
    CHECK(narrow != NULL && pfx_narrowed_find(narrowed, &sort) == narrow);
    for (const struct pfx_alert_rule *rule = rules->rule; rule < rules->rule + rules->rules;
         ++rule) {
        const struct pfx_narrow_group *group = group_of(narrow, rule);
        unsigned place = group != NULL ? (unsigned)(rule - group->first) : 0;
        bool may = group != NULL && (group->of >> place & 1) != 0;
        bool what = pfx_condition_holds(rule->what, &line), of = false;

        CHECK(what == (may && pfx_condition_holds(&group->what, &line)));
        if (rule->of.terms > 0)
            of = pfx_condition_holds(&rule->of, &line);
        if (rule->of.terms > 0)
            CHECK(of == (may && group->share != NULL &&
                         pfx_condition_holds(&group->share[place], &line)));
        *held += what + of;
    }
}

int main(void)
{
    const char *reason;
    unsigned line, held = 0;

    pfx_fields_init();
    if (mkdtemp(directory) == NULL ||
        pfx_kinds_read(unit_slice(kinds_text), NULL, &kinds, &line, &reason) != 0)
        return 1;
    snprintf(table, sizeof(table), "%s/alerts.tsv", directory);
    for (unsigned i = 0; i < ROUNDS; ++i) {
        struct pfx_alert_rules *rules = random_rules();
        struct pfx_narrowed narrowed;

        if (rules == NULL)
            break;
        CHECK(pfx_narrowed_open(&narrowed, rules, kinds.row));
        for (unsigned l = 0; l < LINES; ++l)
            compare(&narrowed, rules, &held);
        pfx_narrowed_free(&narrowed);
        pfx_alert_rules_unref(&rules);
    }
    CHECK(held > ROUNDS * LINES / 2);
    unlink(table);
    rmdir(directory);
    pfx_kinds_free(&kinds);
    return UNIT_END();
}
