/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: its options, its first bytes, and its reports. It holds a story over restarts. A
 * file that is damaged or of another version is set aside, never used.
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
    int64_t (*clock)(void); /* seconds since 1970; the state calls no time() itself */
    /* Gets errors and what was restored; also called by the thread that saves. */
    void (*report)(bool failed, const char *text);
};

/* Hands "state file PATH: WHAT: WHY" to the report of options; why may be NULL. */
void pfx_state_report(const struct pfx_state_options *options, bool failed, const char *what,
                      const char *why);

#endif
