/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and seconds; see calendar.h. */
#include "line/calendar.h"

static int days_of(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month] + (month == 1 && leap);
}

/* Days since 1970-01-01 of a date, of which the month counts from 0. The year is counted from
 * March, so that a leap day is its last. */
static int64_t day_number(int64_t year, int month, int day)
{
    int64_t era;

    year -= month < 2;
    month = (month + 10) % 12;
    era = year / 400;
    year %= 400;
    return era * 146097 + year * 365 + year / 4 - year / 100 + (month * 153 + 2) / 5 + day - 1 -
           719468;
}

/* Whether a comes after b in a year. */
static bool is_later(const struct tm *a, const struct tm *b)
{
    const int x[] = {a->tm_mon, a->tm_mday, a->tm_hour, a->tm_min, a->tm_sec};
    const int y[] = {b->tm_mon, b->tm_mday, b->tm_hour, b->tm_min, b->tm_sec};

    for (size_t i = 0; i < sizeof(x) / sizeof(x[0]); ++i) {
        if (x[i] != y[i])
            return x[i] > y[i];
    }
    return false;
}

/* Some clocks are ahead; and 29 February is of a leap year. */
static int guess_year(const struct tm *tm, int64_t received)
{
    time_t limit = (time_t)received + 86400;
    struct tm local = {0};
    int year;

    localtime_r(&limit, &local);
    year = local.tm_year + 1900 - is_later(tm, &local);
    while (tm->tm_mday > days_of(year, tm->tm_mon) && tm->tm_mon == 1 && tm->tm_mday == 29)
        --year;
    return year;
}

/* False when there is no such day. */
static bool to_seconds(struct tm tm, const int *offset, int64_t *seconds_r)
{
    if (tm.tm_mday > days_of(tm.tm_year, tm.tm_mon))
        return false;
    if (offset != NULL) {
        *seconds_r = day_number(tm.tm_year, tm.tm_mon, tm.tm_mday) * 86400 + tm.tm_hour * 3600 +
                     tm.tm_min * 60 + tm.tm_sec - *offset;
        return true;
    }
    tm.tm_year -= 1900;
    tm.tm_isdst = -1;
    *seconds_r = (int64_t)mktime(&tm);
    return true;
}

bool pfx_calendar_seconds(const struct tm *date, const int *offset, int64_t received,
                          int64_t *seconds_r)
{
    struct tm tm = *date;

    if (tm.tm_year == 0)
        tm.tm_year = guess_year(&tm, received);
    return to_seconds(tm, offset, seconds_r);
}

int64_t pfx_calendar_redate(int64_t guessed, int64_t origin)
{
    time_t was = (time_t)guessed, since = (time_t)origin - 86400;
    struct tm tm = {0}, low = {0};

    localtime_r(&was, &tm);
    localtime_r(&since, &low);
    tm.tm_year = low.tm_year + 1900 + is_later(&low, &tm);
    while (tm.tm_mday > days_of(tm.tm_year, tm.tm_mon))
        ++tm.tm_year;
    return to_seconds(tm, NULL, &guessed) ? guessed : (int64_t)was;
}
