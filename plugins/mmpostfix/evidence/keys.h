/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a chain: a new one each day (UTC), which the old one signs before it is wiped, so
 * that who breaks in later can sign nothing of the days before. Files: PATH.key, private; PATH.pub,
 * public half of the first one; PATH.key.new, while one takes the other's place.
 *
 * Which key signs is said by the file of the chain (files.h), which is written between prepare and
 * turn: what a daemon that died has left is carried on or taken back by pfx_keys_open().
 */
#ifndef PFX_KEYS_H
#define PFX_KEYS_H

#include "evidence/seal.h"

/* Zeroed at first. */
struct pfx_keys {
    const char *path; /* of the chain; borrowed */
    struct pfx_seal_key *key;
    struct pfx_seal_key *next; /* prepared, or NULL */
    int64_t since;             /* when the key began to sign: seconds since 1970 */
};

/* Reads the key of that name, and ends what was begun; name is empty: whichever is there, or a new
 * one. False: why_r says why. */
bool pfx_keys_open(struct pfx_keys *keys, const char *path, const char *name, int64_t since,
                   char why_r[static PFX_SEAL_WHY]);
void pfx_keys_close(struct pfx_keys *keys);

/* Whether the day of the key is over. */
bool pfx_keys_is_old(const struct pfx_keys *keys, int64_t now);
/* Makes the next key, on disk. False: why_r says why. */
bool pfx_keys_prepare(struct pfx_keys *keys, char why_r[static PFX_SEAL_WHY]);
/* The next key signs from now on, and the old one is wiped. False: it does, but that one is still
 * there. */
bool pfx_keys_turn(struct pfx_keys *keys, int64_t now, char why_r[static PFX_SEAL_WHY]);

#endif
