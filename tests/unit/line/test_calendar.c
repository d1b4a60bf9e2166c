/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "line/calendar.h"

#include <stdlib.h>
#include <time.h>

/* Leap days, the ends of years and centuries, and the ends of what RFC 3339 can write. */
static void times_are_written(void)
{
    static const struct {
        struct pfx_time time;
        const char *text;
    } rows[] = {
        {{0, 0}, "1970-01-01T00:00:00Z"},
        {{-1, 0}, "1969-12-31T23:59:59Z"},
        {{951782399, 999999}, "2000-02-28T23:59:59.999999Z"},
        {{951782400, 0}, "2000-02-29T00:00:00Z"},
        {{951868800, 7}, "2000-03-01T00:00:00.000007Z"},
        {{1798761599, 1000000}, "2026-12-31T23:59:59Z"},
        {{4107542400, 0}, "2100-03-01T00:00:00Z"},
        {{-INT64_C(62167219200), 0}, "0000-01-01T00:00:00Z"},
        {{253402300799, 0}, "9999-12-31T23:59:59Z"},
        {{-INT64_C(62167219201), 0}, ""},
        {{253402300800, 0}, ""},
        {{INT64_MAX, 0}, ""},
        {{INT64_MIN, 0}, ""},
    };
    char text[40];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].text;
        CHECK_TEXT(pfx_time_format(rows[i].time, text, sizeof(text)), rows[i].text);
    }
}

/* The latest year that fits, a day ahead at most; a day that there is not in each year. */
static void years_are_guessed(void)
{
    static const struct {
        int month, day;
        int64_t received;
        const char *text;
    } rows[] = {
        {8, 21, 1787307332, "2026-08-21T10:15:32Z"},
        {8, 22, 1787307332, "2026-08-22T10:15:32Z"},
        {8, 23, 1787307332, "2025-08-23T10:15:32Z"},
        {12, 31, 1787307332, "2025-12-31T10:15:32Z"},
        {1, 1, 1798758000, "2027-01-01T10:15:32Z"}, /* 2026-12-31 23:00:00 */
        {2, 29, 1787307332, "2024-02-29T10:15:32Z"},
        {2, 29, 1709200000, "2024-02-29T10:15:32Z"}, /* 2024-02-29 */
        {2, 29, 4110000000, "2096-02-29T10:15:32Z"}, /* 2100 has none */
    };
    char text[40];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct tm date = {.tm_mon = rows[i].month - 1,
                          .tm_mday = rows[i].day,
                          .tm_hour = 10,
                          .tm_min = 15,
                          .tm_sec = 32};
        struct pfx_time time = {0, 0};

        unit_row = rows[i].text;
        CHECK(pfx_calendar_seconds(&date, NULL, rows[i].received, &time.seconds));
        CHECK_TEXT(pfx_time_format(time, text, sizeof(text)), rows[i].text);
    }
}

static void there_are_no_other_days(void)
{
    static const struct {
        int year, month, day;
    } rows[] = {{2025, 2, 29}, {2100, 2, 29}, {2026, 4, 31}, {2026, 2, 30}};
    int64_t seconds;
    int offset = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct tm date = {
            .tm_year = rows[i].year, .tm_mon = rows[i].month - 1, .tm_mday = rows[i].day};

        CHECK(!pfx_calendar_seconds(&date, NULL, 0, &seconds));
        CHECK(!pfx_calendar_seconds(&date, &offset, 0, &seconds));
    }
}

/* With a zone of its own a date is the same everywhere. */
static void zones_are_taken_off(void)
{
    struct tm date = {.tm_year = 2024, .tm_mon = 1, .tm_mday = 29, .tm_hour = 1};
    int offset = 7200;
    struct pfx_time time = {0, 0};
    char text[40];

    CHECK(pfx_calendar_seconds(&date, &offset, 0, &time.seconds));
    CHECK_TEXT(pfx_time_format(time, text, sizeof(text)), "2024-02-28T23:00:00Z");
}

static void years_are_corrected(void)
{
    static const struct {
        int64_t guessed, origin, right;
    } rows[] = {
        {1769139003, 1642908603, 1642908603}, /* 2026-01-23, of 2022-01-23 03:30:03 */
        {1769139003, 1642995000, 1642908603}, /* the clock was a day ahead */
        {1767225600, 1640995190, 1640995200}, /* ten seconds later, over New Year */
        {1767225600, 1642908603, 1672531200}, /* eleven months in the queue */
        {1709200000, 1600000000, 1709200000}, /* 2024-02-29 09:46:40; 2020's was before */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i)
        CHECK(pfx_calendar_redate(rows[i].guessed, rows[i].origin) == rows[i].right);
}

/* A year-less date in a zone that is ahead: the last hours of December belong to the old year. */
static void new_year_is_told_in_local_time(void)
{
    struct tm last = {.tm_mon = 11, .tm_mday = 31, .tm_hour = 23, .tm_min = 30};
    struct tm next = {.tm_mon = 0, .tm_mday = 1, .tm_min = 30};
    int64_t received = 1798758000; /* 2026-12-31 23:00:00 UTC */
    struct pfx_time time = {0, 0};
    char text[40];

    setenv("TZ", "XST-02", 1);
    tzset();
    CHECK(pfx_calendar_seconds(&last, NULL, received, &time.seconds));
    CHECK_TEXT(pfx_time_format(time, text, sizeof(text)), "2026-12-31T21:30:00Z");
    CHECK(pfx_calendar_seconds(&next, NULL, received, &time.seconds));
    CHECK_TEXT(pfx_time_format(time, text, sizeof(text)), "2026-12-31T22:30:00Z");
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    times_are_written();
    unit_row = "";
    years_are_guessed();
    unit_row = "";
    there_are_no_other_days();
    zones_are_taken_off();
    years_are_corrected();
    new_year_is_told_in_local_time();
    return UNIT_END();
}
