/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "alerts/windows/known.h"

#define DAY 86400u
#define START (20000 * DAY)

static enum pfx_knowledge ask(const struct pfx_known_values *known, uint32_t value, unsigned day)
{
    return pfx_known_ask(known, value, 30, 14, 3, START + day * DAY);
}

int main(void)
{
    struct pfx_known_values known = {0};

    CHECK(ask(&known, 1, 0) == PFX_LEARNING);
    pfx_known_add(&known, 1, START);
    CHECK(ask(&known, 1, 1) == PFX_KNOWN);
    CHECK(ask(&known, 2, 1) == PFX_LEARNING);
    pfx_known_add(&known, 1, START + 10 * DAY);
    CHECK(ask(&known, 2, 20) == PFX_LEARNING); /* two logins */
    pfx_known_add(&known, 1, START + 13 * DAY);
    CHECK(ask(&known, 2, 13) == PFX_LEARNING); /* 13 days */
    CHECK(ask(&known, 2, 14) == PFX_NEW);
    CHECK(ask(&known, 1, 13 + 29) == PFX_KNOWN);
    CHECK(ask(&known, 1, 13 + 30) == PFX_NEW);
    pfx_known_add(&known, 1, START + 5 * DAY); /* late */
    CHECK(ask(&known, 1, 13 + 29) == PFX_KNOWN);
    for (uint32_t i = 2; i <= PFX_KNOWN_VALUES; ++i)
        pfx_known_add(&known, i, START + (20 + i) * DAY);
    CHECK(ask(&known, 1, 20) == PFX_KNOWN);
    pfx_known_add(&known, 99, START + 40 * DAY); /* the 17th: the oldest goes */
    CHECK(ask(&known, 1, 20) == PFX_NEW);
    CHECK(ask(&known, 99, 40) == PFX_NEW); /* not yet: it began today */
    CHECK(ask(&known, 99, 41) == PFX_KNOWN && ask(&known, 2, 40) == PFX_KNOWN);
    pfx_known_add(&known, 98, START + 3 * DAY); /* older than all of them */
    CHECK(ask(&known, 98, 40) == PFX_NEW);
    return UNIT_END();
}
