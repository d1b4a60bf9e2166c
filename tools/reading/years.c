/* SPDX-License-Identifier: Apache-2.0 */
/* Years; see years.h. */
#include "reading/years.h"
#include "base/queue_id.h"
#include "line/calendar.h"
#include "line/header.h"

#define DAY 86400
#define HALF_YEAR (182 * DAY)
#define MONTH (31 * DAY)

void years_begin(struct years *years, struct pfx_time now, int year)
{
    /* A day ahead is believed, see line/calendar.h. */
    struct tm date = {.tm_year = year, .tm_mon = 11, .tm_mday = 30, .tm_hour = 23, .tm_min = 59};

    *years = (struct years){.now = now};
    if (year == 0 || !pfx_calendar_seconds(&date, NULL, 0, &years->last))
        return;
    years->known = true;
    years->last += 59 - HALF_YEAR;
}

/* The queue id that a text begins with, in seconds; 0 for none. */
static int64_t given_at(struct pfx_slice text)
{
    ptrdiff_t colon = pfx_slice_find(pfx_slice_until(text, 24), PFX_SLICE(": "));
    struct pfx_slice id = pfx_slice_until(text, colon < 0 ? 0 : (size_t)colon);

    return pfx_is_queue_id(id) ? pfx_queue_id_time(id) / 1000000 : 0;
}

/* Takes the first line off *text. False when there is no whole one. */
static bool take_line(struct pfx_slice *text, struct pfx_slice *line_r)
{
    ptrdiff_t end = pfx_slice_find(*text, PFX_SLICE("\n"));

    if (end < 0)
        return false;
    *line_r = pfx_slice_until(*text, (size_t)end);
    *text = pfx_slice_from(*text, (size_t)end + 1);
    return true;
}

void years_learn(struct years *years, struct pfx_slice text)
{
    struct pfx_slice line;
    struct pfx_header header;
    bool first = true;

    while (!years->known && take_line(&text, &line)) {
        ptrdiff_t at = pfx_slice_find(line, PFX_SLICE("]: "));
        int64_t given = at < 0 ? 0 : given_at(pfx_slice_from(line, (size_t)at + 3));

        if ((!first && given == 0) || !pfx_header_parse(line, years->now, &header))
            continue;
        if (!header.guessed)
            return;
        if (first)
            years->old = header.time.seconds < years->now.seconds - MONTH;
        first = false;
        if (given == 0)
            continue;
        if (given > years->now.seconds + DAY || header.time.seconds - given < 2 * HALF_YEAR)
            return;
        years->known = true;
        years->last = pfx_calendar_redate(header.time.seconds, given);
    }
}

struct pfx_time years_received(struct years *years, struct pfx_slice line)
{
    struct pfx_time received = {years->last + HALF_YEAR, 0};
    struct pfx_header header;

    if (!years->known)
        return years->now;
    if (pfx_header_parse(line, received, &header) && header.has_time)
        years->last = header.time.seconds;
    return received;
}
