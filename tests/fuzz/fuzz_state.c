/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: a story and counts of alerts, saved, damaged behind a right checksum, restored,
 * told more lines, saved and restored again. Nothing may crash, and what a story saves itself must
 * be taken up. Build and run by devtools/fuzz.
 *
 * The bytes: how many changes; three for each change, place and value; eight for each line. */
#include "state/save.h"
#include "alerts/alerts.h"
#include "base/hash.h"
#include "state/coding.h"
#include "state/restore.h"
#include "story/story_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE 8
#define HEADER 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pfx_story_worker worker;
static char directory[40], path[64], scratch_text[PFX_SCRATCH_SIZE];

static int64_t fixed_clock(void)
{
    return 1787307332;
}

static void ignore_report(bool failed, const char *text)
{
    (void)failed;
    (void)text;
}

static struct pfx_state_options keep = {
    .path = path, .interval = 1, .clock = fixed_clock, .report = ignore_report};

/* A rule of each measure, all of which count each line. */
static const char kinds_text[] = "auth.failed\t100500\t-\t-\tfailure\t-\tdenied\n";
static const char rows[] =
    "many\taddress\tcount\t2\t5m\t-\t1m\tmedium\t-\t-\tkind=auth.failed\tmany\n"
    "more\taddress\tcount\t40\t5m\t-\t1m\tmedium\t-\t-\tkind=auth.failed\tmore\n"
    "users\taddress\tdistinct user\t1\t1h\t-\t1m\thigh\t-\t-\tkind=auth.failed\tusers\n"
    "after\taddress\tafter many\t1\t1h\t-\t1m\thigh\t-\t-\tkind=auth.failed\tafter\n"
    "first\tuser\tfirst address\t-\t30d\t1/0\t1m\thigh\t-\t-\tkind=auth.failed\tfirst\n"
    "sum\tuser\tsum vendor_nrcpt\t9\t1h\t-\t1m\thigh\t-\t-\tkind=auth.failed\tsum\n"
    "growth\tuser\tgrowth\t2x\t1h\t3\t1m\thigh\t-\t-\tkind=auth.failed\tgrowth\n"
    "share\tuser\tshare\t5%\t1h\t3/1\t1m\thigh\t-\tof kind=auth.failed\tkind=auth.failed\tshare\n";
static struct pfx_kinds kinds;
static struct pfx_alert_rules *rules;

static void read_rules(void)
{
    char table[96], error[300];
    struct pfx_slice text = {kinds_text, sizeof(kinds_text) - 1};
    const char *fault;
    FILE *file;
    unsigned line;

    snprintf(table, sizeof(table), "%s/alerts.tsv", directory);
    file = fopen(table, "w");
    if (file == NULL || fputs(rows, file) < 0 || fclose(file) != 0 ||
        pfx_kinds_read(text, NULL, &kinds, &line, &fault) != 0)
        abort();
    rules = pfx_alert_rules_read(directory, NULL, &kinds, error, sizeof(error));
    unlink(table);
    if (rules == NULL) {
        fprintf(stderr, "%s\n", error);
        abort();
    }
}

static bool counting; /* the input has counts, which cost most of its time */

static void new_counts(void)
{
    if (keep.alerts != NULL)
        pfx_alerts_free(&keep.alerts);
    if (counting && (keep.alerts = pfx_alerts_new(1 << 16, 7)) == NULL)
        abort();
}

static struct pfx_story *new_story(void)
{
    struct pfx_story_options options = pfx_story_defaults();
    struct pfx_story *story;

    new_counts();
    options.max_mails = options.max_sessions = 16;
    options.max_bytes = 64 * 1024;
    options.replay = true;
    story = pfx_story_new(&options);
    if (story == NULL || !pfx_story_add_relay(story, "192.0.2.32=b"))
        abort();
    return story;
}

/* What a line may say; a bit of its bytes chooses each. Two values each, so that lines meet. */
static const struct {
    enum pfx_field field;
    const char *text[2];
} words[] = {
    {PFX_F_message_id, {"1@example.com", "2@example.com"}},
    {PFX_F_to, {"bob@example.com", "carol@example.com"}},
    {PFX_F_status, {"sent", "deferred"}},
    {PFX_F_delay, {"1.5", "-1e9"}},
    {PFX_F_nrcpt, {"2", "9223372036854775807"}},
    {PFX_F_client_ip, {"127.0.0.1", "192.0.2.10"}},
    {PFX_F_client_port, {"1", "65535"}},
    {PFX_F_orig_client_ip, {"192.0.2.10", "203.0.113.5"}},
    {PFX_F_relay_ip, {"192.0.2.32", "127.0.0.1"}},
    {PFX_F_relay_host, {"b", "mx.example.net"}},
    {PFX_F_queued_as, {"3F4A91230", "3F4A91231"}},
    {PFX_F_orig_queue_id, {"3F4A91230", "3F4A91231"}},
    {PFX_F_sasl_username, {"alice", "bob"}},
    {PFX_F_conn_use, {"2", "3"}},
    {PFX_F_repeat_count, {"2", "999999"}},
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static void set(struct pfx_event *event, enum pfx_field field, const char *text)
{
    pfx_event_set(event, field, (struct pfx_slice){text, strlen(text)});
}

static void count_line(const struct pfx_event *event, int64_t time, uint64_t hash)
{
    const struct pfx_kind *kind = &kinds.row[0];
    const struct pfx_alert_line line = {.event = event, .kind = &kind, .kinds = 1, .time = time};
    static struct pfx_narrowed narrowed;
    struct pfx_alerts_told told;

    if (keep.alerts == NULL)
        return;
    if (narrowed.rules == NULL)
        pfx_narrowed_open(&narrowed, rules, kinds.row);
    pfx_alerts_line(keep.alerts, rules,
                    pfx_narrowed_find(&narrowed, &(struct pfx_alert_sort){&kind, 1, false}), &line,
                    hash, &told);
}

static void join_line(struct pfx_story *story, const uint8_t *byte)
{
    static const char *const ids[] = {"", "3F4A91230", "3F4A91231", "4fPZDJ26xDzMb"};
    static struct pfx_event event;
    struct pfx_rule rule = {.roles = byte[0] | (unsigned)(byte[1] & 3) << 8};
    struct pfx_scratch scratch = {.text = scratch_text, .size = sizeof(scratch_text)};
    struct pfx_time time = {1787307332 + (int8_t)byte[3] * (byte[2] & 0x80 ? 40000 : 1), 0};
    unsigned chosen = byte[5] | (unsigned)byte[6] << 8;
    struct pfx_observation observation;

    pfx_event_clear(&event);
    event.rule = &rule;
    set(&event, PFX_F_event_source, byte[4] & 1 ? "a" : "b");
    set(&event, PFX_F_instance, byte[4] & 2 ? "postfix" : "postfix-out");
    set(&event, PFX_F_pid, byte[4] & 4 ? "1" : "2");
    set(&event, PFX_F_queue_id, ids[byte[4] >> 3 & 3]);
    for (size_t i = 0; i < WORDS; ++i) {
        if (chosen >> i & 1)
            set(&event, words[i].field, words[i].text[byte[7] >> i % 8 & 1]);
    }
    pfx_observation_take(&observation, &event, time, (enum pfx_fate)((byte[2] & 0x7f) % PFX_FATES),
                         byte[4] >> 7);
    pfx_story_line(story, &worker, &observation, time, (struct pfx_slice){(const char *)byte, LINE},
                   &event, &scratch);
    count_line(&event, time.seconds, byte[6]);
}

/* Changes bytes of the saved file and makes its checksum right, as far as its lengths are. */
static void damage(const uint8_t *change, unsigned changes)
{
    static char bytes[1 << 20];
    FILE *file = fopen(path, "r+");
    size_t length = file == NULL ? 0 : fread(bytes, 1, sizeof(bytes), file), at = HEADER;
    uint64_t hash;
    int64_t step;

    if (length < HEADER + 16 || length == sizeof(bytes))
        abort();
    for (; changes > 0; --changes, change += 3)
        bytes[HEADER + (change[0] | (size_t)change[1] << 8) % (length - HEADER - 8)] ^=
            (char)change[2];
    hash = pfx_hash((struct pfx_slice){bytes, HEADER}, 0);
    for (; length - at >= 16; at += (size_t)step) {
        memcpy(&step, bytes + at, 8);
        at += 8;
        if (step <= 0 || (uint64_t)step > length - at - 8)
            break;
        hash = pfx_hash((struct pfx_slice){bytes + at, (size_t)step}, hash);
    }
    memcpy(bytes + length - 8, &hash, 8);
    rewind(file);
    if (fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
        abort();
}

static void remove_directory(void)
{
    unlink(path);
    rmdir(directory);
}

/* A state file has to be in a directory of ours. */
static void make_directory(void)
{
    snprintf(directory, sizeof(directory), "%s/pfx-fuzz-state-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(directory) == NULL)
        abort();
    snprintf(path, sizeof(path), "%s/state", directory);
    atexit(remove_directory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned changes = size > 0 ? data[0] % 8 : 0;
    size_t lines, line = 0;
    struct pfx_story *story;

    if (size < 1 + changes * 3 + LINE)
        return 0;
    if (path[0] == '\0') {
        make_directory();
        pfx_fields_init();
        read_rules();
    }
    counting = data[0] / 8 % 8 == 1;
    lines = (size - 1 - changes * 3) / LINE;
    story = new_story();
    for (; line < (lines + 1) / 2; ++line)
        join_line(story, data + 1 + changes * 3 + line * LINE);
    if (!pfx_state_save(story, &keep))
        abort();
    pfx_story_free(&story);
    damage(data + 1, changes);
    story = new_story();
    if (!pfx_state_restore(story, &keep) && changes == 0)
        abort();
    for (; line < lines; ++line)
        join_line(story, data + 1 + changes * 3 + line * LINE);
    if (!pfx_state_save(story, &keep))
        abort();
    pfx_story_free(&story);
    story = new_story();
    if (!pfx_state_restore(story, &keep))
        abort();
    pfx_story_free(&story);
    return 0;
}
