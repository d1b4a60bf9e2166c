/* SPDX-License-Identifier: Apache-2.0 */
/* One flow as it is printed: a block for each mail, parents before their children. */
#ifndef PFXLOG_BLOCKS_H
#define PFXLOG_BLOCKS_H

#include "trace/graph.h"
#include "trace/view.h"

struct block {
    const struct node *node;
    const char *kind; /* "mail", "proxied", "session" or "task" */
    const char *verdict;
    const char *link; /* to the parent, or "" */
    const char *queue_id, *host, *instance, *parent_uid;
    char id[17], parent_id[17], session_id[17]; /* "" when there is none */
    const struct row **row;                     /* by time; those of its session among them */
    size_t rows;
    const struct row **recipient; /* the last line about each */
    size_t recipients;
    struct view fact;
    /* the tree of mails */
    struct block *parent, *child, *last_child, *sibling;
    unsigned depth;
};

struct blocks {
    struct block *block; /* the order of output is by next */
    struct block **shown;
    size_t count;
    char trace[17];
    int64_t start; /* of the first line, microseconds */
    bool utc;      /* times for people are not in local time */
};

/* Builds a flow from its nodes, numbers in ascending order. False when memory ran out. */
bool blocks_open(struct blocks *blocks, const struct graph *graph, const uint32_t *node,
                 size_t count);
void blocks_close(struct blocks *blocks);

/* The status of the recipient in the line. */
const char *block_status(const struct block *block, const struct row *row);

/* blocks_text.c, blocks_data.c: prints a flow; number counts flows from 0. */
void blocks_text(const struct blocks *blocks, size_t number);
void blocks_json(const struct blocks *blocks, size_t number);
void blocks_csv(const struct blocks *blocks, size_t number);

#endif
