/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "rules/likely.h"

/* Of what several daemons say, a line that names none is of the first of them. */
static void the_likelier_comes_first(void)
{
    static const struct {
        const char *likelier, *other;
    } rows[] = {
        {"smtpd", "qmqpd"},     {"smtpd", "postscreen"},    {"qmgr", "postsuper"},
        {"qmgr", "oqmgr"},      {"smtp", "lmtp"},           {"pickup", "postdrop"},
        {"bounce", "postlogd"}, {"postscreen", "tlsproxy"}, {"postmulti", "no such daemon"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].likelier;
        CHECK(pfx_likely_rank(unit_slice(rows[i].likelier)) <
              pfx_likely_rank(unit_slice(rows[i].other)));
    }
}

static void ranks_and_names_agree(void)
{
    unsigned count = 0;

    for (; pfx_likely_daemon(count).length > 0; ++count)
        CHECK(pfx_likely_rank(pfx_likely_daemon(count)) == count);
    CHECK(count > PFX_LIKELY_MAIL);
    CHECK(pfx_likely_rank(PFX_SLICE("postscreen")) + 1 == PFX_LIKELY_MAIL);
}

int main(void)
{
    the_likelier_comes_first();
    ranks_and_names_agree();
    return UNIT_END();
}
