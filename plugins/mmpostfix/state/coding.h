/* SPDX-License-Identifier: Apache-2.0 */
/* Mails and sessions as bytes, and back: whatever the bytes are, what comes out of them is sound or
 * nothing. Bytes are good for machines of the same byte order.
 */
#ifndef PFX_CODING_H
#define PFX_CODING_H

#include "story/mail.h"
#include "story/session.h"

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

/* These take from the front of *bytes. False when what stands there is none. */
bool pfx_decode_number(struct pfx_slice *bytes, int64_t *number_r);
bool pfx_decode_text(struct pfx_slice *bytes, struct pfx_slice *text_r);
/* Fill a zeroed struct; when they fail it is to be cleared all the same. */
bool pfx_decode_mail(struct pfx_slice *bytes, struct pfx_mail *mail_r);
bool pfx_decode_session(struct pfx_slice *bytes, struct pfx_session *session_r);

/* Differs when the bytes of another build would mean something else. */
uint64_t pfx_coding_layout(void);

#endif
