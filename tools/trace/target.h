/* SPDX-License-Identifier: Apache-2.0 */
/* The search target of a trace, and which lines match it. */
#ifndef PFXLOG_TARGET_H
#define PFXLOG_TARGET_H

#include "trace/view.h"

#include <netinet/in.h>
#include <stdbool.h>

struct target {
    char *text;           /* without <> */
    bool address;         /* has an @ and something on both sides */
    bool local;           /* may be the local part of one: "bob", "bob@" */
    bool domain;          /* may be the domain of one: "example.com", "@example.com" */
    bool word;            /* has no @ */
    bool null;            /* "<>", the null sender */
    size_t begin, length; /* of that part */
    int family;           /* of an IP address, or 0 */
    struct in6_addr ip;
};

#define TARGET_KINDS_ROOM 192

/* False when the text can not be a target, or memory ran out. */
bool target_open(struct target *target, const char *id);
/* Writes what it was taken for: "queue id, message-id, ...". */
void target_kinds(const struct target *target, char room[TARGET_KINDS_ROOM]);
void target_close(struct target *target);
bool target_match(const struct target *target, const struct view *view);

#endif
