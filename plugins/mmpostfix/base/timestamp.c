/* SPDX-License-Identifier: Apache-2.0 */
/* Times as text; see timestamp.h. */
#include "base/timestamp.h"

/* Two digits. */
static inline char *put_pair(char *out, unsigned value)
{
    out[0] = (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
    return out + 2;
}

/* Microseconds, when there are any, and the zone. */
static inline char *put_fraction(char *end, int microseconds)
{
    if (microseconds > 0 && microseconds < 1000000) {
        *end++ = '.';
        end = put_pair(end, (unsigned)microseconds / 10000);
        end = put_pair(end, (unsigned)microseconds / 100 % 100);
        end = put_pair(end, (unsigned)microseconds % 100);
    }
    *end++ = 'Z';
    return end;
}

#define SECOND_LENGTH 19 /* of "2026-08-21T10:15:32" */

/* By hand, since gmtime_r() takes a lock of the whole process and this is done for each line. The
 * year is counted from March, so that a leap day is the last one: 146097 days are 400 years. */
struct pfx_slice pfx_time_format(struct pfx_time time, char *out, size_t size)
{
    const int64_t first = -INT64_C(62167219200), last = INT64_C(253402300799); /* years 0 to 9999 */
    int64_t day, clock, era, year, month;
    char *end = out;

    if (time.seconds < first || time.seconds > last || size < 40)
        return PFX_NO_SLICE;
    day = (time.seconds - first) / 86400 + 146097 - 60; /* from 1 March of the year -400 */
    clock = (time.seconds - first) % 86400;
    era = day / 146097;
    day %= 146097;
    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= year * 365 + year / 4 - year / 100;
    month = (day * 5 + 2) / 153;
    day -= (month * 153 + 2) / 5;
    year += era * 400 - 400 + (month >= 10);
    end = put_pair(end, (unsigned)year / 100);
    end = put_pair(end, (unsigned)year % 100);
    *end++ = '-';
    end = put_pair(end, (unsigned)(month < 10 ? month + 3 : month - 9));
    *end++ = '-';
    end = put_pair(end, (unsigned)day + 1);
    *end++ = 'T';
    end = put_pair(end, (unsigned)clock / 3600);
    *end++ = ':';
    end = put_pair(end, (unsigned)clock / 60 % 60);
    *end++ = ':';
    end = put_pair(end, (unsigned)clock % 60);
    end = put_fraction(end, time.microseconds);
    return (struct pfx_slice){out, (size_t)(end - out)};
}

struct pfx_slice pfx_date_format(struct pfx_date *date, struct pfx_time time)
{
    struct pfx_slice whole;

    if (date->length > 0 && date->seconds == time.seconds) {
        char *end = put_fraction(date->text + date->length, time.microseconds);

        return (struct pfx_slice){date->text, (size_t)(end - date->text)};
    }
    whole = pfx_time_format(time, date->text, sizeof(date->text));
    date->seconds = time.seconds;
    date->length = whole.length < SECOND_LENGTH ? 0 : SECOND_LENGTH;
    return whole;
}
