/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines of Postfix tell of a refusal, so that each counts once: see doc/pfxlog.rst, report,
 * top and audit. Pure. */
#ifndef PFXLOG_REFUSAL_H
#define PFXLOG_REFUSAL_H

#include "base/value.h"

#include <stdbool.h>

/* Whether a line of that event and event_action tells that a mail, a recipient or a client was
 * refused. Policy services and milters tell of the same, and are not asked about. */
bool refusal_told(struct pfx_slice event, struct pfx_slice action);

#endif
