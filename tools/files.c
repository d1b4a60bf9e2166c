/* SPDX-License-Identifier: Apache-2.0 */
/* Reads lines of files; see files.h. */
#include "files.h"

#include <time.h>

struct run {
    struct pfx_worker *worker;
    pfxlog_take *take;
    void *cookie;
    unsigned long lines, found;
    bool beside;
};

static int process_line(struct run *run, const struct input_line *input)
{
    struct pfx_line line = {.text = input->text, .text_length = input->length, .severity = -1};
    enum pfx_outcome outcome;

    line.received = input->received;
    line.time.seconds = time(NULL); /* of a line that does not say */
    outcome = run->take(run->cookie, run->worker, &line);
    if (outcome == PFX_NO_MEMORY) {
        terminal_say("out of memory");
        return -1;
    }
    run->found += outcome != PFX_FOREIGN;
    terminal_progress(++run->lines, 0, run->beside);
    return terminal_wrote() ? 0 : -1;
}

static int process_input(struct run *run, const struct sources *sources, int number)
{
    struct input *input = input_open(sources, number, false);
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
                 struct pfx_story *story, bool beside, pfxlog_take *take, void *cookie)
{
    const struct pfx_limits limits = {options->max_value, SIZE_MAX};
    struct run run = {.take = take, .cookie = cookie, .beside = beside};
    bool failed = false;

    run.worker = pfx_worker_new(core, options->format, story);
    if (run.worker == NULL) {
        terminal_say("out of memory");
        return 2;
    }
    pfx_worker_limit(run.worker, &limits);
    for (int i = 0; i < input_count(&options->sources) && terminal_wrote(); ++i)
        failed |= process_input(&run, &options->sources, i) < 0;
    terminal_clear();
    pfx_worker_free(&run.worker);
    if (failed)
        return 2;
    return run.found > 0 ? 0 : 1;
}
