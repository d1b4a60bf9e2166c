/* SPDX-License-Identifier: Apache-2.0 */
/* What a header, body or MIME check found and did. */
#ifndef PFX_CONTENT_CHECK_H
#define PFX_CONTENT_CHECK_H

#include "event/event.h"

/* "TEXT from ORIGIN; LIST[: DATA]" (cleanup/cleanup_message.c cleanup_act_log), TEXT being the
 * mail's own. The list is the only one that is exact. Where addresses are not quoted and one before
 * it may hold it, neither origin nor list is taken. The SMTP client's header checks have TEXT
 * alone.
 */
bool pfx_content_check(struct pfx_event *event, struct pfx_slice text);

#endif
