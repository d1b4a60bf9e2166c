/* SPDX-License-Identifier: Apache-2.0 */
/* Queue ids; see queue_id.h. */
#include "base/queue_id.h"

static bool is_hex(char c)
{
    return pfx_is_digit(c) || (c >= 'A' && c <= 'F');
}

static bool is_base52(char c)
{
    const unsigned letter = (unsigned)(c | 0x20) - 'a';
    const unsigned vowels = 1u << ('a' - 'a') | 1u << ('e' - 'a') | 1u << ('i' - 'a') |
                            1u << ('o' - 'a') | 1u << ('u' - 'a');

    return pfx_is_digit(c) || (letter < 26 && (vowels >> letter & 1) == 0);
}

bool pfx_is_queue_id(struct pfx_slice s)
{
    size_t hex = 0, last_z = 0;

    if (s.length < 6 || s.length > 64)
        return false;
    while (hex < s.length && is_hex(s.text[hex]))
        ++hex;
    if (hex == s.length)
        return true;
    for (size_t i = 0; i < s.length; ++i) {
        if (!is_base52(s.text[i]))
            return false;
        if (s.text[i] == 'z')
            last_z = i;
    }
    return last_z >= 10 && last_z + 1 < s.length;
}

int64_t pfx_queue_id_time(struct pfx_slice id)
{
    /* The value of each digit and one more; vowels and the rest are none. */
    static const unsigned char digits[128] = {
        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,
        ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['B'] = 11, ['C'] = 12, ['D'] = 13, ['F'] = 14,
        ['G'] = 15, ['H'] = 16, ['J'] = 17, ['K'] = 18, ['L'] = 19, ['M'] = 20, ['N'] = 21,
        ['P'] = 22, ['Q'] = 23, ['R'] = 24, ['S'] = 25, ['T'] = 26, ['V'] = 27, ['W'] = 28,
        ['X'] = 29, ['Y'] = 30, ['Z'] = 31, ['b'] = 32, ['c'] = 33, ['d'] = 34, ['f'] = 35,
        ['g'] = 36, ['h'] = 37, ['j'] = 38, ['k'] = 39, ['l'] = 40, ['m'] = 41, ['n'] = 42,
        ['p'] = 43, ['q'] = 44, ['r'] = 45, ['s'] = 46, ['t'] = 47, ['v'] = 48, ['w'] = 49,
        ['x'] = 50, ['y'] = 51, ['z'] = 52};
    ptrdiff_t z = (ptrdiff_t)id.length - 1;
    int64_t part[2] = {0, 0}; /* seconds, microseconds */

    while (z >= 0 && id.text[z] != 'z')
        --z;
    if (z < 10 || z > 11) /* seven digits of seconds last for thirty thousand years */
        return 0;
    for (ptrdiff_t i = 0; i < z; ++i) {
        unsigned char c = (unsigned char)id.text[i];

        if (c >= sizeof(digits) || digits[c] == 0)
            return 0;
        part[i >= z - 4] = part[i >= z - 4] * 52 + digits[c] - 1;
    }
    return part[0] * 1000000 + part[1];
}
