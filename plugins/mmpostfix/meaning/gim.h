/* SPDX-License-Identifier: Apache-2.0 */
/* The Graylog Information Model: what an event is called there. Knows codes and categories, no
 * sentence of Postfix.
 */
#ifndef PFX_GIM_H
#define PFX_GIM_H

#include "event/event.h"
#include "rules/kinds.h"
#include "rules/reasons.h"

/* What the kinds of an event say of it. */
struct pfx_class {
    struct pfx_slice code; /* empty: none, or that of what is not known */
    enum pfx_fate fate;
    bool failed;
};

/* Adds what follows from the kinds of the event by its own line: action, outcome, reason, whom it
 * is about. scratch holds texts made on the way and has to live as long as the event. */
#define PFX_GIM_SCRATCH 256
struct pfx_class pfx_gim_classify(struct pfx_event *event, const struct pfx_kinds *kinds,
                                  const struct pfx_reasons *reasons, char scratch[PFX_GIM_SCRATCH]);

/* Adds code and category texts, once all that is known of the event is in it. A code whose required
 * fields the event can not give gives way to the default of its category. */
void pfx_gim_categorize(struct pfx_event *event, const struct pfx_class *class);

/* A code that the module knows, and so has texts for. */
bool pfx_gim_is_code(struct pfx_slice code);

#endif
