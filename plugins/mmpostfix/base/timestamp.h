/* SPDX-License-Identifier: Apache-2.0 */
/* A timestamp; functions take the time as an argument. */
#ifndef PFX_TIMESTAMP_H
#define PFX_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct pfx_time {
    int64_t seconds; /* since 1970-01-01 00:00:00 UTC */
    int32_t microseconds;
};

/* Room for a time as pfx_time_text() has it. */
#define PFX_TIME_TEXT 32

/* Full seconds in UTC as RFC 3339 has them: 2026-08-21T10:15:32Z. False, and an empty text: it is
 * no time that a calendar has. */
static inline bool pfx_time_text(int64_t seconds, char text_r[static PFX_TIME_TEXT])
{
    time_t time = (time_t)seconds;
    struct tm utc;

    text_r[0] = '\0';
    return gmtime_r(&time, &utc) != NULL &&
           strftime(text_r, PFX_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0;
}

#endif
