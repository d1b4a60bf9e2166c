/* SPDX-License-Identifier: Apache-2.0 */
/* The list "from=<> to=<> proto= helo=<> sasl_..." that ends sentences of smtpd, postscreen and
 * cleanup, behind texts that strangers wrote and that may hold such a list themselves.
 */
#ifndef PFX_ENVELOPE_H
#define PFX_ENVELOPE_H

#include "event/event.h"

/* Lists that are looked at in one text. In one of Postfix's own making there is one; where there
 * are more than these none is taken, so that a text costs no more than its length. */
#define PFX_LISTS_MAX 16

enum pfx_list {
    PFX_LIST_NONE,     /* no list, or one that goes on as none of Postfix's does */
    PFX_LIST_CUT,      /* the line ends within it */
    PFX_LIST_INTERNAL, /* an address is not quoted (info_log_address_format=internal, and always
                        * before 3.5), so that it may hold anything */
    PFX_LIST_EXACT     /* nothing in it can be a stranger's list */
};

/* What the list at the start of s is worth: each key once at most and in Postfix's order, no value
 * with what Postfix would have quoted or taken out, and nothing behind it but, with data, ": DATA".
 * local: of a mail that was submitted on this host. *length_r: of an exact one. */
enum pfx_list pfx_envelope_list(struct pfx_slice s, bool local, bool data, size_t *length_r);

/* "REPLY; LIST": smtpd/smtpd_check.c log_whatsup(), smtpd.c, postscreen (which puts commas
 * between). REPLY may hold an address or a HELO name, which smtpd does not quote there. Of a
 * refused HELO only the name is taken. Where several lists are possible, none is. */
void pfx_envelope(struct pfx_event *event, struct pfx_slice text);

#endif
