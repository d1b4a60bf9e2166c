/* SPDX-License-Identifier: Apache-2.0 */
/* Different values; see distinct.h. */
#include "alerts/windows/distinct.h"

size_t pfx_distinct_size(unsigned limit)
{
    return sizeof(struct pfx_distinct) + (limit + 1) * sizeof(struct pfx_distinct_value);
}

/* The place of the value; else a free one, else that of the oldest. */
static struct pfx_distinct_value *find(struct pfx_distinct *distinct, unsigned limit,
                                       uint32_t value)
{
    struct pfx_distinct_value *oldest = distinct->seen;

    if (distinct->used > limit + 1)
        distinct->used = 0;
    for (uint32_t i = 0; i < distinct->used; ++i) {
        struct pfx_distinct_value *one = &distinct->seen[i];

        if (one->value == value)
            return one;
        if (one->last < oldest->last)
            oldest = one;
    }
    if (distinct->used > limit)
        return oldest;
    oldest = &distinct->seen[distinct->used++];
    *oldest = (struct pfx_distinct_value){value, 0};
    return oldest;
}

bool pfx_distinct_add(struct pfx_distinct *distinct, unsigned limit, uint32_t window,
                      uint32_t value, uint32_t time)
{
    struct pfx_distinct_value *one = find(distinct, limit, value);
    uint32_t newest = 0, oldest = UINT32_MAX;

    if (one->value == value ? time > one->last : time >= one->last)
        *one = (struct pfx_distinct_value){value, time};
    if (one->value != value || distinct->used <= limit)
        return false;
    for (uint32_t i = 0; i < distinct->used; ++i) {
        newest = distinct->seen[i].last > newest ? distinct->seen[i].last : newest;
        oldest = distinct->seen[i].last < oldest ? distinct->seen[i].last : oldest;
    }
    return newest - oldest < window;
}

uint32_t pfx_distinct_newest(const struct pfx_distinct *distinct)
{
    uint32_t newest = 0;

    for (uint32_t i = 0; i < distinct->used; ++i)
        newest = distinct->seen[i].last > newest ? distinct->seen[i].last : newest;
    return newest;
}

unsigned pfx_distinct_count(const struct pfx_distinct *distinct, uint32_t window, uint32_t now)
{
    unsigned count = 0;

    for (uint32_t i = 0; i < distinct->used; ++i)
        count += distinct->seen[i].last <= now && now - distinct->seen[i].last < window;
    return count;
}

uint32_t pfx_distinct_since(const struct pfx_distinct *distinct, uint32_t window, uint32_t now)
{
    uint32_t since = now;

    for (uint32_t i = 0; i < distinct->used; ++i) {
        uint32_t last = distinct->seen[i].last;

        if (last < since && now - last < window)
            since = last;
    }
    return since;
}
