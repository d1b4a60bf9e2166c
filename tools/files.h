/* SPDX-License-Identifier: Apache-2.0 */
/* All lines of what is to be read, one file after the other, in one thread or in several; what is
 * made of them is printed in their order.
 */
#ifndef PFXLOG_FILES_H
#define PFXLOG_FILES_H

#include "options.h"
#include "threads/batch.h"

/* What a verb does with lines. */
struct pfxlog_task {
    /* Passes one line to the worker and adds to out what is to be printed. For lines of different
     * threads at once, which have numbers from 0. */
    enum pfx_outcome (*take)(void *cookie, unsigned thread, struct pfx_worker *worker,
                             const struct pfx_line *line, struct room *out);
    /* Prints what was made of one line or several, which is not empty; in the order of lines and
     * not at once. False when memory ran out. */
    bool (*print)(void *cookie, struct pfx_slice out);
    void *cookie;
    struct pfx_story *story;   /* that lines are merged into, which takes one thread; or NULL */
    struct pfx_alerts *alerts; /* that count them, which takes a story; or NULL */
    bool merged; /* several files are one log in the order of time, not one after the other */
    bool beside; /* it prints for each line, so somebody may wait for it */
};

/* How many different numbers of threads take() may see. */
unsigned pfxlog_threads(const struct pfxlog_options *options);

/* Does that. Returns the exit status. */
int pfxlog_files(const struct pfxlog_options *options, struct pfx_core *core,
                 const struct pfxlog_task *task);

#endif
