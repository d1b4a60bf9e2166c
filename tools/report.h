/* SPDX-License-Identifier: Apache-2.0 */
/* A report about lines that were not understood, without what is personal in them: their forms, and
 * how often each came. */
#ifndef PFXLOG_REPORT_H
#define PFXLOG_REPORT_H

#include "core.h"

struct report;

/* Room for the form of a line. */
#define REPORT_ROOM 4200

/* With the words that the rulebases in that directory have. NULL when memory ran out. */
struct report *report_open(const char *rulebasedir);
/* Writes the form of the last line of a worker: in ASCII, without a line feed. In any thread. */
struct pfx_slice report_form(const struct report *report, const struct pfx_worker *worker,
                             char form[REPORT_ROOM]);
/* Counts a line of that form. False when memory ran out. */
bool report_add(struct report *report, struct pfx_slice form);
/* Prints it. all: how many lines were parsed. */
void report_print(struct report *report, const char *rulebasedir, unsigned long all);
void report_close(struct report **report);

#endif
