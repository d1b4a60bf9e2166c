/* SPDX-License-Identifier: Apache-2.0 */
/* What a mailbox server or filter of this host names in its reply: the same id stands on its own
 * lines. Dovecot: "250 2.0.0 <RCPT> SESSION Saved" (lmtp/lmtp-local.c client_send_ok). amavis: "250
 * 2.7.0 Ok, discarded, id=ID - WHY", "554 5.7.0 Reject, id=ID - WHY" (one_response_for_all).
 */
#ifndef PFX_RECEIPT_H
#define PFX_RECEIPT_H

#include "event/event.h"

/* Sets that id from the reply of a line of Postfix, if the next hop is on this host, or it is a
 * filter before the queue: a stranger's server may say anything. */
void pfx_receipt_take(struct pfx_event *event);

#endif
