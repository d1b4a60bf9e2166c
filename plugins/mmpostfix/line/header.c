/* SPDX-License-Identifier: Apache-2.0 */
/* Syslog headers; see header.h. */
#include "line/header.h"

#include <string.h>
#include <strings.h>
#include <time.h>

/* Bytes of the blank at the start of s: a space, or the no-break space of a log that was pasted
 * from a page; 0 when there is none. */
static size_t blank_length(struct pfx_slice s)
{
    if (s.length > 0 && s.text[0] == ' ')
        return 1;
    return pfx_slice_starts(s, PFX_SLICE("\xc2\xa0")) ? 2 : 0;
}

/* The word at the start of *s, which is moved past it and the blanks after it. */
static struct pfx_slice take_word(struct pfx_slice *s)
{
    struct pfx_slice word = *s;
    size_t blank;

    while (s->length > 0 && blank_length(*s) == 0)
        *s = pfx_slice_from(*s, 1);
    word.length -= s->length;
    while ((blank = blank_length(*s)) > 0)
        *s = pfx_slice_from(*s, blank);
    return word;
}

/* Exactly digits digits at offset. */
static bool take_digits(struct pfx_slice s, size_t offset, size_t digits, int *value_r)
{
    int64_t value;

    if (s.length < offset + digits || s.text[offset] == '-' ||
        !pfx_value_integer((struct pfx_slice){s.text + offset, digits}, &value))
        return false;
    *value_r = (int)value;
    return true;
}

/* ".123456" at the start of *s, which is moved past it. */
static int32_t take_fraction(struct pfx_slice *s)
{
    int32_t microseconds = 0, unit = 100000;

    if (s->length < 2 || s->text[0] != '.')
        return 0;
    *s = pfx_slice_from(*s, 1);
    for (; s->length > 0 && s->text[0] >= '0' && s->text[0] <= '9'; *s = pfx_slice_from(*s, 1)) {
        microseconds += unit * (s->text[0] - '0');
        unit /= 10;
    }
    return microseconds;
}

static bool parse_clock(struct pfx_slice s, struct tm *tm)
{
    return take_digits(s, 0, 2, &tm->tm_hour) && take_digits(s, 3, 2, &tm->tm_min) &&
           take_digits(s, 6, 2, &tm->tm_sec) && s.text[2] == ':' && s.text[5] == ':' &&
           tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 61;
}

/* "2026-08-21T10:15:32.123456+02:00" */
static bool parse_rfc3339(struct pfx_slice word, struct pfx_time *time_r)
{
    struct tm tm = {0};
    int hours = 0, minutes = 0;
    struct pfx_slice zone;

    if (!take_digits(word, 0, 4, &tm.tm_year) || !take_digits(word, 5, 2, &tm.tm_mon) ||
        !take_digits(word, 8, 2, &tm.tm_mday) || word.length < 20 || word.text[4] != '-' ||
        word.text[7] != '-' || (word.text[10] != 'T' && word.text[10] != 't') ||
        !parse_clock(pfx_slice_from(word, 11), &tm) || tm.tm_mon < 1 || tm.tm_mon > 12)
        return false;
    zone = pfx_slice_from(word, 19);
    tm.tm_year -= 1900;
    --tm.tm_mon;
    time_r->microseconds = take_fraction(&zone);
    if (zone.length == 6 && (zone.text[0] == '+' || zone.text[0] == '-')) {
        if (!take_digits(zone, 1, 2, &hours) || !take_digits(zone, 4, 2, &minutes))
            return false;
        if (zone.text[0] == '-') {
            hours = -hours;
            minutes = -minutes;
        }
    } else if (!pfx_slice_equal(zone, PFX_SLICE("Z")) && !pfx_slice_equal(zone, PFX_SLICE("z"))) {
        return false;
    }
    time_r->seconds = (int64_t)timegm(&tm) - hours * 3600 - minutes * 60;
    return true;
}

/* "Aug", also "August"; 0 to 11, or -1. */
static int month_of(struct pfx_slice word)
{
    static const char *const months[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};

    if (word.length < 3)
        return -1;
    for (int m = 0; m < 12; ++m) {
        if (word.length <= strlen(months[m]) && strncasecmp(word.text, months[m], word.length) == 0)
            return m;
    }
    return -1;
}

/* The latest year in which tm is not over a day after received; some clocks are ahead. */
static int64_t date_without_year(struct tm tm, struct pfx_time received)
{
    time_t now = (time_t)received.seconds;
    struct tm local;
    time_t t;

    localtime_r(&now, &local);
    tm.tm_year = local.tm_year + 1;
    do {
        struct tm candidate = tm;

        candidate.tm_isdst = -1;
        t = mktime(&candidate);
        --tm.tm_year;
    } while (t > now + 86400 && tm.tm_year > local.tm_year - 2);
    return t;
}

/* "Aug 21 10:15:32" or "Aug 21 2026 10:15:32" at the start of *line, which is moved past it. */
static bool take_bsd_time(struct pfx_slice *line, struct pfx_time received, struct pfx_time *time_r)
{
    struct pfx_slice rest = *line, word;
    struct tm tm = {.tm_mon = month_of(take_word(&rest)), .tm_isdst = -1};
    int64_t day, year = 0;

    if (tm.tm_mon < 0 || !pfx_value_integer(take_word(&rest), &day) || day < 1 || day > 31)
        return false;
    tm.tm_mday = (int)day;
    word = take_word(&rest);
    if (word.length == 4 && pfx_value_integer(word, &year))
        word = take_word(&rest);
    if (!parse_clock(word, &tm))
        return false;
    tm.tm_year = (int)year - 1900;
    time_r->seconds = year > 0 ? (int64_t)mktime(&tm) : date_without_year(tm, received);
    word = pfx_slice_from(word, 8);
    time_r->microseconds = take_fraction(&word);
    *line = rest;
    return true;
}

/* The structured data of RFC 5424 at the start of *s: "-" or "[id key="value"]...". */
static bool skip_structured_data(struct pfx_slice *s)
{
    size_t at = 0;
    bool quoted = false;

    if (pfx_slice_starts(*s, PFX_SLICE("-"))) {
        take_word(s);
        return true;
    }
    if (!pfx_slice_starts(*s, PFX_SLICE("[")))
        return false;
    for (; at < s->length; ++at) {
        char c = s->text[at];

        if (c == '\\' && quoted)
            ++at;
        else if (c == '"')
            quoted = !quoted;
        else if (c == ' ' && !quoted && s->text[at - 1] == ']')
            break;
    }
    *s = pfx_slice_from(*s, at + 1);
    return true;
}

/* "1 TIME HOST APP PROCID MSGID SD [BOM]TEXT" after the <PRI>. */
static bool parse_rfc5424(struct pfx_slice line, struct pfx_header *header)
{
    struct pfx_slice time;

    take_word(&line);
    time = take_word(&line);
    header->has_time = parse_rfc3339(time, &header->time);
    if (!header->has_time && !pfx_slice_equal(time, PFX_SLICE("-")))
        return false;
    header->host = take_word(&line);
    header->tag = take_word(&line);
    header->pid = take_word(&line);
    take_word(&line);
    if (!skip_structured_data(&line))
        return false;
    if (pfx_slice_equal(header->host, PFX_SLICE("-")))
        header->host.length = 0;
    if (pfx_slice_equal(header->pid, PFX_SLICE("-")))
        header->pid.length = 0;
    header->text =
        pfx_slice_starts(line, PFX_SLICE("\xef\xbb\xbf")) ? pfx_slice_from(line, 3) : line;
    return true;
}

bool pfx_header_parse(struct pfx_slice line, struct pfx_time received, struct pfx_header *header_r)
{
    struct pfx_header header = {0};
    struct pfx_slice first, rest = line;

    if (pfx_slice_starts(rest, PFX_SLICE("<"))) {
        ptrdiff_t close = pfx_slice_find(pfx_slice_until(rest, 5), PFX_SLICE(">"));

        if (close >= 2)
            rest = pfx_slice_from(rest, (size_t)close + 1);
        if (pfx_slice_starts(rest, PFX_SLICE("1 ")) && parse_rfc5424(rest, &header)) {
            *header_r = header;
            return true;
        }
        header = (struct pfx_header){0};
    }
    header.has_time = take_bsd_time(&rest, received, &header.time);
    if (!header.has_time) {
        struct pfx_slice after = rest;

        header.has_time = parse_rfc3339(take_word(&after), &header.time);
        if (header.has_time)
            rest = after;
    }
    first = take_word(&rest);
    if (!pfx_slice_ends(first, PFX_SLICE(":"))) {
        header.host = first;
        first = take_word(&rest);
    }
    if (first.length < 2 || !pfx_slice_ends(first, PFX_SLICE(":")))
        return false;
    header.tag = first;
    header.text = rest;
    *header_r = header;
    return true;
}

/* Two digits. */
static inline char *put_pair(char *out, unsigned value)
{
    out[0] = (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
    return out + 2;
}

/* By hand, since gmtime_r() takes a lock of the whole process and this is done for each line. The
 * year is counted from March, so that a leap day is the last one: 146097 days are 400 years. */
struct pfx_slice pfx_header_format_time(struct pfx_time time, char *out, size_t size)
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
    if (time.microseconds > 0 && time.microseconds < 1000000) {
        *end++ = '.';
        end = put_pair(end, (unsigned)time.microseconds / 10000);
        end = put_pair(end, (unsigned)time.microseconds / 100 % 100);
        end = put_pair(end, (unsigned)time.microseconds % 100);
    }
    *end++ = 'Z';
    return (struct pfx_slice){out, (size_t)(end - out)};
}
