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

/* Where lines are within documents, as those of Filebeat: properties, or NULL. Those beside text
 * are asked for where there is one. */
struct pfx_properties {
    struct pfx_property *text, *tag, *host, *time;
};
/* Texts of a line that the message does not hold. */
struct pfx_taken_texts {
    unsigned char *freed[4];
};
/* Puts what these properties have in the place of what the message is: a text that may have a
 * header of its own, a tag, a host, a time in RFC 3339. A message that has no such text is taken as
 * it is. The line is good until pfx_message_drop(). */
void pfx_message_take(smsg_t *message, const struct pfx_properties *of, struct pfx_line *line,
                      struct pfx_taken_texts *taken_r);
void pfx_message_drop(struct pfx_taken_texts *taken);

#define PFX_COUNTRY_SIZE 64
/* What it has in a message, copied to room: the code or name of a country. NULL: it has none. */
const char *pfx_message_country(smsg_t *message, struct pfx_property *property,
                                char room[static PFX_COUNTRY_SIZE]);

/* Puts node, which is given away, into a container such as "$!postfix", in the place of what was
 * there. False: something that is no container stands in the way, and the message is as it was. */
bool pfx_message_attach(smsg_t *message, const char *container, struct fjson_object *node);

#endif
