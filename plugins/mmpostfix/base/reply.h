/* SPDX-License-Identifier: Apache-2.0 */
/* SMTP replies as Postfix logs them. Pure, as value.h. */
#ifndef PFX_REPLY_H
#define PFX_REPLY_H

#include "base/value.h"

/* An SMTP reply, or a status text that holds one (RFC 5321 4.2, RFC 3463). */
struct pfx_reply {
    struct pfx_slice host;     /* who sent it, when the text has it: "host X[ip] said: ..." */
    struct pfx_slice code;     /* "550" */
    struct pfx_slice enhanced; /* "5.1.1" */
    struct pfx_slice text;     /* what follows the codes */
    struct pfx_slice command;  /* from "(in reply to RCPT TO command)" */
};

/* Splits a reply. False when no reply code stands where one belongs; text is then the whole. */
bool pfx_reply_parse(struct pfx_slice s, struct pfx_reply *reply_r);
/* An enhanced status code at the start of s (RFC 3463): its length, or 0. */
size_t pfx_reply_enhanced(struct pfx_slice s);
/* " (in reply to MAIL FROM command)" at the end of s, where Postfix puts it (smtp/smtp_trouble.c):
 * returns what stands in front of it and sets *command_r to "MAIL FROM"; else s itself. */
struct pfx_slice pfx_reply_take_command(struct pfx_slice s, struct pfx_slice *command_r);

#endif
