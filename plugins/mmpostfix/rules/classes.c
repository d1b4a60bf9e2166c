/* SPDX-License-Identifier: Apache-2.0 */
/* The table of classes; see classes.h. */
#include "rules/classes.h"
#include "base/rows.h"
#include "rules/table.h"

#include <stdlib.h>

static const char *add_row(void *cookie, const struct pfx_slice *column, unsigned line)
{
    struct pfx_classes *classes = cookie;
    struct pfx_slice *grown;

    (void)line;
    for (unsigned i = 0; i < 3; ++i) {
        if (column[i].length == 0)
            return "a class has a name, says who has to act, and what it means";
    }
    if (pfx_classes_has(classes, column[0]))
        return "this class has a row already";
    grown = pfx_rows_grow(classes->name, classes->count, sizeof(*grown));
    if (grown == NULL)
        return "out of memory";
    classes->name = grown;
    classes->name[classes->count++] = column[0];
    return NULL;
}

int pfx_classes_read(struct pfx_slice text, struct pfx_classes *classes_r, unsigned *line_r,
                     const char **fault_r)
{
    *classes_r = (struct pfx_classes){0};
    if (pfx_table_read(text, 3, add_row, classes_r, line_r, fault_r) == 0)
        return 0;
    pfx_classes_free(classes_r);
    return -1;
}

void pfx_classes_free(struct pfx_classes *classes)
{
    free(classes->name);
    *classes = (struct pfx_classes){0};
}

bool pfx_classes_has(const struct pfx_classes *classes, struct pfx_slice name)
{
    for (size_t i = 0; i < classes->count; ++i) {
        if (pfx_slice_equal(classes->name[i], name))
            return true;
    }
    return false;
}
