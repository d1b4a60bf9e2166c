/* SPDX-License-Identifier: Apache-2.0 */
/* Where the state file is, by what the configuration says: in a directory of its own, which
 * packages make, or in rsyslog's workDirectory.
 */
#ifndef PFX_STATE_PLACE_H
#define PFX_STATE_PLACE_H

#include "state/state_file.h"

enum pfx_state_wish {
    PFX_STATE_OFF,    /* "off", or an empty text */
    PFX_STATE_CHOOSE, /* NULL, or "on" */
    PFX_STATE_NAMED   /* a file */
};

/* What a value of the configuration asks for. */
enum pfx_state_wish pfx_state_wish(const char *given);

/* The path of a file that was named, to be freed: below workdir unless it begins with a slash.
 * NULL: why_r says what is missing. */
char *pfx_state_named(const char *given, const char *workdir, char why_r[PFX_STATE_WHY]);

/* The first place that is good for who we are now, to be freed: "state" in own_directory, or
 * "mmpostfix.state" in workdir. NULL: there is none. why_r says what was wrong with one that is
 * there, and is empty else. */
char *pfx_state_choose(const char *own_directory, const char *workdir, char why_r[PFX_STATE_WHY]);

#endif
