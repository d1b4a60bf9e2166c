/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of text. pfx_hash() is for keys from the network, with a secret seed; pfx_slice_hash() for
 * tables of our own names.
 */
#ifndef PFX_HASH_H
#define PFX_HASH_H

#include "base/value.h"

#include <string.h>

/* A hash of bytes; equal for equal seed and bytes on every machine of the same byte order. */
uint64_t pfx_hash(struct pfx_slice bytes, uint64_t seed);
/* Another one, for long texts in half the time. */
uint64_t pfx_hash_long(struct pfx_slice bytes, uint64_t seed);

/* By words of eight bytes. */
static inline uint32_t pfx_slice_hash(struct pfx_slice s)
{
    const uint64_t k = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t h = s.length, word = 0;
    uint32_t half[2];

    for (; s.length > sizeof(word); s = pfx_slice_from(s, sizeof(word))) {
        memcpy(&word, s.text, sizeof(word));
        h = (h ^ word) * k;
        h ^= h >> 32;
    }
    if (s.length == sizeof(word)) {
        memcpy(&word, s.text, sizeof(word));
    } else if (s.length >= sizeof(half[0])) {
        memcpy(&half[0], s.text, sizeof(half[0]));
        memcpy(&half[1], s.text + s.length - sizeof(half[1]), sizeof(half[1]));
        word = (uint64_t)half[0] << 32 | half[1];
    } else if (s.length > 0) {
        word = (unsigned char)s.text[0] | (unsigned)(unsigned char)s.text[s.length / 2] << 8 |
               (unsigned)(unsigned char)s.text[s.length - 1] << 16;
    }
    h = (h ^ word) * k;
    return (uint32_t)(h >> 32);
}

#endif
