/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "base/range.h"

static const struct pfx_range seconds = {"storyidle", 1, 86400, "seconds", false};
static const struct pfx_range bytes = {"storybytes", 65536, UINT64_C(1) << 40, "bytes", true};

static void what_is_a_number(void)
{
    static const struct {
        const struct pfx_range *range;
        const char *text;
        uint64_t value; /* 0: refused */
    } rows[] = {
        {&seconds, "1", 1},
        {&seconds, "86400", 86400},
        {&seconds, "0060", 60},
        {&seconds, "0", 0},
        {&seconds, "86401", 0},
        {&seconds, "4294967297", 0},           /* 1 in 32 bits */
        {&seconds, "18446744073709551617", 0}, /* 1 in 64 bits */
        {&seconds, "99999999999999999999999", 0},
        {&seconds, "", 0},
        {&seconds, "-1", 0},
        {&seconds, "+1", 0},
        {&seconds, " 1", 0},
        {&seconds, "1 ", 0},
        {&seconds, "1.5", 0},
        {&seconds, "1k", 0},
        {&seconds, "0x10", 0},
        {&seconds, "1d", 0},
        {&bytes, "65536", 65536},
        {&bytes, "64k", 65536},
        {&bytes, "64K", 0}, /* 64,000 */
        {&bytes, "66K", 66000},
        {&bytes, "512m", 512 << 20},
        {&bytes, "1M", 1000000},
        {&bytes, "2g", UINT64_C(2) << 30},
        {&bytes, "1t", UINT64_C(1) << 40},
        {&bytes, "2t", 0},
        {&bytes, "16777216t", 0}, /* 2^64: nothing in 64 bits */
        {&bytes, "64kb", 0},
        {&bytes, "64 k", 0},
        {&bytes, "k", 0},
        {&bytes, "64q", 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        char error[PFX_RANGE_ERROR];
        uint64_t value;
        bool taken = pfx_range_take(rows[i].range, rows[i].text, &value, error);

        unit_row = rows[i].text;
        CHECK(taken == (rows[i].value != 0));
        CHECK(!taken || value == rows[i].value);
    }
}

static void what_is_said(void)
{
    char error[PFX_RANGE_ERROR], text[1000];
    uint64_t value;

    CHECK(!pfx_range_take(&seconds, "4294967297", &value, error));
    CHECK_TEXT(unit_slice(error),
               "storyidle \"4294967297\" refused: it is a number of seconds from 1 to 86400");
    CHECK(!pfx_range_take(&bytes, "12", &value, error));
    CHECK_TEXT(unit_slice(error),
               "storybytes \"12\" refused: it is a number of bytes from 64k to 1t");
    memset(text, '9', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    CHECK(!pfx_range_take(&bytes, text, &value, error));
    CHECK(strstr(error, "from 64k to 1t") != NULL);
}

int main(void)
{
    what_is_a_number();
    what_is_said();
    return UNIT_END();
}
