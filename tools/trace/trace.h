/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog trace: prints the flows that match an id, over all files.
 *
 * Which lines form a flow is known late: the session in which a filter hands a mail back begins
 * with "connect from localhost", its parent is named by a line of another process. So the files are
 * read twice. In the first pass every line goes through the core with its story. Each mail and
 * session is kept as a node with facts of its last lines (graph.h), each line only as the number of
 * its node. Then the nodes are joined. In the second pass the lines of the flows that match are
 * parsed again and printed; other lines of the same sessions go through the story too, so that its
 * counts are right.
 *
 * Definition of a flow:
 * - A mail is joined to the one that it comes from: the last parent that the story found, or the
 *   child that a parent's line names. A mail with the same message-id only (weak) is joined when
 * the story put both under one trace_id.
 * - A session is context. Its lines (connect, TLS, refused recipients, disconnect) are printed with
 *   each of its mails, but it joins nothing: two mails of one connection are two flows.
 * - Before a filter in front of the queue (smtpd_proxy_filter) a session has no queue ids. Its
 *   mails are distinguished by the trace_id of their "NOQUEUE: client=" line; lines that name a
 *   sender or recipient after it belong to that mail, until the filter has answered.
 * - A matching session without a matching mail, such as a refused one, is a flow of its own.
 * - What a program beside Postfix did under one id of its own is a task (beside.c). Its lines are
 *   printed with those of the mail or session that it is tied to; it joins nothing either. One that
 *   is tied to nothing, or only by a guess, is a flow of its own, where the guess is not printed.
 *
 * Flows are printed in the order of their beginning, each as soon as its last line was read. When
 * very many lines wait for an earlier flow, complete ones are printed first.
 */
#ifndef PFXLOG_TRACE_H
#define PFXLOG_TRACE_H

#include "trace/blocks.h"
#include "trace/graph.h"
#include "input.h"
#include "selection.h"
#include "trace/target.h"
#include "trace/ties.h"

/* The node of each line of a file. */
struct marks {
    uint32_t *node;
    size_t size;
};

/* In what it was looked. */
struct looked {
    unsigned long lines, ours, beside, selected; /* beside: of other programs than Postfix */
    int64_t first, last; /* times of our lines, microseconds; 0: none had one */
};

struct trace {
    struct target target;
    struct merge *merge;
    struct graph graph;
    struct ties ties;
    bool alone;          /* only lines of Postfix are parsed */
    struct marks *marks; /* one a file */
    const struct selection *selection;
    struct looked looked;
};

/* learn.c: adds a line to the graph; its node, or 0. */
uint32_t trace_learn(struct trace *trace, const struct view *view);

/* beside.c: of a line of a program beside Postfix, its task, the mail that it names, or 0. matched:
 * it is what is looked for. */
uint32_t trace_beside(struct trace *trace, const struct view *view, int64_t time, bool matched);
/* beside.c: what a line of Postfix, of that node, has that such lines may be tied to. */
void trace_offer(struct trace *trace, const struct view *view, int64_t time, uint32_t node);

/* The node of lines about a next hop without a mail or session: the story adds their TLS fields to
 * the next delivery. */
#define TRACE_OUTBOUND UINT32_MAX

/* flows.c: the flows to print. */
struct flows;

/* Selects the matching flows, once the graph is joined. utc: times for people are in UTC. NULL when
 * memory ran out. */
struct flows *flows_open(struct graph *graph, void (*show)(const struct blocks *, size_t),
                         bool utc);
size_t flows_count(const struct flows *flows);
/* Adds a line of that node and takes its row; prints complete flows. */
void flows_add(struct flows *flows, uint32_t node, struct row *row);
/* Prints what is left. False when memory ran out. */
bool flows_finish(struct flows *flows);
void flows_close(struct flows **flows);

#endif
