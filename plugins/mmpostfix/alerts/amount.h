/* SPDX-License-Identifier: Apache-2.0 */
/* How often a line counts. Pure.
 */
#ifndef PFX_AMOUNT_H
#define PFX_AMOUNT_H

#include "alerts/rule.h"

/* Once, as often as it tells of attempts to log in that no other line of the session tells of, or
 * the field of a sum; each as often as syslog says that the line was repeated. 0: not at all. */
uint32_t pfx_amount(const struct pfx_event *event, const struct pfx_alert_rule *rule);

#endif
