/* SPDX-License-Identifier: Apache-2.0 */
/* The tails of Postfix's sentences: lists of key=value whose values may hold what a stranger sent.
 * Each function fills fields of the event and leaves in the field unparsed what it can not explain.
 */
#ifndef PFX_TAIL_H
#define PFX_TAIL_H

#include "event.h"

/* "VALUE, key=value, ...[ (TEXT)]", first being the key of VALUE; without first the list starts
 * with a key. From the left; addresses by their quoting. A status= takes all that follows as
 * "WORD (TEXT)". global/log_adhoc.c, qmgr/qmgr_active.c, smtpd/smtpd.c. False when there is not
 * one value. */
bool pfx_tail_attributes(struct pfx_event *event, struct pfx_slice first, struct pfx_slice text);

/* "REPLY; from=<> to=<> proto= helo=<> sasl_...": smtpd/smtpd_check.c log_whatsup(), smtpd.c,
 * postscreen (which puts commas between). The list starts at the first "; key=" after the address
 * that begins the text; helo, which the client chose, reaches to the last '>' that fits. */
void pfx_tail_envelope(struct pfx_event *event, struct pfx_slice text);

/* "TEXT from ORIGIN; from=<> to=<> proto= helo=<>[: DATA]": cleanup/cleanup_message.c
 * cleanup_act_log(). TEXT is the mail's own, so the list starts at the last place that fits. False
 * when there is none. */
bool pfx_tail_checked(struct pfx_event *event, struct pfx_slice text);

/* A reply or a text without a code: fields reply_* or reply_text alone. */
void pfx_tail_reply(struct pfx_event *event, struct pfx_slice text);

/* "PROTOCOL with cipher NAME (n/m bits)[ key-exchange K (..)][ server-signature S (..)]...". */
void pfx_tail_tls(struct pfx_event *event, struct pfx_slice text);

#endif
