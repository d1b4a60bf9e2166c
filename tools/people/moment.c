/* SPDX-License-Identifier: Apache-2.0 */
/* Times; see moment.h. */
#include "moment.h"
#include "base/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define SECOND INT64_C(1000000)
#define LONGEST (INT64_C(10000) * 366 * 86400) /* seconds that a span may have */

/* Names of spans; what follows the letters of one is taken for its plural or its rest. */
static const struct {
    const char *name;
    int64_t seconds;
} units[] = {{"s", 1},        {"sec", 1},     {"secs", 1},      {"second", 1},    {"seconds", 1},
             {"m", 60},       {"min", 60},    {"mins", 60},     {"minute", 60},   {"minutes", 60},
             {"h", 3600},     {"hour", 3600}, {"hours", 3600},  {"d", 86400},     {"day", 86400},
             {"days", 86400}, {"w", 604800},  {"week", 604800}, {"weeks", 604800}};

static const char *skip(const char *at)
{
    while (*at == ' ')
        ++at;
    return at;
}

/* Takes a word off *at, in any case; it ends where letters end. */
static bool take_word(const char **at, const char *word)
{
    size_t length = strlen(word);
    char next = pfx_lower((*at)[strncasecmp(*at, word, length) == 0 ? length : 0]);

    if (strncasecmp(*at, word, length) != 0 || (next >= 'a' && next <= 'z'))
        return false;
    *at = skip(*at + length);
    return true;
}

/* Takes a number of so many digits, or of any number of them where that is 0. */
static bool take_number(const char **at, unsigned digits, int64_t *number_r)
{
    unsigned taken = 0;

    for (*number_r = 0; pfx_is_digit(**at) && taken < 15 && (digits == 0 || taken < digits);
         ++taken)
        *number_r = *number_r * 10 + *(*at)++ - '0';
    return taken > 0 && (digits == 0 || taken == digits) && !(digits == 0 && pfx_is_digit(**at));
}

static bool take_sign(const char **at, char sign)
{
    if (**at != sign)
        return false;
    ++*at;
    return true;
}

/* "2h", "1 day 12 hours", with "ago" behind it or not; "-2h". */
static bool read_span(const char *at, int64_t now, int64_t *time_r)
{
    int64_t span = 0, number;
    size_t unit;

    if (take_sign(&at, '-'))
        at = skip(at);
    if (!pfx_is_digit(*at))
        return false;
    while (pfx_is_digit(*at)) {
        if (!take_number(&at, 0, &number))
            return false;
        at = skip(at);
        for (unit = 0; unit < sizeof(units) / sizeof(units[0]); ++unit) {
            if (take_word(&at, units[unit].name))
                break;
        }
        if (unit == sizeof(units) / sizeof(units[0]) || number > LONGEST / units[unit].seconds)
            return false;
        span += number * units[unit].seconds;
    }
    take_word(&at, "ago");
    *time_r = now - span * SECOND;
    return *at == '\0' && span <= LONGEST;
}

/* "YYYY-MM-DD" or a day by its name. Without one it is today, and *at stays where it is. */
static bool take_date(const char **at, int64_t now, bool utc, struct tm *date_r)
{
    static const char *const names[] = {"yesterday", "today", "tomorrow"};
    time_t seconds = (time_t)(now / SECOND);
    const char *before = *at;
    int64_t year, month, day;
    struct tm real;

    if (take_number(at, 4, &year) && take_sign(at, '-')) {
        if (!take_number(at, 2, &month) || !take_sign(at, '-') || !take_number(at, 2, &day) ||
            month < 1 || month > 12 || day < 1 || day > 31)
            return false;
        *date_r =
            (struct tm){.tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day};
        *at += **at == 'T' && pfx_is_digit((*at)[1]);
        *at = skip(*at);
        real = *date_r;
        timegm(&real);
        return real.tm_mday == day; /* 31 February is none */
    }
    *at = before;
    (utc ? gmtime_r : localtime_r)(&seconds, date_r);
    date_r->tm_hour = date_r->tm_min = date_r->tm_sec = 0;
    for (int i = 0; i < 3; ++i) {
        if (take_word(at, names[i])) {
            date_r->tm_mday += i - 1;
            return true;
        }
    }
    return pfx_is_digit(**at);
}

/* "HH:MM[:SS[.FRACTION]]", or nothing for midnight. */
static bool take_clock(const char **at, struct tm *date, int64_t *fraction_r)
{
    int64_t hour, minute, second = 0, unit = SECOND;

    *fraction_r = 0;
    if (!pfx_is_digit(**at))
        return true;
    if (!take_number(at, 2, &hour) || !take_sign(at, ':') || !take_number(at, 2, &minute) ||
        (take_sign(at, ':') && !take_number(at, 2, &second)) || hour > 24 || minute > 59 ||
        second > 60)
        return false;
    if (take_sign(at, '.')) {
        while (pfx_is_digit(**at))
            *fraction_r += (*(*at)++ - '0') * (unit /= 10);
    }
    date->tm_hour = (int)hour;
    date->tm_min = (int)minute;
    date->tm_sec = (int)second;
    *at = skip(*at);
    return true;
}

/* "Z", "UTC", "+02:00", "+0200", or nothing. */
static bool take_zone(const char **at, bool *said_r, int64_t *offset_r)
{
    bool east = **at == '+';
    int64_t hours, minutes = 0;

    *offset_r = 0;
    *said_r = take_word(at, "z") || take_word(at, "utc");
    if (*said_r || **at == '\0')
        return true;
    if (!take_sign(at, '+') && !take_sign(at, '-'))
        return false;
    if (!take_number(at, 2, &hours))
        return false;
    take_sign(at, ':');
    if (**at != '\0' && !take_number(at, 2, &minutes))
        return false;
    *said_r = true;
    *offset_r = (hours * 3600 + minutes * 60) * (east ? 1 : -1);
    return hours < 24 && minutes < 60;
}

bool moment_read(const char *text, int64_t now, bool utc, int64_t *time_r)
{
    const char *at = skip(text);
    int64_t fraction, offset, number;
    struct tm date;
    bool said;

    if (take_word(&at, "now")) {
        *time_r = now;
        return *at == '\0';
    }
    if (take_sign(&at, '@')) {
        bool whole = take_number(&at, 0, &number);

        *time_r = number * SECOND;
        return whole && *at == '\0' && number < LONGEST;
    }
    if (read_span(at, now, time_r))
        return true;
    if (!take_date(&at, now, utc, &date) || !take_clock(&at, &date, &fraction) ||
        !take_zone(&at, &said, &offset) || *at != '\0')
        return false;
    date.tm_isdst = -1;
    *time_r = (said || utc ? timegm(&date) - offset : mktime(&date)) * SECOND + fraction;
    return true;
}

void moment_write(int64_t time, bool fraction, bool utc, char room[MOMENT_ROOM])
{
    time_t seconds = (time_t)(time / SECOND);
    char zone[8];
    struct tm tm = {0};
    size_t length;

    (utc ? gmtime_r : localtime_r)(&seconds, &tm);
    length = strftime(room, MOMENT_ROOM, "%Y-%m-%d %H:%M:%S", &tm);
    if (fraction)
        length += (size_t)snprintf(room + length, MOMENT_ROOM - length, ".%03d",
                                   (int)(time % SECOND / 1000));
    strftime(zone, sizeof(zone), "%z", &tm);
    if (tm.tm_gmtoff == 0)
        snprintf(room + length, MOMENT_ROOM - length, "Z");
    else
        snprintf(room + length, MOMENT_ROOM - length, "%.3s:%.2s", zone, zone + 3);
}

int64_t moment_created(const char *created)
{
    struct tm tm = {0};
    const char *rest = created != NULL ? strptime(created, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;

    if (rest == NULL)
        return 0;
    return timegm(&tm) * SECOND + (*rest == '.' ? strtoll(rest + 1, NULL, 10) : 0);
}
