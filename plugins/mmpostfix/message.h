/* SPDX-License-Identifier: Apache-2.0 */
/* A message of rsyslog's: what the core wants to know of it, and where its tree goes. By accessors
 * only, since the layout of smsg_t changes between releases without notice.
 */
#ifndef PFX_MESSAGE_H
#define PFX_MESSAGE_H

#include "core.h"

/* The line that a message is; lives as long as the message. now: seconds since 1970. */
struct pfx_line pfx_message_line(smsg_t *message, int64_t now);

/* Puts node, which is given away, into a container such as "$!postfix", in the place of what was
 * there. False: something that is no container stands in the way, and the message is as it was. */
bool pfx_message_attach(smsg_t *message, const char *container, struct fjson_object *node);

#endif
