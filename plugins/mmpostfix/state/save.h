/* SPDX-License-Identifier: Apache-2.0 */
/* Saves a story: to a temporary name first, with a version and a checksum. */
#ifndef PFX_SAVE_H
#define PFX_SAVE_H

#include "state/state_file.h"
#include "story/story.h"

/* Writes the story once; false when that failed, then the old file is still there. */
bool pfx_state_save(struct pfx_story *story, const struct pfx_state_options *options);

#endif
