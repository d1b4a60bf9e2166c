/* SPDX-License-Identifier: Apache-2.0 */
/* The stage of a line in which it joins the story. Of the worker's thread. */
#ifndef PFX_JOIN_H
#define PFX_JOIN_H

#include "worker.h"

/* A line of Postfix. */
void pfx_join_story(struct pfx_worker *worker, const struct pfx_stage *stage,
                    const struct pfx_class *class, struct pfx_time now);
/* A neighbour's line joins the mail whose queue id it names, or that of its job. It adds what only
 * neighbours tell (fields.def) and what else it says stays on the line: who sent the mail, and to
 * whom, Postfix knows better. sentence: its text without what stands in front. False: it is of
 * none. */
bool pfx_join_neighbour(struct pfx_worker *worker, const struct pfx_stage *stage,
                        const struct pfx_class *class, struct pfx_slice sentence,
                        struct pfx_time now);

#endif
