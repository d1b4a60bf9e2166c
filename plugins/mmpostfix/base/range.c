/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that a site may choose; see range.h. */
#include "base/range.h"
#include "base/value.h"

#include <stdio.h>
#include <string.h>

/* What a letter behind a number makes of it; 0 when it is none. */
static uint64_t factor_of(char letter)
{
    static const char letters[] = "kmgt";
    const char *binary = strchr(letters, letter), *decimal = strchr(letters, letter | 0x20);
    uint64_t factor = 1;

    if (letter == '\0' || decimal == NULL)
        return 0;
    for (const char *at = letters; at <= decimal; ++at)
        factor *= binary != NULL ? 1024 : 1000;
    return factor;
}

/* Digits, and one letter if it is a size; no sign, no blank. */
static bool parse(const struct pfx_range *range, const char *text, uint64_t *value_r)
{
    uint64_t value = 0, factor = 1;

    if (!pfx_is_digit(*text))
        return false;
    for (; pfx_is_digit(*text); ++text) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
            return false;
    }
    if (range->size && *text != '\0') {
        factor = factor_of(*text);
        ++text;
    }
    return factor != 0 && *text == '\0' && !__builtin_mul_overflow(value, factor, value_r);
}

/* With the largest unit that leaves no rest. */
static void print(const struct pfx_range *range, uint64_t value, char room[32])
{
    static const char letters[] = {'\0', 'k', 'm', 'g', 't', '\0'};
    size_t at = 0;

    while (range->size && value > 0 && value % 1024 == 0 && at < 4) {
        value /= 1024;
        ++at;
    }
    snprintf(room, 32, "%llu%.1s", (unsigned long long)value, &letters[at]);
}

bool pfx_range_take(const struct pfx_range *range, const char *text, uint64_t *value_r,
                    char error_r[PFX_RANGE_ERROR])
{
    char least[32], most[32];

    if (parse(range, text, value_r) && *value_r >= range->least && *value_r <= range->most)
        return true;
    print(range, range->least, least);
    print(range, range->most, most);
    snprintf(error_r, PFX_RANGE_ERROR, "%s \"%.100s\" refused: it is a number of %s from %s to %s",
             range->name, text, range->unit, least, most);
    return false;
}
