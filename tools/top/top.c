/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog top: a log as it is written, on a terminal. */
#include "alerts/alerts.h"
#include "people/moment.h"
#include "story/story.h"
#include "top/follow.h"
#include "top/live.h"
#include "top/screen.h"
#include "verbs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BEFORE (4LL << 20) /* bytes of a file that are read first */
#define MINUTE 60
#define TICK 250 /* milliseconds */

struct top {
    const struct pfxlog_options *options;
    struct pfx_story *story;
    struct pfx_alerts *alerts;
    struct pfx_worker *worker;
    struct follow *follow;
    struct live live;
    uint64_t second[MINUTE + 1][RATES]; /* counts of the last seconds, a ring */
    unsigned long seconds;
    bool ended;   /* nothing will come any more */
    bool current; /* what was there at first is read */
};

static bool take(void *cookie, struct pfx_slice text)
{
    struct top *top = cookie;
    const struct pfx_time now = {.seconds = time(NULL)};
    struct pfx_line line = {.host = "-",
                            .text = text.text,
                            .text_length = text.length,
                            .severity = -1,
                            .time = now,
                            .received = now};
    enum pfx_outcome outcome = pfx_classify(top->worker, &line);

    if (outcome == PFX_NO_MEMORY)
        top->live.failed = true;
    else if (outcome != PFX_FOREIGN && selection_fits_worker(&top->options->selection, top->worker))
        live_take(&top->live, top->worker);
    return !top->live.failed;
}

/* ---- drawing ------------------------------------------------------------------------------------
 */

static void end_line(unsigned *left)
{
    fputs("\033[K\r\n", stdout);
    --*left;
}

static void title(const char *left_title, const char *right_title, unsigned half)
{
    fputs("\033[1m", stdout);
    screen_put(left_title, half);
    screen_put(right_title, half);
    fputs("\033[0m", stdout);
}

/* How many in the last minute, or since the beginning. */
static unsigned long long lately(const struct top *top, enum rate rate)
{
    unsigned long before = top->seconds > MINUTE ? top->seconds - MINUTE : 0;

    return top->live.count[rate] - top->second[before % (MINUTE + 1)][rate];
}

static void draw_rates(struct top *top, unsigned half, unsigned *left)
{
    static const char *const names[RATES] = {"received", "delivered",     "deferred", "bounced",
                                             "refused",  "logins failed", "lines"};
    struct pfx_story_counters counters;
    char text[80];

    pfx_story_count(top->story, &counters);
    title("               last minute       all", "Queue", half);
    end_line(left);
    for (int i = 0; i<RATES && * left> 1; ++i) {
        const unsigned long long queue[] = {counters.queue.active, counters.queue.deferred,
                                            counters.queue.hold, counters.queue.oldest};
        static const char *const queues[] = {"active", "deferred", "on hold", "oldest, seconds"};

        snprintf(text, sizeof(text), "%-14s %11llu %9llu", names[i], lately(top, (enum rate)i),
                 (unsigned long long)top->live.count[i]);
        screen_put(text, half);
        if (i < 4) {
            snprintf(text, sizeof(text), "%-16s %9llu", queues[i], queue[i]);
            screen_put(text, half);
        }
        end_line(left);
    }
}

static void put_row(struct tally *const *sorted, size_t rows, size_t at, unsigned width)
{
    char number[24];

    if (at >= rows || width < 12) {
        screen_put("", width);
        return;
    }
    snprintf(number, sizeof(number), "%8lld  ", (long long)sorted[at]->count[0]);
    fputs(number, stdout);
    if (sorted[at]->text != NULL) {
        screen_put(sorted[at]->part[0], width - 10 - 14);
        screen_put(sorted[at]->text, 14);
    } else {
        screen_put(sorted[at]->part[0][0] != '\0' ? sorted[at]->part[0] : "(others)", width - 12);
        fputs("  ", stdout);
    }
}

/* Two tables beside each other, so many rows of each. */
static void draw_tables(struct top *top, unsigned half, unsigned rows, unsigned *left)
{
    struct tally **senders = table_sorted(&top->live.senders, false);
    struct tally **reasons = table_sorted(&top->live.reasons, false);

    title("Senders", "Refusals", half);
    end_line(left);
    for (unsigned i = 0; i<rows && * left> 1; ++i) {
        put_row(senders, top->live.senders.rows, i, half);
        put_row(reasons, top->live.reasons.rows, i, half);
        end_line(left);
    }
    free(senders);
    free(reasons);
}

static void draw_hops(struct top *top, unsigned half, unsigned rows, unsigned *left)
{
    struct tally **hops = table_sorted(&top->live.hops, false);

    title("Next hops that defer or refuse", "", half);
    end_line(left);
    for (unsigned i = 0; i<rows && * left> 1; ++i) {
        put_row(hops, top->live.hops.rows, i, half * 2);
        end_line(left);
    }
    free(hops);
}

static void draw_alerts(struct top *top, unsigned half, unsigned *left)
{
    const struct live *live = &top->live;
    char moment[MOMENT_ROOM];

    title("Alerts", "", half);
    for (unsigned i = 0; i < LIVE_ALERTS && i<live->alerts && * left> 1; ++i) {
        unsigned at = (live->alerts - 1 - i) % LIVE_ALERTS;

        end_line(left);
        moment_write(live->alert[at].time, false, top->options->utc, moment);
        screen_put(moment + 11, 8);
        putchar(' ');
        screen_put(live->alert[at].severity, 9);
        screen_put(live->alert[at].rules, half - 10);
        putchar(' ');
        screen_put(live->alert[at].key, half - 9);
    }
}

static void draw(struct top *top)
{
    const char *name =
        top->options->sources.journal ? "the journal" : top->options->sources.name[0];
    unsigned columns, rows, left, half, some;
    char clock[32];
    time_t now = time(NULL);
    struct tm tm;

    screen_size(&columns, &rows);
    if (columns < 40 || rows < 10) {
        fputs("\033[H\033[2Jtoo small", stdout);
        fflush(stdout);
        return;
    }
    left = rows;
    half = columns / 2;
    some = (rows - 13) / 3 > 1 && rows > 16 ? (rows - 13) / 3 : 2;
    if ((top->options->utc ? gmtime_r(&now, &tm) : localtime_r(&now, &tm)) == NULL ||
        strftime(clock, sizeof(clock), "%H:%M:%S", &tm) == 0)
        clock[0] = '\0';
    fputs("\033[H\033[7m", stdout);
    printf(" %s  ", clock);
    screen_put(name, columns > 40 ? columns - 11 - 20 : 9);
    screen_put(top->ended ? "at its end; q quits" : "q quits", 19);
    fputs("\033[0m", stdout);
    end_line(&left);
    draw_rates(top, half, &left);
    draw_tables(top, half, some, &left);
    draw_hops(top, half, some, &left);
    draw_alerts(top, half, &left);
    fputs("\033[K\033[J", stdout);
    fflush(stdout);
}

/* ---- the loop -----------------------------------------------------------------------------------
 */

/* Seconds have gone by: several where we were stopped meanwhile. */
static void keep_seconds(struct top *top, long long seconds)
{
    for (long long i = 0; i < seconds && i <= MINUTE; ++i) {
        ++top->seconds;
        memcpy(top->second[top->seconds % (MINUTE + 1)], top->live.count, sizeof(top->live.count));
    }
}

/* Reads what is there; drawn now and then, when that takes long. */
static void read_on(struct top *top)
{
    int got = 1;

    for (int i = 0; i < 16 && got > 0; ++i)
        got = follow_read(top->follow, take, top);
    top->ended |= got < 0;
    if (got > 0 || top->current)
        return;
    /* The journal takes its time for what was there. */
    if (got == 0 && follow_descriptor(top->follow) >= 0 && top->seconds < 2)
        return;
    top->current = true; /* minutes begin now */
    for (int i = 0; i <= MINUTE; ++i)
        memcpy(top->second[i], top->live.count, sizeof(top->live.count));
}

static void run(struct top *top)
{
    struct timespec now, last;
    unsigned columns = 0, rows = 0, before[2];
    int key = 0;

    clock_gettime(CLOCK_MONOTONIC, &last);
    while (key >= 0 && key != 'q' && key != 'Q' && !top->live.failed) {
        if (!top->ended)
            read_on(top);
        clock_gettime(CLOCK_MONOTONIC, &now);
        before[0] = columns;
        before[1] = rows;
        screen_size(&columns, &rows);
        if (before[0] != columns || before[1] != rows)
            fputs("\033[2J", stdout);
        if (now.tv_sec != last.tv_sec)
            keep_seconds(top, now.tv_sec - last.tv_sec);
        if (now.tv_sec != last.tv_sec || before[0] != columns || before[1] != rows)
            draw(top);
        last = now;
        key = screen_wait(top->ended ? -1 : follow_descriptor(top->follow), TICK);
    }
}

static struct follow *open_follow(const struct pfxlog_options *options)
{
    const struct sources *sources = &options->sources;
    char *fixed[] = {"journalctl", "--follow", "--lines=1000", "--output=short-iso-precise"};
    const size_t count = sizeof(fixed) / sizeof(fixed[0]);
    struct follow *follow;
    char **argument;

    if (!sources->journal && sources->count != 1) {
        terminal_say("top follows one file, - or --journal; see pfxlog top --help");
        return NULL;
    }
    if (!sources->journal)
        return follow_file(sources->name[0], BEFORE);
    argument = calloc(count + (size_t)sources->count + 2, sizeof(*argument));
    if (argument == NULL) {
        terminal_say("out of memory");
        return NULL;
    }
    memcpy(argument, fixed, sizeof(fixed));
    memcpy(argument + count, sources->name, (size_t)sources->count * sizeof(*argument));
    if (sources->count == 0)
        argument[count] = "SYSLOG_FACILITY=2"; /* mail */
    follow = follow_journal(argument);
    free(argument);
    return follow;
}

/* False after a message. */
static bool open_top(struct top *top, struct pfx_core *core)
{
    top->follow = open_follow(top->options);
    if (top->follow == NULL)
        return false;
    top->alerts = pfxlog_counts(top->options, core);
    top->story = top->alerts != NULL ? pfxlog_story(top->options, true) : NULL;
    if (top->story == NULL)
        return false;
    top->worker = pfx_worker_new(core, PFX_GIM, top->story);
    if (top->worker == NULL || !live_open(&top->live)) {
        terminal_say("out of memory");
        return false;
    }
    pfx_worker_alert(top->worker, top->alerts);
    return true;
}

int pfxlog_top(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct top top = {.options = options};
    int status = 2, told = 0;

    if (open_top(&top, core) && screen_open()) {
        run(&top);
        told = screen_signal();
        screen_close();
        status = top.live.failed ? 2 : 0;
        if (top.live.failed)
            terminal_say("out of memory");
    }
    live_close(&top.live);
    pfx_worker_free(&top.worker);
    if (top.story != NULL)
        pfx_story_free(&top.story);
    if (top.alerts != NULL)
        pfx_alerts_free(&top.alerts);
    status = follow_close(&top.follow) ? status : 2;
    if (told != 0)
        raise(told);
    return status;
}
