/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "rules/products.h"

#define POSTFIX "postfix\tpostfix\t-\t-\t-\n"
#define MORE                                                                                       \
    POSTFIX "dovecot\tdovecot\tdovecot,auth?\tprocess\tError:,(!)=warning\n"                       \
            "postfwd\tpostfwd\tpostfwd,postfwd2/*\t-\t-\n"

static const struct pfx_selection all = {NULL, 0};

static void programs_are_found(void)
{
    static const struct {
        const char *name;
        unsigned product;
        bool sure;
    } rows[] = {
        {"dovecot", 1, true},         {"auth", 1, false},    {"postfwd", 2, true},
        {"postfwd2/policy", 2, true}, {"postfwd2", 0, true}, {"postfwd/policy", 0, true},
        {"dovecot2", 0, true},        {"", 0, true},         {"postfix", 0, true},
    };
    struct pfx_products products;
    const char *reason;
    unsigned line;

    CHECK(pfx_products_read(unit_slice("# comment\n" MORE), &all, &products, &line, &reason) == 0);
    CHECK(products.rows == 3);
    CHECK_TEXT(products.row[1].front, "process");
    CHECK(products.row[1].levels.count == 2);
    CHECK_TEXT(products.row[1].levels.row[0].text, "Error:");
    CHECK_TEXT(products.row[1].levels.row[0].level, "error");
    CHECK_TEXT(products.row[1].levels.row[1].text, "(!)");
    CHECK_TEXT(products.row[1].levels.row[1].level, "warning");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        bool sure = true;

        unit_row = rows[i].name;
        CHECK(pfx_products_find(&products, unit_slice(rows[i].name), &sure) == rows[i].product);
        CHECK(sure == rows[i].sure);
    }
    pfx_products_free(&products);
    CHECK(products.row == NULL);
}

static void what_is_not_wanted_is_left_out(void)
{
    static const char *const some[] = {"postfix", "postfwd"}, *const none[] = {"postfwd"},
                             *const odd[] = {"postfix", "dovcot"};
    struct pfx_selection wanted = {some, 2};
    struct pfx_products products;
    const char *reason;
    unsigned line;
    bool sure;

    CHECK(pfx_products_read(unit_slice(MORE), &wanted, &products, &line, &reason) == 0);
    CHECK(products.rows == 2);
    CHECK(pfx_products_find(&products, unit_slice("dovecot"), &sure) == 0);
    CHECK(pfx_products_find(&products, unit_slice("postfwd"), &sure) == 1);
    pfx_products_free(&products);
    wanted = (struct pfx_selection){none, 1};
    CHECK(pfx_products_read(unit_slice(MORE), &wanted, &products, &line, &reason) < 0);
    CHECK_TEXT(unit_slice(reason), "products lacks postfix, which has to be one of them");
    wanted = (struct pfx_selection){odd, 2};
    CHECK(pfx_products_read(unit_slice(MORE), &wanted, &products, &line, &reason) < 0);
    CHECK(line == 0);
    CHECK_TEXT(unit_slice(reason),
               "there is no product dovcot; there are postfix, dovecot, postfwd");
    /* No table: Postfix alone. */
    CHECK(pfx_products_read(PFX_NO_SLICE, &all, &products, &line, &reason) == 0);
    CHECK(products.rows == 1);
    CHECK_TEXT(products.row[0].application, "postfix");
    pfx_products_free(&products);
}

static void faults_name_their_line(void)
{
    static const struct {
        const char *text, *reason;
        unsigned line;
    } rows[] = {
        {"postfix\tpostfix\t-\t-\n", "a row has five columns separated by tabs", 1},
        {"dovecot\tdovecot\tdovecot\t-\t-\n", "the first product is postfix", 1},
        {POSTFIX "#\na/b\tb\tb\t-\t-\n", "a product is named as its folder", 3},
        {POSTFIX "..\tb\tb\t-\t-\n", "a product is named as its folder", 2},
        {POSTFIX "b\t-\tb\t-\t-\n", "the name of the application is missing", 2},
        {POSTFIX "b\tb\t-\t-\t-\n", "programs are missing", 2},
        {"postfix\tpostfix\tsmtpd\t-\t-\n", "the programs of postfix are those of syslog_name", 1},
        {POSTFIX "b\tb\tb\t-\t-\nb\tb\tc\t-\t-\n", "this product has a row already", 3},
        {POSTFIX "b\tb\tx\t-\t-\nc\tc\tx?\t-\t-\n", "this program has a row already", 3},
        {POSTFIX "b\tb\tx,,y\t-\t-\n",
         "a program is a name, or an instance and /*, with ? behind one that others have, too", 2},
        {POSTFIX "b\tb\tx[1]\t-\t-\n",
         "a program is a name, or an instance and /*, with ? behind one that others have, too", 2},
        {POSTFIX "b\tb\tx\t-\tLoud:\n",
         "a level is a word such as Error: or a text and a word, (!)=warning", 2},
        {"#\n", "the table has no row of postfix", 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_products products;
        const char *reason = "";
        unsigned line = 99;

        unit_row = rows[i].text;
        CHECK(pfx_products_read(unit_slice(rows[i].text), &all, &products, &line, &reason) < 0);
        CHECK(line == rows[i].line);
        CHECK_TEXT(unit_slice(reason), rows[i].reason);
        CHECK(products.row == NULL);
    }
}

int main(void)
{
    programs_are_found();
    what_is_not_wanted_is_left_out();
    faults_name_their_line();
    return UNIT_END();
}
