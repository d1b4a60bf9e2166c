/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that were not understood, without what is personal in them: their forms, and
 * how often each came. */
#ifndef PFXLOG_UNKNOWN_H
#define PFXLOG_UNKNOWN_H

#include "core.h"

struct unknown;

/* Room for the form of a line. */
#define UNKNOWN_ROOM 4200

/* With the words that the rulebases in that directory have. NULL when memory ran out. */
struct unknown *unknown_open(const char *rulebasedir);
/* Writes the form of the last line of a worker: in ASCII, without a line feed. In any thread. */
struct pfx_slice unknown_form(const struct unknown *unknown, const struct pfx_worker *worker,
                              char form[UNKNOWN_ROOM]);
/* Counts a line of that form. False when memory ran out. */
bool unknown_add(struct unknown *unknown, struct pfx_slice form);
/* Prints it. all: how many lines were parsed. */
void unknown_print(struct unknown *unknown, const char *rulebasedir, unsigned long all);
void unknown_close(struct unknown **unknown);

#endif
