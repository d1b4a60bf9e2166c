/* SPDX-License-Identifier: Apache-2.0 */
/* A mail in the queue, as postqueue -j prints it (postqueue/showq_json.c): what stands behind its
 * size.
 *
 *   ["forced_expire": B, ]"sender": "S", "recipients": [{["orig_address": "O", ]"address": "A"[,
 *   "delay_reason": "R"]}, ...]}
 *
 * Strings are delimited by JSON's own rules, so none of them can pose as another member. An address
 * with escapes in it is left out, as a value is a part of the line.
 */
#ifndef PFX_WAITING_H
#define PFX_WAITING_H

#include "event/event.h"

/* Sets the sender; of one recipient to, orig_to and the reason; of several their list, as far as
 * there is room, and the reason that all have; nrcpt where the line is whole. False when no sender
 * stands there. Slices point into text and into the event. */
bool pfx_waiting(struct pfx_event *event, struct pfx_slice text);

#endif
