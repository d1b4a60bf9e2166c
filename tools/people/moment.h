/* SPDX-License-Identifier: Apache-2.0 */
/* Times as people write and read them: in the zone of the process, or in UTC. */
#ifndef PFXLOG_MOMENT_H
#define PFXLOG_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

/* Room for a time as moment_write() has it. */
#define MOMENT_ROOM 48

/* Reads "2026-08-21 10:00:05.5", parts of that, "10:00", "yesterday 10:00", "2h ago", "-1d12h",
 * "@1787299200", "now", "2026-08-21T10:00:00+02:00"; in microseconds since 1970. now: the same of
 * what "now" is. utc: where no zone is said. False when it is none of these. */
bool moment_read(const char *text, int64_t now, bool utc, int64_t *time_r);

/* Writes "2026-08-21 10:00:05.500+02:00", in UTC with Z. */
void moment_write(int64_t time, bool fraction, bool utc, char room[MOMENT_ROOM]);

/* The time of event_created, which is RFC 3339 in UTC; 0 when there is none. */
int64_t moment_created(const char *created);

#endif
