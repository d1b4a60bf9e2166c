/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that their program cuts into parts: amavis splits what is longer than $logline_maxlen into
 * "first...", "...middle..." and "...last", each with the id of the task (write_log() in its
 * Log.pm). No line is delayed: the text of the parts waits here, and with the last one the sentence
 * is whole. Parts are joined only as each comes right behind the one before it. What went missing
 * on the way, and left no trace in the order, the stamps or the lengths, can not be seen.
 *
 * A sentence is parsed while no lock is held. So it is read first, and when its last part is merged
 * it has to be what was read; else the line is told again.
 */
#ifndef PFX_PIECES_H
#define PFX_PIECES_H

#include "story/story_state.h"

struct pfx_pieces {
    struct pfx_entry entry;
    char *text; /* NULL: a part came out of order */
    uint32_t length, size;
    uint32_t full; /* length of the first part's line: all but the last have it */
    uint64_t line; /* hash of the last line */
    int64_t time;  /* of it, or of the part out of order */
    struct pfx_pool *pool;
};

/* Holds the part that this touches; as pfx_hold_take(). */
bool pfx_pieces_hold(struct pfx_merge *merge);
/* The sentence that the line of a last part ends, copied to text, of PFX_STORY_SENTENCE bytes: its
 * length, 0 when there is none. *joined_r tells it from others. Under the lock of its part. */
size_t pfx_pieces_read(const struct pfx_merge *merge, char *text, uint64_t *joined_r);
/* The hash of the key of its parts. */
uint64_t pfx_pieces_hash(const struct pfx_merge *merge);
/* Whether what the line was joined to is what it ends, or it was not joined and ends nothing. */
bool pfx_pieces_agree(const struct pfx_merge *merge);
/* The line is merged: its text is kept, or what it ends is forgotten. */
void pfx_pieces_take(struct pfx_merge *merge);

#endif
