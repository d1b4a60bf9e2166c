/* SPDX-License-Identifier: Apache-2.0 */
/* Shares; see share.h. */
#include "alerts/windows/share.h"

void pfx_share_add(struct pfx_share *share, uint32_t window, bool bad, uint32_t amount,
                   uint32_t time)
{
    pfx_buckets_put(&share->all, window, amount, time);
    if (bad)
        pfx_buckets_put(&share->bad, window, amount, time);
}

bool pfx_share_over(const struct pfx_share *share, const struct pfx_share_limits *limits,
                    uint32_t now, uint32_t *permille_r)
{
    uint64_t all = pfx_buckets_sum(&share->all, limits->window, now);
    uint64_t bad = pfx_buckets_sum(&share->bad, limits->window, now);

    *permille_r = all == 0 ? 0 : (uint32_t)(bad * 1000 / all);
    return all >= limits->least && bad > 0 && bad >= limits->bad &&
           bad * 1000 > all * limits->permille;
}
