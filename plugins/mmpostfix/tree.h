/* SPDX-License-Identifier: Apache-2.0 */
/* From an event to the JSON tree that is attached: each field under its name and in its type. Pure
 * presentation, and the only room that makes JSON.
 */
#ifndef PFX_TREE_H
#define PFX_TREE_H

#include "event.h"
#include "moment.h"

struct fjson_object;

/* The line as it came, which GELF and ECS have beside the fields. */
struct pfx_raw {
    struct pfx_slice host;
    struct pfx_slice tag;  /* as syslog has it: "postfix/smtpd[123]:" */
    struct pfx_slice text; /* the message behind it */
    struct pfx_time time;
    int severity; /* syslog's, 0 to 7; negative when not known */
};

/* A new tree owned by the caller, NULL when memory ran out. A text that is not of its field's type
 * is left out, bytes that are no UTF-8 become U+FFFD; a number always has a fraction, so that a
 * store never takes it for an integer. */
struct fjson_object *pfx_tree_gim(const struct pfx_event *event);

/* The same as a GELF 1.1 message: version, host, short_message, timestamp, level, and each field
 * with an underscore in front. No empty value is in it; the null sender is "<>". */
struct fjson_object *pfx_tree_gelf(const struct pfx_event *event, const struct pfx_raw *raw);

/* The same as a document of the Elastic Common Schema: its names, dotted, as flat keys;
 * ecs.version, event.kind, event.dataset, event.category, event.type and message. The process
 * number is an integer there, and a TLS version has no "TLSv". */
struct fjson_object *pfx_tree_ecs(const struct pfx_event *event, const struct pfx_raw *raw);

#endif
