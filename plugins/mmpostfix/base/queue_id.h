/* SPDX-License-Identifier: Apache-2.0 */
/* The form of a queue id. */
#ifndef PFX_QUEUE_ID_H
#define PFX_QUEUE_ID_H

#include "base/value.h"

/* Short: 5 upper-case hex digits of microseconds and the inode in upper-case hex. Long: base 52
 * without vowels, 6 or more characters of seconds and 4 of microseconds, 'z', inode in base 51.
 * (global/mail_queue.h, global/safe_ultostr.c) */
bool pfx_is_queue_id(struct pfx_slice s);

/* Its characters at most: more than an inode can have. */
#define PFX_QUEUE_ID_MAX 64

/* The letters and digits that text begins with, up to one more than an id has; whether they are
 * one. */
struct pfx_slice pfx_queue_id_word(struct pfx_slice text, bool *is_id_r);

/* When a long one was given, in microseconds since 1970; 0 for a short one. */
int64_t pfx_queue_id_time(struct pfx_slice id);

#endif
