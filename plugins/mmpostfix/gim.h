/* SPDX-License-Identifier: Apache-2.0 */
/* The Graylog Information Model: what an event is called there. Knows codes and categories, no
 * sentence of Postfix.
 */
#ifndef PFX_GIM_H
#define PFX_GIM_H

#include "event.h"
#include "kinds.h"
#include "reasons.h"

/* Adds what follows from the event's kind: code and category texts, action, outcome, severity,
 * references, reason. A code whose required fields the event can not give gives way to the default
 * of its category. scratch holds texts made on the way and has to live as long as the event. */
#define PFX_GIM_SCRATCH 256
void pfx_gim_categorize(struct pfx_event *event, const struct pfx_kinds *kinds,
                        const struct pfx_reasons *reasons, char scratch[PFX_GIM_SCRATCH]);

/* A code that the module knows, and so has texts for. */
bool pfx_gim_is_code(struct pfx_slice code);

#endif
