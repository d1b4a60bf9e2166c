/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a log line, in the forms that syslog daemons, journals, containers and people who
 * paste lines give it. Pure but for the time zone of the process, in which a stamp without a zone
 * is read.
 */
#ifndef PFX_HEADER_H
#define PFX_HEADER_H

#include "base/timestamp.h"
#include "base/value.h"

struct pfx_header {
    bool has_time;
    bool guessed; /* the year of the time is, see line/calendar.h */
    struct pfx_time time;
    struct pfx_slice host; /* empty when the line has none */
    struct pfx_slice tag;  /* "postfix/smtpd[123]:" */
    struct pfx_slice pid;  /* RFC 5424 has it apart from the tag */
    struct pfx_slice text; /* the rest, up to the end of the line, or of what it was wrapped in */
};

/* Splits a line: "[STAMP ][HOST ]TAG: TEXT" in all forms that header.c has in its table, or RFC
 * 5424. Where a relay has put a header before that of the sender, it is the sender's. A time
 * without a year is the latest such date that is not over a day after received. False when no tag
 * is found. Takes time by the length of the header. */
bool pfx_header_parse(struct pfx_slice line, struct pfx_time received, struct pfx_header *header_r);

#endif
