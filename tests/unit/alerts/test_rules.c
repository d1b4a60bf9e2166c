/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the rules of alerts: what is refused, and where; what a site's own file does. */
#include "unit/unit.h"

#include "alerts/rules.h"

#include <stdlib.h>
#include <unistd.h>

static const char kinds_text[] = "auth.failed\t100500\t-\t-\tfailure\t-\tdenied\n"
                                 "login.succeeded\t100000\t-\t-\tsuccess\t-\t-\n"
                                 "mail.sent\t130000\t-\t-\tsuccess\t-\tsent\n";
static struct pfx_kinds kinds;
static char directory[] = "/tmp/test_rules.XXXXXX", table[64], site[64], error[512];

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
}

static struct pfx_alert_rules *read_rules(const char *rows, const char *own)
{
    write_file(table, rows);
    if (own != NULL)
        write_file(site, own);
    return pfx_alert_rules_read(directory, own != NULL ? site : NULL, &kinds, error, sizeof(error));
}

#define ROW(name, key, measure, limit, window, least, severity, and, what)                         \
    name "\t" key "\t" measure "\t" limit "\t" window "\t" least "\t1h\t" severity "\t-\t" and     \
        "\t" what "\ttext\n"
#define PLAIN(name) ROW(name, "address", "count", "5", "5m", "-", "low", "-", "kind=auth.failed")
#define FIRST(name)                                                                                \
    ROW(name, "user", "first network", "-", "30d", "3/14", "low", "-", "kind=login.succeeded")

static void what_is_refused(void)
{
    static const struct {
        const char *rows, *reason;
    } rows[] = {
        {ROW("a", "nobody", "count", "5", "5m", "-", "low", "-", "kind=auth.failed"),
         "no such key"},
        {ROW("a", "address", "sums", "5", "5m", "-", "low", "-", "kind=auth.failed"),
         "the measure is"},
        {ROW("a", "address", "count", "-", "5m", "-", "low", "-", "kind=auth.failed"),
         "the limit is a number"},
        {ROW("a", "address", "count", "-1", "5m", "-", "low", "-", "kind=auth.failed"),
         "the limit is a number"},
        {ROW("a", "address", "share", "5", "5m", "-", "low", "of fate=sent", "kind=auth.failed"),
         "the limit of a share"},
        {ROW("a", "address", "share", "101%", "5m", "-", "low", "of fate=sent", "kind=auth.failed"),
         "100%"},
        {ROW("a", "address", "share", "5%", "5m", "-", "low", "-", "kind=auth.failed"),
         "a share is"},
        {ROW("a", "address", "distinct user", "65", "5m", "-", "low", "-", "kind=auth.failed"),
         "64"},
        {ROW("a", "address", "distinct nothing", "5", "5m", "-", "low", "-", "kind=auth.failed"),
         "no such value"},
        {ROW("a", "address", "count", "5", "5", "-", "low", "-", "kind=auth.failed"), "the window"},
        {ROW("a", "address", "count", "5", "-", "-", "low", "-", "kind=auth.failed"), "the window"},
        {ROW("a", "address", "count", "5", "367d", "-", "low", "-", "kind=auth.failed"),
         "the window"},
        {ROW("a", "address", "count", "5", "5m", "x", "low", "-", "kind=auth.failed"), "least"},
        {ROW("a", "address", "count", "5", "5m", "-", "bad", "-", "kind=auth.failed"),
         "the severity"},
        {ROW("a", "address", "count", "5", "5m", "-", "low", "when", "kind=auth.failed"),
         "\"and\""},
        {ROW("a", "address", "count", "5", "5m", "-", "low", "unless known b", "kind=auth.failed"),
         "behind known"},
        {ROW("a", "address", "after b", "5", "5m", "-", "low", "-", "kind=auth.failed"),
         "behind after"},
        {ROW("a", "address", "share", "5%", "5m", "-", "low", "of ", "kind=auth.failed"),
         "a condition is missing"},
        {ROW("a", "user", "first network", "-", "12h", "-", "low", "-", "kind=login.succeeded"),
         "a day at least"},
        {PLAIN("b") ROW("a", "user", "after b", "4", "5m", "-", "low", "-", "kind=auth.failed"),
         "the same key"},
        {PLAIN("b") ROW("a", "address", "after b", "6", "5m", "-", "low", "-", "kind=auth.failed"),
         "so far"},
        {ROW("a", "address", "count", "5", "5m", "-", "low", "-", "kind=auth.filed"),
         "no such kind"},
        {ROW("a", "address", "count", "5", "5m", "-", "low", "-", "fate=dead"), "no such fate"},
        {ROW("a", "address", "count", "5", "5m", "-", "low", "-", "nothing=1"), "no such field"},
        {ROW("a", "address", "count", "5", "5m", "-", "low", "-", "@none"),
         "no condition of that name"},
        {ROW("a", "address", "count", "5", "5m", "-", "low", "-", "| user_name"), "before |"},
        {ROW("a", "address", "count", "5", "5m", "-", "low", "-", "user_name |"), "is missing"},
        {ROW("a", "address", "gauge rain", "5", "5m", "-", "low", "-", "-"), "the gauge"},
        {ROW("a", "address", "gauge queue", "5", "5m", "-", "low", "-", "-"), "the key of a gauge"},
        {ROW("x", "all", "gauge queue", "5", "5m", "-", "low", "-", "-")
             ROW("a", "address", "after b", "5", "5m", "-", "low", "-", "kind=auth.failed"),
         "alerts.tsv:2: a: there is no rule of the name behind after"},
        {ROW("b", "address", "count", "50", "5m", "-", "low", "-", "kind=auth.failed")
             ROW("a", "address", "after b", "4", "1h", "-", "low", "-", "kind=auth.failed"),
         "alerts.tsv:2: a: the rule behind after has a limit above 32"},
        {ROW("a", "address", "count", "5", "5m", "-", "high,low", "-", "kind=auth.failed"),
         "a second severity"},
        {"@x\toff\n", "can not be taken away"},
        {PLAIN("a") PLAIN("a"), ":2: this name has a row already"},
        {"a\toff\n", "no rule of that name"},
        {"a\taddress\tcount\n", "twelve columns"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_alert_rules *rules = read_rules(rows[i].rows, NULL);

        unit_row = rows[i].rows;
        CHECK(rules == NULL);
        CHECK(strstr(error, rows[i].reason) != NULL && strstr(error, "alerts.tsv:") != NULL);
        pfx_alert_rules_unref(&rules);
    }
}

static void what_a_site_does(void)
{
    struct pfx_alert_rules *rules = read_rules(
        "@x\t-\t-\t-\t-\t-\t-\t-\t-\t-\tsource_ip=192.0.2.1\t-\n" PLAIN("a") PLAIN("b")
            ROW("c", "address", "count", "5", "5m", "-", "low", "-", "kind=auth.failed !@x"),
        "a\toff\n" ROW(
            "b", "address", "count", "7", "5m", "-", "low", "-",
            "kind=auth.failed") "@x\t-\t-\t-\t-\t-\t-\t-\t-\t-\tuser_name\t-\n" PLAIN("d"));
    struct pfx_event event;
    struct pfx_alert_line line = {.event = &event};
    const struct pfx_kind *kind = &kinds.row[0];

    unit_row = error;
    CHECK(rules != NULL && rules->rules == 3);
    if (rules == NULL)
        return;
    line.kind = &kind;
    line.kinds = 1;
    pfx_event_clear(&event);
    for (unsigned i = 0; i < 3; ++i) {
        const struct pfx_alert_rule *rule = &rules->rule[i];

        CHECK(!pfx_slice_equal(rule->name, PFX_SLICE("a")));
        CHECK(rule->limit == (pfx_slice_equal(rule->name, PFX_SLICE("b")) ? 7 : 5));
        CHECK(pfx_condition_holds(rule->what, &line));
        pfx_event_set(&event, PFX_F_sasl_username, PFX_SLICE("u"));
        CHECK(pfx_condition_holds(rule->what, &line) !=
              pfx_slice_equal(rule->name, PFX_SLICE("c")));
        pfx_event_clear(&event);
    }
    CHECK(pfx_alert_rules_of(rules, kinds.row, &kind, 1) == 7);
    kind = &kinds.row[2];
    CHECK(pfx_alert_rules_of(rules, kinds.row, &kind, 1) == 0);
    CHECK(pfx_alert_rules_of(rules, kinds.row, NULL, 0) == 0);
    pfx_alert_rules_unref(&rules);
    CHECK(read_rules(PLAIN("a"), "a\taddress\tcount\n") == NULL);
    CHECK(strstr(error, "site.tsv:1: a row has twelve") != NULL);
    CHECK(read_rules(PLAIN("a"), PLAIN("b") PLAIN("b")) == NULL);
    CHECK(strstr(error, "site.tsv:2: this name has a row already") != NULL);
    CHECK(read_rules(PLAIN("x") PLAIN("a") ROW("b", "address", "after a", "4", "1h", "-", "low",
                                               "-", "kind=login.succeeded"),
                     "a\toff\n") == NULL);
    CHECK(strstr(error, "alerts.tsv:3: b: there is no rule of the name behind after") != NULL);
}

/* Rules with one condition and key stand together, and know of each other by place. */
static void groups(void)
{
    struct pfx_alert_rules *rules = read_rules(
        PLAIN("a") FIRST("f") PLAIN("b") ROW("c", "address", "after b", "4", "1h", "-", "high,low",
                                             "unless known f", "kind=login.succeeded"),
        NULL);

    unit_row = error;
    CHECK(rules != NULL && rules->rules == 4);
    if (rules == NULL)
        return;
    CHECK(rules->rule[0].beside == 2 && rules->rule[1].first == 0 && rules->rule[1].beside == 2);
    CHECK_TEXT(rules->rule[1].name, "b");
    CHECK_TEXT(rules->rule[3].name, "c");
    CHECK(rules->rule[3].after == 1 && rules->rule[3].known == 2 && rules->rule[3].unless);
    CHECK(rules->rule[3].severity == 4 && rules->rule[3].learning == 2);
    CHECK(rules->knowing == 8);
    CHECK(rules->rule[1].longest == 3600 && rules->rule[0].longest == 300);
    pfx_alert_rules_unref(&rules);
}

int main(void)
{
    const char *reason;
    unsigned line;

    pfx_fields_init();
    if (mkdtemp(directory) == NULL ||
        pfx_kinds_read(unit_slice(kinds_text), NULL, &kinds, &line, &reason) != 0)
        return 1;
    snprintf(table, sizeof(table), "%s/alerts.tsv", directory);
    snprintf(site, sizeof(site), "%s/site.tsv", directory);
    what_is_refused();
    what_a_site_does();
    groups();
    pfx_kinds_free(&kinds);
    unlink(table);
    unlink(site);
    rmdir(directory);
    return UNIT_END();
}
