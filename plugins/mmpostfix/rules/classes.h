/* SPDX-License-Identifier: Apache-2.0 */
/* The classes of reasons: the table file reason_classes.tsv beside the rulebases. Whatever
 * kinds.tsv and reasons.tsv say must be one of them.
 *
 * One row a class, columns separated by tabs:
 *   class  who  meaning
 * Immutable once read.
 */
#ifndef PFX_CLASSES_H
#define PFX_CLASSES_H

#include "base/value.h"

struct pfx_classes {
    struct pfx_slice *name;
    size_t count;
};

/* Reads the table from text, which must live as long as the result. On failure -1, then *line_r
 * and *fault_r (static text) say where and why. Free with pfx_classes_free(). */
int pfx_classes_read(struct pfx_slice text, struct pfx_classes *classes_r, unsigned *line_r,
                     const char **fault_r);
void pfx_classes_free(struct pfx_classes *classes);

bool pfx_classes_has(const struct pfx_classes *classes, struct pfx_slice name);

#endif
