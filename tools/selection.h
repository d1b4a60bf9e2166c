/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines somebody wants to see: of a span of time, of hosts, of instances of Postfix. */
#ifndef PFXLOG_SELECTION_H
#define PFXLOG_SELECTION_H

#include "event/format.h"
#include "base/value.h"

struct selection {
    int64_t since, until;          /* microseconds since 1970, both among it */
    const char *hosts, *instances; /* with commas between; NULL: all */
};

/* What the front of a document tells of its line, NULL where it does not. Zeroed at first. */
struct heading {
    const char *created, *host, *instance, *daemon;
    char *room;
    size_t size;
};

/* All of them. */
struct selection selection_all(void);
/* False where selection_fits() is always true. */
bool selection_is_some(const struct selection *selection);
/* A line without a time is of none, one without host or instance of no such. */
bool selection_fits(const struct selection *selection, const char *created, const char *host,
                    const char *instance);
/* The same for a line of another program: such a one has no instance. received: as for
 * pfx_header_parse(). */
bool selection_fits_foreign(const struct selection *selection, struct pfx_slice line,
                            int64_t received);

/* Reads the heading of a document as pfx_normalize_text() prints it in that format. False when
 * memory ran out. */
bool heading_take(struct heading *heading, enum pfx_format format, struct pfx_slice document);
void heading_close(struct heading *heading);

#endif
