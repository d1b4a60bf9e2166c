/* SPDX-License-Identifier: Apache-2.0 */
/* A story in parts, used by several workers: a line holds each part that it touches, and nothing is
 * used that a full store has evicted meanwhile (for that, run it with a sanitizer). */
#include "unit/unit.h"

#include "story/story.h"
#include "story/story_state.h"

#include <stdlib.h>
#include <string.h>

#define BEGIN INT64_C(1787307332)
/* More than parts, so that what belongs together is in different ones as a rule. */
#define MAILS 64

static struct pfx_event event;
static char scratch_text[PFX_SCRATCH_SIZE];
static struct pfx_scratch scratch = {.text = scratch_text, .size = sizeof(scratch_text)};
static struct pfx_rule rule;

static struct pfx_story *new_story(void)
{
    struct pfx_story_options options = pfx_story_defaults();
    struct pfx_story_worker idle;
    struct pfx_story *story;

    options.shards = PFX_SHARDS_MAX;
    story = pfx_story_new(&options);
    for (int i = 0; i < 2; ++i) /* so that none is alone */
        pfx_story_add_worker(story, 0, &idle);
    return story;
}

static void begin(unsigned roles)
{
    rule.roles = roles;
    pfx_event_clear(&event);
    event.rule = &rule;
    pfx_event_set(&event, PFX_F_event_source, PFX_SLICE("mail"));
    pfx_event_set(&event, PFX_F_instance, PFX_SLICE("postfix"));
}

static void set(enum pfx_field field, const char *text)
{
    pfx_event_set(&event, field, unit_slice(text));
}

static void end(struct pfx_story *story, int64_t second, enum pfx_fate fate, bool neighbour)
{
    struct pfx_time at = {BEGIN + second, 1};
    struct pfx_observation w;
    static unsigned serial;
    char line[32];

    if (neighbour)
        pfx_observation_neighbour(&w, &event, at, fate);
    else
        pfx_observation_take(&w, &event, at, fate, false);
    snprintf(line, sizeof(line), "%u", ++serial);
    pfx_story_line(story, &(struct pfx_story_worker){.reader = 0}, &w, at, unit_slice(line), &event,
                   &scratch);
}

/* Parent and filter name an id, whose mail ends; the first line of its next life is cleanup's. */
static void the_parent_of_another_life_is_held(void)
{
    struct pfx_story *story = new_story();

    for (unsigned i = 0; i < MAILS; ++i) {
        char id[16], parent[16];

        snprintf(id, sizeof(id), "%X", 0x3F4A0000 + i);
        snprintf(parent, sizeof(parent), "%X", 0x5C2B0000 + i * 7);
        begin(PFX_QUEUE_RECIPIENT);
        set(PFX_F_queue_id, parent);
        set(PFX_F_to, "bob@example.net");
        set(PFX_F_relay_ip, "127.0.0.1");
        set(PFX_F_queued_as, id);
        end(story, 0, PFX_FATE_SENT, false);
        begin(PFX_QUEUE_OPEN);
        set(PFX_F_queue_id, id);
        end(story, 1, PFX_FATE_NONE, false);
        begin(PFX_QUEUE_CLOSE);
        set(PFX_F_queue_id, id);
        end(story, 2, PFX_FATE_NONE, false);
        begin(PFX_QUEUE_ADD);
        set(PFX_F_queue_id, id);
        set(PFX_F_message_id, id);
        end(story, 60, PFX_FATE_IDENTIFIED, false);
    }
    CHECK(story->shards.count == PFX_SHARDS_MAX);
    CHECK(story->shards.unforeseen == 0);
    pfx_story_free(&story);
}

/* A filter names an id of which only the name of an ended mail is left; the new one takes what the
 * filter knows of it. */
static void the_job_of_another_life_is_held(void)
{
    struct pfx_story *story = new_story();
    unsigned known = 0;

    for (unsigned i = 0; i < MAILS; ++i) {
        int64_t second = (int64_t)i * 40;
        char id[16], task[32];

        snprintf(id, sizeof(id), "%X", 0x3F4A0000 + i);
        snprintf(task, sizeof(task), "%05u-01", i);
        begin(PFX_QUEUE_OPEN);
        set(PFX_F_queue_id, id);
        end(story, second, PFX_FATE_NONE, false);
        begin(PFX_QUEUE_CLOSE);
        set(PFX_F_queue_id, id);
        end(story, second + 1, PFX_FATE_NONE, false);
        begin(PFX_QUEUE_ADD); /* of any mail: what is idle is evicted */
        set(PFX_F_queue_id, "5C2B0000");
        end(story, second + 29, PFX_FATE_NONE, false);
        begin(0);
        set(PFX_F_amavis_id, task);
        set(PFX_F_queued_as, id);
        set(PFX_F_subject, task);
        end(story, second + 30, PFX_FATE_NONE, true);
        begin(PFX_QUEUE_OPEN);
        set(PFX_F_queue_id, id);
        end(story, second + 31, PFX_FATE_NONE, false);
        begin(PFX_QUEUE_CLOSE);
        set(PFX_F_queue_id, id);
        end(story, second + 32, PFX_FATE_NONE, false);
        known += pfx_slice_equal(pfx_event_get(&event, PFX_F_subject), unit_slice(task));
    }
    CHECK(story->shards.unforeseen == 0);
    CHECK(known == MAILS);
    pfx_story_free(&story);
}

/* Lines of postscreen and tlsproxy whose address is none, as one that somebody masked. */
static void clients_without_an_address_are_held(void)
{
    struct pfx_story *story = new_story();
    const unsigned roles[] = {PFX_PEER_ADD, PFX_PEER_OPEN, PFX_PEER_CLOSE, PFX_SESSION_ADD};

    for (unsigned i = 0; i < MAILS * 4; ++i) {
        char number[16];

        snprintf(number, sizeof(number), "%u", 1000 + i);
        begin(roles[i % 4]);
        set(PFX_F_pid, number);
        set(PFX_F_client_host, "192.0.2.x");
        set(PFX_F_client_port, number);
        end(story, i, PFX_FATE_NONE, false);
    }
    CHECK(story->shards.unforeseen == 0);
    pfx_story_free(&story);
}

/* There is room for two jobs, and one is a session, which stays: a claim takes the place of the job
 * that it is of. Blocks that many ended mails left fill the pool, so that one more is freed. */
static void a_claim_may_evict_its_job(void)
{
    struct pfx_story_options options = pfx_story_defaults();
    struct pfx_story *story;

    options.max_sessions = 2;
    options.idle = 3600;
    story = pfx_story_new(&options);
    for (unsigned i = 0; i < 16000; ++i) {
        char id[16];

        snprintf(id, sizeof(id), "%X", 0x3F4A0000 + (i < 15000 ? i : 15000));
        begin(PFX_QUEUE_ADD);
        set(PFX_F_queue_id, id);
        set(PFX_F_from, "alice@example.com");
        end(story, i < 15000 ? 0 : i, PFX_FATE_NONE, false);
    }
    CHECK(story->shards.shard[0].counters.evicted_idle > 10000);
    begin(PFX_SESSION_OPEN);
    set(PFX_F_dovecot_session, "AAAAAAAAAAAAAAAA");
    end(story, 20000, PFX_FATE_NONE, true);
    begin(0);
    set(PFX_F_amavis_id, "00001-01");
    set(PFX_F_queued_as, "5C2B0000");
    end(story, 20001, PFX_FATE_NONE, true);
    CHECK(pfx_event_has(&event, PFX_F_flow_id));
    pfx_story_free(&story);
}

int main(void)
{
    pfx_fields_init();
    the_parent_of_another_life_is_held();
    the_job_of_another_life_is_held();
    clients_without_an_address_are_held();
    a_claim_may_evict_its_job();
    return UNIT_END();
}
