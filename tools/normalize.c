/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog normalize: one JSON object for each line. */
#include "files.h"
#include "story/story.h"
#include "verbs.h"

#include <stdio.h>

static enum pfx_outcome print_text(void *cookie, struct pfx_worker *worker,
                                   const struct pfx_line *line)
{
    const char *text;
    size_t length;
    enum pfx_outcome outcome = pfx_normalize_text(worker, line, false, &text, &length);

    (void)cookie;
    if (text != NULL)
        puts(text);
    return outcome;
}

int pfxlog_normalize(const struct pfxlog_options *options, struct pfx_core *core, int count,
                     char **name)
{
    struct pfx_story *story = NULL;
    int status;

    if (!options->no_story && (story = pfxlog_story(options)) == NULL)
        return 2;
    status = pfxlog_files(options, core, story, count, name, print_text, NULL);
    pfx_story_free(&story);
    return status;
}
