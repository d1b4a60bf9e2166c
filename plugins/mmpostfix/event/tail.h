/* SPDX-License-Identifier: Apache-2.0 */
/* The tails of Postfix's sentences: lists of key=value whose values may hold what a stranger sent.
 * Each function fills fields of the event and leaves in the field unparsed what it can not explain.
 */
#ifndef PFX_TAIL_H
#define PFX_TAIL_H

#include "event/event.h"

/* "VALUE, key=value, ...[ (TEXT)]", first being the key of VALUE; without first the list starts
 * with a key. From the left; addresses by their quoting. A status= takes all that follows as
 * "WORD (TEXT)". global/log_adhoc.c, qmgr/qmgr_active.c, smtpd/smtpd.c. False when there is not
 * one value. */
bool pfx_tail_attributes(struct pfx_event *event, struct pfx_slice first, struct pfx_slice text);

/* "REPLY; from=<> to=<> proto= helo=<> sasl_...": smtpd/smtpd_check.c log_whatsup(), smtpd.c,
 * postscreen (which puts commas between). REPLY may hold an address, which smtpd does not quote
 * there, so the list is the one that pfx_tail_exact() accepts. Without one it starts at
 * the first "; key=" that makes any list to the end. */
void pfx_tail_envelope(struct pfx_event *event, struct pfx_slice text);

/* Length of the list "from=<> to=<> proto= helo=<> sasl_..." that s is to its end or, with data, to
 * ": DATA": each key once at most and in that order, proto among them, no value with what Postfix
 * would have quoted or taken out. So no list that begins within a text or a value is one; then 0.
 */
size_t pfx_tail_exact(struct pfx_slice s, bool data);

/* The list "from=<> to=<> proto= helo=<> ..." at the start of s; returns what follows it. Without
 * an event it is a trial. */
struct pfx_slice pfx_tail_spaced(struct pfx_event *event, struct pfx_slice s);

/* A reply or a text without a code: fields reply_* or reply_text alone. */
void pfx_tail_reply(struct pfx_event *event, struct pfx_slice text);

#endif
