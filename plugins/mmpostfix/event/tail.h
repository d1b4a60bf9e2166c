/* SPDX-License-Identifier: Apache-2.0 */
/* The tails of Postfix's messages: lists of key=value whose values may contain client text. Each
 * function sets fields of the event and leaves in the field unparsed what it can not parse.
 */
#ifndef PFX_TAIL_H
#define PFX_TAIL_H

#include "event/event.h"

/* "VALUE, key=value, ...[ (TEXT)]", first being the key of VALUE; without first the list starts
 * with a key. From the left; addresses by their quoting. A status= takes all that follows as
 * "WORD (TEXT)". global/log_adhoc.c, qmgr/qmgr_active.c, smtpd/smtpd.c. False when there is not
 * one value. */
bool pfx_tail_attributes(struct pfx_event *event, struct pfx_slice first, struct pfx_slice text);

/* The list "from=<> to=<> proto= helo=<> ..." at the start of s; returns what follows it. Without
 * an event it only measures. */
struct pfx_slice pfx_tail_spaced(struct pfx_event *event, struct pfx_slice s);

/* A reply or a text without a code: fields reply_* or reply_text alone. */
void pfx_tail_reply(struct pfx_event *event, struct pfx_slice text);

#endif
