/* SPDX-License-Identifier: Apache-2.0 */
/* Time stamps at the front of log lines: the forms that there are. Pure but for
 * the time zone of the process, in which a stamp without a zone is read.
 */
#ifndef PFX_STAMP_H
#define PFX_STAMP_H

#include "base/timestamp.h"
#include "base/value.h"

struct pfx_stamp {
    struct pfx_time time;
    bool guessed; /* it has no year; the time is in the latest one that fits */
    bool ctime;   /* "Wed Nov  5 10:00:01 2025", as only some programs write it */
};

/* Takes a stamp and the blanks behind it off the front of *line. A stamp without a year is the
 * latest such date that is not over a day after received. False when there is none; *line is then
 * as it was. */
bool pfx_stamp_take(struct pfx_slice *line, struct pfx_time received, struct pfx_stamp *stamp_r);

#endif
