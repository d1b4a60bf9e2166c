/* SPDX-License-Identifier: Apache-2.0 */
/* A log line as it arrives. */
#ifndef PFX_LINE_H
#define PFX_LINE_H

#include "base/timestamp.h"

#include <stddef.h>

struct pfx_line {
    const char *host;     /* who logged it; NULL or "" when not known */
    const char *tag;      /* syslog tag such as "postfix/smtpd[123]:"; NULL when there is none */
    const char *text;     /* the message; must end in NUL at text_length */
    size_t text_length;   /* bytes, without the NUL */
    int severity;         /* syslog's, 0 to 7; negative when not known */
    struct pfx_time time; /* the timestamp: when it was written */
    struct pfx_time received; /* when it reached us; dates a header that has no year */
    const char *raw;          /* all of it, as it came in, its header too; NULL when not known */
    size_t raw_length;
    const char *country; /* of the client, as another module found it; NULL when not known */
};

#endif
