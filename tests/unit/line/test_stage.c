/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "line/stage.h"

static bool know(const void *cookie, struct pfx_slice daemon)
{
    (void)cookie;
    return pfx_slice_equal(daemon, PFX_SLICE("qmgr"));
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
        /* what a client sent is no header, even if it looks like one */
        {"mail", "postfix/smtpd[9]:", "Aug 21 10:15:32 evil postfix/qmgr[1]: hello", true, "mail",
         "postfix", "smtpd", "9", "Aug 21 10:15:32 evil postfix/qmgr[1]: hello"},
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
        CHECK(pfx_stage_take(&stage, &line, (struct pfx_known){know, NULL}) == rows[i].ours);
        if (!rows[i].ours)
            continue;
        CHECK_TEXT(stage.host, rows[i].found_host);
        CHECK_TEXT(stage.program.instance, rows[i].instance);
        CHECK_TEXT(stage.program.daemon, rows[i].daemon);
        CHECK_TEXT(stage.program.pid, rows[i].pid);
        CHECK_TEXT(stage.text, rows[i].rest);
        CHECK_TEXT(stage.raw, rows[i].rest);
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
        CHECK(pfx_stage_take(&stage, &line, (struct pfx_known){know, NULL}));
        CHECK(stage.time.seconds == rows[i].seconds);
        CHECK(stage.time.microseconds == rows[i].microseconds);
        CHECK_TEXT(stage.program.pid, "9");
    }
    unit_row = "";
}

int main(void)
{
    who_says_what();
    the_time_is_the_lines_own();
    return UNIT_END();
}
