/* SPDX-License-Identifier: Apache-2.0 */
/* Queue ids; see queue_id.h. */
#include "base/queue_id.h"

/* What a byte can be: a digit of upper-case hex, one of base 52, which has no vowels, a letter or
 * digit. */
enum { HEX = 1, BASE52 = 2, WORD = 4 };

#define DIGIT (HEX | BASE52 | WORD)
#define CONSONANT (BASE52 | WORD)

static const unsigned char class_of[256] = {
    ['0'] = DIGIT,      ['1'] = DIGIT,     ['2'] = DIGIT,     ['3'] = DIGIT,     ['4'] = DIGIT,
    ['5'] = DIGIT,      ['6'] = DIGIT,     ['7'] = DIGIT,     ['8'] = DIGIT,     ['9'] = DIGIT,
    ['A'] = HEX | WORD, ['B'] = DIGIT,     ['C'] = DIGIT,     ['D'] = DIGIT,     ['E'] = HEX | WORD,
    ['F'] = DIGIT,      ['G'] = CONSONANT, ['H'] = CONSONANT, ['I'] = WORD,      ['J'] = CONSONANT,
    ['K'] = CONSONANT,  ['L'] = CONSONANT, ['M'] = CONSONANT, ['N'] = CONSONANT, ['O'] = WORD,
    ['P'] = CONSONANT,  ['Q'] = CONSONANT, ['R'] = CONSONANT, ['S'] = CONSONANT, ['T'] = CONSONANT,
    ['U'] = WORD,       ['V'] = CONSONANT, ['W'] = CONSONANT, ['X'] = CONSONANT, ['Y'] = CONSONANT,
    ['Z'] = CONSONANT,  ['a'] = WORD,      ['b'] = CONSONANT, ['c'] = CONSONANT, ['d'] = CONSONANT,
    ['e'] = WORD,       ['f'] = CONSONANT, ['g'] = CONSONANT, ['h'] = CONSONANT, ['i'] = WORD,
    ['j'] = CONSONANT,  ['k'] = CONSONANT, ['l'] = CONSONANT, ['m'] = CONSONANT, ['n'] = CONSONANT,
    ['o'] = WORD,       ['p'] = CONSONANT, ['q'] = CONSONANT, ['r'] = CONSONANT, ['s'] = CONSONANT,
    ['t'] = CONSONANT,  ['u'] = WORD,      ['v'] = CONSONANT, ['w'] = CONSONANT, ['x'] = CONSONANT,
    ['y'] = CONSONANT,  ['z'] = CONSONANT,
};

struct pfx_slice pfx_queue_id_word(struct pfx_slice text, bool *is_id_r)
{
    unsigned all = HEX | BASE52;
    ptrdiff_t z;
    size_t n = 0;

    for (unsigned class; n < text.length && n <= PFX_QUEUE_ID_MAX &&
                         (class = class_of[(unsigned char)text.text[n]]) != 0;
         ++n)
        all &= class;
    *is_id_r = false;
    if (n < 6 || n > PFX_QUEUE_ID_MAX)
        return pfx_slice_until(text, n);
    for (z = (ptrdiff_t)n - 1; (all & (HEX | BASE52)) == BASE52 && z >= 10 && text.text[z] != 'z';)
        --z;
    *is_id_r = (all & HEX) != 0 || ((all & BASE52) != 0 && z >= 10 && (size_t)z + 1 < n);
    return pfx_slice_until(text, n);
}

bool pfx_is_queue_id(struct pfx_slice s)
{
    bool is_id;

    return pfx_queue_id_word(s, &is_id).length == s.length && is_id;
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
