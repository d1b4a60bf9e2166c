/* SPDX-License-Identifier: Apache-2.0 */
/* The document of a line within the limits of its site: as a tree or as text, of the same members
 * and values.
 */
#ifndef PFX_DOCUMENT_H
#define PFX_DOCUMENT_H

#include "document/limit.h"
#include "document/text.h"

struct fjson_object;

/* Renders into text, as pfx_text_render(). -1: out of memory. */
int pfx_document_text(struct pfx_text *text, enum pfx_format format, bool spaced,
                      const struct pfx_limits *limits, const struct pfx_event *event,
                      const struct pfx_raw *raw);

/* A new tree owned by the caller, as pfx_tree(); room is for measuring. NULL: out of memory. */
struct fjson_object *pfx_document_tree(struct pfx_text *room, enum pfx_format format,
                                       const struct pfx_limits *limits,
                                       const struct pfx_event *event, const struct pfx_raw *raw);

/* The same tree, and in text its bytes, spaced: both of the same values. */
struct fjson_object *pfx_document_both(struct pfx_text *text, enum pfx_format format,
                                       const struct pfx_limits *limits,
                                       const struct pfx_event *event, const struct pfx_raw *raw);

/* The fields of an event alone, under their plain names and no value longer than limit. A tree as
 * that of pfx_document_tree(). */
struct fjson_object *pfx_document_fields(size_t limit, const struct pfx_event *event);

#endif
