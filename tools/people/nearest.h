/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody may have meant. Pure. */
#ifndef PFXLOG_NEAREST_H
#define PFXLOG_NEAREST_H

struct nearest {
    const char *word; /* that was written */
    const char *name; /* the nearest so far, or NULL when none is near */
    unsigned distance;
};

/* Tries another name. */
void nearest_try(struct nearest *nearest, const char *name);

#endif
