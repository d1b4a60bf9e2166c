/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes; see hash.h. */
#include "base/hash.h"

#include <string.h>

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t pfx_hash(struct pfx_slice bytes, uint64_t seed)
{
    const uint64_t k1 = UINT64_C(0x9e3779b97f4a7c15), k2 = UINT64_C(0xd6e8feb86659fd93);
    uint64_t h = seed ^ mix(bytes.length + k1, k2), word;

    for (; bytes.length >= 8; bytes = pfx_slice_from(bytes, 8)) {
        memcpy(&word, bytes.text, 8);
        h = mix(h ^ word, k1 ^ seed);
    }
    word = 0;
    if (bytes.length > 0)
        memcpy(&word, bytes.text, bytes.length);
    return mix(h ^ word ^ k2, k1);
}

uint64_t pfx_hash_long(struct pfx_slice bytes, uint64_t seed)
{
    const uint64_t k1 = UINT64_C(0x9e3779b97f4a7c15), k2 = UINT64_C(0xd6e8feb86659fd93);
    uint64_t h = seed ^ mix(bytes.length + k1, k2), pair[2];

    for (; bytes.length >= sizeof(pair); bytes = pfx_slice_from(bytes, sizeof(pair))) {
        memcpy(pair, bytes.text, sizeof(pair));
        h = mix(h ^ pair[0], k1 ^ pair[1]);
    }
    return pfx_hash(bytes, h);
}
