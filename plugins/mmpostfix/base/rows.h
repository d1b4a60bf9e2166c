/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that become longer a row at a time. */
#ifndef PFX_ROWS_H
#define PFX_ROWS_H

#include <stdlib.h>

/* Room for one more row behind count rows of that many bytes, in an array on the heap that is made
 * longer here alone: it has as many as the next power of two, so that no more than twice the table
 * is ever copied. rows is NULL while count is 0. Returns where they are now; NULL when memory ran
 * out, then they are where they were. */
static inline void *pfx_rows_grow(void *rows, size_t count, size_t row)
{
    if ((count & (count - 1)) != 0)
        return rows;
    return realloc(rows, (count == 0 ? 1 : count * 2) * row);
}

#endif
