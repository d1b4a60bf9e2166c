/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of pfxlog share. Exit status of all: 0 done, 1 nothing found, 2 usage or a file
 * that can not be read.
 */
#ifndef PFXLOG_H
#define PFXLOG_H

#include "core.h"

#include <stdbool.h>

struct pfxlog_options {
    const char *rulebasedir;
    const char *list; /* outcome whose lines coverage shows, or NULL */
    bool json, csv;
    enum pfx_format format;
    const char *domain, *network; /* --localdomains, --localnetworks: an entry or a file */
    const char *relays, *aliases; /* --ownrelays, --instancealiases: entries with commas between */
    bool no_story;
};

/* A story that reads logs by their own clock. NULL after a message. */
struct pfx_story *pfxlog_story(const struct pfxlog_options *options);

/* Tells how far it got, when somebody looks on. */
void pfxlog_progress(unsigned long lines, bool end);

/* normalize and coverage: each file after the other. */
int pfxlog_normalize(const struct pfxlog_options *options, struct pfx_core *core, int count,
                     char **name);
int pfxlog_coverage(const struct pfxlog_options *options, struct pfx_core *core, int count,
                    char **name);
/* trace: the first name is what is looked for. */
int pfxlog_trace(const struct pfxlog_options *options, struct pfx_core *core, int count,
                 char **name);

#endif
