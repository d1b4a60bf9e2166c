/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of documents: each has its place in it, which names the hash of the one before, so that
 * what was changed, left out or added later shows; see doc/evidence.md. Signed anchors tell its
 * head from time to time. What it proves ends where the last anchor that was kept elsewhere does.
 *
 * With a chain at PATH come, made when they are not there: PATH, which is where the chain is;
 * PATH.key, the private key of today; PATH.pub, the public one of the first day; PATH.anchors, a
 * line each, by which each key is told by the one before.
 */
#ifndef PFX_CHAIN_H
#define PFX_CHAIN_H

#include "evidence/anchor.h"

/* "STREAM:NUMBER:HASH:VERSION", and NUL. */
#define PFX_CHAIN_TEXT (PFX_CHAIN_STREAM + 20 + PFX_SEAL_HEX + 8)

struct pfx_chain;

struct pfx_chain_options {
    const char *path;
    uint64_t documents;     /* at most, between two anchors, */
    unsigned seconds;       /* and so long, also when there was none */
    int64_t (*clock)(void); /* seconds since 1970 */
    /* Gets each anchor, and errors; also from a thread of the chain's own. */
    void (*report)(bool failed, const char *text);
};

/* Takes up the chain where it ended, and tells a start anchor. NULL: reported. */
struct pfx_chain *pfx_chain_open(const struct pfx_chain_options *options);
/* Tells an end anchor. No document comes any more. */
void pfx_chain_close(struct pfx_chain **chain);

/* The place of the next document, whose leaf that is. Any thread, each with a hasher of its own;
 * blocks on no file. */
void pfx_chain_add(struct pfx_chain *chain, struct pfx_hasher *hasher,
                   const unsigned char leaf[static PFX_SEAL_HASH],
                   char text_r[static PFX_CHAIN_TEXT]);

/* The hash of a document at its place, which the next one names. */
void pfx_chain_link(struct pfx_hasher *hasher, struct pfx_slice stream, uint64_t number,
                    const unsigned char before[static PFX_SEAL_HASH],
                    const unsigned char leaf[static PFX_SEAL_HASH],
                    unsigned char link_r[static PFX_SEAL_HASH]);

/* The parts of a place. False: it is none of this version. */
bool pfx_chain_read(struct pfx_slice text, struct pfx_slice *stream_r, uint64_t *number_r,
                    unsigned char before_r[static PFX_SEAL_HASH]);

#endif
