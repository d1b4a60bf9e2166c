/* SPDX-License-Identifier: Apache-2.0 */
/* workers RULES LOG THREADS [SHARDS]: core's text with one story by that many threads, which take
 * the lines in turns of a batch, as rsyslog's workers do. Prints lines a second of time on the
 * wall. LOG has RFC 3339 headers; they are taken off beforehand. Its first half is not measured.
 */
#include "core.h"
#include "line/header.h"
#include "story/story.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 32
#define THREADS_MAX 64

static struct pfx_line *line;
static size_t lines, next_line; /* atomic */
static struct pfx_core *core;
static struct pfx_story *story;
static pthread_barrier_t start;

static char *copy_of(struct pfx_slice s)
{
    return strndup(s.text != NULL ? s.text : "", s.length);
}

static bool read_lines(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t room = 0, size = 0;
    ssize_t length;

    while (file != NULL && (length = getline(&text, &room, file)) > 0) {
        struct pfx_header header;

        if (!pfx_header_parse((struct pfx_slice){text, (size_t)length - 1}, (struct pfx_time){0, 0},
                              &header))
            continue;
        if (lines == size) {
            size = size * 2 + 4096;
            line = realloc(line, size * sizeof(*line));
            if (line == NULL)
                return false;
        }
        line[lines++] = (struct pfx_line){.host = copy_of(header.host),
                                          .tag = copy_of(header.tag),
                                          .text = copy_of(header.text),
                                          .text_length = header.text.length,
                                          .severity = 6,
                                          .time = header.time,
                                          .received = header.time};
    }
    if (file != NULL)
        fclose(file);
    free(text);
    return lines > 1;
}

/* Lines up to end, in turns. */
static void take_turns(struct pfx_worker *worker, size_t end)
{
    const char *text;
    size_t length, at;

    while ((at = __atomic_fetch_add(&next_line, BATCH, __ATOMIC_RELAXED)) < end) {
        for (size_t i = at; i < at + BATCH && i < end; ++i) {
            struct pfx_line copy = line[i];

            pfx_normalize_text(worker, &copy, false, &text, &length);
        }
    }
}

static void *work(void *cookie)
{
    struct pfx_worker *worker = pfx_worker_new(core, PFX_GIM, story);

    (void)cookie;
    pthread_barrier_wait(&start); /* all are there: warm up */
    take_turns(worker, lines / 2);
    pthread_barrier_wait(&start);
    pthread_barrier_wait(&start);
    take_turns(worker, lines);
    pthread_barrier_wait(&start);
    pfx_worker_free(&worker);
    return NULL;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    unsigned threads = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
    struct pfx_story_options options = pfx_story_defaults();
    char error[PFX_ERROR_SIZE] = "usage: workers RULES LOG THREADS [SHARDS]";
    pthread_t thread[THREADS_MAX];
    double begin;

    core = threads > 0 && threads <= THREADS_MAX ? pfx_core_open(argv[1], error) : NULL;
    options.replay = true;
    options.shards = argc > 4 ? (unsigned)atoi(argv[4]) : 16;
    story = pfx_story_new(&options);
    if (core == NULL || story == NULL || !read_lines(argv[2])) {
        fprintf(stderr, "workers: %s\n", error);
        return 1;
    }
    pthread_barrier_init(&start, NULL, threads + 1);
    for (unsigned i = 0; i < threads; ++i) {
        if (pthread_create(&thread[i], NULL, work, NULL) != 0)
            return 1;
    }
    pthread_barrier_wait(&start);
    pthread_barrier_wait(&start); /* warm */
    next_line = lines / 2;
    begin = seconds();
    pthread_barrier_wait(&start);
    pthread_barrier_wait(&start);
    printf("%.0f\n", (double)(lines - lines / 2) / (seconds() - begin));
    for (unsigned i = 0; i < threads; ++i)
        pthread_join(thread[i], NULL);
    pfx_story_free(&story);
    pfx_core_close(&core);
    return 0;
}
