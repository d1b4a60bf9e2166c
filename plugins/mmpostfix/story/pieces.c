/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of lines; see pieces.h. */
#include "story/pieces.h"

#include <stdio.h>
#include <string.h>

#define DOTS 3
/* A program writes the parts one after the other. */
#define SPAN INT64_C(2000000)

/* Each reader joins for itself: it has each line once. */
static struct pfx_slice key_of(const struct pfx_merge *m, char room[PFX_KEY_SIZE])
{
    const struct pfx_observation *w = m->observation;
    char process[48];
    struct pfx_slice pid = pfx_slice_until(w->piece_pid, 24);
    int length = snprintf(process, sizeof(process), "%.*s/%u", (int)pid.length,
                          pid.length > 0 ? pid.text : "", m->reader);

    return pfx_flow_key(room, PFX_KEY_PIECES, w->host_hash, w->job,
                        (struct pfx_slice){process, (size_t)length});
}

uint64_t pfx_pieces_hash(const struct pfx_merge *m)
{
    char room[PFX_KEY_SIZE];

    return pfx_shards_hash(m->hold.shards, key_of(m, room));
}

bool pfx_pieces_hold(struct pfx_merge *m)
{
    return m->observation->piece == PFX_PIECE_NONE || pfx_hold_take(&m->hold, pfx_pieces_hash(m));
}

static struct pfx_pieces *find(const struct pfx_merge *m)
{
    char room[PFX_KEY_SIZE];
    struct pfx_slice key = key_of(m, room);
    uint64_t hash = pfx_shards_hash(m->hold.shards, key);
    const struct pfx_shard *shard = pfx_hold_shard(&m->hold, hash);

    return shard != NULL ? (struct pfx_pieces *)pfx_store_find(shard->pieces, key, hash) : NULL;
}

/* The text of a part, without dots; empty when it has none. */
static struct pfx_slice text_of(const struct pfx_observation *w)
{
    size_t front = w->piece == PFX_PIECE_FIRST ? 0 : DOTS;
    size_t back = w->piece == PFX_PIECE_LAST ? 0 : DOTS;

    if (w->piece_text.length <= front + back)
        return PFX_NO_SLICE;
    return pfx_slice_until(pfx_slice_from(w->piece_text, front),
                           w->piece_text.length - front - back);
}

/* All of it that can be told before the line's place among the others is known. */
static bool may_follow(const struct pfx_pieces *pieces, const struct pfx_observation *w)
{
    size_t length = text_of(w).length;

    return pieces != NULL && pieces->text != NULL && length > 0 &&
           length <= PFX_STORY_SENTENCE - pieces->length &&
           (w->piece == PFX_PIECE_LAST ? w->piece_line <= pieces->full
                                       : w->piece_line == pieces->full);
}

/* Equal lines with a stamp of full seconds may be one that came twice. */
static bool follows(const struct pfx_pieces *pieces, const struct pfx_observation *w)
{
    return may_follow(pieces, w) && w->nth == 0 && w->time >= pieces->time &&
           w->time - pieces->time <= SPAN;
}

size_t pfx_pieces_read(const struct pfx_merge *m, char *text, uint64_t *joined_r)
{
    const struct pfx_pieces *pieces = find(m);
    struct pfx_slice last = text_of(m->observation);

    *joined_r = 0;
    if (!may_follow(pieces, m->observation))
        return 0;
    *joined_r = pieces->line;
    memcpy(text, pieces->text, pieces->length);
    memcpy(text + pieces->length, last.text, last.length);
    return pieces->length + last.length;
}

bool pfx_pieces_agree(const struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;
    const struct pfx_pieces *pieces;

    if (w->piece != PFX_PIECE_LAST || w->joined == PFX_STORY_APART)
        return true;
    pieces = find(m);
    return w->joined == (follows(pieces, w) ? pieces->line : 0);
}

static void forget(struct pfx_pieces *pieces)
{
    pfx_pool_give(pieces->pool, pieces->text, pieces->size);
    pieces->text = NULL;
    pieces->length = pieces->size = 0;
}

static bool append(struct pfx_pieces *pieces, struct pfx_slice text)
{
    size_t size = pfx_pool_room(pieces->length + text.length);
    char *grown = pfx_pool_resize(pieces->pool, pieces->text, pieces->size, size);

    if (grown == NULL)
        return false;
    memcpy(grown + pieces->length, text.text, text.length);
    pieces->text = grown;
    pieces->size = (uint32_t)size;
    pieces->length += (uint32_t)text.length;
    return true;
}

/* A first part begins anew, unless a part that may belong behind it was there already. */
static bool begin(struct pfx_pieces *pieces, const struct pfx_observation *w)
{
    struct pfx_slice text = text_of(w);

    if (pfx_time_known(w->time, w->coarse) <= pieces->time + (pieces->text == NULL ? SPAN : 0))
        return false;
    forget(pieces);
    pieces->full = (uint32_t)w->piece_line;
    return text.length > 0 && text.length <= PFX_STORY_SENTENCE && append(pieces, text);
}

void pfx_pieces_take(struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;
    struct pfx_pieces *pieces;
    struct pfx_store *store;
    char room[PFX_KEY_SIZE];
    uint64_t hash;
    bool kept;

    if (w->piece == PFX_PIECE_NONE)
        return;
    hash = pfx_pieces_hash(m);
    if (pfx_hold_shard(&m->hold, hash) == NULL)
        return;
    store = pfx_hold_shard(&m->hold, hash)->pieces;
    pieces = find(m);
    if (pieces != NULL && pieces->text != NULL && pieces->line == m->line)
        return; /* it came twice */
    if (w->piece == PFX_PIECE_LAST && follows(pieces, w)) {
        pfx_store_remove(store, &pieces->entry);
        return;
    }
    if (pieces == NULL) {
        pieces = (struct pfx_pieces *)pfx_store_add(store, key_of(m, room), hash, 0, m->now);
        if (pieces == NULL)
            return;
        pieces->pool = pfx_hold_shard(&m->hold, hash)->pool;
        pieces->time = INT64_MIN / 2; /* long ago */
    }
    kept = w->piece == PFX_PIECE_FIRST ? begin(pieces, w)
                                       : follows(pieces, w) && append(pieces, text_of(w));
    if (!kept)
        forget(pieces);
    if (kept || w->time > pieces->time)
        pieces->time = w->time;
    pieces->line = m->line;
    pfx_store_touch(store, &pieces->entry, 0, m->now);
    pfx_store_account(store, &pieces->entry, pfx_pool_cost(pieces->size));
}
