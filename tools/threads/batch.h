/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that one thread works on, and what it makes of them. */
#ifndef PFXLOG_BATCH_H
#define PFXLOG_BATCH_H

#include "base/timestamp.h"
#include "base/value.h"

/* A text that grows. Zeroed at first. */
struct room {
    char *text;
    size_t length, size;
};

/* False when memory ran out: then it is as it was. */
bool room_add(struct room *room, struct pfx_slice text);
void room_free(struct room *room);

struct batch_line {
    size_t at, length; /* in lines */
    struct pfx_time received;
};

struct batch {
    struct room lines; /* each ends in NUL */
    struct batch_line *line;
    size_t count, size;
    /* of who works on it */
    struct room out;
    size_t found;
    bool failed;
};

/* Adds a line. False when memory ran out. */
bool batch_add(struct batch *batch, struct pfx_slice line, struct pfx_time received);
/* It has as much as is worth a thread's while. */
bool batch_is_full(const struct batch *batch);
/* Empties it; what very long lines took is given back. */
void batch_clear(struct batch *batch);
void batch_free(struct batch *batch);

#endif
