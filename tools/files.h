/* SPDX-License-Identifier: Apache-2.0 */
/* One line after the other, one file after the other. */
#ifndef PFXLOG_FILES_H
#define PFXLOG_FILES_H

#include "options.h"

/* Passes one line to the worker and handles the result. */
typedef enum pfx_outcome pfxlog_take(void *cookie, struct pfx_worker *worker,
                                     const struct pfx_line *line);

/* Calls take for each line of what is to be read, with a worker that merges lines into that story,
 * or no story where it is NULL. beside: it prints something for lines. Returns the exit status. */
int pfxlog_files(const struct pfxlog_options *options, struct pfx_core *core,
                 struct pfx_story *story, bool beside, pfxlog_take *take, void *cookie);

#endif
