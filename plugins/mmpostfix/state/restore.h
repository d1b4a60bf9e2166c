/* SPDX-License-Identifier: Apache-2.0 */
/* Restores a saved story. */
#ifndef PFX_RESTORE_H
#define PFX_RESTORE_H

#include "state/state_file.h"
#include "story/story.h"

/* Fills a story, which has had no line yet, from the file. False when the file was set aside; true
 * also when there is none. Entries that the story's bounds do not hold are evicted as always. */
bool pfx_state_restore(struct pfx_story *story, const struct pfx_state_options *options);

#endif
