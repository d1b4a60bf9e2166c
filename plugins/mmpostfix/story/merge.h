/* SPDX-License-Identifier: Apache-2.0 */
/* A line is merged into its mail and its connection, and gets what is known of them. */
#ifndef PFX_MERGE_H
#define PFX_MERGE_H

#include "story/story_state.h"

/* All parts that the line is about are held, see foresee.h. */
void pfx_merge_line(struct pfx_merge *merge);

#endif
