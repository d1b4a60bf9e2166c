/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of a story, its counters, and that floods of strangers cost no mail its story. */
#include "unit/unit.h"

#include "story/story.h"

#include <stdarg.h>
#include <stdlib.h>

#define BEGIN INT64_C(1787307332)
#define YEAR (366 * INT64_C(86400))

static struct pfx_event event;
static char scratch_text[PFX_SCRATCH_SIZE];
static struct pfx_scratch scratch = {.text = scratch_text, .size = sizeof(scratch_text)};
static unsigned serial; /* no two lines are the same */
static unsigned reader;
static const char *instance = "postfix";

static struct pfx_story *new_story(size_t mails, size_t sessions)
{
    struct pfx_story_options options = pfx_story_defaults();

    options.max_mails = mails;
    options.max_sessions = sessions;
    options.replay = true;
    return pfx_story_new(&options);
}

/* One line; behind fate come fields and texts, at the end -1. */
static void say(struct pfx_story *story, double time, unsigned roles, enum pfx_fate fate, ...)
{
    static struct pfx_rule rule;
    struct pfx_time at = {BEGIN + (int64_t)time,
                          (int32_t)((time - (double)(int64_t)time) * 1e6 + 0.5)};
    struct pfx_observation observation;
    va_list list;
    char line[32];

    rule.roles = roles;
    pfx_event_clear(&event);
    event.rule = &rule;
    pfx_event_set(&event, PFX_F_event_source, PFX_SLICE("mail"));
    pfx_event_set(&event, PFX_F_instance, unit_slice(instance));
    va_start(list, fate);
    for (int field; (field = va_arg(list, int)) >= 0;)
        pfx_event_set(&event, (enum pfx_field)field, unit_slice(va_arg(list, const char *)));
    va_end(list);
    pfx_observation_take(&observation, &event, at, fate, false);
    snprintf(line, sizeof(line), "%u", ++serial);
    pfx_story_line(story, &(struct pfx_story_worker){.reader = reader}, &observation, at,
                   unit_slice(line), &event, &scratch);
}

static struct pfx_slice get(enum pfx_field field)
{
    return pfx_event_get(&event, field);
}

static struct pfx_story_counters count(struct pfx_story *story)
{
    struct pfx_story_counters counters;

    pfx_story_count(story, &counters);
    return counters;
}

static void client(struct pfx_story *s, double time, const char *id)
{
    say(s, time, PFX_QUEUE_OPEN | PFX_SESSION_ADD, PFX_FATE_NONE, PFX_F_queue_id, id, PFX_F_pid,
        "1", PFX_F_client_ip, "192.0.2.10", PFX_F_sasl_username, "alice", -1);
}

static void queue(struct pfx_story *s, double time, const char *id)
{
    say(s, time, PFX_QUEUE_ADD, PFX_FATE_IDENTIFIED, PFX_F_queue_id, id, PFX_F_message_id, id, -1);
    say(s, time + 0.1, PFX_QUEUE_ADD, PFX_FATE_ACTIVE, PFX_F_queue_id, id, PFX_F_from,
        "alice@example.com", PFX_F_nrcpt, "1", -1);
}

static void deliver(struct pfx_story *s, double time, const char *id)
{
    say(s, time, PFX_QUEUE_RECIPIENT, PFX_FATE_SENT, PFX_F_queue_id, id, PFX_F_to,
        "bob@example.net", PFX_F_status, "sent", -1);
    say(s, time + 0.1, PFX_QUEUE_CLOSE, PFX_FATE_NONE, PFX_F_queue_id, id, -1);
}

/* The last line said has the whole record of a mail that began with client(). */
static void check_whole(void)
{
    CHECK(pfx_event_has(&event, PFX_F_mail_record));
    CHECK(!pfx_event_has(&event, PFX_F_incomplete));
    CHECK_TEXT(get(PFX_F_verdict), "delivered");
    CHECK_TEXT(get(PFX_F_from), "alice@example.com");
    CHECK_TEXT(get(PFX_F_sasl_username), "alice");
    CHECK_TEXT(get(PFX_F_recipients), "bob@example.net");
}

/* One mail is being delivered, one waits, one is on hold, one is gone. */
static void the_queue_is_counted(void)
{
    struct pfx_story *s = new_story(1000, 1000);

    client(s, 0, "3F4A91230");
    queue(s, 0.1, "3F4A91230");
    client(s, 100, "3F4A91231");
    queue(s, 100.1, "3F4A91231");
    say(s, 101, PFX_QUEUE_RECIPIENT, PFX_FATE_DEFERRED, PFX_F_queue_id, "3F4A91231", PFX_F_to,
        "bob@example.net", PFX_F_status, "deferred", -1);
    client(s, 102, "3F4A91232");
    say(s, 102.1, PFX_QUEUE_ADD, PFX_FATE_IDENTIFIED, PFX_F_queue_id, "3F4A91232", -1);
    say(s, 102.2, PFX_QUEUE_ADD, PFX_FATE_HELD, PFX_F_queue_id, "3F4A91232", -1);
    client(s, 103, "3F4A91233");
    queue(s, 103.1, "3F4A91233");
    deliver(s, 104, "3F4A91233");
    CHECK(count(s).queue.active == 1 && count(s).queue.deferred == 1 && count(s).queue.hold == 1);
    CHECK(count(s).queue.oldest == 104);
    CHECK(count(s).queue.stalled == 103); /* since the line of the queue manager */
    CHECK(pfx_story_stalled(s) == 103);
    pfx_story_free(&s);
}

/* Each instance has its own gauges; who comes after sixteen, or has no proper name, is in the sum
 * alone. */
static void queues_are_counted_by_instance(void)
{
    static const struct pfx_gauges nothing;
    struct pfx_story *s = new_story(1000, 1000);
    struct pfx_gauges gauges[PFX_INSTANCES];
    struct pfx_story_counters sum;
    char id[20], name[20];

    CHECK(pfx_story_instance(s, 0) == NULL);
    queue(s, 0, "3F4A91230");
    instance = "postfix-out";
    queue(s, 10, "3F4A91231");
    queue(s, 20, "3F4A91232");
    say(s, 21, PFX_QUEUE_RECIPIENT, PFX_FATE_DEFERRED, PFX_F_queue_id, "3F4A91232", PFX_F_to,
        "bob@example.net", PFX_F_status, "deferred", -1);
    say(s, 22, PFX_QUEUE_ADD, PFX_FATE_IDENTIFIED, PFX_F_queue_id, "3F4A91233", -1);
    say(s, 22, PFX_QUEUE_ADD, PFX_FATE_HELD, PFX_F_queue_id, "3F4A91233", -1);
    instance = "two words";
    queue(s, 30, "3F4A91234");
    pfx_story_count_queues(s, &sum, gauges);
    CHECK(strcmp(pfx_story_instance(s, 0), "postfix") == 0);
    CHECK(strcmp(pfx_story_instance(s, 1), "postfix-out") == 0);
    CHECK(pfx_story_instance(s, 2) == NULL && pfx_story_instance(s, PFX_INSTANCES) == NULL);
    CHECK(sum.queue.active == 3 && sum.queue.deferred == 1 && sum.queue.hold == 1);
    CHECK(gauges[0].active == 1 && gauges[0].deferred == 0 && gauges[0].hold == 0);
    CHECK(gauges[1].active == 1 && gauges[1].deferred == 1 && gauges[1].hold == 1);
    CHECK(sum.queue.oldest == 30 && gauges[0].oldest == 30 && gauges[1].oldest == 20);
    CHECK(memcmp(&gauges[2], &nothing, sizeof(nothing)) == 0);
    for (unsigned i = 0; i < 20; ++i) {
        snprintf(id, sizeof(id), "3F4A922%02X", i);
        snprintf(name, sizeof(name), "mx%u", i);
        instance = name;
        queue(s, 40, id);
    }
    pfx_story_count_queues(s, &sum, gauges);
    CHECK(sum.queue.active == 23);
    CHECK(strcmp(pfx_story_instance(s, PFX_INSTANCES - 1), "mx13") == 0);
    CHECK(gauges[PFX_INSTANCES - 1].active == 1);
    instance = "postfix";
    pfx_story_free(&s);
}

static void a_clock_that_jumps_forgets_nothing(void)
{
    static const struct {
        const char *what;
        double to, then;
    } rows[] = {{"a year on", YEAR, YEAR + 1},
                {"a year on and back", YEAR, 2},
                {"a day back", -86400, -86399},
                {"an hour back", -3600, 3}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_story *s = new_story(1000, 1000);

        unit_row = rows[i].what;
        client(s, 0, "3F4A91230");
        queue(s, 0.1, "3F4A91230");
        say(s, rows[i].to, PFX_QUEUE_ADD, PFX_FATE_NONE, PFX_F_queue_id, "7F4A9123F", -1);
        deliver(s, rows[i].then, "3F4A91230");
        check_whole();
        CHECK(count(s).evicted_idle == 0);
        pfx_story_free(&s);
    }
    unit_row = "";
}

/* Lines of a host that is a day behind come between those of others. */
static void a_source_behind_holds_nothing_up(void)
{
    struct pfx_story *s = new_story(1000, 1000);

    client(s, 0, "3F4A91230");
    queue(s, 0.1, "3F4A91230");
    deliver(s, 1, "3F4A91230");
    for (int i = 0; i < 600; ++i) {
        say(s, -86400 + i, PFX_QUEUE_ADD, PFX_FATE_NONE, PFX_F_queue_id, "7F4A9123F", -1);
        say(s, 2 + i, PFX_QUEUE_ADD, PFX_FATE_NONE, PFX_F_queue_id, "8F4A9123F", -1);
    }
    CHECK(count(s).ended == 1); /* its linger is over all the same */
    pfx_story_free(&s);
}

static void late_lines_amend_and_then_are_late(void)
{
    struct pfx_story *s = new_story(1000, 1000);
    struct pfx_slice id;
    char kept[20];

    client(s, 0, "3F4A91230");
    queue(s, 0.1, "3F4A91230");
    deliver(s, 1, "3F4A91230");
    id = get(PFX_F_mail_id);
    snprintf(kept, sizeof(kept), "%.*s", (int)id.length, id.text);
    say(s, 2, PFX_QUEUE_RECIPIENT, PFX_FATE_BOUNCED, PFX_F_queue_id, "3F4A91230", PFX_F_to,
        "carol@example.net", PFX_F_status, "bounced", -1);
    CHECK_TEXT(get(PFX_F_mail_record), "2");
    CHECK_TEXT(get(PFX_F_verdict), "partly");
    say(s, 60, PFX_QUEUE_ADD, PFX_FATE_NONE, PFX_F_queue_id, "1F4A9123F", -1);
    say(s, 60, PFX_QUEUE_ADD, PFX_FATE_NONE, PFX_F_queue_id, "3F4A91230", PFX_F_delay, "60", -1);
    CHECK_TEXT(get(PFX_F_late), "true");
    CHECK_TEXT(get(PFX_F_mail_id), kept);
    CHECK(count(s).late == 1 && count(s).ended == 1);
    pfx_story_free(&s);
}

static void a_line_twice_is_counted_once(void)
{
    struct pfx_story *s = new_story(1000, 1000);

    client(s, 0.5, "3F4A91230");
    --serial;
    client(s, 0.5, "3F4A91230");
    CHECK(count(s).duplicate == 1);
    say(s, 1, PFX_SESSION_CLOSE, PFX_FATE_NONE, PFX_F_pid, "1", PFX_F_client_ip, "192.0.2.10", -1);
    CHECK_TEXT(get(PFX_F_session_mails), "1");
    pfx_story_free(&s);
}

/* Whether its time has a fraction or not, in whatever order they take it. */
static void a_line_that_many_actions_read_is_counted_once(void)
{
    for (unsigned half = 0; half < 2; ++half) {
        struct pfx_story *s = new_story(1000, 1000);
        unsigned line = serial;

        for (unsigned i = 0; i < 20; ++i, reader = (reader + 7) % 20) {
            serial = line;
            client(s, half * 0.5, "3F4A91230");
        }
        CHECK(count(s).duplicate == 0);
        reader = 0;
        say(s, 1, PFX_SESSION_CLOSE, PFX_FATE_NONE, PFX_F_pid, "1", PFX_F_client_ip, "192.0.2.10",
            -1);
        CHECK_TEXT(get(PFX_F_session_mails), "1");
        pfx_story_free(&s);
    }
}

/* Mails are in flight while lines of so many invented ids or sessions come in. */
static void flood(bool of_sessions)
{
    enum { MAILS = 1000, STRANGERS = 200000 };
    struct pfx_story *s = new_story(4 * MAILS, 2000);
    struct pfx_story_counters counters;
    unsigned whole = 0;
    char id[20];

    unit_row = of_sessions ? "sessions" : "queue ids";
    for (int i = 0; i < MAILS; ++i) {
        snprintf(id, sizeof(id), "3F4A9%05X", i);
        client(s, i * 0.001, id);
        queue(s, i * 0.001 + 0.1, id);
    }
    for (int i = 0; i < STRANGERS; ++i) {
        snprintf(id, sizeof(id), "7E%08X", i);
        if (of_sessions)
            say(s, 2 + i * 0.0001, PFX_SESSION_OPEN, PFX_FATE_NONE, PFX_F_pid, id, PFX_F_client_ip,
                "203.0.113.66", -1);
        else
            say(s, 2 + i * 0.0001, PFX_QUEUE_ADD, PFX_FATE_NONE, PFX_F_queue_id, id, -1);
    }
    counters = count(s);
    CHECK(counters.mails <= 4 * MAILS && counters.sessions <= 2000);
    CHECK((of_sessions ? counters.evicted_sessions : counters.evicted_capacity) > 0);
    for (int i = 0; i < MAILS; ++i) {
        snprintf(id, sizeof(id), "3F4A9%05X", i);
        deliver(s, 30 + i * 0.001, id);
        whole += pfx_event_has(&event, PFX_F_mail_record) &&
                 !pfx_event_has(&event, PFX_F_incomplete) &&
                 pfx_slice_equal(get(PFX_F_sasl_username), PFX_SLICE("alice"));
    }
    CHECK(whole == MAILS);
    pfx_story_free(&s);
    unit_row = "";
}

int main(void)
{
    pfx_fields_init();
    the_queue_is_counted();
    queues_are_counted_by_instance();
    a_clock_that_jumps_forgets_nothing();
    a_source_behind_holds_nothing_up();
    late_lines_amend_and_then_are_late();
    a_line_twice_is_counted_once();
    a_line_that_many_actions_read_is_counted_once();
    flood(false);
    flood(true);
    return UNIT_END();
}
