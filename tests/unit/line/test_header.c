/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "line/calendar.h"
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
            CHECK_TEXT(pfx_time_format(header.time, text, sizeof(text)), rows[i].time);
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
                                       "connect from a[192.0.2.1]: b: c",
                                       "Aug 21 10:15:32 a b c d:",
                                       "> ",
                                       "\"",
                                       "mail |",
                                       "\033[36",
                                       ":"};
    struct pfx_header header;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i];
        CHECK(!pfx_header_parse(unit_slice(rows[i]), received, &header));
    }
}

/* Each with the host "mx1", pid 1, text "x" at 2026-08-21 10:15:32 UTC. */
static void all_forms_are_read(void)
{
    static const char *const rows[] = {
        /* daemons, and what they have between host and tag */
        "Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "Aug 21 2026 10:15:32 mx1 postfix/smtpd[1]: x",
        "2026 Aug 21 10:15:32.000 mx1 postfix/smtpd[1]: x",
        "2026-08-21 10:15:32 mx1 postfix/smtpd[1]: x",
        "2026-08-21 10:15:32.000000+00:00 mx1 postfix/smtpd[1]: x",
        "2026-08-21T12:15:32+0200 mx1 postfix/smtpd[1]: x",
        "2026-08-21T10:15:32.000000+0000 mx1 postfix/smtpd[1]: x",
        "2026-08-21T10:15:32 mx1 postfix/smtpd[1]: x",
        "Fri 2026-08-21 12:15:32 CEST mx1 postfix/smtpd[1]: x",
        "Fri 2026-08-21 10:15:32 UTC mx1 postfix/smtpd[1]: x",
        "1787307332.000000 mx1 postfix/smtpd[1]: x",
        "Aug 21 10:15:32 mx1 mail.info postfix/smtpd[1]: x",
        "Aug 21 10:15:32 mx1 mail:info postfix/smtpd[1]: x",
        "Aug 21 10:15:32 relay Message forwarded from mx1: postfix/smtpd[1]: x",
        "Aug 21 10:15:32 <mail.info> mx1 postfix/smtpd[1]: x",
        "Aug 21 10:15:32 <2.6> mx1 postfix/smtpd[1]: x",
        "2026-08-21T10:15:32Z mx1 INFO    postfix/smtpd[1]: x",
        /* relays */
        "Aug 21 10:15:40 192.0.2.1 Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "Aug 21 10:15:32 relay mx1 postfix/smtpd[1]: x",
        "2026-08-21T10:15:40+00:00 relay <22>Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        /* containers */
        "mail  | Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "\033[36mmail-1  |\033[0m Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "#033[36;1mmail-1  |#033[0m Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "2026-08-21T10:15:33.123456789Z Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "mail | 2026-08-21T10:15:33.123456789Z Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "2026-08-21T10:15:33.123456789Z stdout F Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "2026-08-21T10:15:33.123456789Z stderr P Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        /* people */
        "    Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "\tAug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "> Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "> > Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "`Aug 21 10:15:32 mx1 postfix/smtpd[1]: x`",
        "\"Aug 21 10:15:32 mx1 postfix/smtpd[1]: x\"",
        "/var/log/mail.log:Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "mail.log.1:1234:Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
        "1234:2026-08-21T10:15:32Z mx1 postfix/smtpd[1]: x",
        "\357\273\277Aug 21 10:15:32 mx1 postfix/smtpd[1]: x",
    };
    char text[40];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_header header = {0};

        unit_row = rows[i];
        CHECK(pfx_header_parse(unit_slice(rows[i]), received, &header));
        CHECK(header.has_time);
        CHECK_TEXT(pfx_time_format(header.time, text, sizeof(text)), "2026-08-21T10:15:32Z");
        CHECK_TEXT(header.host, "mx1");
        CHECK_TEXT(header.tag, "postfix/smtpd[1]:");
        CHECK_TEXT(header.text, "x");
    }
}

static void hosts_are_told_from_other_words(void)
{
    static const struct {
        const char *line, *host, *tag;
    } rows[] = {
        {"2026-08-21T10:15:32Z INFO    postfix/smtpd[1]: x", "", "postfix/smtpd[1]:"},
        {"2026-08-21T10:15:32Z WARNING postfix/smtpd[1]: x", "", "postfix/smtpd[1]:"},
        {"Fri Aug 21 10:15:32 2026 mail.info postfix/smtpd[1]: x", "", "postfix/smtpd[1]:"},
        /* there is a domain of that name */
        {"Aug 21 10:15:32 mail.info postfix/smtpd[1]: x", "mail.info", "postfix/smtpd[1]:"},
        {"Aug 21 10:15:32 2001:db8::a:1 postfix/smtpd[1]: x", "2001:db8::a:1", "postfix/smtpd[1]:"},
        {"Aug 21 10:15:32 2001:db8:: postfix/smtpd[1]: x", "2001:db8::", "postfix/smtpd[1]:"},
        {"Aug 21 10:15:32 relay Aug 21 10:15:31 postfix/smtpd[1]: x", "relay", "postfix/smtpd[1]:"},
        /* what a template of rsyslog's cuts at 32 bytes */
        {"Aug 21 10:15:32 mx1 postfix/submission/smtpd[1234567 x", "mx1",
         "postfix/submission/smtpd[1234567"},
        {"Aug 21 10:15:32 mx1 postfix-outgoing/submissions/smt x", "mx1",
         "postfix-outgoing/submissions/smt"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_header header = {0};

        unit_row = rows[i].line;
        CHECK(pfx_header_parse(unit_slice(rows[i].line), received, &header));
        CHECK_TEXT(header.host, rows[i].host);
        CHECK_TEXT(header.tag, rows[i].tag);
        CHECK_TEXT(header.text, "x");
    }
}

/* A container's stamp without a year is of the year of docker's. */
static void an_outer_stamp_dates_an_inner_one(void)
{
    struct pfx_header header;
    char text[40];

    unit_row = "";
    CHECK(pfx_header_parse(
        unit_slice("2019-11-05T10:00:01.5Z Nov  5 10:00:01 mx1 postfix/smtpd[1]: x"), received,
        &header));
    CHECK_TEXT(pfx_time_format(header.time, text, sizeof(text)), "2019-11-05T10:00:01Z");
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    headers_come_apart();
    the_pid_of_rfc5424_is_kept();
    all_forms_are_read();
    hosts_are_told_from_other_words();
    an_outer_stamp_dates_an_inner_one();
    other_lines_have_no_header();
    return UNIT_END();
}
