/* SPDX-License-Identifier: Apache-2.0 */
/* A view of a document by field, and a row: a line packed into few bytes that outlives it. */
#ifndef PFXLOG_VIEW_H
#define PFXLOG_VIEW_H

#include "event/fields.h"

#include <stdbool.h>
#include <stdint.h>

/* The text of each field, NULL where there is none. Zeroed at first. */
struct view {
    const char *text[PFX_FIELD_COUNT];
    char *room; /* of a view that was taken of documents: valid until the next */
    size_t size;
};

/* Call once, before any other. */
void view_open(void);
/* Reads the fields of a document in GIM form, as pfx_normalize_text() prints it. Numbers and lists
 * are "" unless all is true. False when memory ran out. */
bool view_take(struct view *view, struct pfx_slice document, bool all);
void view_close(struct view *view);

/* A line of a flow. */
struct row {
    struct row *next;
    int64_t time; /* microseconds */
    uint64_t order;
    bool weak; /* of another program, and only perhaps about this mail */
    char fields[];
};

/* Packs the given fields of a view; NULL when memory ran out. Free with free(). */
struct row *row_new(const struct view *view, int64_t time, uint64_t order);
/* Its texts live as long as the row; view_r->room is left alone. */
void row_view(const struct row *row, struct view *view_r);
/* Whether it is of a program beside Postfix. */
bool row_is_beside(const struct row *row);
/* One field, or "". */
const char *row_text(const struct row *row, enum pfx_field field);

#endif
