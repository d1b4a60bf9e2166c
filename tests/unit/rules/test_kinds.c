/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "rules/kinds.h"

static void rows_are_read(void)
{
    struct pfx_kinds kinds;
    unsigned line;
    const char *reason;

    CHECK(
        pfx_kinds_read(unit_slice("# comment\n\nmail.sent\t130000\tdelivery\t-\tsuccess\t*\tsent\n"
                                  "mail.*\t139999\t-\t-\t-\t-\t-"),
                       NULL, &kinds, &line, &reason) == 0);
    CHECK(kinds.rows == 2);
    CHECK_TEXT(pfx_kinds_find(&kinds, unit_slice("mail.sent"))->code, "130000");
    CHECK_TEXT(pfx_kinds_find(&kinds, unit_slice("mail.sent"))->action, "");
    CHECK(pfx_kinds_find(&kinds, unit_slice("mail.sent"))->line == 3);
    CHECK(pfx_kinds_find(&kinds, unit_slice("mail.sent"))->fate == PFX_FATE_SENT);
    CHECK_TEXT(pfx_kinds_find(&kinds, unit_slice("mail.other"))->name, "mail.*");
    CHECK(pfx_kinds_find(&kinds, unit_slice("mail.other"))->fate == PFX_FATE_NONE);
    CHECK(pfx_kinds_find(&kinds, unit_slice("auth.failed")) == NULL);
    CHECK(pfx_kinds_find(&kinds, unit_slice("nodot")) == NULL);
    pfx_kinds_free(&kinds);
    CHECK(kinds.row == NULL);
}

static void faults_name_their_line(void)
{
    static const struct {
        const char *text, *reason;
        unsigned line;
    } rows[] = {
        {"a.b\t130000\t-\t-\t-\t-\n", "a row has seven columns separated by tabs", 1},
        {"a.b\t130000\t-\t-\t-\t-\t-\t-\n", "a row has seven columns separated by tabs", 1},
        {"#\nab\t130000\t-\t-\t-\t-\t-\n", "a kind is named AREA.WORD", 2},
        {"a.b\t13000\t-\t-\t-\t-\t-\n", "the code is six digits or -", 1},
        {"a.b\tabcdef\t-\t-\t-\t-\t-\n", "the code is six digits or -", 1},
        {"a.b\t130000\t-\t-\tgood\t-\t-\n", "the outcome is success, failure or -", 1},
        {"a.b\t-\t-\t-\t-\t-\t-\na.b\t-\t-\t-\t-\t-\t-\n", "this kind has a row already", 2},
        {"a.b\t-\t-\t-\t-\t-\tlost\n", "no such fate", 1},
        {"a.b\t-\t-\t-\t-\t*\t-\na.c\t-\t-\t-\t-\tnetwork\t-\na.d\t-\t-\t-\t-\tnetwrk\t-\n",
         "no such reason in reason_classes.tsv", 3},
    };
    struct pfx_slice network = PFX_SLICE("network");
    struct pfx_classes classes = {&network, 1};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_kinds kinds;
        unsigned line = 0;
        const char *reason = "";

        unit_row = rows[i].text;
        CHECK(pfx_kinds_read(unit_slice(rows[i].text), &classes, &kinds, &line, &reason) < 0);
        CHECK(line == rows[i].line);
        CHECK_TEXT(unit_slice(reason), rows[i].reason);
    }
}

int main(void)
{
    rows_are_read();
    faults_name_their_line();
    return UNIT_END();
}
