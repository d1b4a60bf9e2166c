/* SPDX-License-Identifier: Apache-2.0 */
/* A report about lines that were not understood, without what is personal in them: their forms, and
 * how often each came. */
#ifndef PFXLOG_REPORT_H
#define PFXLOG_REPORT_H

#include "base/value.h"

struct report;

/* With the words that the rulebases in that directory have. NULL when memory ran out. */
struct report *report_open(const char *rulebasedir);
/* Adds a line by its document in GIM form. False when memory ran out. */
bool report_add(struct report *report, struct pfx_slice document);
/* Prints it. all: how many lines were parsed. */
void report_print(struct report *report, const char *rulebasedir, unsigned long all);
void report_close(struct report **report);

#endif
