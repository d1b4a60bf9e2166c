/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"
#include "base/queue_id.h"

#include "line/program.h"

static void tags_come_apart(void)
{
    static const struct {
        const char *tag, *instance, *service, *daemon, *pid;
        bool is_program;
        enum pfx_claim known, unknown; /* with and without rules of that daemon */
    } rows[] = {
        {"postfix/smtpd[123]:", "postfix", "", "smtpd", "123", true, PFX_CLAIM_SURE,
         PFX_CLAIM_SURE},
        {"postfix/submission/smtpd[9]:", "postfix", "submission", "smtpd", "9", true,
         PFX_CLAIM_SURE, PFX_CLAIM_SURE},
        {"postfix-out/a/b/smtp[9]", "postfix-out", "a/b", "smtp", "9", true, PFX_CLAIM_SURE,
         PFX_CLAIM_SURE},
        {"postfix/postfix-script:", "postfix", "", "postfix-script", "", true, PFX_CLAIM_SURE,
         PFX_CLAIM_SURE},
        {"postfix[7]:", "postfix", "", "postfix", "7", true, PFX_CLAIM_SURE, PFX_CLAIM_SURE},
        {"postfix-out[7]:", "postfix-out", "", "postfix-out", "7", true, PFX_CLAIM_SURE,
         PFX_CLAIM_ANY_RULE},
        {"postfix-tlspol[7]:", "postfix-tlspol", "", "postfix-tlspol", "7", true, PFX_CLAIM_NONE,
         PFX_CLAIM_NONE},
        {"postfixadmin[7]:", "postfixadmin", "", "postfixadmin", "7", true, PFX_CLAIM_NONE,
         PFX_CLAIM_NONE},
        {"outbound/qmgr[1]:", "outbound", "", "qmgr", "1", true, PFX_CLAIM_OWN_RULE,
         PFX_CLAIM_NONE},
        {"cyrus/master[1]:", "cyrus", "", "master", "1", true, PFX_CLAIM_NONE, PFX_CLAIM_NONE},
        {"sshd[1]:", "sshd", "", "sshd", "1", true, PFX_CLAIM_NONE, PFX_CLAIM_NONE},
        {"qmgr[1]:", "qmgr", "", "qmgr", "1", true, PFX_CLAIM_NONE, PFX_CLAIM_NONE},
        {"postfix/submission/smtpd[1234567", "postfix", "submission", "smtpd", "1234567", true,
         PFX_CLAIM_SURE, PFX_CLAIM_SURE},
        {"postfix/submission/postscreen[", "postfix", "submission", "postscreen", "", true,
         PFX_CLAIM_SURE, PFX_CLAIM_SURE},
        {"postfix/", "postfix", "", "", "", false, PFX_CLAIM_NONE, PFX_CLAIM_NONE},
        {"/smtpd", "", "", "smtpd", "", false, PFX_CLAIM_NONE, PFX_CLAIM_NONE},
        {"", "", "", "", "", false, PFX_CLAIM_NONE, PFX_CLAIM_NONE},
        {"[12]:", "", "", "", "", false, PFX_CLAIM_NONE, PFX_CLAIM_NONE},
        {"two words:", "", "", "", "", false, PFX_CLAIM_NONE, PFX_CLAIM_NONE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_program program = {0};

        unit_row = rows[i].tag;
        CHECK(pfx_program_parse(unit_slice(rows[i].tag), &program) == rows[i].is_program);
        if (!rows[i].is_program)
            continue;
        CHECK_TEXT(program.instance, rows[i].instance);
        CHECK_TEXT(program.service, rows[i].service);
        CHECK_TEXT(program.daemon, rows[i].daemon);
        CHECK_TEXT(program.pid, rows[i].pid);
        CHECK(!program.cut);
        CHECK(pfx_program_claim(&program, true) == rows[i].known);
        CHECK(pfx_program_claim(&program, false) == rows[i].unknown);
    }
}

/* After 32 bytes, within the name of a daemon. */
static void cut_names_are_marked(void)
{
    struct pfx_program program;

    unit_row = "";
    CHECK(pfx_program_parse(unit_slice("postfix-outgoing/submissions/smt"), &program));
    CHECK(program.cut);
    CHECK_TEXT(program.daemon, "smt");
    CHECK(pfx_program_parse(unit_slice("postfix-outgoing/submission/smt"), &program));
    CHECK(!program.cut);
}

static void queue_ids_are_told_from_words(void)
{
    static const char *const good[] = {"3F4A91234",       "0D6C07B3FE0",    "123456",
                                       "ABCDEF",          "1234567222",     "4Zx8Yk2QvTz9rVB",
                                       "4Zx8Yl5FmHz9rVC", "3mPVKl0Mhjz7sXv"};
    static const char *const bad[] = {
        "",          "12345",   "3f4a91234",       "statistics",      "warning",
        "NOQUEUE",   "connect", "4Zx8Yk2QvTA9rVB", "JKL012",          "zzzzzzzzzz",
        "4Zx8Yk2Qz", "ABCDEG",  "bcdfghjklmnpz",   "4Zx8Yk2QvT-z9rVB"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); ++i) {
        unit_row = good[i];
        CHECK(pfx_is_queue_id(unit_slice(good[i])));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i) {
        unit_row = bad[i];
        CHECK(!pfx_is_queue_id(unit_slice(bad[i])));
    }
}

static void heads_come_apart(void)
{
    static const struct {
        const char *text, *level, *id, *rest;
    } rows[] = {
        {"3F4A91234: removed", "", "3F4A91234", "removed"},
        {"NOQUEUE: reject: RCPT", "", "", "reject: RCPT"},
        {"warning: 3F4A91234: queue file size limit exceeded", "warning", "3F4A91234",
         "queue file size limit exceeded"},
        {"warning: NOQUEUE: malformed BDAT", "warning", "", "malformed BDAT"},
        {"3F4A91234: warning: header Subject: x", "", "3F4A91234", "warning: header Subject: x"},
        {"fatal: no SASL", "fatal", "", "no SASL"},
        {"warning:", "", "", "warning:"},
        {"connect from a[192.0.2.1]", "", "", "connect from a[192.0.2.1]"},
        {"statistics: max", "", "", "statistics: max"},
        {"3F4A91234:", "", "", "3F4A91234:"},
        {"", "", "", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_head head = pfx_program_head(unit_slice(rows[i].text));

        unit_row = rows[i].text;
        CHECK_TEXT(head.level, rows[i].level);
        CHECK_TEXT(head.queue_id, rows[i].id);
        CHECK_TEXT(head.rest, rows[i].rest);
    }
}

static void loose_ids_hold_only_letters_and_digits(void)
{
    struct pfx_head head;

    unit_row = "";
    CHECK(pfx_program_loose_head(unit_slice("JKL012: to=<a>"), &head));
    CHECK_TEXT(head.queue_id, "JKL012");
    CHECK_TEXT(head.rest, "to=<a>");
    CHECK(!pfx_program_loose_head(unit_slice("mx.example.net: x"), &head));
    CHECK(!pfx_program_loose_head(unit_slice("abc: x"), &head));
    CHECK(!pfx_program_loose_head(unit_slice("no colon"), &head));
}

static void repetitions_are_unwrapped(void)
{
    struct pfx_slice count, text;

    CHECK(pfx_program_repeated(unit_slice("message repeated 3 times: [ connect from a[192.0.2.1]]"),
                               &count, &text));
    CHECK_TEXT(count, "3");
    CHECK_TEXT(text, "connect from a[192.0.2.1]");
    CHECK(!pfx_program_repeated(unit_slice("message repeated 3 times: [ cut"), &count, &text));
    CHECK(!pfx_program_repeated(unit_slice("message repeated x times: [ a]"), &count, &text));
}

static void message_ids_are_skipped(void)
{
    CHECK_TEXT(pfx_program_skip_msgid(unit_slice("[ID 197553 mail.info] connect")), "connect");
    CHECK_TEXT(pfx_program_skip_msgid(unit_slice("[192.0.2.1] x")), "[192.0.2.1] x");
    CHECK_TEXT(pfx_program_skip_msgid(unit_slice("[ID 1")), "[ID 1");
}

int main(void)
{
    tags_come_apart();
    cut_names_are_marked();
    queue_ids_are_told_from_words();
    heads_come_apart();
    loose_ids_hold_only_letters_and_digits();
    repetitions_are_unwrapped();
    message_ids_are_skipped();
    return UNIT_END();
}
