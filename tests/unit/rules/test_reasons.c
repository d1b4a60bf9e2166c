/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "rules/reasons.h"

static struct pfx_reasons reasons;

#define REASON(code, enhanced, text)                                                               \
    pfx_reasons_find(&reasons, unit_slice(code), unit_slice(enhanced), unit_slice(text))

static void the_first_row_that_fits_decides(void)
{
    CHECK_TEXT(REASON("550", "5.1.1", "anything"), "unknown_user");
    CHECK_TEXT(REASON("450", "4.1.1", ""), "unknown_user");
    CHECK_TEXT(REASON("550", "5.1.10", ""), "address"); /* 5.1.1 is not its front */
    CHECK_TEXT(REASON("550", "5.1.1", "Mailbox of bob is FULL"), "mailbox_full");
    CHECK_TEXT(REASON("", "", "full mailbox"), "other"); /* the parts come in order */
    CHECK_TEXT(REASON("421", "", "x"), "busy");
    CHECK_TEXT(REASON("", "", ""), "other");
}

static void faults_name_their_line(void)
{
    static const struct {
        const char *text, *fault;
        unsigned line;
    } rows[] = {
        {"a\tb\n", "a row has three columns separated by tabs", 1},
        {"#\n-\t550\t-\n", "the class is missing", 2},
        {"a\t-\t-\n", "a row needs codes or a text", 1},
        {"a\t-\tUser unknown\n", "the text is compared in lower case", 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_reasons none;
        unsigned line = 0;
        const char *fault = "";

        unit_row = rows[i].text;
        CHECK(pfx_reasons_read(unit_slice(rows[i].text), &none, &line, &fault) < 0);
        CHECK(line == rows[i].line);
        CHECK_TEXT(unit_slice(fault), rows[i].fault);
    }
}

int main(void)
{
    unsigned line;
    const char *fault;

    CHECK(pfx_reasons_read(unit_slice("mailbox_full\t-\tmailbox*full\n# comment\n"
                                      "unknown_user\t?.1.1\t-\nbusy\t421,450\t-\naddress\t5.1\t-\n"
                                      "other\t-\t*"),
                           &reasons, &line, &fault) == 0);
    the_first_row_that_fits_decides();
    faults_name_their_line();
    pfx_reasons_free(&reasons);
    return UNIT_END();
}
