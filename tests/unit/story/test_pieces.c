/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences that came in parts: joined when each part is right behind the one before it, else
 * never. */
#include "unit/unit.h"

#include "story/story.h"

#include <string.h>

#define BEGIN INT64_C(1787307332)
#define MS 1000

static struct pfx_event event;
static char scratch_text[PFX_SCRATCH_SIZE];
static struct pfx_scratch scratch = {.text = scratch_text, .size = sizeof(scratch_text)};
static struct pfx_story_worker worker[2];
static char sentence[PFX_STORY_SENTENCE + 1];

/* Who says it: another reader, process, task. */
static struct {
    unsigned reader;
    const char *pid, *task;
} who = {0, "501", "00501-01"};

static struct pfx_story *new_story(void)
{
    struct pfx_story_options options = pfx_story_defaults();

    options.replay = true;
    return pfx_story_new(&options);
}

static struct pfx_observation observe(int64_t at, const char *text)
{
    static struct pfx_rule rule;
    struct pfx_slice line = unit_slice(text), dots = PFX_SLICE("...");
    bool front = pfx_slice_starts(line, dots), back = pfx_slice_ends(line, dots);
    struct pfx_observation observation;

    pfx_event_clear(&event);
    event.rule = &rule;
    pfx_event_set(&event, PFX_F_event_source, PFX_SLICE("mail"));
    pfx_event_set(&event, PFX_F_pid, unit_slice(who.pid));
    pfx_event_set(&event, PFX_F_amavis_id, unit_slice(who.task));
    if (front || back)
        pfx_event_extra(&event, PFX_SLICE("continuation"),
                        unit_slice(!front ? "first"
                                   : back ? "middle"
                                          : "last"));
    pfx_observation_neighbour(&observation, &event,
                              (struct pfx_time){BEGIN + at / 1000000, (int32_t)(at % 1000000)},
                              PFX_FATE_NONE);
    observation.piece_text = line;
    observation.piece_line = line.length;
    return observation;
}

static bool tell(struct pfx_story *story, struct pfx_observation *w, const char *text)
{
    worker[who.reader].reader = who.reader;
    return pfx_story_line(story, &worker[who.reader], w, (struct pfx_time){BEGIN, 0},
                          unit_slice(text), &event, &scratch);
}

/* One line, at microseconds; the sentence that it ends, or nothing. */
static struct pfx_slice say(struct pfx_story *story, int64_t at, const char *text)
{
    struct pfx_observation w = observe(at, text);
    size_t length = pfx_story_sentence(story, &worker[who.reader], &w, sentence);

    if (tell(story, &w, text))
        return (struct pfx_slice){sentence, length};
    w = observe(at, text);
    w.joined = PFX_STORY_APART;
    CHECK(tell(story, &w, text));
    return PFX_NO_SLICE;
}

static void check_joined(void)
{
    struct pfx_story *story = new_story();

    CHECK_TEXT(say(story, 0, "Passed CL..."), "");
    CHECK_TEXT(say(story, 1 * MS, "...EAN, H..."), "");
    CHECK_TEXT(say(story, 2 * MS, "...its"), "Passed CLEAN, Hits");
    CHECK_TEXT(say(story, 3 * MS, "...its"), ""); /* it was told */
    CHECK_TEXT(say(story, 3000 * MS, "Passed SP..."), "");
    CHECK_TEXT(say(story, 3000 * MS, "...AMMY"), "Passed SPAMMY"); /* stamps of one moment */
    /* A sentence that only looks like a first part, and a new first */
    CHECK_TEXT(say(story, 6000 * MS, "wait for..."), "");
    CHECK_TEXT(say(story, 6001 * MS, "Passed UN..."), "");
    CHECK_TEXT(say(story, 6002 * MS, "...CHECKED"), "Passed UNCHECKED");
    pfx_story_free(&story);
}

static void check_apart(void)
{
    struct pfx_story *story = new_story();

    CHECK_TEXT(say(story, 0, "...EAN, H..."), ""); /* without a first one */
    CHECK_TEXT(say(story, 1 * MS, "...its"), "");
    CHECK_TEXT(say(story, 2 * MS, "Passed CL..."), ""); /* which may be this one, late */
    CHECK_TEXT(say(story, 3 * MS, "...its"), "");
    CHECK_TEXT(say(story, 10000 * MS, "Passed CL..."), "");
    CHECK_TEXT(say(story, 9999 * MS, "...its"), ""); /* stamped before it */
    CHECK_TEXT(say(story, 20000 * MS, "Passed CL..."), "");
    CHECK_TEXT(say(story, 23000 * MS, "...its"), ""); /* much later */
    CHECK_TEXT(say(story, 30000 * MS, "Passed CL..."), "");
    CHECK_TEXT(say(story, 30001 * MS, "...EAN, ..."), ""); /* of another length */
    CHECK_TEXT(say(story, 30002 * MS, "...its"), "");
    CHECK_TEXT(say(story, 40000 * MS, "Passed CL..."), "");
    CHECK_TEXT(say(story, 40001 * MS, "...longer than first"), "");
    CHECK_TEXT(say(story, 50000 * MS, "Passed CL..."), "");
    CHECK_TEXT(say(story, 49999 * MS, "Passed SP..."), ""); /* which of the two goes on? */
    CHECK_TEXT(say(story, 50001 * MS, "...its"), "");
    pfx_story_free(&story);
}

static void check_others(void)
{
    struct pfx_story *story = new_story();

    CHECK_TEXT(say(story, 0, "Passed CL..."), "");
    who.task = "00501-02";
    CHECK_TEXT(say(story, 1 * MS, "...EAN"), "");
    who.task = "00501-01";
    who.pid = "502";
    CHECK_TEXT(say(story, 2 * MS, "...EAN"), "");
    who.pid = "501";
    who.reader = 1;
    CHECK_TEXT(say(story, 0, "Passed CL..."), "");
    CHECK_TEXT(say(story, 3 * MS, "...EAN"), "Passed CLEAN");
    who.reader = 0;
    CHECK_TEXT(say(story, 3 * MS, "...EAN"), "Passed CLEAN");
    pfx_story_free(&story);
}

/* By two ways: a line that came twice is one, unless full seconds hide whether it did. */
static void check_twice(void)
{
    struct pfx_story *story = new_story();

    CHECK_TEXT(say(story, 0, "Passed CL..."), "");
    CHECK_TEXT(say(story, 1 * MS, "...EAN, H..."), "");
    CHECK_TEXT(say(story, 1 * MS, "...EAN, H..."), "");
    CHECK_TEXT(say(story, 2 * MS, "...its"), "Passed CLEAN, Hits");
    CHECK_TEXT(say(story, 10000 * MS, "Passed CL..."), "");
    CHECK_TEXT(say(story, 10000 * MS, "...EAN, H..."), "");
    CHECK_TEXT(say(story, 10000 * MS, "...EAN, H..."), "");
    CHECK_TEXT(say(story, 10000 * MS, "...its"), "");
    pfx_story_free(&story);
}

static void check_bounds(void)
{
    static char text[1004];
    struct pfx_story *story = new_story();
    unsigned parts = 0;

    memset(text, 'x', 1003);
    memcpy(text + 1000, "...", 3);
    say(story, 0, text);
    memcpy(text, "...", 3);
    while (++parts < PFX_STORY_SENTENCE / 997)
        say(story, parts * MS, text);
    CHECK(say(story, parts * MS, "...xx").length == 1000 + (parts - 1) * 997 + 2);
    memset(text, 'x', 3);
    say(story, 10000 * MS, text);
    memcpy(text, "...", 3);
    for (parts = 1; parts < 12; ++parts)
        say(story, 10000 * MS + parts * MS, text);
    CHECK_TEXT(say(story, 10020 * MS, "...xx"), "");
    pfx_story_free(&story);
}

/* What was read is not what the line ends any more: it is told again, and counted once. */
static void check_again(void)
{
    struct pfx_story *story = new_story();
    struct pfx_story_counters counters;
    struct pfx_observation w;

    say(story, 0, "Passed CL...");
    w = observe(1 * MS, "...EAN");
    w.joined = 4711;
    CHECK(!tell(story, &w, "...EAN"));
    w = observe(1 * MS, "...EAN"); /* nothing was read, where there is something */
    CHECK(!tell(story, &w, "...EAN"));
    CHECK_TEXT(say(story, 1 * MS, "...EAN"), "Passed CLEAN");
    pfx_story_count(story, &counters);
    CHECK(counters.duplicate == 0);
    pfx_story_free(&story);
}

int main(void)
{
    pfx_fields_init();
    check_joined();
    check_apart();
    check_others();
    check_twice();
    check_bounds();
    check_again();
    return UNIT_END();
}
