/* SPDX-License-Identifier: Apache-2.0 */
/* Reads lines of files; see files.h. */
#include "files.h"
#include "input.h"

#include <stdio.h>
#include <time.h>

struct run {
    struct pfx_worker *worker;
    pfxlog_take *take;
    void *cookie;
    unsigned long lines, found;
};

static int process_line(struct run *run, const struct input_line *input)
{
    struct pfx_line line = {.text = input->text, .text_length = input->length, .severity = -1};
    enum pfx_outcome outcome;

    line.received = input->received;
    line.time.seconds = time(NULL); /* of a line that does not say */
    outcome = run->take(run->cookie, run->worker, &line);
    if (outcome == PFX_NO_MEMORY) {
        fprintf(stderr, "pfxlog: out of memory\n");
        return -1;
    }
    run->found += outcome != PFX_FOREIGN;
    pfxlog_progress(++run->lines, false);
    return 0;
}

static int process_file(struct run *run, const char *name, int year)
{
    struct input_dates dates = {{time(NULL), 0}, year};
    struct input *input = input_open(name, false, dates);
    struct input_line line;
    int got = -1;

    while (input != NULL && (got = input_next(input, &line)) > 0) {
        if (process_line(run, &line) < 0) {
            got = -1;
            break;
        }
    }
    input_close(&input);
    return got;
}

int pfxlog_files(const struct pfxlog_options *options, struct pfx_core *core,
                 struct pfx_story *story, int count, char **name, pfxlog_take *take, void *cookie)
{
    const struct pfx_limits limits = {options->max_value, SIZE_MAX};
    struct run run = {.take = take, .cookie = cookie};
    int failed = 0;

    run.worker = pfx_worker_new(core, options->format, story);
    if (run.worker == NULL) {
        fprintf(stderr, "pfxlog: out of memory\n");
        return 2;
    }
    pfx_worker_limit(run.worker, &limits);
    if (count == 0)
        failed = process_file(&run, NULL, options->year) < 0;
    for (int i = 0; i < count; ++i)
        failed |= process_file(&run, name[i], options->year) < 0;
    pfxlog_progress(run.lines, true);
    pfx_worker_free(&run.worker);
    if (failed)
        return 2;
    return run.found > 0 ? 0 : 1;
}
