/* SPDX-License-Identifier: Apache-2.0 */
/* What a story says of itself: what it takes of memory, and lines and mails counted once, however
 * many actions read them. */
#include "unit/unit.h"

#include "story/story.h"

#include <malloc.h>
#include <stdlib.h>

/* A sanitizer has its own malloc, which mallinfo2() knows nothing of. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTED 0
#endif
#endif
#ifndef COUNTED
#define COUNTED 1
#endif

#define BEGIN INT64_C(1787307332)

static struct pfx_event event;
static char scratch_text[PFX_SCRATCH_SIZE];
enum { ONE_ACTION, ANOTHER_ACTION };

static struct pfx_story *new_story(size_t bytes)
{
    struct pfx_story_options options = pfx_story_defaults();

    options.max_bytes = bytes;
    options.replay = true;
    return pfx_story_new(&options);
}

struct said {
    int64_t at; /* milliseconds */
    unsigned roles;
    enum pfx_fate fate;
    const char *id, *pid;
    enum pfx_field field[3];
    const char *text[3];
};

static void say(struct pfx_story *story, unsigned reader, const struct said *said)
{
    static struct pfx_rule rule;
    struct pfx_scratch scratch = {.text = scratch_text, .size = sizeof(scratch_text)};
    struct pfx_time at = {BEGIN + said->at / 1000, (int32_t)(said->at % 1000 * 1000)};
    struct pfx_observation observation;
    char line[300];

    rule.roles = said->roles;
    pfx_event_clear(&event);
    event.rule = &rule;
    pfx_event_set(&event, PFX_F_event_source, PFX_SLICE("mail.example.com"));
    pfx_event_set(&event, PFX_F_instance, PFX_SLICE("postfix"));
    pfx_event_set(&event, PFX_F_pid, unit_slice(said->pid));
    pfx_event_set(&event, PFX_F_queue_id, unit_slice(said->id));
    for (int i = 0; i < 3 && said->text[i] != NULL; ++i)
        pfx_event_set(&event, said->field[i], unit_slice(said->text[i]));
    pfx_observation_take(&observation, &event, at, said->fate, false);
    snprintf(line, sizeof(line), "%s %s %u %s", said->id, said->pid, said->roles,
             said->text[0] != NULL ? said->text[0] : "");
    pfx_story_line(story, &(struct pfx_story_worker){.reader = reader}, &observation, at,
                   unit_slice(line), &event, &scratch);
}

/* A mail with a message-id and a next hop that says what it called it, not yet removed. */
static void say_mail(struct pfx_story *story, unsigned number)
{
    char id[16], message_id[60], client[60], child[16], pid[16], to[60];

    snprintf(id, sizeof(id), "%X", 0x10000000 + number);
    snprintf(child, sizeof(child), "%X", 0x20000000 + number);
    snprintf(pid, sizeof(pid), "%u", number % 30000);
    snprintf(message_id, sizeof(message_id), "20260821081530.%u.abcdef@client.example.net", number);
    snprintf(client, sizeof(client), "2001:db8::%x:%x", number >> 16, number & 0xffff);
    snprintf(to, sizeof(to), "recipient.%u@example.org", number);

    const struct said lines[] = {
        {1, PFX_SESSION_OPEN, PFX_FATE_NONE, "", pid, {PFX_F_client_ip}, {client}},
        {2,
         PFX_QUEUE_OPEN | PFX_SESSION_ADD,
         PFX_FATE_NONE,
         id,
         pid,
         {PFX_F_client_ip, PFX_F_sasl_username},
         {client, "alice@example.com"}},
        {3, PFX_QUEUE_ADD, PFX_FATE_IDENTIFIED, id, "7", {PFX_F_message_id}, {message_id}},
        {4,
         PFX_QUEUE_ADD,
         PFX_FATE_ACTIVE,
         id,
         "8",
         {PFX_F_from, PFX_F_nrcpt},
         {"alice@example.com", "1"}},
        {5,
         PFX_QUEUE_RECIPIENT,
         PFX_FATE_DEFERRED,
         id,
         "9",
         {PFX_F_to, PFX_F_queued_as},
         {to, child}},
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); ++i)
        say(story, ONE_ACTION, &lines[i]);
}

static struct pfx_story_counters count(struct pfx_story *story)
{
    struct pfx_story_counters counters;

    pfx_story_count(story, &counters);
    return counters;
}

/* Within a tenth of what malloc gave out: the index and what malloc has beside each piece are that.
 */
static void bytes_are_those_of_memory(void)
{
    size_t before, taken, mails = 20000;
    struct pfx_story *story = new_story((size_t)512 << 20);

    before = mallinfo2().uordblks;
    for (unsigned i = 0; i < mails; ++i)
        say_mail(story, i);
    taken = mallinfo2().uordblks - before;
    printf("a mail takes %zu bytes, %zu are counted\n", taken / mails,
           (size_t)count(story).bytes / mails);
    CHECK(count(story).mails == mails);
    CHECK(!COUNTED ||
          (count(story).bytes > taken / 10 * 9 && count(story).bytes < taken / 10 * 11));
    pfx_story_free(&story);
}

static void bounds_are_those_of_memory(void)
{
    size_t bound = (size_t)8 << 20, before, taken;
    struct pfx_story *story = new_story(bound);

    before = mallinfo2().uordblks;
    for (unsigned i = 0; i < 40000; ++i)
        say_mail(story, i);
    taken = mallinfo2().uordblks - before;
    CHECK(count(story).bytes <= bound);
    CHECK(!COUNTED || taken < bound / 10 * 11);
    CHECK(count(story).mails > 1000 && count(story).evicted_capacity > 1000);
    pfx_story_free(&story);
}

/* Each line through two actions, then each once more, as a sender repeats it. */
static void lines_and_mails_count_once(void)
{
    struct pfx_story *story = new_story((size_t)1 << 20);
    const struct said lines[] = {
        {1, PFX_QUEUE_OPEN, PFX_FATE_NONE, "3F4A90000", "1", {PFX_F_client_ip}, {"192.0.2.1"}},
        {2, PFX_QUEUE_RECIPIENT, PFX_FATE_SENT, "3F4A90000", "2", {PFX_F_to}, {"bob@example.org"}},
        {3, PFX_QUEUE_CLOSE, PFX_FATE_NONE, "3F4A90000", "3", {PFX_F_level}, {""}},
    };
    const size_t rows = sizeof(lines) / sizeof(lines[0]);

    for (size_t i = 0; i < rows; ++i) {
        say(story, ONE_ACTION, &lines[i]);
        say(story, ANOTHER_ACTION, &lines[i]);
    }
    CHECK_TEXT(pfx_event_get(&event, PFX_F_incomplete), "true"); /* cleanup and qmgr said nothing */
    CHECK(count(story).incomplete == 1);
    CHECK(count(story).duplicate == 0);
    for (size_t i = 0; i < rows; ++i) {
        say(story, ONE_ACTION, &lines[i]);
        say(story, ANOTHER_ACTION, &lines[i]);
    }
    CHECK(count(story).incomplete == 1);
    CHECK(count(story).duplicate == rows);
    pfx_story_free(&story);
}

int main(void)
{
    pfx_fields_init();
    bytes_are_those_of_memory();
    bounds_are_those_of_memory();
    lines_and_mails_count_once();
    return UNIT_END();
}
