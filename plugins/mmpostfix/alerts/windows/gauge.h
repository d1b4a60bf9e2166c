/* SPDX-License-Identifier: Apache-2.0 */
/* A gauge that stays above a limit: the least of its values of one minute each over the window. A
 * minute in which nobody looked has the value of the one before. Pure, as ring.h; zeroed at first.
 */
#ifndef PFX_GAUGE_H
#define PFX_GAUGE_H

#include <stdbool.h>
#include <stdint.h>

struct pfx_gauge {
    uint32_t since;  /* above the limit, in seconds; 0: it is not */
    uint32_t minute; /* that the last value is of */
    uint32_t least;  /* since then */
};

/* The minute of that time has no value yet. */
bool pfx_gauge_wants(const struct pfx_gauge *gauge, uint32_t time);

/* Takes the value of a minute, others of it and earlier ones count nothing. True when all values
 * from window seconds ago until now are above the limit. */
bool pfx_gauge_add(struct pfx_gauge *gauge, uint32_t limit, uint32_t window, uint32_t value,
                   uint32_t time);

#endif
