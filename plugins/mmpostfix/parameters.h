/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: parameters of the module and of an action, read and checked. With mmpostfix.c
 * the only file that includes rsyslog.
 */
#ifndef PFX_PARAMETERS_H
#define PFX_PARAMETERS_H

#include "core.h"
#include "story/story.h"

/* Added to error messages, since rsyslogd starts and runs without a failed action. */
#define PFX_GOES_ON "rsyslog goes on without this action"

struct pfx_texts {
    char **text;
    int count;
};

struct pfx_action_parameters {
    char *rulebasedir;
    char *container; /* as configured: "$!postfix"; rsyslog's calls take it without the '$' */
    enum pfx_format format;
    int story;
    int as_text;    /* attached is the JSON as one string */
    int liblognorm; /* it parses, not the matcher */
    struct pfx_texts localdomains, localnetworks;
};

struct pfx_story_parameters {
    struct pfx_story_options options;
    char *statefile; /* NULL: none */
    unsigned stateinterval;
    struct pfx_texts relays, aliases;
};

struct nvlst;

/* Fill *given, which is zeroed, and report what is wrong; the caller frees it in either case. */
rsRetVal pfx_parameters_of_action(struct nvlst *lst, struct pfx_action_parameters *given);
rsRetVal pfx_parameters_of_module(struct nvlst *lst, struct pfx_story_parameters *given);
void pfx_parameters_free_action(struct pfx_action_parameters *given);
void pfx_parameters_free_module(struct pfx_story_parameters *given);

#endif
