/* SPDX-License-Identifier: Apache-2.0 */
/* From an event to a JSON tree, with the members of form.h. Pure presentation. */
#ifndef PFX_TREE_H
#define PFX_TREE_H

#include "document/form.h"

struct fjson_object;

/* A new tree owned by the caller, no value of it longer than limit; NULL when memory ran out. Bytes
 * that are no UTF-8 become U+FFFD. */
struct fjson_object *pfx_tree(enum pfx_format format, size_t limit, const struct pfx_event *event,
                              const struct pfx_raw *raw);

#endif
