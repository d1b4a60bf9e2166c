/* SPDX-License-Identifier: Apache-2.0 */
/* A table of counts by key, of bounded size: exact up to so many rows. When there are more keys the
 * half that was counted least goes, so that the heaviest stay: of those that did not go a count may
 * then lack as much as the heaviest row that went had. A fixed table loses no row: its rows stay
 * where they are, and keys beyond them are one row without a key.
 */
#ifndef PFXLOG_TABLE_H
#define PFXLOG_TABLE_H

#include "base/value.h"
#include "counting/delays.h"

#define TABLE_COUNTS 6
#define TABLE_PARTS 3
#define TABLE_KEY 1024 /* bytes of a key; what is longer is cut */

struct tally {
    struct tally *next;
    uint64_t hash;
    int64_t count[TABLE_COUNTS];
    struct delays *delays; /* NULL until delays are added */
    char *text;            /* an example, or NULL */
    bool beyond;           /* of a fixed table: all that had no room */
    unsigned parts;
    const char *part[TABLE_PARTS]; /* of the key, in the row */
    char key[];
};

struct table {
    struct tally **slot;
    size_t slots, rows, most;
    unsigned weighed; /* so many counts, the first ones, say how heavy a row is */
    bool fixed;
    struct tally *beyond;
    uint64_t seed;
    size_t lost;    /* rows that went */
    int64_t lacked; /* so much at most lacks a count */
};

/* False when memory ran out. */
bool table_open(struct table *table, size_t most, unsigned weighed, bool fixed);
void table_close(struct table *table);
/* The row of a key, made when there is none. NULL when memory ran out. Unless the table is fixed,
 * valid until the next call. */
struct tally *table_row(struct table *table, const struct pfx_slice *part, unsigned parts);
/* All rows, the heaviest first, or by their keys; to be freed. NULL when memory ran out or there is
 * none. */
struct tally **table_sorted(const struct table *table, bool by_key);
/* Keeps a text with a row, in the place of the one before. False when memory ran out. */
bool tally_set_text(struct tally *row, struct pfx_slice text);
bool tally_add_delay(struct tally *row, double seconds);

#endif
