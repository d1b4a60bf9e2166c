/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: what it is called, how it begins, and how its users report. It holds a story, so
 * that a restart loses none of it. A file that is damaged or of another version is set aside, never
 * believed.
 */
#ifndef PFX_STATE_FILE_H
#define PFX_STATE_FILE_H

#include <stdbool.h>
#include <stdint.h>

/* Its first eight bytes. */
#define PFX_STATE_MAGIC "PFXSTORY"

struct pfx_state_options {
    const char *path;
    unsigned interval;      /* seconds between two saves */
    int64_t (*clock)(void); /* seconds since 1970; rooms do not ask for the time themselves */
    /* Hears what went wrong, or what was found; from the thread that saves too. */
    void (*report)(bool failed, const char *text);
};

/* Hands "state file PATH: WHAT: WHY" to the report of options; why may be NULL. */
void pfx_state_report(const struct pfx_state_options *options, bool failed, const char *what,
                      const char *why);

#endif
