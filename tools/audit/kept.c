/* SPDX-License-Identifier: Apache-2.0 */
/* Kept texts; see kept.h. */
#include "audit/kept.h"
#include "base/hash.h"
#include "base/rows.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BLOCK ((size_t)1 << 16)

bool kept_open(struct kept *kept)
{
    *kept = (struct kept){.slots = 1024};
    if (getrandom(&kept->seed, sizeof(kept->seed), 0) != (ssize_t)sizeof(kept->seed))
        kept->seed = (uint64_t)(uintptr_t)kept;
    kept->slot = calloc(kept->slots, sizeof(*kept->slot));
    return kept->slot != NULL;
}

void kept_close(struct kept *kept)
{
    for (size_t i = 0; i < kept->blocks; ++i)
        free(kept->block[i]);
    free(kept->block);
    free(kept->slot);
    *kept = (struct kept){0};
}

/* The slot of a text, or the free one where it belongs. */
static size_t find(const struct kept *kept, const char *text)
{
    size_t at = pfx_hash(pfx_slice_of(text), kept->seed) & (kept->slots - 1);

    while (kept->slot[at] != NULL && strcmp(kept->slot[at], text) != 0)
        at = (at + 1) & (kept->slots - 1);
    return at;
}

static bool grow(struct kept *kept)
{
    struct kept grown = *kept;

    grown.slots *= 2;
    grown.slot = calloc(grown.slots, sizeof(*grown.slot));
    if (grown.slot == NULL)
        return false;
    for (size_t i = 0; i < kept->slots; ++i) {
        if (kept->slot[i] != NULL)
            grown.slot[find(&grown, kept->slot[i])] = kept->slot[i];
    }
    free(kept->slot);
    *kept = grown;
    return true;
}

/* A copy in a block; a long text has one of its own, which is full at once. */
static char *copy(struct kept *kept, const char *text)
{
    size_t size = strlen(text) + 1, room = size > BLOCK ? size : BLOCK;
    char *at;

    if (kept->blocks == 0 || size > kept->left) {
        char **block = pfx_rows_grow(kept->block, kept->blocks, sizeof(*block));

        if (block == NULL)
            return NULL;
        kept->block = block;
        at = malloc(room);
        if (at == NULL)
            return NULL;
        block[kept->blocks++] = at;
        kept->left = room;
    }
    /* What is left is at the end of the last block, which has BLOCK bytes if any are left. */
    at = kept->block[kept->blocks - 1] + (size > BLOCK ? 0 : BLOCK - kept->left);
    kept->left -= size;
    return memcpy(at, text, size);
}

const char *kept_text(struct kept *kept, const char *text)
{
    size_t at;

    if (text == NULL || (kept->count >= kept->slots / 2 && !grow(kept)))
        return NULL;
    at = find(kept, text);
    if (kept->slot[at] == NULL) {
        kept->slot[at] = copy(kept, text);
        kept->count += kept->slot[at] != NULL;
    }
    return kept->slot[at];
}
