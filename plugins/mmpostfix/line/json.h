/* SPDX-License-Identifier: Apache-2.0 */
/* A log line within a JSON object: docker's json-file driver, journalctl -o json. Pure. */
#ifndef PFX_JSON_H
#define PFX_JSON_H

#include "base/timestamp.h"
#include "base/value.h"

struct pfx_json {
    struct pfx_slice text;  /* the line; ends in NUL */
    struct pfx_slice host;  /* what the object does not have is empty */
    struct pfx_slice ident; /* of syslog: "postfix/smtpd" */
    struct pfx_slice pid;
    struct pfx_slice stamp;    /* when it was written, in RFC 3339 */
    struct pfx_slice realtime; /* the same in microseconds since 1970 */
};

/* Takes an object apart whose members are those of docker or the journal. room: as long as line and
 * one byte more; the slices point into it. False when it is no object, or holds no line. Linear. */
bool pfx_json_unwrap(struct pfx_slice line, char *room, struct pfx_json *json_r);

/* When the line was written, if the object says so. */
bool pfx_json_time(const struct pfx_json *json, struct pfx_time *time_r);

#endif
