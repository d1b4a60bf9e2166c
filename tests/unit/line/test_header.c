/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "line/header.h"

#include <stdlib.h>
#include <time.h>

static const struct pfx_time received = {1787307332, 0}; /* 2026-08-21 10:15:32 UTC */

static void headers_come_apart(void)
{
    static const struct {
        const char *line, *time, *host, *tag, *text;
    } rows[] = {
        {"Aug 21 10:15:32 mail postfix/smtpd[1]: connect", "2026-08-21T10:15:32Z", "mail",
         "postfix/smtpd[1]:", "connect"},
        {"<22>Aug  1 00:00:00 mail postfix/smtpd[1]: connect", "2026-08-01T00:00:00Z", "mail",
         "postfix/smtpd[1]:", "connect"},
        {"June 12 02:26:22 serverhost postfix/smtp[5222]: x", "2026-06-12T02:26:22Z", "serverhost",
         "postfix/smtp[5222]:", "x"},
        {"Aug 21 2024 10:15:32 mail postfix/smtpd[1]: x", "2024-08-21T10:15:32Z", "mail",
         "postfix/smtpd[1]:", "x"},
        {"Dec 31 23:59:59 mail postfix/smtpd[1]: x", "2025-12-31T23:59:59Z", "mail",
         "postfix/smtpd[1]:", "x"},
        {"Aug 22 09:00:00 mail postfix/smtpd[1]: a clock ahead", "2026-08-22T09:00:00Z", "mail",
         "postfix/smtpd[1]:", "a clock ahead"},
        {"2026-08-21T12:15:32.123456+02:00 mail postfix/smtpd[1]: x", "2026-08-21T10:15:32.123456Z",
         "mail", "postfix/smtpd[1]:", "x"},
        {"2026-08-21T10:15:32Z mail postfix/smtpd[1]: x", "2026-08-21T10:15:32Z", "mail",
         "postfix/smtpd[1]:", "x"},
        {"<22>1 2026-08-21T10:15:32.5Z mail postfix/smtpd 77 - - connect",
         "2026-08-21T10:15:32.500000Z", "mail", "postfix/smtpd", "connect"},
        {"<22>1 - - postfix/smtpd - - [a b=\"] \\\" c\"][d] connect", "", "", "postfix/smtpd",
         "connect"},
        {"postfix/smtpd[1]: connect", "", "", "postfix/smtpd[1]:", "connect"},
        {"mail postfix/smtpd[1]: connect", "", "mail", "postfix/smtpd[1]:", "connect"},
        {"Aug\xc2\xa0 21 10:15:32 mail\xc2\xa0 postfix/smtpd[1]: x", "2026-08-21T10:15:32Z", "mail",
         "postfix/smtpd[1]:", "x"},
        {"Aug 21 10:15:32 mail postfix/smtpd[1]:", "2026-08-21T10:15:32Z", "mail",
         "postfix/smtpd[1]:", ""},
    };
    char text[40];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_header header = {0};

        unit_row = rows[i].line;
        CHECK(pfx_header_parse(unit_slice(rows[i].line), received, &header));
        CHECK(header.has_time == (rows[i].time[0] != '\0'));
        if (header.has_time)
            CHECK_TEXT(pfx_header_format_time(header.time, text, sizeof(text)), rows[i].time);
        CHECK_TEXT(header.host, rows[i].host);
        CHECK_TEXT(header.tag, rows[i].tag);
        CHECK_TEXT(header.text, rows[i].text);
    }
}

static void the_pid_of_rfc5424_is_kept(void)
{
    struct pfx_header header;

    unit_row = "";
    CHECK(pfx_header_parse(unit_slice("<22>1 - mail postfix/smtpd 77 - - x"), received, &header));
    CHECK_TEXT(header.pid, "77");
}

static void other_lines_have_no_header(void)
{
    static const char *const rows[] = {"",
                                       "Jan",
                                       "Foo 1 00:00:00 hostname",
                                       "Jan 1 00:00:00 hostname",
                                       "a b c:",
                                       "<22>1 2026-08-21 nonsense",
                                       ":"};
    struct pfx_header header;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i];
        CHECK(!pfx_header_parse(unit_slice(rows[i]), received, &header));
    }
}

/* A year-less date in a zone that is ahead: the last hours of December belong to the old year. */
static void new_year_is_told_in_local_time(void)
{
    struct pfx_time new_year = {1798758000, 0}; /* 2026-12-31 23:00:00 UTC */
    struct pfx_header header;
    char text[40];

    setenv("TZ", "XST-02", 1);
    tzset();
    unit_row = "new year";
    CHECK(pfx_header_parse(unit_slice("Dec 31 23:30:00 mail postfix/smtpd[1]: x"), new_year,
                           &header));
    CHECK_TEXT(pfx_header_format_time(header.time, text, sizeof(text)), "2026-12-31T21:30:00Z");
    CHECK(pfx_header_parse(unit_slice("Jan  1 00:30:00 mail postfix/smtpd[1]: x"), new_year,
                           &header));
    CHECK_TEXT(pfx_header_format_time(header.time, text, sizeof(text)), "2026-12-31T22:30:00Z");
}

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
        CHECK_TEXT(pfx_header_format_time(rows[i].time, text, sizeof(text)), rows[i].text);
    }
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    headers_come_apart();
    the_pid_of_rfc5424_is_kept();
    other_lines_have_no_header();
    new_year_is_told_in_local_time();
    times_are_written();
    return UNIT_END();
}
