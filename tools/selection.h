/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines somebody wants to see: of a span of time, of hosts, of instances of Postfix. */
#ifndef PFXLOG_SELECTION_H
#define PFXLOG_SELECTION_H

#include "core.h"

struct selection {
    int64_t since, until;          /* microseconds since 1970, both among it */
    const char *hosts, *instances; /* with commas between; NULL: all */
};

/* All of them. */
struct selection selection_all(void);
/* False where selection_fits() is always true. */
bool selection_is_some(const struct selection *selection);
/* time: 0 where it has none. A line without a time is of none, one without host or instance of no
 * such. */
bool selection_fits(const struct selection *selection, int64_t time, struct pfx_slice host,
                    struct pfx_slice instance);
/* The same of the last line of a worker. */
bool selection_fits_worker(const struct selection *selection, const struct pfx_worker *worker);
/* The same for a line of another program: such a one has no instance. received: as for
 * pfx_header_parse(). */
bool selection_fits_foreign(const struct selection *selection, struct pfx_slice line,
                            int64_t received);

#endif
