/* SPDX-License-Identifier: Apache-2.0 */
/* rspamd's line about a mail that it scanned (its default log_format). A sender and the options of
 * symbols are strangers' text without quotes: what can be read in two ways is left out.
 */
#ifndef PFX_SCAN_H
#define PFX_SCAN_H

#include "event/event.h"

/* "<ID>, qid: <QID>, ip: IP, user: U, from: <F>, (default: T (ACTION): [N/N] [SYMBOLS]), len: N,
 * ...", behind "id: ". False when it has not that form. */
bool pfx_scan(struct pfx_event *event, struct pfx_slice text);

#endif
