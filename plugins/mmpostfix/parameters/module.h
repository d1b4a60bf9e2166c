/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of the module: about the story and the counts of alerts, which all
 * actions share. */
#ifndef PFX_PARAMETERS_MODULE_H
#define PFX_PARAMETERS_MODULE_H

#include "parameters/reading.h"
#include "story/story.h"

struct pfx_story_parameters {
    struct pfx_story_options options;
    char *statefile; /* NULL: not said; see state/place.h */
    unsigned stateinterval;
    struct pfx_texts relays, aliases;
    char *alerts;       /* "on", "off" or a site's own file of rules; NULL: on */
    size_t alertsbytes; /* of the counts */
};

struct nvlst;

/* Whether alerts are wanted; *site_r: the site's own rules, or NULL. */
bool pfx_parameters_alerts(const struct pfx_story_parameters *given, const char **site_r);

/* What holds when nothing is said. */
void pfx_parameters_preset(struct pfx_story_parameters *given);
/* Fills *given and reports what is wrong; the caller frees it in either case. */
rsRetVal pfx_parameters_of_module(struct nvlst *lst, struct pfx_story_parameters *given);
void pfx_parameters_free_module(struct pfx_story_parameters *given);

#endif
