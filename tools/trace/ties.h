/* SPDX-License-Identifier: Apache-2.0 */
/* What ties the tasks of programs beside Postfix to mails: an id that a line of each has, near in
 * time. Lines of Postfix offer, lines of tasks ask; which is first does not matter. 32 bytes each.
 */
#ifndef PFXLOG_TIES_H
#define PFXLOG_TIES_H

#include "trace/graph.h"

#include <stddef.h>

/* The weaker ones first. A weak one is a guess: its lines are shown, and marked as such. */
enum tie_kind {
    TIE_NONE,
    TIE_ENVELOPE,   /* weak: client, sender and recipient, within two seconds */
    TIE_MESSAGE_ID, /* weak: anybody can write one */
    TIE_WEAKEST = TIE_MESSAGE_ID,
    TIE_QUEUED_AS, /* the queue id that the filter got for what it handed back */
    TIE_REPLY,     /* amavis' id in its reply to Postfix */
    TIE_SESSION,   /* Dovecot's session in its reply to lmtp(8) */
    TIE_QUEUE_ID,  /* the queue id in the line */
    TIE_MAIL,      /* the same, and the story knows the mail */
    TIE_KINDS
};

struct tie {
    uint64_t key;
    int64_t time;   /* microseconds */
    uint32_t node;  /* a task that asks, or what it may be tied to */
    uint32_t found; /* of one that asks: the offer before it; 0: none */
    uint8_t kind;
    bool asks;
};

struct ties {
    struct tie *tie; /* 0 is none */
    size_t count, size;
    uint64_t seed; /* keys can not be made to collide */
    bool failed;   /* memory ran out */
};

bool ties_open(struct ties *ties);
void ties_close(struct ties *ties);
/* The key of an id on a host, whose case does not matter; without a host, one that is unique. */
uint64_t ties_key(const struct ties *ties, unsigned kind, const char *host, struct pfx_slice id);
void ties_ask(struct ties *ties, enum tie_kind kind, uint64_t key, int64_t time, uint32_t task);
void ties_offer(struct ties *ties, uint64_t key, int64_t time, uint32_t node);

/* Ties each task to what fits best, and gives the lines of those that are surely tied to their
 * owners. Once all lines and all parents of mails are known. */
void ties_join(struct ties *ties, struct graph *graph);
/* Its lines are printed with those of its owner. */
void ties_give(struct graph *graph, uint32_t task);
/* The node that prints the lines of this one. */
uint32_t ties_owner(const struct graph *graph, uint32_t node);

#endif
