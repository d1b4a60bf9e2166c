/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "alerts/windows/share.h"

static const struct pfx_share_limits bounces = {3600, 50, 50, 10};

/* So many of both within the hour. */
static bool over(unsigned all, unsigned bad, uint32_t *permille_r)
{
    struct pfx_share share = {0};

    for (unsigned i = 0; i < all; ++i)
        pfx_share_add(&share, bounces.window, i < bad, 1, 36000 + i);
    return pfx_share_over(&share, &bounces, 36000 + all, permille_r);
}

int main(void)
{
    static const struct {
        const char *what;
        unsigned all, bad, permille;
        bool over;
    } rows[] = {
        {"200 final, 11 bounced", 200, 11, 55, true}, {"60, 12 bounced", 60, 12, 200, true},
        {"50, 3 bounced", 50, 3, 60, false},          {"too few of all", 49, 20, 408, false},
        {"five of a hundred", 200, 10, 50, false},    {"none", 0, 0, 0, false},
    };
    struct pfx_share share = {0};
    uint32_t permille;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].what;
        CHECK(over(rows[i].all, rows[i].bad, &permille) == rows[i].over);
        CHECK(permille == rows[i].permille);
    }
    unit_row = "an hour later";
    pfx_share_add(&share, 3600, true, 100, 36000);
    CHECK(pfx_share_over(&share, &bounces, 36000, &permille));
    CHECK(!pfx_share_over(&share, &bounces, 36000 + 3600, &permille));
    return UNIT_END();
}
