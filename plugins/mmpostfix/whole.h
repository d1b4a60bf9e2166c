/* SPDX-License-Identifier: Apache-2.0 */
/* A sentence whose line came in parts: with the last of them it is parsed as a whole, and that line
 * gains what the parts alone could not tell. Of one worker.
 */
#ifndef PFX_WHOLE_H
#define PFX_WHOLE_H

#include "rules/rulebase.h"
#include "story/story.h"

struct pfx_whole;

/* NULL when memory ran out. */
struct pfx_whole *pfx_whole_new(void);
void pfx_whole_free(struct pfx_whole **whole);

/* Parses the sentence whose last part the observation is of, if the story knows it, and sets in it
 * what that was. event: what the line alone says, which stays as it is; but copies take the place
 * of its texts when they are of the parser (borrowed), whose next call would spoil them. */
void pfx_whole_take(struct pfx_whole *whole, struct pfx_story *story,
                    struct pfx_story_worker *teller, struct pfx_parser *parser,
                    const struct pfx_speaker *speaker, bool borrowed,
                    struct pfx_observation *observation, struct pfx_event *event);

/* The roles of that sentence in the story. */
unsigned pfx_whole_roles(const struct pfx_whole *whole);
/* Sets what it tells of the mail, and which mail that is, where the line lacks it. Texts are good
 * until the next take. */
void pfx_whole_give(const struct pfx_whole *whole, struct pfx_event *event);

#endif
