/* SPDX-License-Identifier: Apache-2.0 */
/* A timestamp; functions take the time as an argument. */
#ifndef PFX_TIMESTAMP_H
#define PFX_TIMESTAMP_H

#include "base/value.h"

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

/* Writes time as RFC 3339 in UTC, with microseconds when there are any. out has room for 40 bytes.
 */
struct pfx_slice pfx_time_format(struct pfx_time time, char *out, size_t size);

/* The same in a room that knows the second of the last one, as most lines share it with the line
 * before. Zeroed at first; valid until the next call. */
struct pfx_date {
    int64_t seconds;
    size_t length; /* up to the second; 0: nothing is known */
    char text[40];
};
struct pfx_slice pfx_date_format(struct pfx_date *date, struct pfx_time time);

#endif
