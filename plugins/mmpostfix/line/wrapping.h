/* SPDX-License-Identifier: Apache-2.0 */
/* What tools and people put in front of log lines: blanks, quotes, colours, names of services and
 * files. Pure but for the time zone, see stamp.h. */
#ifndef PFX_WRAPPING_H
#define PFX_WRAPPING_H

#include "base/timestamp.h"
#include "base/value.h"

/* Takes one of them off the front of *line. quote: set to the character of a quote that has to be
 * closed at the end of the line. False when there is none. */
bool pfx_wrapping_take(struct pfx_slice *line, struct pfx_time received, char *quote);

#endif
