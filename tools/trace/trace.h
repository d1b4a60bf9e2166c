/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog trace: the flows that an id is in, over all files.
 *
 * What belongs together is known late: the session in which a filter hands a mail back begins with
 * "connect from localhost", its parent is named by a line of another process. So the files are read
 * twice. The first time every line goes through the core with its story. Of each mail and session a
 * node is kept with what its last lines told (graph.h), of each line the number of its node only.
 * Then the nodes are joined, and the second time the lines of the flows that are looked for are
 * parsed again and printed; their sisters in the same sessions go through the story too, so that it
 * counts right.
 *
 * What is a flow:
 * - A mail is joined to the one that it comes from: the last parent that the story told, and what a
 *   parent's line says of its child. A mail with the same message-id only (weak) is joined when the
 *   story put both under one trace_id.
 * - A session is context. Its lines (connect, TLS, refused recipients, disconnect) are printed with
 *   each of its mails, but it joins nothing: two mails of one connection are two flows.
 * - Before a filter in front of the queue (smtpd_proxy_filter) a session has no queue ids. Its
 *   mails are told apart by the trace_id of their "NOQUEUE: client=" line; what names a sender or
 *   recipient from there on belongs to that mail, until the filter has answered.
 * - A session without a mail that is looked for, as one that was refused, is a flow of its own.
 *
 * Flows are printed in the order of their beginning, each as soon as its last line was read; when
 * very many lines wait for an earlier flow, those that are complete go first.
 */
#ifndef PFXLOG_TRACE_H
#define PFXLOG_TRACE_H

#include "trace/blocks.h"
#include "trace/graph.h"
#include "input.h"
#include "trace/target.h"

/* The node of each line of a file. */
struct marks {
    uint32_t *node;
    size_t size;
};

struct trace {
    struct target target;
    struct merge *merge;
    struct graph graph;
    struct marks *marks; /* one a file */
    unsigned long lines;
};

/* learn.c: takes a line to the graph; its node, or 0. */
uint32_t trace_learn(struct trace *trace, const struct view *view, const char *line);

/* The node of lines without a mail or session that speak of a next hop: what they say about TLS the
 * story tells with the next delivery. */
#define TRACE_OUTBOUND UINT32_MAX

/* flows.c: the flows to print. */
struct flows;

/* Chooses what is looked for, once the graph is joined. NULL when memory ran out. */
struct flows *flows_open(struct graph *graph, void (*show)(const struct blocks *, size_t));
size_t flows_count(const struct flows *flows);
/* A line of that node came; shows what is complete. Takes the row. */
void flows_add(struct flows *flows, uint32_t node, struct row *row);
/* Shows what is left. False when memory ran out. */
bool flows_finish(struct flows *flows);
void flows_close(struct flows **flows);

#endif
