/* SPDX-License-Identifier: Apache-2.0 */
/* Counts by parts of a window; see buckets.h. */
#include "alerts/windows/buckets.h"

#include <stdbool.h>

uint32_t pfx_buckets_part(uint32_t window)
{
    return window < PFX_BUCKETS ? 1 : window / PFX_BUCKETS;
}

/* Parts that lie in the window. */
static uint32_t parts_of(uint32_t window)
{
    return window < PFX_BUCKETS ? window : PFX_BUCKETS;
}

/* Whether a part is kept and in the window that ends with that part. */
static bool has(const struct pfx_buckets *buckets, uint32_t part, uint32_t last, uint32_t parts)
{
    return part <= last && last - part < parts && part <= buckets->newest &&
           buckets->newest - part < PFX_BUCKETS;
}

uint64_t pfx_buckets_sum(const struct pfx_buckets *buckets, uint32_t window, uint32_t now)
{
    uint32_t last = now / pfx_buckets_part(window), parts = parts_of(window);
    uint64_t sum = 0;

    if (last == buckets->newest && parts == PFX_BUCKETS) { /* as a rule */
        for (uint32_t i = 0; i < PFX_BUCKETS; ++i)
            sum += buckets->count[i];
        return sum;
    }
    for (uint32_t i = 0; i < parts && i <= last; ++i) {
        if (has(buckets, last - i, last, parts))
            sum += buckets->count[(last - i) % PFX_BUCKETS];
    }
    return sum;
}

bool pfx_buckets_put(struct pfx_buckets *buckets, uint32_t window, uint32_t amount, uint32_t time)
{
    uint32_t part = time / pfx_buckets_part(window);
    uint32_t *count = &buckets->count[part % PFX_BUCKETS];

    if (part > buckets->newest && part - buckets->newest >= PFX_BUCKETS) {
        *buckets = (struct pfx_buckets){.newest = part};
    } else {
        for (; buckets->newest < part; ++buckets->newest)
            buckets->count[(buckets->newest + 1) % PFX_BUCKETS] = 0;
    }
    if (buckets->newest - part >= parts_of(window))
        return false;
    *count = amount > UINT32_MAX - *count ? UINT32_MAX : *count + amount;
    return true;
}

uint64_t pfx_buckets_add(struct pfx_buckets *buckets, uint32_t window, uint32_t amount,
                         uint32_t time)
{
    if (!pfx_buckets_put(buckets, window, amount, time))
        return 0;
    return pfx_buckets_sum(buckets, window, buckets->newest * pfx_buckets_part(window));
}

uint32_t pfx_buckets_since(const struct pfx_buckets *buckets, uint32_t window, uint32_t now)
{
    uint32_t part = pfx_buckets_part(window), last = now / part, parts = parts_of(window);

    for (uint32_t i = parts; i-- > 0;) {
        if (i <= last && has(buckets, last - i, last, parts) &&
            buckets->count[(last - i) % PFX_BUCKETS] > 0)
            return (last - i) * part;
    }
    return now;
}
