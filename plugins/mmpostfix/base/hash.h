/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of text. pfx_hash() is for keys from the network, with a secret seed; pfx_slice_hash() for
 * tables of our own names.
 */
#ifndef PFX_HASH_H
#define PFX_HASH_H

#include "base/value.h"

/* A hash of bytes; equal for equal seed and bytes on every machine of the same byte order. */
uint64_t pfx_hash(struct pfx_slice bytes, uint64_t seed);
/* Another one, for long texts in half the time. */
uint64_t pfx_hash_long(struct pfx_slice bytes, uint64_t seed);

/* FNV-1a. */
static inline uint32_t pfx_slice_hash(struct pfx_slice s)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < s.length; ++i)
        h = (h ^ (unsigned char)s.text[i]) * 16777619u;
    return h ^ (h >> 15);
}

#endif
