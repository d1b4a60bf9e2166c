/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that a site may choose: which there are, and what is none of them. Pure.
 */
#ifndef PFX_RANGE_H
#define PFX_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pfx_range {
    const char *name; /* of the parameter or option */
    uint64_t least, most;
    const char *unit; /* "seconds" */
    bool size;        /* k, m, g and t may stand behind it: 1024, and so on; K, M, G, T: 1000 */
};

/* Room for "NAME "VALUE" refused: ..."; a longer value is cut in it. */
#define PFX_RANGE_ERROR 256

/* The number that text is. False: it is none, or out of range; error_r says so with the name, the
 * value and the range. */
bool pfx_range_take(const struct pfx_range *range, const char *text, uint64_t *value_r,
                    char error_r[PFX_RANGE_ERROR]);

#endif
