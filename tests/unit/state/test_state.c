/* SPDX-License-Identifier: Apache-2.0 */
/* A story in a file: what is saved is taken up, what is damaged is set aside, and what can not be
 * written leaves the old file. */
#include "unit/unit.h"

#include "state/restore.h"
#include "state/save.h"
#include "state/state.h"
#include "story/story_state.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEGIN INT64_C(1787307332)

static struct pfx_event event;
static char scratch_text[PFX_SCRATCH_SIZE];
static char path[64], reported[512];
static unsigned failures;
static int64_t clock_now = BEGIN;

static int64_t the_clock(void)
{
    return clock_now;
}

static void report(bool failed, const char *text)
{
    failures += failed;
    snprintf(reported, sizeof(reported), "%s", text);
}

static const struct pfx_state_options options = {
    .path = path, .interval = 1000, .clock = the_clock, .report = report};

static struct pfx_story *new_story(void)
{
    struct pfx_story_options story = pfx_story_defaults();

    story.max_mails = story.max_sessions = 1000;
    return pfx_story_new(&story);
}

static void begin(unsigned roles)
{
    static struct pfx_rule rule;

    rule.roles = roles;
    pfx_event_clear(&event);
    event.rule = &rule;
    pfx_event_set(&event, PFX_F_event_source, PFX_SLICE("mail"));
}

static void end(struct pfx_story *story, struct pfx_observation *observation, struct pfx_time at,
                const char *line)
{
    struct pfx_scratch scratch = {.text = scratch_text, .size = sizeof(scratch_text)};

    pfx_story_line(story, &(struct pfx_story_worker){0}, observation, at, unit_slice(line), &event,
                   &scratch);
}

static void say(struct pfx_story *story, int64_t time, unsigned roles, enum pfx_fate fate,
                const char *id, enum pfx_field field, const char *text)
{
    struct pfx_time at = {BEGIN + time, 0};
    struct pfx_observation observation;
    char line[64];

    begin(roles);
    pfx_event_set(&event, PFX_F_instance, PFX_SLICE("postfix"));
    pfx_event_set(&event, PFX_F_pid, PFX_SLICE("1"));
    pfx_event_set(&event, PFX_F_queue_id, unit_slice(id));
    pfx_event_set(&event, field, unit_slice(text));
    pfx_observation_take(&observation, &event, at, fate, false);
    snprintf(line, sizeof(line), "%s %d %u", id, field, roles);
    end(story, &observation, at, line);
}

/* A line of a program beside Postfix, of a job or about a client. */
static void say_beside(struct pfx_story *story, int64_t time, unsigned roles, int fields,
                       const enum pfx_field *field, const char *const *text)
{
    struct pfx_time at = {BEGIN + time, 0};
    struct pfx_observation observation;
    char line[64];

    begin(roles);
    for (int i = 0; i < fields; ++i)
        pfx_event_set(&event, field[i], unit_slice(text[i]));
    pfx_observation_neighbour(&observation, &event, at, PFX_FATE_NONE);
    snprintf(line, sizeof(line), "beside %d %u %s", (int)time, roles, text[0]);
    end(story, &observation, at, line);
}

static void say_job(struct pfx_story *story, int64_t time, unsigned roles, enum pfx_field id_field,
                    const char *id, enum pfx_field field, const char *text)
{
    say_beside(story, time, roles, 2, (enum pfx_field[]){id_field, field},
               (const char *const[]){id, text});
}

/* Mails and a session, with something of all that a file keeps. */
static void fill(struct pfx_story *story, unsigned mails)
{
    char id[20];

    say(story, 0, PFX_SESSION_OPEN, PFX_FATE_NONE, "", PFX_F_client_ip, "192.0.2.10");
    for (unsigned i = 0; i < mails; ++i) {
        snprintf(id, sizeof(id), "3F4A9%04X", i);
        say(story, 1, PFX_QUEUE_OPEN | PFX_SESSION_ADD, PFX_FATE_NONE, id, PFX_F_sasl_username,
            "alice");
        say(story, 1, PFX_QUEUE_ADD, PFX_FATE_IDENTIFIED, id, PFX_F_message_id, id);
        say(story, 1, PFX_QUEUE_ADD, PFX_FATE_ACTIVE, id, PFX_F_from, "alice@example.com");
        say(story, 2, PFX_QUEUE_RECIPIENT, PFX_FATE_BOUNCED, id, PFX_F_to, "bob@example.net");
        say(story, 2, PFX_QUEUE_RECIPIENT, PFX_FATE_SENT, id, PFX_F_to, "carol@example.net");
    }
}

static size_t read_file(char **bytes_r)
{
    struct stat status;
    FILE *file = fopen(path, "r");
    size_t got = 0;

    *bytes_r = NULL;
    if (file == NULL)
        return 0;
    if (fstat(fileno(file), &status) == 0 &&
        (*bytes_r = malloc((size_t)status.st_size + 1)) != NULL)
        got = fread(*bytes_r, 1, (size_t)status.st_size, file);
    fclose(file);
    return got;
}

static void write_file(const char *bytes, size_t length)
{
    FILE *file = fopen(path, "w");

    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void what_is_saved_is_taken_up(void)
{
    struct pfx_story *story = new_story();
    struct pfx_story_counters before, after;

    fill(story, 300);
    pfx_story_count(story, &before);
    CHECK(pfx_state_save(story, &options));
    pfx_story_free(&story);
    story = new_story();
    CHECK(pfx_state_restore(story, &options));
    CHECK(failures == 0);
    pfx_story_count(story, &after);
    CHECK(after.mails == before.mails && after.sessions == before.sessions);
    say(story, 3, PFX_QUEUE_CLOSE, PFX_FATE_NONE, "3F4A90007", PFX_F_level, "");
    CHECK_TEXT(pfx_event_get(&event, PFX_F_verdict), "partly");
    CHECK_TEXT(pfx_event_get(&event, PFX_F_sasl_username), "alice");
    CHECK_TEXT(pfx_event_get(&event, PFX_F_from), "alice@example.com");
    CHECK_TEXT(pfx_event_get(&event, PFX_F_recipients), "bob@example.net\ncarol@example.net");
    CHECK(!pfx_event_has(&event, PFX_F_incomplete));
    pfx_story_free(&story);
}

/* What was saved, restored and saved again is the same, but for the order of its records. */
static void nothing_is_lost_in_rounds(void)
{
    struct pfx_story *story = new_story();
    char *first, *second;
    size_t length;

    fill(story, 1);
    say_job(story, 3, PFX_SESSION_OPEN, PFX_F_dovecot_session, "ab+cd/ef", PFX_F_client_ip,
            "192.0.2.10");
    CHECK(pfx_state_save(story, &options));
    length = read_file(&first);
    pfx_story_free(&story);
    story = new_story();
    CHECK(pfx_state_restore(story, &options) && pfx_state_save(story, &options));
    CHECK(read_file(&second) == length && memcmp(first, second, length) == 0);
    free(first);
    free(second);
    pfx_story_free(&story);
}

static struct pfx_story *restarted(struct pfx_story *story)
{
    CHECK(pfx_state_save(story, &options));
    pfx_story_free(&story);
    story = new_story();
    CHECK(pfx_state_restore(story, &options));
    return story;
}

/* A session that lasts over a restart has its duration and its client; what a task said waits for
 * the mail that another line of it names; what a policy service answered for its mail. */
static void jobs_last_over_a_restart(void)
{
    static const enum pfx_field asked[] = {PFX_F_client_ip, PFX_F_from, PFX_F_to,
                                           PFX_F_greylist_action};
    static const char *const answer[] = {"192.0.2.77", "dave@example.com", "bob@example.net",
                                         "pass"};
    struct pfx_story *story = new_story();

    say_job(story, 0, PFX_SESSION_OPEN, PFX_F_dovecot_session, "ab+cd/ef", PFX_F_client_ip,
            "192.0.2.10");
    say_job(story, 1, 0, PFX_F_amavis_id, "00501-01", PFX_F_spam_score, "7.5");
    say_beside(story, 2, PFX_POLICY_ADD, 4, asked, answer);
    say(story, 3, PFX_QUEUE_OPEN, PFX_FATE_NONE, "3F4A91111", PFX_F_client_ip, "192.0.2.77");
    say(story, 3, PFX_QUEUE_ADD, PFX_FATE_NONE, "3F4A91111", PFX_F_from, "dave@example.com");
    story = restarted(story);
    CHECK(strstr(reported, "1 mails and connections taken up, and 3 tasks") != NULL);
    CHECK(story->answers);
    say_job(story, 90, PFX_SESSION_CLOSE, PFX_F_dovecot_session, "ab+cd/ef", PFX_F_level, "");
    CHECK_TEXT(pfx_event_get(&event, PFX_F_session_duration), "90.000");
    CHECK_TEXT(pfx_event_get(&event, PFX_F_client_ip), "192.0.2.10");
    say(story, 91, PFX_QUEUE_OPEN, PFX_FATE_NONE, "3F4A92222", PFX_F_from, "alice@example.com");
    say_job(story, 92, PFX_QUEUE_ADD, PFX_F_amavis_id, "00501-01", PFX_F_queue_id, "3F4A92222");
    say(story, 93, PFX_QUEUE_CLOSE, PFX_FATE_NONE, "3F4A92222", PFX_F_level, "");
    CHECK_TEXT(pfx_event_get(&event, PFX_F_spam_score), "7.5");
    say(story, 94, PFX_QUEUE_RECIPIENT, PFX_FATE_SENT, "3F4A91111", PFX_F_to, "bob@example.net");
    CHECK_TEXT(pfx_event_get(&event, PFX_F_greylist_action), "pass");
    story = restarted(story);
    say_job(story, 95, 0, PFX_F_amavis_id, "00501-01", PFX_F_level, "");
    CHECK_TEXT(pfx_event_get(&event, PFX_F_spam_score), "7.5");
    pfx_story_free(&story);
}

/* The host of a name, as its bare label or whole. */
static struct pfx_slice name_of(struct pfx_story *story, const char *host)
{
    static char room[PFX_HOST_SIZE];

    return pfx_own_hosts_name(&story->own_hosts, unit_slice(host), true, room);
}

/* The host that had a label has it after a restart too, whoever logs first. */
static void a_label_stays_with_its_host(void)
{
    struct pfx_story *story = new_story();

    CHECK_TEXT(name_of(story, "mx.example.com"), "mx");
    CHECK_TEXT(name_of(story, "mx.example.net"), "mx.example.net");
    CHECK_TEXT(name_of(story, "out.example.net"), "out");
    CHECK(pfx_state_save(story, &options));
    pfx_story_free(&story);
    story = new_story();
    CHECK(pfx_state_restore(story, &options));
    CHECK_TEXT(name_of(story, "mx.example.net"), "mx.example.net");
    CHECK_TEXT(name_of(story, "mx.example.com"), "mx");
    CHECK_TEXT(name_of(story, "mx"), "mx.");
    CHECK_TEXT(name_of(story, "out"), "out");
    pfx_story_free(&story);
}

static void time_passes_while_it_is_down(void)
{
    static const struct {
        int64_t down;
        bool known;
    } rows[] = {{3600, true}, {5 * 86400, true}, {8 * 86400, false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_story *story = new_story();

        fill(story, 1);
        CHECK(pfx_state_save(story, &options));
        pfx_story_free(&story);
        story = new_story();
        clock_now = BEGIN + rows[i].down;
        CHECK(pfx_state_restore(story, &options));
        say(story, rows[i].down, PFX_QUEUE_ADD, PFX_FATE_NONE, "1F4A90000", PFX_F_level, "");
        say(story, rows[i].down, PFX_QUEUE_ADD, PFX_FATE_NONE, "3F4A90000", PFX_F_level, "");
        CHECK(pfx_event_has(&event, PFX_F_sasl_username) == rows[i].known);
        clock_now = BEGIN;
        pfx_story_free(&story);
    }
}

/* Nothing may be taken up from these bytes, and the file has to be set aside. */
static void check_refused(const char *bytes, size_t length)
{
    struct pfx_story *story = new_story();
    char aside[80];

    failures = 0;
    write_file(bytes, length);
    CHECK(!pfx_state_restore(story, &options));
    CHECK(failures == 1);
    CHECK(access(path, F_OK) != 0);
    snprintf(aside, sizeof(aside), "%s.damaged", path);
    CHECK(unlink(aside) == 0);
    pfx_story_free(&story);
}

static void no_damage_is_believed(void)
{
    struct pfx_story *story = new_story();
    char *bytes, where[64];
    size_t length;

    fill(story, 1);
    say_job(story, 3, PFX_SESSION_OPEN, PFX_F_dovecot_session, "ab+cd/ef", PFX_F_client_ip,
            "192.0.2.10");
    CHECK(pfx_state_save(story, &options));
    pfx_story_free(&story);
    length = read_file(&bytes);
    CHECK(length > 500);
    unit_row = where;
    for (size_t at = 0; at < length; ++at) {
        snprintf(where, sizeof(where), "byte %zu", at);
        bytes[at] ^= (char)(1 << at % 8);
        /* When it was saved is told by the header alone; the checksum has it. */
        check_refused(bytes, length);
        bytes[at] ^= (char)(1 << at % 8);
        snprintf(where, sizeof(where), "first %zu bytes", at);
        check_refused(bytes, at);
    }
    unit_row = "one byte more";
    bytes[length] = 'x';
    check_refused(bytes, length + 1);
    unit_row = "text";
    check_refused("Aug 21 10:15:32 mail postfix/smtpd[1]: connect from x\n", 54);
    unit_row = "";
    free(bytes);
    failures = 0;
}

static void an_unwritable_place_leaves_the_old_file(void)
{
    struct pfx_story *story = new_story();
    struct pfx_state_options nowhere = options;
    char new[80], *before, *after;
    size_t length;

    fill(story, 1);
    CHECK(pfx_state_save(story, &options));
    length = read_file(&before);
    snprintf(new, sizeof(new), "%s.new", path);
    CHECK(mkdir(new, 0700) == 0);
    say(story, 5, PFX_QUEUE_CLOSE, PFX_FATE_NONE, "3F4A90000", PFX_F_level, "");
    CHECK(!pfx_state_save(story, &options));
    CHECK(failures == 1 && strstr(reported, path) != NULL);
    CHECK(read_file(&after) == length && memcmp(before, after, length) == 0);
    CHECK(rmdir(new) == 0);
    nowhere.path = "/nonexistent/state";
    CHECK(!pfx_state_save(story, &nowhere));
    CHECK(strstr(reported, "directory /nonexistent: No such file") != NULL);
    CHECK(pfx_state_open(story, &nowhere) == NULL);
    /* What is no file of ours is neither read nor written; see test_state_file. */
    CHECK(rename(path, new) == 0 && symlink(new, path) == 0);
    failures = 0;
    CHECK(pfx_state_restore(story, &options) && failures == 1);
    CHECK(!pfx_state_save(story, &options) && failures == 2);
    CHECK(pfx_state_open(story, &options) == NULL && failures == 3);
    CHECK(unlink(path) == 0 && rename(new, path) == 0);
    failures = 0;
    CHECK(unlink(path) == 0);
    CHECK(pfx_state_restore(story, &options) && failures == 0); /* no file is no fault */
    free(before);
    free(after);
    pfx_story_free(&story);
}

static void the_end_saves(void)
{
    struct pfx_story *story = new_story();
    struct pfx_state *keep;

    unlink(path);
    keep = pfx_state_open(story, &options);
    CHECK(keep != NULL);
    failures = 0;
    CHECK(pfx_state_open(story, &options) == NULL && failures == 1);
    CHECK(strstr(reported, "another process keeps it") != NULL);
    fill(story, 3);
    pfx_state_close(&keep);
    CHECK(keep == NULL && access(path, F_OK) == 0);
    pfx_story_free(&story);
    story = new_story();
    CHECK(pfx_state_restore(story, &options));
    CHECK(strstr(reported, "4 mails and connections") != NULL);
    pfx_story_free(&story);
}

int main(void)
{
    char directory[] = "/tmp/pfx-keep-XXXXXX";

    pfx_fields_init();
    if (mkdtemp(directory) == NULL)
        return 1;
    snprintf(path, sizeof(path), "%s/state", directory);
    what_is_saved_is_taken_up();
    nothing_is_lost_in_rounds();
    jobs_last_over_a_restart();
    a_label_stays_with_its_host();
    time_passes_while_it_is_down();
    no_damage_is_believed();
    an_unwritable_place_leaves_the_old_file();
    the_end_saves();
    CHECK(unlink(path) == 0);
    snprintf(path, sizeof(path), "%s/state.lock", directory);
    CHECK(unlink(path) == 0 && rmdir(directory) == 0);
    return UNIT_END();
}
