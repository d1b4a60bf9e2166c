/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of pfxlog, one file each. Exit status of all: 0 done, 1 nothing found, 2 usage, a file
 * that can not be read, or output lost.
 */
#ifndef PFXLOG_VERBS_H
#define PFXLOG_VERBS_H

#include "options.h"

/* One JSON object for each line; one file after the other. */
int pfxlog_normalize(const struct pfxlog_options *options, struct pfx_core *core);
/* How many lines of each daemon were parsed. */
int pfxlog_coverage(const struct pfxlog_options *options, struct pfx_core *core);
/* Traces what options->target says. */
int pfxlog_trace(const struct pfxlog_options *options, struct pfx_core *core);
/* Reports what was seen of the user, address or queue id that options->target says. */
int pfxlog_audit(const struct pfxlog_options *options, struct pfx_core *core);

/* The mails of a log in figures. */
int pfxlog_report(const struct pfxlog_options *options, struct pfx_core *core);

/* A log while it is written, on a terminal. */
int pfxlog_top(const struct pfxlog_options *options, struct pfx_core *core);

/* The alerts that lines would have had. */
int pfxlog_alerts(const struct pfxlog_options *options, struct pfx_core *core);

/* Whether documents of chains are as they were, and all there; core is not looked at. */
int pfxlog_verify(const struct pfxlog_options *options, struct pfx_core *core);
/* Notes for that of documents that will be erased; nor is core. */
int pfxlog_erasure(const struct pfxlog_options *options, struct pfx_core *core);

/* What values are called behind the secrets of --key; core is not looked at. */
int pfxlog_pseudonym(const struct pfxlog_options *options, struct pfx_core *core);

#endif
