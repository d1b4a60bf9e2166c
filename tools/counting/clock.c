/* SPDX-License-Identifier: Apache-2.0 */
/* Times of lines; see clock.h. */
#include "counting/clock.h"
#include "people/moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000)
#define QUARTER 900 /* seconds; all zones differ by whole ones of these */
#define HOUR_LENGTH 13

static int64_t two(const char *at)
{
    return (at[0] - '0') * 10 + at[1] - '0';
}

int64_t clock_time(struct clock *clock, struct pfx_slice created)
{
    int64_t fraction = 0, unit = SECOND;
    char text[MOMENT_ROOM];

    if (created.length < sizeof("2026-08-21T06:20:25Z") - 1)
        return 0;
    if (memcmp(clock->hour, created.text, HOUR_LENGTH) != 0) {
        snprintf(text, sizeof(text), "%.*s:00:00Z", HOUR_LENGTH, created.text);
        clock->seconds = moment_created(text);
        memcpy(clock->hour, created.text, HOUR_LENGTH);
    }
    if (created.text[19] == '.') {
        for (size_t i = 20; i < created.length && pfx_is_digit(created.text[i]) && unit > 1; ++i) {
            unit /= 10;
            fraction += (created.text[i] - '0') * unit;
        }
    }
    return clock->seconds + (two(created.text + 14) * 60 + two(created.text + 17)) * SECOND +
           fraction;
}

void clock_set(struct clock *clock, int64_t time)
{
    time_t seconds = (time_t)(time / SECOND), begin = seconds - seconds % QUARTER;
    struct tm tm;

    if (clock->begin == begin && clock->day[0] != '\0')
        return;
    if ((clock->utc ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)) == NULL)
        return;
    clock->begin = begin;
    strftime(clock->day, sizeof(clock->day), "%Y-%m-%d", &tm);
    strftime(clock->number, sizeof(clock->number), "%H", &tm);
}
