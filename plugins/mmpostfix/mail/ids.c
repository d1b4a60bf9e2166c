/* SPDX-License-Identifier: Apache-2.0 */
/* Ids and names; see ids.h. */
#include "mail/ids.h"
#include "base/hash.h"

#include <string.h>

void pfx_name_set(char *room, size_t size, struct pfx_slice text)
{
    size_t length = text.length < size - 1 ? text.length : size - 1;

    if (length > 0)
        memcpy(room, text.text, length);
    room[length] = '\0';
}

bool pfx_name_is(const char *room, struct pfx_slice text)
{
    return pfx_slice_equal(pfx_slice_of(room), text);
}

void pfx_id_set(char room[PFX_ID_SIZE], uint64_t id)
{
    for (int i = 0; i < PFX_ID_SIZE - 1; ++i)
        room[i] = "0123456789abcdef"[(id >> (60 - 4 * i)) & 15];
    room[PFX_ID_SIZE - 1] = '\0';
}

uint64_t pfx_id_new(const struct pfx_observation *w, struct pfx_slice name, uint64_t more)
{
    uint64_t time = (uint64_t)pfx_time_known(w->time, w->coarse) + w->nth;

    return pfx_hash(name, pfx_hash(w->instance, pfx_hash(w->host, time * 31 + more)));
}
