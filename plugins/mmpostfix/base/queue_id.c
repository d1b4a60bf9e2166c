/* SPDX-License-Identifier: Apache-2.0 */
/* Queue ids; see queue_id.h. */
#include "base/queue_id.h"

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

static bool is_base52(char c)
{
    const unsigned letter = (unsigned)(c | 0x20) - 'a';
    const unsigned vowels = 1u << ('a' - 'a') | 1u << ('e' - 'a') | 1u << ('i' - 'a') |
                            1u << ('o' - 'a') | 1u << ('u' - 'a');

    return (c >= '0' && c <= '9') || (letter < 26 && (vowels >> letter & 1) == 0);
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
