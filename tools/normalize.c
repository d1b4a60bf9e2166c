/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog normalize: one JSON object for each line. */
#include "files.h"
#include "story/story.h"
#include "verbs.h"

#include <stdio.h>

struct printing {
    const struct pfxlog_options *options;
};

/* Lines that nobody wants to see are read all the same: others of their mails are told by them. */
static enum pfx_outcome take(void *cookie, unsigned thread, struct pfx_worker *worker,
                             const struct pfx_line *line, struct room *out)
{
    const struct printing *printing = cookie;
    struct pfx_slice text;
    enum pfx_outcome outcome = pfx_normalize_text(worker, line, false, &text.text, &text.length);

    (void)thread;
    if (text.text == NULL)
        return outcome;
    if (!selection_fits_worker(&printing->options->selection, worker))
        return PFX_FOREIGN;
    return room_add(out, text) && room_add(out, PFX_SLICE("\n")) ? outcome : PFX_NO_MEMORY;
}

static bool print(void *cookie, struct pfx_slice out)
{
    (void)cookie;
    fwrite(out.text, 1, out.length, stdout);
    return true;
}

int pfxlog_normalize(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct printing printing = {options};
    struct pfxlog_task task = {.take = take, .print = print, .cookie = &printing, .beside = true};
    int status;

    if (!options->no_story && (task.story = pfxlog_story(options, true)) == NULL)
        return 2;
    status = pfxlog_files(options, core, &task);
    pfx_story_free(&task.story);
    return status;
}
