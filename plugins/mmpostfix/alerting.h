/* SPDX-License-Identifier: Apache-2.0 */
/* The stage of a line in which it is counted for alerts. Of the worker's thread. */
#ifndef PFX_ALERTING_H
#define PFX_ALERTING_H

#include "worker.h"

/* Counts a line that the story has taken, or that none of it was for, and tells what that brings. A
 * line of the future, by a wrong clock, is of now. */
void pfx_alerting(struct pfx_worker *worker, const struct pfx_stage *stage,
                  const struct pfx_class *class, struct pfx_time now, bool arrived);

#endif
