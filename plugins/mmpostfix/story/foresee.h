/* SPDX-License-Identifier: Apache-2.0 */
/* Which parts of a story a line will touch: those that it names, and those that what it names leads
 * to. Nothing is changed.
 */
#ifndef PFX_FORESEE_H
#define PFX_FORESEE_H

#include "story/story_state.h"

/* Sets the hashes of the line's mail and process in the observation and has what is known of them
 * fetched into the cache. Returns the parts that the line names; home_r: of them the one whose
 * arrivals it is among, the same for each copy of the line. same: its hash as an arrival. */
uint32_t pfx_foresee_named(const struct pfx_story *story, struct pfx_observation *observation,
                           uint64_t same, uint64_t *home_r);
/* Has the mail and process that are in the cache's index by now fetched, too. */
void pfx_foresee_fetch(const struct pfx_merge *merge);
/* Holds all that the line will touch beside them. */
void pfx_foresee(struct pfx_merge *merge);

#endif
