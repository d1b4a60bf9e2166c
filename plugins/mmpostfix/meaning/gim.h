/* SPDX-License-Identifier: Apache-2.0 */
/* The Graylog Information Model: codes and categories of events. Knows no message of Postfix.
 */
#ifndef PFX_GIM_H
#define PFX_GIM_H

#include "event/event.h"
#include "rules/kinds.h"
#include "rules/reasons.h"

/* What the kinds of an event define. */
struct pfx_class {
    struct pfx_slice code; /* empty: none, or that of what is not known */
    enum pfx_fate fate;
    bool failed;
    const struct pfx_kind *kind[PFX_KIND_MAX];
    unsigned kinds;
};

/* Adds what follows from the event's kinds and its own line: action, outcome, reason, references.
 * scratch holds texts that are made and has to live as long as the event. */
#define PFX_GIM_SCRATCH 256
struct pfx_class pfx_gim_classify(struct pfx_event *event, const struct pfx_kinds *kinds,
                                  const struct pfx_reasons *reasons, char scratch[PFX_GIM_SCRATCH]);

/* Adds code and category texts, after all other fields are set. A code whose required fields are
 * missing in the event is replaced by the default of its category. */
void pfx_gim_categorize(struct pfx_event *event, const struct pfx_class *class);

/* True when the code is known, so that there are texts for it. */
bool pfx_gim_is_code(struct pfx_slice code);

#endif
