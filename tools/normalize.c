/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog normalize: one JSON object for each line. */
#include "files.h"
#include "story/story.h"
#include "verbs.h"

#include <stdio.h>

struct printing {
    const struct pfxlog_options *options;
    struct heading heading;
};

/* Lines that nobody wants to see are read all the same: others of their mails are told by them. */
static enum pfx_outcome print_text(void *cookie, struct pfx_worker *worker,
                                   const struct pfx_line *line)
{
    struct printing *printing = cookie;
    const struct pfxlog_options *options = printing->options;
    const struct heading *heading = &printing->heading;
    struct pfx_slice text;
    enum pfx_outcome outcome = pfx_normalize_text(worker, line, false, &text.text, &text.length);

    if (text.text == NULL)
        return outcome;
    if (selection_is_some(&options->selection)) {
        if (!heading_take(&printing->heading, options->format, text))
            return PFX_NO_MEMORY;
        if (!selection_fits(&options->selection, heading->created, heading->host,
                            heading->instance))
            return PFX_FOREIGN;
    }
    puts(text.text);
    return outcome;
}

int pfxlog_normalize(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct printing printing = {.options = options};
    struct pfx_story *story = NULL;
    int status;

    if (!options->no_story && (story = pfxlog_story(options)) == NULL)
        return 2;
    status = pfxlog_files(options, core, story, true, print_text, &printing);
    heading_close(&printing.heading);
    pfx_story_free(&story);
    return status;
}
