/* SPDX-License-Identifier: Apache-2.0 */
/* Batches; see batch.h. */
#include "threads/batch.h"

#include <stdlib.h>

#define FULL (128 * 1024) /* bytes of lines: small enough for a processor's cache */
#define KEPT (4 * 1024 * 1024)

static bool make_room(struct room *room, size_t more)
{
    size_t size = room->length + more > room->size * 2 ? room->length + more : room->size * 2;
    char *grown;

    if (room->size - room->length >= more)
        return true;
    grown = realloc(room->text, size);
    if (grown == NULL)
        return false;
    room->text = grown;
    room->size = size;
    return true;
}

bool room_add(struct room *room, struct pfx_slice text)
{
    if (text.length == 0)
        return true;
    if (!make_room(room, text.length))
        return false;
    memcpy(room->text + room->length, text.text, text.length);
    room->length += text.length;
    return true;
}

void room_free(struct room *room)
{
    free(room->text);
    *room = (struct room){0};
}

bool batch_add(struct batch *batch, struct pfx_slice line, struct pfx_time received)
{
    size_t at = batch->lines.length;

    if (batch->count == batch->size) {
        size_t size = batch->size * 2 + 256;
        struct batch_line *grown = realloc(batch->line, size * sizeof(*grown));

        if (grown == NULL)
            return false;
        batch->line = grown;
        batch->size = size;
    }
    if (!make_room(&batch->lines, line.length + 1) || !room_add(&batch->lines, line) ||
        !room_add(&batch->lines, (struct pfx_slice){"", 1}))
        return false;
    batch->line[batch->count++] = (struct batch_line){at, line.length, received};
    return true;
}

bool batch_is_full(const struct batch *batch)
{
    return batch->lines.length + batch->count * sizeof(*batch->line) >= FULL;
}

static void empty(struct room *room)
{
    room->length = 0;
    if (room->size > KEPT)
        room_free(room);
}

void batch_clear(struct batch *batch)
{
    empty(&batch->lines);
    empty(&batch->out);
    batch->count = batch->found = 0;
    batch->failed = false;
}

void batch_free(struct batch *batch)
{
    room_free(&batch->lines);
    room_free(&batch->out);
    free(batch->line);
    *batch = (struct batch){0};
}
