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

/* Four bytes of an id as eight nibbles, the highest in the lowest byte. */
static uint64_t nibbles(uint32_t half)
{
    uint64_t x = __builtin_bswap32(half);

    x = (x | x << 16) & UINT64_C(0x0000ffff0000ffff);
    x = (x | x << 8) & UINT64_C(0x00ff00ff00ff00ff);
    return (x >> 4 & UINT64_C(0x000f000f000f000f)) | (x & UINT64_C(0x000f000f000f000f)) << 8;
}

void pfx_id_text(char room[static PFX_ID_DIGITS], uint64_t id)
{
    uint64_t half[2] = {nibbles((uint32_t)(id >> 32)), nibbles((uint32_t)id)};

    for (int i = 0; i < 2; ++i) {
        /* 1 in each byte that is above 9, and so has a letter. */
        uint64_t letter =
            (half[i] + UINT64_C(0x0606060606060606)) >> 4 & UINT64_C(0x0101010101010101);
        uint64_t text = half[i] + UINT64_C(0x3030303030303030) + letter * ('a' - '0' - 10);

        memcpy(room + 8 * i, &text, 8);
    }
}

uint64_t pfx_name_hash(struct pfx_slice name)
{
    return name.length == 0 ? 0 : pfx_hash(name, 0) | 1;
}

uint64_t pfx_id_new(enum pfx_id_of of, const struct pfx_observation *w, struct pfx_slice name,
                    uint64_t more)
{
    uint64_t time = (uint64_t)pfx_time_known(w->time, w->coarse) + w->nth;
    uint64_t id;

    /* A long queue id is given once: any line of the mail may come first. Nor is it always the same
     * program's: smtpd may have a syslog_name of its own. */
    if (of == PFX_ID_MAIL && w->given > 0)
        id = pfx_hash(name, pfx_hash(w->host, more));
    else
        id = pfx_hash(name, pfx_hash(w->instance, pfx_hash(w->host, time * 31 + more)));

    if (of == PFX_ID_CONNECTION)
        return id | 1;
    id &= ~UINT64_C(1);
    return id == 0 ? 2 : id;
}
