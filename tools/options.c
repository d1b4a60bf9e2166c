/* SPDX-License-Identifier: Apache-2.0 */
/* Common to all verbs; see options.h. */
#include "options.h"
#include "story/story.h"

#include <stdlib.h>
#include <string.h>

/* Passes each entry of a list to the story. False after a message. */
static bool add_entries(struct pfx_story *story, const char *list, const char *option,
                        bool (*add)(struct pfx_story *story, const char *entry))
{
    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ",");
        char *entry = strndup(list, length);
        bool added = entry != NULL && add(story, entry);

        if (!added)
            terminal_say("%s, not %s", option, entry != NULL ? entry : "so much: out of memory");
        free(entry);
        if (!added)
            return false;
        list += length + (list[length] == ',');
    }
    return true;
}

struct pfx_story *pfxlog_story(const struct pfxlog_options *options)
{
    struct pfx_story_options story_options = pfx_story_defaults();
    struct pfx_story *story;

    story_options.max_mails = story_options.max_sessions = 1000000;
    story_options.max_bytes = (size_t)4 << 30;
    story_options.replay = true;
    story = pfx_story_new(&story_options);
    if (story == NULL)
        terminal_say("out of memory");
    if (story != NULL &&
        (!add_entries(story, options->relays, "--ownrelays takes NAME=HOST", pfx_story_add_relay) ||
         !add_entries(story, options->aliases, "--instancealiases takes NAME=INSTANCE",
                      pfx_story_add_alias)))
        pfx_story_free(&story);
    return story;
}
