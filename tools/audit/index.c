/* SPDX-License-Identifier: Apache-2.0 */
/* An index of entries; see index.h. */
#include "audit/index.h"

#include <stdlib.h>

void index_close(struct index *index)
{
    free(index->slot);
    *index = (struct index){0};
}

/* The slot of a key, or the free one where it belongs. No stranger chooses a key. */
static struct index_slot *find(const struct index *index, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t k = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t hash = ((a * k ^ a >> 31 ^ b) * k ^ b >> 29 ^ c) * k;
    size_t at = (size_t)(hash >> 32) & (index->slots - 1);

    while (
        index->slot[at].entry != NULL &&
        (index->slot[at].key[0] != a || index->slot[at].key[1] != b || index->slot[at].key[2] != c))
        at = (at + 1) & (index->slots - 1);
    return &index->slot[at];
}

struct entry *index_get(const struct index *index, uint64_t a, uint64_t b, uint64_t c)
{
    return index->slots > 0 ? find(index, a, b, c)->entry : NULL;
}

static bool grow(struct index *index)
{
    struct index grown = {.slots = index->slots > 0 ? index->slots * 2 : 256,
                          .count = index->count};

    grown.slot = calloc(grown.slots, sizeof(*grown.slot));
    if (grown.slot == NULL)
        return false;
    for (size_t i = 0; i < index->slots; ++i) {
        const struct index_slot *slot = &index->slot[i];

        if (slot->entry != NULL)
            *find(&grown, slot->key[0], slot->key[1], slot->key[2]) = *slot;
    }
    free(index->slot);
    *index = grown;
    return true;
}

bool index_put(struct index *index, uint64_t a, uint64_t b, uint64_t c, struct entry *entry)
{
    if (index->count >= index->slots / 2 && !grow(index))
        return false;
    *find(index, a, b, c) = (struct index_slot){{a, b, c}, entry};
    ++index->count;
    return true;
}
