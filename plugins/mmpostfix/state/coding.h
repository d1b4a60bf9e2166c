/* SPDX-License-Identifier: Apache-2.0 */
/* Codes mails, sessions and jobs as bytes and decodes them: any bytes give a valid one, or fail.
 * The bytes are portable between machines of the same byte order.
 */
#ifndef PFX_CODING_H
#define PFX_CODING_H

#include "mail/mail.h"
#include "mail/session.h"
#include "story/jobs.h"

struct pfx_encoder {
    char *bytes;
    size_t length, size;
    bool failed; /* memory ran out; nothing more is added */
};

void pfx_encode_add(struct pfx_encoder *pack, const void *bytes, size_t length);
void pfx_encode_number(struct pfx_encoder *pack, int64_t number);
void pfx_encode_text(struct pfx_encoder *pack, struct pfx_slice text);
void pfx_encode_mail(struct pfx_encoder *pack, const struct pfx_mail *mail);
void pfx_encode_session(struct pfx_encoder *pack, const struct pfx_session *session);
void pfx_encode_job(struct pfx_encoder *pack, const struct pfx_job *job);

/* These decode from the front of *bytes. False when the bytes are invalid. */
bool pfx_decode_number(struct pfx_slice *bytes, int64_t *number_r);
bool pfx_decode_text(struct pfx_slice *bytes, struct pfx_slice *text_r);
/* Fill a zeroed struct; the caller clears it also when they fail. */
bool pfx_decode_mail(struct pfx_slice *bytes, struct pfx_mail *mail_r);
bool pfx_decode_session(struct pfx_slice *bytes, struct pfx_session *session_r);
bool pfx_decode_job(struct pfx_slice *bytes, struct pfx_job *job_r);

/* Whether a key is as pfx_flow_key() makes it of texts without a NUL: only such are in a file. */
bool pfx_coding_is_key(struct pfx_slice key);

/* A version: builds with another layout of the bytes have another one. */
uint64_t pfx_coding_layout(void);

#endif
