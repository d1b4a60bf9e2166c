/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "document/limit.h"

static void texts(void)
{
    static const struct {
        const char *text;
        size_t limit, kept;
    } rows[] = {
        {"", 5, 0},
        {"abc", 3, 3},
        {"abcd", 3, 3},
        {"ab\xc3\xa9", 4, 4}, /* two bytes fit */
        {"ab\xc3\xa9", 3, 2}, /* half of them do not */
        {"a\xf0\x9f\x93\xa7"
         "b",
         4, 1},              /* four bytes, of which three would fit */
        {"a\xff\xff", 4, 2}, /* each becomes U+FFFD */
        {"a\xff\xff", 7, 3},
        {"\xe2\x82", 5, 1}, /* a sequence without its end is two wrong bytes */
        {"abc", 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_slice text = unit_slice(rows[i].text),
                         kept = pfx_limit_text(text, rows[i].limit);

        unit_row = rows[i].text;
        CHECK(kept.text == text.text && kept.length == rows[i].kept);
        CHECK(pfx_limit_bytes(kept) <= rows[i].limit);
    }
}

static void lists(void)
{
    static const struct {
        const char *text;
        size_t limit;
        const char *kept;
    } rows[] = {
        {"", 5, ""},
        {"a", 1, "a"},
        {"ab", 1, ""},
        {"a\nb", 4, "a\nb"}, /* "a, b" */
        {"a\nb", 3, "a"},
        {"aaa\nbbb\nccc", 8, "aaa\nbbb"}, /* "aaa, bbb" */
        {"aaa\nbbb\nccc", 7, "aaa"},
        {"aaa\nbbb\nccc", 10, "aaa\nbbb"},
        {"aaa\nbbb\nccc", 13, "aaa\nbbb\nccc"},
        {"\xc3\xa9\n\xff", 6, "\xc3\xa9"},
        {"\xc3\xa9\n\xff", 7, "\xc3\xa9\n\xff"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].text;
        CHECK_TEXT(pfx_limit_list(unit_slice(rows[i].text), rows[i].limit), rows[i].kept);
    }
}

int main(void)
{
    texts();
    lists();
    return UNIT_END();
}
