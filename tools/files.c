/* SPDX-License-Identifier: Apache-2.0 */
/* Reads lines of files; see files.h.
 *
 * The thread that reads knows all that depends on the lines before: what a file is, its year. It
 * also prints. Between that, other threads work on batches of lines; with a story only one, beside
 * the one that reads and prints. Where somebody may be waiting for the answer to a line that comes
 * through a pipe, it is worked on at once, by the thread that reads.
 */
#include "files.h"
#include "threads/crew.h"

#include <sched.h>
#include <stdlib.h>
#include <time.h>

struct run {
    const struct pfxlog_options *options;
    const struct pfxlog_task *task;
    struct pfx_core *core;
    struct pfx_worker **worker; /* by thread, NULL up to its first line */
    struct crew *crew;          /* NULL: this thread does it all */
    struct batch own;           /* of this thread */
    unsigned long lines, found;
    bool stopped; /* memory ran out, or output is lost */
};

unsigned pfxlog_threads(const struct pfxlog_options *options)
{
    cpu_set_t set;
    unsigned cores = 1;

    if (options->threads > 0)
        return (unsigned)options->threads;
    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        cores = (unsigned)CPU_COUNT(&set);
    return cores < THREADS_MOST ? cores : THREADS_MOST;
}

static struct pfx_worker *worker_of(struct run *run, unsigned thread)
{
    const struct pfx_limits limits = {run->options->max_value, SIZE_MAX};
    struct pfx_worker **worker = &run->worker[thread];

    if (*worker == NULL) {
        *worker = pfx_worker_new(run->core, run->options->format, run->task->story);
        if (*worker != NULL) {
            pfx_worker_limit(*worker, &limits);
            pfx_worker_alert(*worker, run->task->alerts);
        }
    }
    return *worker;
}

/* False when memory ran out. */
static bool work_on(struct run *run, unsigned thread, struct pfx_line *line, struct batch *batch)
{
    struct pfx_worker *worker = worker_of(run, thread);
    enum pfx_outcome outcome = PFX_NO_MEMORY;

    if (worker != NULL)
        outcome = run->task->take(run->task->cookie, thread, worker, line, &batch->out);
    batch->found += outcome != PFX_FOREIGN && outcome != PFX_NO_MEMORY;
    batch->failed |= outcome == PFX_NO_MEMORY;
    return !batch->failed;
}

/* All lines of a batch. */
static void work(void *cookie, unsigned thread, struct batch *batch)
{
    const time_t now = time(NULL); /* of lines that do not say */

    for (size_t i = 0; i < batch->count; ++i) {
        struct pfx_line line = {.text = batch->lines.text + batch->line[i].at,
                                .text_length = batch->line[i].length,
                                .severity = -1,
                                .time.seconds = now,
                                .received = batch->line[i].received};

        if (!work_on(cookie, thread, &line, batch))
            return;
    }
}

static void put(void *cookie, struct batch *batch)
{
    struct run *run = cookie;
    bool failed = batch->failed;

    if (run->stopped)
        return;
    run->found += batch->found;
    if (batch->out.length > 0 &&
        !run->task->print(run->task->cookie,
                          (struct pfx_slice){batch->out.text, batch->out.length}))
        failed = true;
    if (failed)
        terminal_say("out of memory");
    run->stopped = failed || !terminal_wrote();
}

/* In this thread; nothing is under way. */
static void take_at_once(struct run *run, const struct input_line *input)
{
    struct pfx_line line = {.text = input->text,
                            .text_length = input->length,
                            .severity = -1,
                            .time.seconds = time(NULL),
                            .received = input->received};

    work_on(run, 0, &line, &run->own);
    put(run, &run->own);
    batch_clear(&run->own);
}

static void take_later(struct run *run, const struct input_line *input)
{
    struct batch *batch = crew_batch(run->crew);

    if (!batch_add(batch, (struct pfx_slice){input->text, input->length}, input->received))
        batch->failed = true;
    if (batch->failed || batch_is_full(batch))
        crew_give(run->crew);
}

/* Has all done that was read. */
static void catch_up(struct run *run)
{
    if (run->crew == NULL)
        return;
    if (crew_batch(run->crew)->count > 0)
        crew_give(run->crew);
    crew_wait(run->crew);
}

/* False when it could not be read to its end. */
static bool process_input(struct run *run, const struct sources *sources, int number)
{
    struct input *input = input_open(sources, number, false);
    bool later = run->crew != NULL && input != NULL && (!run->task->beside || input_is_file(input));
    struct input_line line;
    int got = -1;

    if (!later)
        catch_up(run);
    while (input != NULL && !run->stopped && (got = input_next(input, &line)) > 0) {
        if (later)
            take_later(run, &line);
        else
            take_at_once(run, &line);
        terminal_progress(++run->lines, 0, run->task->beside);
    }
    input_close(&input);
    return got == 0;
}

/* The same of all, in the order of time. */
static bool process_merged(struct run *run, const struct sources *sources)
{
    bool failed = false;
    struct merge *merge = merge_open(sources, false, &failed);
    struct merge_line at;

    if (merge == NULL) {
        terminal_say("out of memory");
        run->stopped = true;
        return false;
    }
    while (!run->stopped && merge_next(merge, &at)) {
        if (run->crew != NULL)
            take_later(run, &at.line);
        else
            take_at_once(run, &at.line);
        terminal_progress(++run->lines, 0, run->task->beside);
    }
    failed |= merge_failed(merge);
    merge_close(&merge);
    return !failed;
}

/* Threads beside this one; 0 when this does it all. */
static unsigned helpers(const struct run *run)
{
    unsigned threads = pfxlog_threads(run->options);

    return threads == 1 ? 0 : run->task->story != NULL ? 1 : threads;
}

static bool open_run(struct run *run)
{
    const struct crew_tasks tasks = {work, put, run};
    unsigned threads = helpers(run);

    run->worker = calloc(threads + 1, sizeof(struct pfx_worker *));
    if (threads > 0)
        run->crew = crew_open(threads, &tasks);
    return run->worker != NULL && (threads == 0 || run->crew != NULL);
}

static void close_run(struct run *run)
{
    crew_close(&run->crew);
    for (unsigned i = 0; run->worker != NULL && i <= helpers(run); ++i)
        pfx_worker_free(&run->worker[i]);
    free(run->worker);
    batch_free(&run->own);
}

int pfxlog_files(const struct pfxlog_options *options, struct pfx_core *core,
                 const struct pfxlog_task *task)
{
    struct run run = {.options = options, .task = task, .core = core};
    bool failed = false;

    run.stopped = !open_run(&run);
    if (run.stopped)
        terminal_say("out of memory");
    if (task->merged && input_count(&options->sources) > 1 && !run.stopped)
        failed = !process_merged(&run, &options->sources);
    else
        for (int i = 0; i < input_count(&options->sources) && !run.stopped; ++i)
            failed |= !process_input(&run, &options->sources, i);
    if (!run.stopped)
        catch_up(&run);
    terminal_clear();
    close_run(&run);
    if (failed || run.stopped)
        return 2;
    return run.found > 0 ? 0 : 1;
}
