/* SPDX-License-Identifier: Apache-2.0 */
/* An anchor: what the head of a chain was, signed, as a line of JSON. Pure.
 */
#ifndef PFX_ANCHOR_H
#define PFX_ANCHOR_H

#include "evidence/seal.h"

#define PFX_CHAIN_STREAM 64 /* name of a chain, and NUL */
#define PFX_ANCHOR_TEXT 800

enum pfx_anchor_kind {
    PFX_ANCHOR_START,
    PFX_ANCHOR_INTERVAL,
    PFX_ANCHOR_END,
    PFX_ANCHOR_KEY,
    PFX_ANCHOR_KINDS
};

struct pfx_anchor {
    struct pfx_slice stream;
    enum pfx_anchor_kind kind;
    uint64_t first, last; /* of the documents since the anchor before; first is last + 1: none */
    bool unclean;         /* of a start: the daemon before died, */
    uint64_t known;       /* and that is the last one that is known of it */
    unsigned char head[PFX_SEAL_HASH];     /* of the last one */
    unsigned char previous[PFX_SEAL_HASH]; /* of the line of the anchor before, zeros: none */
    int64_t time;                          /* seconds since 1970 */
    unsigned char next[PFX_SEAL_PUBLIC]; /* of a key's last one: the key that signs from here on */
};

/* The line, signed, without a line feed. False when memory ran out. */
bool pfx_anchor_write(const struct pfx_anchor *anchor, const struct pfx_seal_key *key,
                      char text_r[static PFX_ANCHOR_TEXT]);

/* Reads a line that pfx_anchor_write() could have made; texts are borrowed. signed_r: what the
 * signature is of; NULL, or what is wrong (static text). */
const char *pfx_anchor_read(struct pfx_slice line, struct pfx_anchor *anchor_r,
                            struct pfx_slice *key_r, struct pfx_slice *signed_r,
                            struct pfx_slice *signature_r);

/* The hash of a line, for the next one. */
void pfx_anchor_hash(struct pfx_hasher *hasher, struct pfx_slice line,
                     unsigned char hash_r[static PFX_SEAL_HASH]);

#endif
