/* SPDX-License-Identifier: Apache-2.0 */
/* A message of rsyslog's: what the core wants to know of it, and where its tree goes. By accessors
 * only, since the layout of smsg_t changes between releases without notice.
 */
#ifndef PFX_MESSAGE_H
#define PFX_MESSAGE_H

#include "core.h"

/* The line that a message is; lives as long as the message. now: seconds since 1970. */
struct pfx_line pfx_message_line(smsg_t *message, int64_t now);

/* A property that other modules set, such as "$!geo!country". */
struct pfx_property;
/* NULL when memory ran out. Free with pfx_property_free(), which accepts NULL. */
struct pfx_property *pfx_property_new(const char *name);
void pfx_property_free(struct pfx_property **property);

#define PFX_COUNTRY_SIZE 64
/* What it has in a message, copied to room: the code or name of a country. NULL: it has none. */
const char *pfx_message_country(smsg_t *message, struct pfx_property *property,
                                char room[static PFX_COUNTRY_SIZE]);

/* Puts node, which is given away, into a container such as "$!postfix", in the place of what was
 * there. False: something that is no container stands in the way, and the message is as it was. */
bool pfx_message_attach(smsg_t *message, const char *container, struct fjson_object *node);

#endif
