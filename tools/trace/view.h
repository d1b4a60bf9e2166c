/* SPDX-License-Identifier: Apache-2.0 */
/* A view of a tree by field, and a row: a line packed into few bytes that outlives its tree. */
#ifndef PFXLOG_VIEW_H
#define PFXLOG_VIEW_H

#include "event/fields.h"

struct fjson_object;

/* The text of each field, NULL where there is none. Lives as long as the tree or row. */
struct view {
    const char *text[PFX_FIELD_COUNT];
};

/* Call once, before any other. */
void view_open(void);
/* Reads the fields of a tree in GIM form. Numbers and lists are "" unless all is true. */
void view_take(struct view *view, struct fjson_object *tree, bool all);

/* A line of a flow. */
struct row {
    struct row *next;
    int64_t time; /* microseconds */
    uint64_t order;
    char fields[];
};

/* Packs the given fields of a view; NULL when memory ran out. Free with free(). */
struct row *row_new(const struct view *view, int64_t time, uint64_t order);
void row_view(const struct row *row, struct view *view_r);
/* One field, or "". */
const char *row_text(const struct row *row, enum pfx_field field);

#endif
