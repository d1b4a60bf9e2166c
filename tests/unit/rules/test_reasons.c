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
    CHECK_TEXT(REASON("552", "5.10.0", ""), "subject"); /* fronts of codes, and any digit */
    CHECK_TEXT(REASON("552", "4.100.1", ""), "other");
    CHECK_TEXT(REASON("571", "5.9.23", ""), "detail");
    CHECK_TEXT(REASON("551", "", ""), "other");
    CHECK_TEXT(REASON("591", "", ""), "digits");
}

static void names_are_no_words(void)
{
    CHECK_TEXT(REASON("", "", "lost connection with mailbox.full.example[192.0.2.1]"), "other");
    CHECK_TEXT(REASON("", "", "no such user: \"mailbox full\""), "other");
    CHECK_TEXT(REASON("", "", "mailbox <bob@example.com> full"), "mailbox_full");
    CHECK_TEXT(REASON("", "", "^full at the start"), "other");
    CHECK_TEXT(REASON("", "", "<a@example.com>: start of all"), "other");
    CHECK_TEXT(REASON("", "", "start of all"), "start");
}

static void a_code_in_the_text_counts_where_there_is_none(void)
{
    CHECK_TEXT(REASON("550", "", "no (#5.1.1)"), "unknown_user");
    CHECK_TEXT(REASON("550", "5.0.0", "#5.1.1 no"), "unknown_user");
    CHECK_TEXT(REASON("550", "5.1.9", "no (#5.1.1)"), "address");
}

static void the_inner_reason_comes_first(void)
{
    CHECK_TEXT(REASON("450", "4.1.1", "undeliverable address: mailbox full"), "mailbox_full");
    CHECK_TEXT(REASON("450", "4.1.1", "undeliverable address: host x said: 421 4.0.0 y"), "busy");
    CHECK_TEXT(REASON("450", "4.2.0", "undeliverable address: host x said: 550 5.1.1 y"),
               "unknown_user");
    /* It has no codes of its own and says nothing: the rows below decide, by the outer codes. */
    CHECK_TEXT(REASON("450", "4.1.1", "undeliverable address: who knows"), "unknown_user");
    CHECK_TEXT(REASON("", "", "undeliverable address: who knows"), "other");
    /* deeper than anyone follows, and no end of time */
    CHECK_TEXT(REASON("", "",
                      "undeliverable address: undeliverable address: undeliverable address: "
                      "undeliverable address: undeliverable address: undeliverable address: x"),
               "other");
}

static void urls_decide_when_nothing_else_does(void)
{
    CHECK_TEXT(REASON("550", "", "see https://lists.example.net/why?ip=192.0.2.1"), "listed");
    CHECK_TEXT(REASON("550", "5.1.1", "see https://lists.example.net/why"), "unknown_user");
    CHECK_TEXT(REASON("550", "", "see lists.example.net"), "other");
}

/* Of a long text only the front counts, of names as many as there are. */
static void a_text_has_no_end(void)
{
    static char text[100000];
    size_t length = 0;

    for (int i = 0; i < 100; ++i)
        length += (size_t)sprintf(text + length, "<user%02d@example.com> ", i);
    strcpy(text + length, "mailbox full");
    CHECK_TEXT(REASON("", "", text), "mailbox_full");
    memset(text, '<', sizeof(text) - 1);
    CHECK_TEXT(REASON("", "", text), "other");
    memset(text, '"', sizeof(text) - 1);
    CHECK_TEXT(REASON("", "", text), "other");
}

static void tables_follow_one_another(void)
{
    struct pfx_reasons two = {0};
    unsigned line;
    const char *fault;

    CHECK(pfx_reasons_read(unit_slice("mine\t-\tx\n"), NULL, &two, &line, &fault) == 0);
    CHECK(pfx_reasons_read(unit_slice("theirs\t-\tx\ntheirs\t-\ty\n"), NULL, &two, &line, &fault) ==
          0);
    CHECK_TEXT(pfx_reasons_find(&two, PFX_NO_SLICE, PFX_NO_SLICE, unit_slice("x y")), "mine");
    CHECK_TEXT(pfx_reasons_find(&two, PFX_NO_SLICE, PFX_NO_SLICE, unit_slice("y")), "theirs");
    CHECK_TEXT(pfx_reasons_find(&two, PFX_NO_SLICE, PFX_NO_SLICE, unit_slice("z")), "");
    pfx_reasons_free(&two);
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
        {"a\t-\tx\n\nb\t-\tx\n", "no such class in reason_classes.tsv", 3},
        {">\t550\t-\n", "a row of class > needs a text that something follows", 1},
    };
    struct pfx_slice name = PFX_SLICE("a");
    struct pfx_classes classes = {&name, 1};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_reasons none = {0};
        unsigned line = 0;
        const char *fault = "";

        unit_row = rows[i].text;
        CHECK(pfx_reasons_read(unit_slice(rows[i].text), &classes, &none, &line, &fault) < 0);
        CHECK(line == rows[i].line);
        CHECK_TEXT(unit_slice(fault), rows[i].fault);
        pfx_reasons_free(&none);
    }
}

int main(void)
{
    unsigned line;
    const char *fault;

    CHECK(pfx_reasons_read(
              unit_slice(
                  "mailbox_full\t-\tmailbox*full\n# comment\nstart\t-\t^start of\n"
                  ">\t-\tundeliverable address:\n>\t-\thost x said:\n"
                  "unknown_user\t?.1.1\t-\nbusy\t421,450\tx\nbusy\t421\t-\n"
                  "address\t5.1\t-\nsubject\t?.10\t-\n"
                  "detail\t540,?.9.2?\t-\ndigits\t59?\t-\nlisted\t-\t//lists.example\nother\t-\t*"),
              NULL, &reasons, &line, &fault) == 0);
    the_first_row_that_fits_decides();
    names_are_no_words();
    a_code_in_the_text_counts_where_there_is_none();
    the_inner_reason_comes_first();
    urls_decide_when_nothing_else_does();
    a_text_has_no_end();
    tables_follow_one_another();
    faults_name_their_line();
    pfx_reasons_free(&reasons);
    return UNIT_END();
}
