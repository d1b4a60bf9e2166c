/* SPDX-License-Identifier: Apache-2.0 */
/* What parsing costs without rsyslog: core MODE RULES LOG [LAST]
 *
 *   rules   liblognorm alone, with one rulebase file of all rules (tests/bench/one-rulebase)
 *   gim     core, the plain tree
 *   gelf    core, the tree as GELF
 *   print   core, the plain tree and its JSON text
 *   text    core, the plain JSON text without a tree
 *   story   core, the plain tree with the story of its mail
 *   told    core, the plain JSON text with the story, without a tree
 *   alerts  the same, with lines counted for alerts
 *   chain   as told, with each document in a chain
 *   hidden  as told, with pseudonyms; and lines, as told with GELF, hidelines, both
 *   live    LOG is a number: so many mails come into the queue and stay there; prints that number
 * and by how many bytes the memory of the process grew (RSS)
 *
 * RULES is that file, or the directory of rulebases. LOG has RFC 3339 headers; they are taken off
 * beforehand, as rsyslog does. Only the LAST lines are measured, the second half of the log if it
 * is not said: what is before compiles what is compiled at first use and brings mails into flight.
 * Under callgrind --instr-atstart=no only they count. Prints its lines, the share that was matched
 * in percent, and nanoseconds of CPU a line.
 */
#include "alerts/alerts.h"
#include "core.h"
#include "evidence/chain.h"
#include "line/header.h"
#include "privacy/secrets.h"
#include "story/story.h"

#include <json.h>
#include <liblognorm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

struct run {
    const char *mode;
    struct pfx_line *line;
    size_t lines, matched;
    ln_ctx rules;
    struct pfx_core *core;
    struct pfx_story *story;
    struct pfx_alerts *alerts;
    struct pfx_chain *chain;
    struct pfx_worker *worker;
};

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "core: %s: %s\n", what, why);
    return 1;
}

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t length = 0;

    if (file == NULL)
        return NULL;
    if (getdelim(&text, &length, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

static char *copy_of(struct pfx_slice s)
{
    return strndup(s.text, s.length);
}

/* Splits the log as rsyslog does: host, tag, and a text that begins with a blank. */
static int read_lines(struct run *run, const char *path)
{
    char *all = read_all(path);
    size_t size = 0;

    for (char *text = all, *end; text != NULL && (end = strchr(text, '\n')) != NULL;
         text = end + 1) {
        struct pfx_header header;
        struct pfx_line *line;

        if (run->lines == size) {
            size = size * 2 + 4096;
            run->line = realloc(run->line, size * sizeof(*run->line));
            if (run->line == NULL)
                return -1;
        }
        if (!pfx_header_parse((struct pfx_slice){text, (size_t)(end - text)},
                              (struct pfx_time){0, 0}, &header))
            continue;
        --header.text.text; /* the blank */
        ++header.text.length;
        line = &run->line[run->lines++];
        *line = (struct pfx_line){.host = copy_of(header.host),
                                  .tag = copy_of(header.tag),
                                  .text = copy_of(header.text),
                                  .text_length = header.text.length,
                                  .severity = 6,
                                  .time = header.time,
                                  .received = header.time};
    }
    free(all);
    return run->lines > 1 ? 0 : -1;
}

static int64_t seconds(void)
{
    return 1790000000;
}

static void ignore(bool failed, const char *text)
{
    if (failed)
        fprintf(stderr, "%s\n", text);
}

/* All classes, by a secret that is made for it. */
static bool hide(struct run *run, char error[PFX_ERROR_SIZE])
{
    const struct pfx_policy policy = pfx_policy_default();

    char path[64];
    bool done;

    snprintf(path, sizeof(path), "bench.%d.key", (int)getpid());
    unlink(path);
    done = pfx_secrets_make(path, "always", 0, error, PFX_ERROR_SIZE) &&
           pfx_core_use_pseudonyms(run->core, path, &policy, error) == 0;
    unlink(path);
    return done;
}

static int open_rules(struct run *run, const char *rules)
{
    char error[PFX_ERROR_SIZE];

    if (strcmp(run->mode, "rules") == 0) {
        run->rules = ln_initCtx();
        return run->rules == NULL || ln_loadSamples(run->rules, rules) != 0
                   ? fail(rules, "liblognorm can not load it")
                   : 0;
    }
    run->core = pfx_core_open(rules, error);
    if (run->core == NULL)
        return fail(rules, error);
    if (strcmp(run->mode, "story") == 0 || strcmp(run->mode, "told") == 0 ||
        strcmp(run->mode, "live") == 0 || strcmp(run->mode, "alerts") == 0 ||
        strcmp(run->mode, "chain") == 0 || strstr(run->mode, "hid") != NULL ||
        strcmp(run->mode, "lines") == 0) {
        struct pfx_story_options options = pfx_story_defaults();

        options.replay = true;
        options.max_mails = 2000000;
        options.max_bytes = (size_t)4 << 30;
        run->story = pfx_story_new(&options);
        if (run->story == NULL)
            return fail(rules, "out of memory");
    }
    if (strcmp(run->mode, "chain") == 0) {
        const struct pfx_chain_options chain = {"bench.chain", 1000000, 3600, seconds, ignore};

        run->chain = pfx_chain_open(&chain);
        if (run->chain == NULL)
            return fail("bench.chain", "it is no place for a chain");
        pfx_core_use_chain(run->core, run->chain);
    }
    if (strstr(run->mode, "hid") != NULL && !hide(run, error))
        return fail("its secrets", error);
    if (strcmp(run->mode, "alerts") == 0) {
        run->alerts = pfx_alerts_new((size_t)64 << 20, 1);
        if (run->alerts == NULL || pfx_core_use_alerts(run->core, NULL, error) < 0)
            return fail(rules, error);
    }
    run->worker = pfx_worker_new(
        run->core,
        strcmp(run->mode, "gelf") == 0 || strstr(run->mode, "lines") != NULL ? PFX_GELF : PFX_GIM,
        run->story);
    if (run->worker != NULL)
        pfx_worker_alert(run->worker, run->alerts);
    return run->worker == NULL ? fail(rules, "out of memory") : 0;
}

static void normalize(struct run *run, const struct pfx_line *line)
{
    struct json_object *tree = NULL;
    const char *text;
    size_t length;

    if (run->rules != NULL) {
        run->matched += ln_normalize(run->rules, line->text, line->text_length, &tree) == 0;
    } else {
        struct pfx_line core_line = *line;

        ++core_line.text; /* core does without the blank */
        --core_line.text_length;
        if (strcmp(run->mode, "text") == 0 || strcmp(run->mode, "told") == 0 ||
            strcmp(run->mode, "alerts") == 0 || strcmp(run->mode, "chain") == 0 ||
            strstr(run->mode, "hid") != NULL || strcmp(run->mode, "lines") == 0)
            run->matched +=
                pfx_normalize_text(run->worker, &core_line, true, &text, &length) == PFX_MATCHED;
        else
            run->matched += pfx_normalize(run->worker, &core_line, &tree) == PFX_MATCHED;
        if (strcmp(run->mode, "print") == 0)
            json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN);
    }
    json_object_put(tree);
}

static void normalize_lines(struct run *run, size_t from, size_t to)
{
    run->matched = 0;
    for (size_t i = from; i < to; ++i)
        normalize(run, &run->line[i]);
}

static void close_all(struct run *run)
{
    if (run->rules != NULL)
        ln_exitCtx(run->rules);
    if (run->worker != NULL)
        pfx_worker_free(&run->worker);
    if (run->story != NULL)
        pfx_story_free(&run->story);
    if (run->alerts != NULL)
        pfx_alerts_free(&run->alerts);
    pfx_core_close(&run->core);
    pfx_chain_close(&run->chain);
    for (size_t i = 0; i < run->lines; ++i) {
        free((char *)run->line[i].host);
        free((char *)run->line[i].tag);
        free((char *)run->line[i].text);
    }
    free(run->line);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The lines of a mail that is not delivered yet; its host, its client and its ids are its own. */
static const struct {
    const char *tag, *text;
} live_lines[] = {
    {"postfix/smtpd[7]:", "%010lX: client=host-%lu.example.net[2001:db8::%lx:%lx]"},
    {"postfix/cleanup[8]:", "%010lX: message-id=<%lu.%lx.%lx@example.net>"},
    {"postfix/qmgr[9]:",
     "%010lX: from=<sender-%lu@example.net>, size=1000, nrcpt=1 (queue active)"},
    {"postfix/smtp[10]:", "%010lX: to=<user-%lu@example.org>, relay=mx.example.org[192.0.2.5]:25, "
                          "delay=9, delays=8/0/1/0, dsn=4.0.0, status=deferred (host "
                          "mx.example.org[192.0.2.5] said: 450 4.0.0 later)"},
};

static void say_live(struct run *run, unsigned long mail)
{
    for (size_t i = 0; i < sizeof(live_lines) / sizeof(live_lines[0]); ++i) {
        struct pfx_time time = {1791000000 + (int64_t)mail / 1000, (int32_t)(mail % 1000 * 1000)};
        struct pfx_line line = {
            .host = "mx", .tag = live_lines[i].tag, .severity = 6, .time = time, .received = time};
        char text[300];
        const char *json;
        size_t length;

        line.text = text;
        line.text_length =
            (size_t)snprintf(text, sizeof(text), live_lines[i].text, 0xA000000000 + mail * 977,
                             mail, mail >> 16, mail & 0xffff);
        pfx_normalize_text(run->worker, &line, false, &json, &length);
    }
}

static long resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (file != NULL && fscanf(file, "%*s %ld", &pages) != 1)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static int measure_live(struct run *run, const char *rules, unsigned long mails)
{
    long before;

    if (open_rules(run, rules) != 0)
        return 1;
    say_live(run, mails); /* builds what is built once */
    before = resident_bytes();
    for (unsigned long i = 0; i < mails; ++i)
        say_live(run, i);
    printf("%lu %ld\n", mails, resident_bytes() - before);
    close_all(run);
    return 0;
}

int main(int argc, char **argv)
{
    struct run run = {.mode = argc == 4 || argc == 5 ? argv[1] : ""};
    size_t last;
    double begin;

    if (run.mode[0] == '\0')
        return fail(
            "usage",
            "core rules|gim|gelf|print|text|story|told|alerts|chain|hidden|lines|hidelines|live "
            "RULES LOG [LAST]");
    if (strcmp(run.mode, "live") == 0)
        return measure_live(&run, argv[2], strtoul(argv[3], NULL, 10));
    if (read_lines(&run, argv[3]) < 0)
        return fail(argv[3], "no lines");
    last = argc == 5 ? strtoul(argv[4], NULL, 10) : run.lines - run.lines / 2;
    if (last == 0 || last > run.lines)
        return fail("LAST", "is no number of lines that the log has");
    if (open_rules(&run, argv[2]) != 0)
        return 1;
    normalize_lines(&run, 0, run.lines - last);
    begin = now();
    CALLGRIND_START_INSTRUMENTATION;
    normalize_lines(&run, run.lines - last, run.lines);
    CALLGRIND_STOP_INSTRUMENTATION;
    printf("%zu %.2f %.1f\n", last, 100.0 * (double)run.matched / (double)last,
           (now() - begin) / (double)last);
    close_all(&run);
    return 0;
}
