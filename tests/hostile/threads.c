/* SPDX-License-Identifier: Apache-2.0 */
/* threads RULEBASEDIR SECONDS: four workers of one core, each busy with lines, workers that come
 * and go, reloads and saves of the story without a pause. Each line must get its own tree. Built by
 * devtools/sanitize thread, which sees what only chance would show here. */
#include "core.h"
#include "state/save.h"
#include "story/story.h"

#include <json.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WORKERS 4
#define LINES_A_LIFE 5000 /* of a worker */

static struct pfx_core *core;
static struct pfx_story *story; /* of all of them */
static bool stop;
static unsigned long lines, faults; /* atomic */

static bool has(struct fjson_object *tree, const char *name, const char *wanted)
{
    struct fjson_object *value;

    return fjson_object_object_get_ex(tree, name, &value) &&
           strcmp(fjson_object_get_string(value), wanted) == 0;
}

/* One line that only this thread and number have. */
static bool one_line(struct pfx_worker *worker, unsigned thread, unsigned number)
{
    char tag[64], text[256], pid[16], host[64];
    struct pfx_line line = {.host = "mail", .tag = tag, .text = text, .severity = 6};
    struct fjson_object *tree = NULL;
    bool good;

    snprintf(pid, sizeof(pid), "%u", thread + 1);
    snprintf(host, sizeof(host), "h%u.example.com", number);
    snprintf(tag, sizeof(tag), "postfix/%s[%s]:", number % 2 ? "smtpd" : "postscreen", pid);
    if (number % 3 == 0)
        snprintf(text, sizeof(text), "frobnicated by %s", host);
    else if (number % 3 == 1)
        snprintf(text, sizeof(text), "connect from %s[192.0.2.1]", host);
    else /* some mails are those of other threads, too */
        snprintf(text, sizeof(text), "%010X: client=%s[192.0.2.1]", 0xABC00000u + number, host);
    line.text_length = strlen(text);
    if (pfx_normalize(worker, &line, &tree) == PFX_FOREIGN || tree == NULL)
        return false;
    good = has(tree, "process_id", pid) && (number % 3 == 0 ? has(tree, "vendor_unparsed", text)
                                                            : has(tree, "source_hostname", host));
    fjson_object_put(tree);
    return good;
}

static int64_t wall_clock(void)
{
    return time(NULL);
}

static void report(bool failed, const char *text)
{
    if (failed)
        fprintf(stderr, "%s\n", text);
}

static void *work(void *argument)
{
    unsigned thread = *(unsigned *)argument, number = 0;

    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        struct pfx_worker *worker = pfx_worker_new(core, PFX_GIM, story);

        for (int i = 0; worker != NULL && i < LINES_A_LIFE; ++i) {
            if (!one_line(worker, thread, ++number))
                __atomic_add_fetch(&faults, 1, __ATOMIC_RELAXED);
            __atomic_add_fetch(&lines, 1, __ATOMIC_RELAXED);
        }
        pfx_worker_free(&worker);
    }
    return NULL;
}

static void add_comment(const char *directory)
{
    char path[256];
    FILE *out;

    snprintf(path, sizeof(path), "%s/postfix/smtpd.rulebase", directory);
    out = fopen(path, "a");
    if (out == NULL || fputs("# another comment\n", out) < 0 || fclose(out) != 0) {
        perror(path);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    static unsigned number[WORKERS];
    time_t end = time(NULL) + (argc == 3 ? atoi(argv[2]) : 0);
    pthread_t thread[WORKERS];
    char error[PFX_ERROR_SIZE] = "usage: threads RULEBASEDIR SECONDS";
    struct pfx_story_options options = pfx_story_defaults();
    unsigned reloads = 0;

    core = argc == 3 ? pfx_core_open(argv[1], error) : NULL;
    options.max_mails = options.max_sessions = 4096; /* so that some have to go */
    options.shards = 4;
    story = pfx_story_new(&options);
    if (core == NULL || story == NULL) {
        fprintf(stderr, "%s\n", error);
        return 2;
    }
    for (unsigned i = 0; i < WORKERS; ++i) {
        number[i] = i;
        if (pthread_create(&thread[i], NULL, work, &number[i]) != 0)
            return 2;
    }
    for (; time(NULL) < end; ++reloads) {
        const struct pfx_state_options keep = {"threads.state", 1, wall_clock, report};

        add_comment(argv[1]); /* rules that are the same would not be taken up */
        if (!pfx_state_save(story, &keep))
            ++faults;
        if (pfx_core_reload(core, error) < 0) {
            fprintf(stderr, "%s\n", error);
            ++faults;
        }
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < WORKERS; ++i)
        pthread_join(thread[i], NULL);
    pfx_core_close(&core);
    pfx_story_free(&story);
    printf("%lu lines by %d threads, %u reloads, %lu faults\n", lines, WORKERS, reloads, faults);
    return faults > 0 || lines == 0 || reloads == 0;
}
