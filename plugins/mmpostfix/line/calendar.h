/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of log lines as seconds, and back. Pure but for the time zone of the process.
 */
#ifndef PFX_CALENDAR_H
#define PFX_CALENDAR_H

#include "base/timestamp.h"
#include "base/value.h"

#include <time.h>

/* Seconds since 1970 of a date: tm_year is the year itself, or 0 when it is not known; tm_mon is 0
 * to 11. offset: seconds east of Greenwich, or NULL for the zone of the process. Without a year it
 * is the latest such date that is not over a day after received. False when there is no such day.
 */
bool pfx_calendar_seconds(const struct tm *date, const int *offset, int64_t received,
                          int64_t *seconds_r);

/* A time whose year was guessed, once it is known that something of that line happened at origin:
 * the first such date that is not over a day before. */
int64_t pfx_calendar_redate(int64_t guessed, int64_t origin);

#endif
