/* SPDX-License-Identifier: Apache-2.0 */
/* One line after the other, one file after the other. */
#ifndef PFXLOG_FILES_H
#define PFXLOG_FILES_H

#include "options.h"

/* Takes one line to the worker and does something with what comes out. */
typedef enum pfx_outcome pfxlog_take(void *cookie, struct pfx_worker *worker,
                                     const struct pfx_line *line);

/* Gives each line of the files, or of standard input where there is none, to take, with a worker
 * that has lines join that story, or none where it is NULL. Returns the exit status. */
int pfxlog_files(const struct pfxlog_options *options, struct pfx_core *core,
                 struct pfx_story *story, int count, char **name, pfxlog_take *take, void *cookie);

#endif
