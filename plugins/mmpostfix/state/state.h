/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a story in a state file: restored at the start, saved at intervals by a thread of its own,
 * and saved at the end. Meanwhile no other process can have it.
 */
#ifndef PFX_STATE_H
#define PFX_STATE_H

#include "state/state_file.h"
#include "story/story.h"

struct pfx_state;

/* Fills an empty story from the file, if there is one, and starts the thread that saves it. NULL
 * when that could not be; the reason was reported. */
struct pfx_state *pfx_state_open(struct pfx_story *story, const struct pfx_state_options *options);
/* Saves for the last time. The story must still exist and get no more lines. */
void pfx_state_close(struct pfx_state **state);

#endif
