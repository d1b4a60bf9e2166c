/* SPDX-License-Identifier: Apache-2.0 */
/* Which daemon a sentence is most likely of, when the line does not say. Pure. */
#ifndef PFX_LIKELY_H
#define PFX_LIKELY_H

#include "base/value.h"

#include <dirent.h>

/* So many daemons at the front of the order speak of mail and clients. */
#define PFX_LIKELY_MAIL 13

/* The place of a daemon in the order in which rules of all daemons are tried: the smaller, the
 * likelier. Of two rules with one pattern, that of the likelier daemon counts. */
unsigned pfx_likely_rank(struct pfx_slice daemon);
/* The daemon of that place; empty beyond the end. */
struct pfx_slice pfx_likely_daemon(unsigned rank);

/* For scandir(): files named by daemons in that order, and by name where the rank is the same. */
int pfx_likely_order(const struct dirent **a, const struct dirent **b);

#endif
