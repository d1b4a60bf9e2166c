/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of mails, sessions and their links: what a trace keeps of all lines.
 * About a hundred bytes a mail or session. trace.h defines a flow.
 */
#ifndef PFXLOG_GRAPH_H
#define PFXLOG_GRAPH_H

#include "mail/observation.h"

#include <stdbool.h>
#include <stdint.h>

enum node_kind {
    NODE_MAIL,
    NODE_SESSION,
    NODE_PROXIED, /* what a session hands to a filter before the queue: a mail without a queue id */
    NODE_TASK     /* what a program beside Postfix did under one id of its own; see beside.c */
};

struct row;

struct node {
    uint64_t id, trace;
    uint64_t name;    /* of a task: what else it was called; 0: not known */
    int64_t time;     /* microseconds; of a task that of its last line, of others of their first */
    struct row *rows; /* lines to print, once they are read; the last first */
    uint32_t session; /* that it came in by; 0: not known */
    uint32_t
        current; /* of a session: what it hands to a filter now; of a task: the last of its id */
    uint32_t parent; /* 0: none */
    uint32_t flow;   /* the next node towards the representative of the flow */
    uint32_t left;   /* lines that are still to be printed */
    uint32_t users;  /* of a session: mails that print its lines */
    uint32_t owner;  /* of a task: that it is tied to; 0: none */
    uint8_t tie;     /* of a task: enum tie_kind */
    uint8_t kind, link, verdict;
    bool given;      /* of a task: its lines are printed with those of its owner */
    bool matched;    /* a line of it matches the target */
    bool wanted;     /* it represents a flow that matches */
    bool selected;   /* to be printed */
    bool ended;      /* the story has a record of it */
    bool incomplete; /* lines were missing in it */
};

#define GRAPH_VERDICTS 32

struct graph {
    struct node *node; /* 0 is no node */
    uint32_t count, size;
    uint32_t *slot;
    uint32_t slots;
    char *verdict[GRAPH_VERDICTS]; /* the first is "" */
};

bool graph_open(struct graph *graph);
void graph_close(struct graph *graph);

/* The node of that kind and id, created when asked for. 0: there is none, or memory ran out. The
 * call invalidates pointers to nodes. */
uint32_t graph_node(struct graph *graph, enum node_kind kind, uint64_t id, bool make);
/* The id of what a session hands to a filter in a flow. */
uint64_t graph_proxied_id(uint64_t session, uint64_t trace);

/* Sets the parent of a mail, unless it has a stronger link. */
void graph_set_parent(struct graph *graph, uint32_t child, enum pfx_link link, uint32_t parent);
void graph_set_verdict(struct graph *graph, uint32_t node, const char *verdict);
/* The link of that name. */
enum pfx_link graph_link(const char *name);

/* Joins the nodes of each flow, once all lines are known. */
void graph_join(struct graph *graph);
/* The representative of its flow. */
uint32_t graph_flow(struct graph *graph, uint32_t node);

#endif
