/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "alerts/windows/growth.h"

#define HOUR 3600u
#define DAY (24 * HOUR)
#define MONDAY (20003u * DAY) /* 2024-10-07 */

static bool warm;
static const struct pfx_growth_limits mails = {HOUR, 40, 100};

/* So many mails, evenly over an hour; how many it took until it told, or 0. */
static unsigned hour(struct pfx_growth *growth, uint32_t begin, unsigned count)
{
    unsigned told = 0;
    uint32_t usual;

    for (unsigned i = 0; i < count; ++i) {
        if (pfx_growth_add(growth, &mails, warm, 1, begin + i * (HOUR - 130) / count, &usual) &&
            told == 0)
            told = i + 1;
    }
    return told;
}

/* Days of so many an hour, office hours on workdays and rest; how often it told. */
static unsigned days(struct pfx_growth *growth, uint32_t *day, unsigned count, unsigned office,
                     unsigned night, unsigned weekend)
{
    unsigned told = 0;

    for (; count-- > 0; *day += DAY) {
        bool work = (*day / DAY + 3) % 7 < 5;

        for (uint32_t h = 0; h < 24; ++h)
            told += hour(growth, *day + h * HOUR,
                         !work              ? weekend
                         : h >= 8 && h < 18 ? office
                                            : night) > 0;
    }
    return told;
}

static void grows(void)
{
    struct pfx_growth growth = {0};
    uint32_t day = MONDAY;

    warm = true;
    days(&growth, &day, 8, 20, 20, 20);
    CHECK(hour(&growth, day, 79) == 0);
    CHECK(hour(&growth, day + 3 * HOUR, 101) == 100); /* more than 80, and least */
    CHECK(hour(&growth, day + 6 * HOUR, 99) == 0);
    unit_row = "a dead account";
    growth = (struct pfx_growth){0};
    CHECK(hour(&growth, MONDAY, 101) == 100);
    unit_row = "one that begins before the hour is over";
    growth = (struct pfx_growth){0};
    CHECK(hour(&growth, MONDAY, 99) == 0);
    CHECK(hour(&growth, MONDAY + HOUR, 110) > 0);
    unit_row = "bursts after a silent Sunday";
    growth = (struct pfx_growth){0};
    day = MONDAY;
    days(&growth, &day, 14, 100, 10, 20);
    CHECK(hour(&growth, day + 9 * HOUR, 100) == 0);
}

static void offices(void)
{
    struct pfx_growth growth = {0};
    uint32_t day = MONDAY;

    unit_row = "offices";
    warm = false;
    CHECK(days(&growth, &day, 8, 300, 20, 60) == 0);
    warm = true;
    CHECK(days(&growth, &day, 20, 300, 20, 60) == 0);
    CHECK(hour(&growth, day + 7 * HOUR, 300) == 0); /* early birds: the hour beside it */
    CHECK(hour(&growth, day + 9 * HOUR, 1190) == 0);
    CHECK(hour(&growth, day + 12 * HOUR, 1260) > 1190);
    unit_row = "an attack is no habit";
    for (unsigned i = 0; i < 5; ++i, day += DAY)
        CHECK(hour(&growth, day + 12 * HOUR, 5000) > 0);
    unit_row = "a new customer becomes one";
    growth = (struct pfx_growth){0};
    day = MONDAY;
    CHECK(days(&growth, &day, 7, 1000, 20, 60) > 0);
    CHECK(days(&growth, &day, 14, 1000, 20, 60) < 100);
    CHECK(days(&growth, &day, 7, 1000, 20, 60) == 0);
}

int main(void)
{
    CHECK((MONDAY / DAY + 4) % 7 == 1);
    grows();
    offices();
    unit_row = "warm";
    CHECK(!pfx_growth_warm(MONDAY, MONDAY + 23 * HOUR));
    CHECK(pfx_growth_warm(MONDAY, MONDAY + 25 * HOUR));
    CHECK(!pfx_growth_warm(MONDAY + 10 * HOUR, MONDAY + 35 * HOUR));    /* no whole day yet */
    CHECK(!pfx_growth_warm(MONDAY + 4 * DAY, MONDAY + 5 * DAY + HOUR)); /* Saturday, of Friday */
    CHECK(pfx_growth_warm(MONDAY + 4 * DAY, MONDAY + 7 * DAY + HOUR));
    return UNIT_END();
}
