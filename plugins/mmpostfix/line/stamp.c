/* SPDX-License-Identifier: Apache-2.0 */
/* Time stamps; see stamp.h.
 *
 * A form is a text of directives, as of strptime(), and other characters, which stand for
 * themselves; a blank stands for any number of them. A new form is a row of forms, a new element a
 * row of directives.
 */
#include "line/stamp.h"
#include "line/calendar.h"
#include "line/word.h"

/* What was read so far. */
struct parts {
    struct pfx_slice rest;
    struct tm tm; /* tm_year is the year itself, 0: none; tm_mon is 0 to 11 */
    int32_t microseconds;
    int offset;    /* of its zone, east, in seconds */
    bool zoned;    /* it has one */
    int64_t epoch; /* seconds since 1970, where the stamp has those; else 0 */
};

typedef bool take_part(struct parts *parts);

static char first(const struct parts *parts)
{
    return parts->rest.length > 0 ? parts->rest.text[0] : '\0';
}

/* At least least and at most most digits; *value_r is not set without them. */
static bool take_digits(struct parts *parts, size_t least, size_t most, int64_t *value_r)
{
    size_t count = 0;
    int64_t value = 0;

    for (; count < most && count < parts->rest.length && pfx_is_digit(parts->rest.text[count]);
         ++count)
        value = value * 10 + (parts->rest.text[count] - '0');
    if (count < least)
        return false;
    *value_r = value;
    parts->rest = pfx_slice_from(parts->rest, count);
    return true;
}

static bool take_number(struct parts *parts, size_t least, size_t most, int low, int high, int *out)
{
    int64_t value;

    if (!take_digits(parts, least, most, &value) || value < low || value > high)
        return false;
    *out = (int)value;
    return true;
}

/* A name, and its first three letters, by which it is told from others. */
struct name {
    uint32_t key;
    const char *rest;
};
#define KEY(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

static const struct name months[] = {
    {KEY('j', 'a', 'n'), "uary"}, {KEY('f', 'e', 'b'), "ruary"}, {KEY('m', 'a', 'r'), "ch"},
    {KEY('a', 'p', 'r'), "il"},   {KEY('m', 'a', 'y'), ""},      {KEY('j', 'u', 'n'), "e"},
    {KEY('j', 'u', 'l'), "y"},    {KEY('a', 'u', 'g'), "ust"},   {KEY('s', 'e', 'p'), "tember"},
    {KEY('o', 'c', 't'), "ober"}, {KEY('n', 'o', 'v'), "ember"}, {KEY('d', 'e', 'c'), "ember"}};
static const struct name weekdays[] = {
    {KEY('m', 'o', 'n'), "day"},   {KEY('t', 'u', 'e'), "sday"}, {KEY('w', 'e', 'd'), "nesday"},
    {KEY('t', 'h', 'u'), "rsday"}, {KEY('f', 'r', 'i'), "day"},  {KEY('s', 'a', 't'), "urday"},
    {KEY('s', 'u', 'n'), "day"}};
#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* The number of the name that text begins with, or -1. */
static int find_name(struct pfx_slice text, const struct name *names, int count)
{
    uint32_t key;
    int i = 0;

    if (text.length < 4)
        return -1;
    key = KEY(text.text[0] | 0x20, text.text[1] | 0x20, text.text[2] | 0x20);
    while (i < count && names[i].key != key)
        ++i;
    return i < count ? i : -1;
}

/* The same; takes as much of it as is there. */
static int take_name(struct parts *parts, const struct name *names, int count)
{
    int found = find_name(parts->rest, names, count);
    size_t length = 3;

    if (found < 0)
        return -1;
    for (const char *rest = names[found].rest;
         *rest != '\0' && length < parts->rest.length &&
         (parts->rest.text[length] | 0x20) == *rest && parts->rest.text[length] != ' ';
         ++rest)
        ++length;
    parts->rest = pfx_slice_from(parts->rest, length);
    return found;
}

static bool take_month_name(struct parts *parts)
{
    parts->tm.tm_mon = take_name(parts, months, COUNT(months));
    return parts->tm.tm_mon >= 0;
}

static bool take_weekday(struct parts *parts)
{
    return take_name(parts, weekdays, COUNT(weekdays)) >= 0;
}

static bool take_year(struct parts *parts)
{
    return take_number(parts, 4, 4, 1, 9999, &parts->tm.tm_year);
}

static bool take_month(struct parts *parts)
{
    bool good = take_number(parts, 2, 2, 1, 12, &parts->tm.tm_mon);

    --parts->tm.tm_mon;
    return good;
}

static bool take_day(struct parts *parts)
{
    return take_number(parts, 1, 2, 1, 31, &parts->tm.tm_mday);
}

static bool take_literal(struct parts *parts, char c)
{
    if (first(parts) != c)
        return false;
    parts->rest = pfx_slice_from(parts->rest, 1);
    return true;
}

/* ".123456789"; what is finer than a microsecond is cut off. */
static void take_fraction(struct parts *parts)
{
    int32_t unit = 100000;

    if (parts->rest.length < 2 || (first(parts) != '.' && first(parts) != ',') ||
        !pfx_is_digit(parts->rest.text[1]))
        return;
    do {
        parts->rest = pfx_slice_from(parts->rest, 1);
        if (!pfx_is_digit(first(parts)))
            break;
        parts->microseconds += unit * (first(parts) - '0');
        unit /= 10;
    } while (true);
}

/* "10:15:32.123456" */
static bool take_clock(struct parts *parts)
{
    if (!take_number(parts, 2, 2, 0, 23, &parts->tm.tm_hour) || !take_literal(parts, ':') ||
        !take_number(parts, 2, 2, 0, 59, &parts->tm.tm_min) || !take_literal(parts, ':') ||
        !take_number(parts, 2, 2, 0, 60, &parts->tm.tm_sec))
        return false;
    take_fraction(parts);
    return true;
}

/* "Z", "+02:00", "+0200", "+02" */
static bool take_offset(struct parts *parts)
{
    char sign = first(parts);
    int hours, minutes = 0;

    parts->zoned = take_literal(parts, 'Z') || take_literal(parts, 'z');
    if (parts->zoned)
        return true;
    if ((sign != '+' && sign != '-') || !take_literal(parts, sign) ||
        !take_number(parts, 2, 2, 0, 23, &hours))
        return false;
    if ((take_literal(parts, ':') || pfx_is_digit(first(parts))) &&
        !take_number(parts, 2, 2, 0, 59, &minutes))
        return false;
    parts->zoned = true;
    parts->offset = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return true;
}

/* The same or nothing. */
static bool take_any_offset(struct parts *parts)
{
    char c = first(parts);

    return (c != 'Z' && c != 'z' && c != '+' && c != '-') || take_offset(parts);
}

static bool take_t(struct parts *parts)
{
    return take_literal(parts, 'T') || take_literal(parts, 't');
}

/* The name of a zone, as journalctl writes it; those that mean one thing. Others are read in the
 * zone of the process, whose name it most likely is. */
static bool take_zone(struct parts *parts)
{
    static const struct {
        struct pfx_slice name;
        int minutes;
    } zones[] = {{{"UTC", 3}, 0},    {{"GMT", 3}, 0},     {{"WET", 3}, 0},     {{"WEST", 4}, 60},
                 {{"CET", 3}, 60},   {{"CEST", 4}, 120},  {{"EET", 3}, 120},   {{"EEST", 4}, 180},
                 {{"MSK", 3}, 180},  {{"JST", 3}, 540},   {{"EST", 3}, -300},  {{"EDT", 3}, -240},
                 {{"CDT", 3}, -300}, {{"MST", 3}, -420},  {{"MDT", 3}, -360},  {{"PST", 3}, -480},
                 {{"PDT", 3}, -420}, {{"AEST", 4}, 600},  {{"AEDT", 4}, 660},  {{"NZST", 4}, 720},
                 {{"NZDT", 4}, 780}, {{"AKST", 4}, -540}, {{"AKDT", 4}, -480}, {{"HST", 3}, -600}};
    struct pfx_slice word = parts->rest;
    size_t length = 0;

    while (length < word.length && word.text[length] >= 'A' && word.text[length] <= 'Z')
        ++length;
    if (length < 3 || length > 5)
        return length == 0 && take_offset(parts);
    word = pfx_slice_until(word, length);
    parts->rest = pfx_slice_from(parts->rest, length);
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]) && !parts->zoned; ++i) {
        if (!pfx_slice_equal(word, zones[i].name))
            continue;
        parts->zoned = true;
        parts->offset = zones[i].minutes * 60;
    }
    return true;
}

/* "1762333203.123456": bare seconds could be anything. */
static bool take_epoch(struct parts *parts)
{
    if (!take_digits(parts, 9, 10, &parts->epoch) || first(parts) != '.')
        return false;
    take_fraction(parts);
    return true;
}

static bool take_blanks(struct parts *parts)
{
    size_t before = parts->rest.length;

    parts->rest = pfx_word_skip_blanks(parts->rest);
    return parts->rest.length < before;
}

static take_part *const directives['z' + 1] = {
    ['B'] = take_month_name, ['A'] = take_weekday, ['Y'] = take_year,  ['m'] = take_month,
    ['d'] = take_day,        ['T'] = take_t,       ['H'] = take_clock, ['z'] = take_any_offset,
    ['o'] = take_offset,     ['Z'] = take_zone,    ['s'] = take_epoch, [' '] = take_blanks,
};

/* The likelier ones first. */
static const char *const forms[] = {
    "B d Hz",      /* RFC 3164, also with a fraction, a zone or a long month */
    "Y-m-dTHz",    /* RFC 3339, journalctl -o short-iso, docker */
    "B d Y Hz",    /* Cisco, syslog-ng */
    "A B d H Y",   /* ctime(): OpenWrt */
    "Y-m-d H o",   /* with a zone of its own */
    "Y-m-d Hz",    /* databases, loggers of programming languages */
    "A Y-m-d H Z", /* journalctl -o short-full */
    "Y B d Hz",    /* syslog-ng with its year first */
    "s",           /* journalctl -o short-unix */
};

/* Reads one form from the start; it ends where a blank or the line does. */
static bool read_form(const char *form, struct pfx_slice line, struct parts *parts)
{
    *parts = (struct parts){.rest = line};
    for (; *form != '\0'; ++form) {
        take_part *take = directives[(unsigned char)*form];

        if (take != NULL ? !take(parts) : !take_literal(parts, *form))
            return false;
    }
    return take_blanks(parts) || parts->rest.length == 0;
}

bool pfx_stamp_take(struct pfx_slice *line, struct pfx_time received, struct pfx_stamp *stamp_r)
{
    struct pfx_stamp stamp = {0};
    struct parts parts;
    size_t form = 0;

    /* Most words that are none are told here. */
    if (line->length == 0 ||
        (!pfx_is_digit(line->text[0]) && find_name(*line, months, COUNT(months)) < 0 &&
         find_name(*line, weekdays, COUNT(weekdays)) < 0))
        return false;
    while (form < sizeof(forms) / sizeof(forms[0]) && !read_form(forms[form], *line, &parts))
        ++form;
    if (form == sizeof(forms) / sizeof(forms[0]))
        return false;
    stamp.ctime = forms[form][0] == 'A' && forms[form][2] == 'B';
    stamp.time = (struct pfx_time){parts.epoch, parts.microseconds};
    stamp.guessed = parts.epoch == 0 && parts.tm.tm_year == 0;
    if (parts.epoch == 0 && !pfx_calendar_seconds(&parts.tm, parts.zoned ? &parts.offset : NULL,
                                                  received.seconds, &stamp.time.seconds))
        return false;
    *line = parts.rest;
    *stamp_r = stamp;
    return true;
}
