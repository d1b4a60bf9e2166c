/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "line/stage.h"

#include <stdlib.h>
#include <time.h>

static struct pfx_stage_rooms rooms;

static bool know(const void *cookie, struct pfx_slice daemon)
{
    (void)cookie;
    return pfx_slice_equal(daemon, PFX_SLICE("qmgr"));
}

/* Of dovecot's programs "auth" is a name that others have, too. */
static unsigned product(const void *cookie, struct pfx_slice name, bool *sure_r)
{
    (void)cookie;
    *sure_r = !pfx_slice_equal(name, PFX_SLICE("auth"));
    return pfx_slice_equal(name, PFX_SLICE("dovecot")) || !*sure_r ? 3 : 0;
}

static void who_says_what(void)
{
    static const struct {
        const char *host, *tag, *text;
        bool ours;
        const char *found_host, *instance, *daemon, *pid, *rest;
    } rows[] = {
        {"mail", "postfix/smtpd[9]:", "hello", true, "mail", "postfix", "smtpd", "9", "hello"},
        {"mail", "out/qmgr[9]:", "hello", true, "mail", "out", "qmgr", "9", "hello"},
        {"mail", "out/sshd[9]:", "hello", false, "", "", "", "", ""},
        {"mail", "qmgr[9]:", "hello", false, "", "", "", "", ""},
        {NULL, NULL, "hello", false, "", "", "", "", ""},
        {NULL, NULL, "postfix/smtpd[9]: hello", true, "", "postfix", "smtpd", "9", "hello"},
        {"relay", NULL, "Aug 21 10:15:32 mail postfix/smtpd[9]: hello", true, "mail", "postfix",
         "smtpd", "9", "hello"},
        {"relay", NULL, "Aug 21 10:15:32 mail sshd[9]: hello", false, "", "", "", "", ""},
        /* a file that is read under the tag "postfix" */
        {"relay", "postfix:", "Aug 21 10:15:32 mail postfix/qmgr[9]: hello", true, "mail",
         "postfix", "qmgr", "9", "hello"},
        {"mail", "postfix:", "hello", true, "mail", "postfix", "postfix", "", "hello"},
        /* a relay that puts its own tag in front */
        {"relay", "postfix/smtpd[1]:", "postfix/qmgr[9]: hello", true, "relay", "postfix", "qmgr",
         "9", "hello"},
        /* a container's tag in front of the lines of its own syslog daemon */
        {"node", "postfix[77]:", "Aug 21 10:15:32 c1 postfix/smtpd[9]: hello", true, "c1",
         "postfix", "smtpd", "9", "hello"},
        {"node", "docker/postfix[77]:", "Aug 21 10:15:32 c1 postfix/smtpd[9]: hello", true, "c1",
         "postfix", "smtpd", "9", "hello"},
        {"node", "docker/mail-1[77]:", "2026-08-21T10:15:32Z INFO    postfix/smtpd[9]: hello", true,
         "node", "postfix", "smtpd", "9", "hello"},
        {"node", "out/qmgr[77]:", "postfix/smtpd[9]: hello", true, "node", "postfix", "smtpd", "9",
         "hello"},
        {"node", "mailserver[77]:", "postfix/smtpd[9]: hello", true, "node", "postfix", "smtpd",
         "9", "hello"},
        {"node", "docker[77]:", "Aug 21 10:15:32 c1 mail[7]: postfix/smtpd[9]: hello", true, "c1",
         "postfix", "smtpd", "9", "hello"},
        {NULL, NULL, "Aug 21 10:15:32 node mail[7]: Aug 21 10:15:32 c1 postfix/smtpd[9]: hello",
         true, "c1", "postfix", "smtpd", "9", "hello"},
        {NULL, NULL, "Aug 21 10:15:32 node postfix[7]: Aug 21 10:15:32 c1 postfix/smtpd[9]: hello",
         true, "c1", "postfix", "smtpd", "9", "hello"},
        {"node", "postfix[77]:", "connect from a[192.0.2.1]", true, "node", "postfix", "postfix",
         "77", "connect from a[192.0.2.1]"},
        /* a neighbour; what it says is no header */
        {"mail", "dovecot:", "imap-login: hello", true, "mail", "dovecot", "dovecot", "",
         "imap-login: hello"},
        {"mail", "dovecot:", "postfix/smtpd[9]: hello", true, "mail", "dovecot", "dovecot", "",
         "postfix/smtpd[9]: hello"},
        {"mail", "auth:", "pam_unix(x:auth): no", true, "mail", "auth", "auth", "",
         "pam_unix(x:auth): no"},
        {"relay", NULL, "Aug 21 10:15:32 mail dovecot: hello", true, "mail", "dovecot", "dovecot",
         "", "hello"},
        {"relay", "docker/mail[7]:", "Aug 21 10:15:32 mail dovecot: hello", true, "mail", "dovecot",
         "dovecot", "", "hello"},
        {"mail", "someone[7]:", "dovecot: imap-login: hello", false, "", "", "", "", ""},
        /* what some program says up to a colon is no container */
        {"node", "sshd[77]:", "error: postfix/smtpd[9]: hello", false, "", "", "", "", ""},
        /* the journal and docker */
        {"node", "docker:", "{\"log\":\"Aug 21 10:15:32 c1 postfix/smtpd[9]: hello\\n\"}", true,
         "c1", "postfix", "smtpd", "9", "hello"},
        {NULL, NULL,
         "{\"MESSAGE\":\"hello\",\"SYSLOG_IDENTIFIER\":\"postfix/smtpd\",\"_PID\":\"9\"}", true, "",
         "postfix", "smtpd", "9", "hello"},
        {NULL, NULL, "{\"MESSAGE\":\"hello\",\"SYSLOG_IDENTIFIER\":\"sshd\",\"_PID\":\"9\"}", false,
         "", "", "", "", ""},
        {"mail", "postfix/smtpd[9]:", "{\"log\":\"postfix/qmgr[1]: hello\"}", true, "mail",
         "postfix", "smtpd", "9", "{\"log\":\"postfix/qmgr[1]: hello\"}"},
        {"mail", "postfix:", "{hello}", true, "mail", "postfix", "postfix", "", "{hello}"},
        /* quotes around a line */
        {NULL, NULL, "`Aug 21 10:15:32 mail postfix/smtpd[9]: hello`", true, "mail", "postfix",
         "smtpd", "9", "hello"},
        /* what a client sent is no header, even if it looks like one */
        {"mail", "postfix/smtpd[9]:", "Aug 21 10:15:32 evil postfix/qmgr[1]: hello", true, "mail",
         "postfix", "smtpd", "9", "Aug 21 10:15:32 evil postfix/qmgr[1]: hello"},
        {"mail", "out/qmgr[9]:", "Aug 21 10:15:32 evil qmgr/qmgr[1]: hello", true, "mail", "out",
         "qmgr", "9", "Aug 21 10:15:32 evil qmgr/qmgr[1]: hello"},
        {"mail", "postfix[9]:", "Aug 21 10:15:32 evil out/qmgr[1]: hello", true, "mail", "postfix",
         "postfix", "9", "Aug 21 10:15:32 evil out/qmgr[1]: hello"},
        {"mail", "postfix[9]:", "postfix.example.com[192.0.2.1]: hello", true, "mail", "postfix",
         "postfix", "9", "postfix.example.com[192.0.2.1]: hello"},
        {"mail", "postfix/smtpd[9]:", "[ID 197553 mail.info] hello", true, "mail", "postfix",
         "smtpd", "9", "hello"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_line line = {.host = rows[i].host,
                                .tag = rows[i].tag,
                                .text = rows[i].text,
                                .text_length = strlen(rows[i].text),
                                .time = {1787307332, 5},
                                .received = {1787307332, 5}};
        struct pfx_stage stage;

        unit_row = rows[i].text;
        CHECK(pfx_stage_take(&stage, &line, (struct pfx_known){know, product, NULL}, &rooms) ==
              rows[i].ours);
        if (!rows[i].ours)
            continue;
        CHECK_TEXT(stage.host, rows[i].found_host);
        CHECK_TEXT(stage.program.instance, rows[i].instance);
        CHECK_TEXT(stage.program.daemon, rows[i].daemon);
        CHECK_TEXT(stage.program.pid, rows[i].pid);
        CHECK_TEXT(stage.text, rows[i].rest);
        CHECK_TEXT(stage.raw, rows[i].rest);
        CHECK(stage.text.text[stage.text.length] == '\0');
    }
    unit_row = "";
}

/* A time in the text is when the line was written; without one it is the message's. */
static void the_time_is_the_lines_own(void)
{
    static const struct {
        const char *text;
        int64_t seconds;
        int32_t microseconds;
    } rows[] = {
        {"postfix/smtpd[9]: hello", 1787307332, 5},
        {"2026-08-21T10:15:30.25Z mail postfix/smtpd[9]: hello", 1787307330, 250000},
        {"<22>1 2026-08-21T12:15:30+02:00 mail postfix/smtpd 9 - - hello", 1787307330, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_line line = {
            .text = rows[i].text, .text_length = strlen(rows[i].text), .time = {1787307332, 5}};
        struct pfx_stage stage;

        unit_row = rows[i].text;
        CHECK(pfx_stage_take(&stage, &line, (struct pfx_known){know, product, NULL}, &rooms) == 1);
        CHECK(stage.time.seconds == rows[i].seconds);
        CHECK(stage.time.microseconds == rows[i].microseconds);
        CHECK_TEXT(stage.program.pid, "9");
    }
    unit_row = "";
}

/* rsyslog splits a header that it does not know where it should not: the whole line tells. */
static void the_line_as_it_came_tells(void)
{
    static const struct {
        const char *raw, *tag, *text, *host;
    } rows[] = {
        {"<22>Aug 21 10:15:32 2001:db8::a:1 postfix/smtpd[9]: hello",
         "2001:", "db8::a:1 postfix/smtpd[9]: hello", "2001:db8::a:1"},
        {"<22>Aug 21 10:15:32 mx1 mail:info postfix/smtpd[9]: hello",
         "mail:", "info postfix/smtpd[9]: hello", "mx1"},
        {"<22>Aug 21 10:15:32 relay Message forwarded from mx1: postfix/smtpd[9]: hello", "Message",
         "forwarded from mx1: postfix/smtpd[9]: hello", "mx1"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_line line = {.host = "relay",
                                .tag = rows[i].tag,
                                .text = rows[i].text,
                                .text_length = strlen(rows[i].text),
                                .raw = rows[i].raw,
                                .raw_length = strlen(rows[i].raw),
                                .received = {1787307332, 5}};
        struct pfx_stage stage;

        unit_row = rows[i].raw;
        CHECK(pfx_stage_take(&stage, &line, (struct pfx_known){know, product, NULL}, &rooms) == 1);
        CHECK_TEXT(stage.host, rows[i].host);
        CHECK_TEXT(stage.program.daemon, "smtpd");
        CHECK_TEXT(stage.text, "hello");
    }
    unit_row = "";
}

/* 4JhJXC248TzgB0 was given at 2022-01-23 03:30:03. */
static void a_queue_id_tells_the_year(void)
{
    static const struct {
        const char *id;
        bool guessed;
        int64_t time, received, right;
    } rows[] = {
        {"4JhJXC248TzgB0", true, 1769139003, 1787307332, 1642908603},
        {"4JhJXC248TzgB0", false, 1769139003, 1787307332, 1769139003},
        {"4JhJXC248TzgB0", true, 1643308603, 1787307332, 1643308603}, /* days in the queue */
        {"4JhJXC248TzgB0", true, 1769139003, 1769139005, 1769139003}, /* on hold until now */
        {"3F4A1A0B2C", true, 1769139003, 1787307332, 1769139003},
        {"", true, 1769139003, 1787307332, 1769139003},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_stage stage = {.guessed = rows[i].guessed, .time = {rows[i].time, 0}};

        pfx_stage_date(&stage, unit_slice(rows[i].id), (struct pfx_time){rows[i].received, 0});
        CHECK(stage.time.seconds == rows[i].right);
    }
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    who_says_what();
    the_time_is_the_lines_own();
    the_line_as_it_came_tells();
    a_queue_id_tells_the_year();
    pfx_stage_free(&rooms);
    return UNIT_END();
}
