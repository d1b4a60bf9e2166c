/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "line/calendar.h"
#include "line/stamp.h"

#include <stdlib.h>
#include <time.h>

static const struct pfx_time received = {1787307332, 0}; /* 2026-08-21 10:15:32 UTC */

static void stamps_are_taken(void)
{
    static const struct {
        const char *line, *time, *rest;
        bool guessed;
    } rows[] = {
        {"Aug 21 10:15:32 a b", "2026-08-21T10:15:32Z", "a b", true},
        {"august  1 10:15:32", "2026-08-01T10:15:32Z", "", true},
        {"Sept 3 10:15:32.25 a", "2025-09-03T10:15:32.250000Z", "a", true},
        {"Aug 21 10:15:32Z a", "2026-08-21T10:15:32Z", "a", true},
        {"Aug 21 2024 10:15:32 a", "2024-08-21T10:15:32Z", "a", false},
        {"2013 Jun 16 16:05:06.123 a", "2013-06-16T16:05:06.123000Z", "a", false},
        {"Wed Nov  5 10:00:01 2025 a", "2025-11-05T10:00:01Z", "a", false},
        {"2026-08-21T10:15:32.123456789Z a", "2026-08-21T10:15:32.123456Z", "a", false},
        {"2026-08-21t10:15:32z a", "2026-08-21T10:15:32Z", "a", false},
        {"2026-08-21T10:15:32-0330 a", "2026-08-21T13:45:32Z", "a", false},
        {"2026-08-21 10:15:32,5 a", "2026-08-21T10:15:32.500000Z", "a", false},
        {"2026-08-21 10:15:32 +02:00 a", "2026-08-21T08:15:32Z", "a", false},
        {"Wed 2025-11-05 10:00:02 PST a", "2025-11-05T18:00:02Z", "a", false},
        {"Wed 2025-11-05 10:00:02 XYZ a", "2025-11-05T10:00:02Z", "a", false},
        {"Wed 2025-11-05 10:00:02.5 +03 a", "2025-11-05T07:00:02.500000Z", "a", false},
        {"2026-08-21 10:15:32 MAIL a", "2026-08-21T10:15:32Z", "MAIL a", false},
        {"1762333203.123456 a", "2025-11-05T09:00:03.123456Z", "a", false},
        {"1762333203 a", "", "", false},
        {"Feb 29 00:00:00 a", "2024-02-29T00:00:00Z", "a", true},
        {"Feb 30 00:00:00 a", "", "", false},
        {"Aug 32 00:00:00 a", "", "", false},
        {"Aug 21 24:00:00 a", "", "", false},
        {"Aug 21 10:15:32x a", "", "", false},
        {"Aug 21", "", "", false},
        {"Augustus 21 10:15:32 a", "", "", false},
        {"2026-13-21T10:15:32Z a", "", "", false},
        {"2026-08-21T10:15:32+ a", "", "", false},
        {"", "", "", false},
        {"2", "", "", false},
    };
    char text[40];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_slice line = unit_slice(rows[i].line);
        struct pfx_stamp stamp;
        bool taken = pfx_stamp_take(&line, received, &stamp);

        unit_row = rows[i].line;
        CHECK(taken == (rows[i].time[0] != '\0'));
        CHECK_TEXT(line, taken ? rows[i].rest : rows[i].line);
        if (!taken)
            continue;
        CHECK_TEXT(pfx_time_format(stamp.time, text, sizeof(text)), rows[i].time);
        CHECK(stamp.guessed == rows[i].guessed);
    }
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    stamps_are_taken();
    return UNIT_END();
}
