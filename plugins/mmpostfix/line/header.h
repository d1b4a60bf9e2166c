/* SPDX-License-Identifier: Apache-2.0 */
/* The syslog header of a raw line, in the forms that mail logs come in. Pure but for the time zone
 * of the process, in which a BSD time stamp is read.
 */
#ifndef PFX_HEADER_H
#define PFX_HEADER_H

#include "base/timestamp.h"
#include "base/value.h"

struct pfx_header {
    bool has_time;
    struct pfx_time time;
    struct pfx_slice host; /* empty when the line has none */
    struct pfx_slice tag;  /* "postfix/smtpd[123]:" */
    struct pfx_slice pid;  /* RFC 5424 has it apart from the tag */
    struct pfx_slice text; /* the rest, up to the end of the line */
};

/* Splits a line: "[<PRI>][TIME ][HOST ]TAG: TEXT" with a BSD (RFC 3164, also with a year or a long
 * month) or RFC 3339 time, or RFC 5424. A time without a year is the latest such date that is not
 * over a day after received. False when no tag is found. */
bool pfx_header_parse(struct pfx_slice line, struct pfx_time received, struct pfx_header *header_r);

/* Writes time as RFC 3339 in UTC, with microseconds when there are any. out has room for 40 bytes.
 */
struct pfx_slice pfx_header_format_time(struct pfx_time time, char *out, size_t size);

#endif
