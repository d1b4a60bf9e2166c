/* SPDX-License-Identifier: Apache-2.0 */
/* The public keys that a signature may be of: those of a chain, each of which has told the next one
 * and signs in its time alone; and one for notes, which then are believed of no other.
 */
#ifndef PFXLOG_VERIFY_TRUST_H
#define PFXLOG_VERIFY_TRUST_H

#include "evidence/anchor.h"

struct trusted {
    struct pfx_seal_key *key;
    int64_t since, until; /* seconds since 1970; both belong to it */
};

/* Zeroed at first. */
struct trust {
    struct trusted *key; /* of the chain, in their order */
    size_t keys;
    int64_t latest;             /* of the anchors of the last one */
    struct pfx_seal_key *notes; /* or NULL */
};

/* Reads a public key. NULL after a message. */
struct pfx_seal_key *trust_read(const char *name);
/* Takes over the first key of the chain. False: out of memory. */
bool trust_begin(struct trust *trust, struct pfx_seal_key *key);
void trust_free(struct trust *trust);

/* Both, of what says that it is of that key: NULL, or why it is not believed (static text). */
const char *trust_anchor(const struct trust *trust, const struct pfx_anchor *anchor,
                         struct pfx_slice key, struct pfx_slice text, struct pfx_slice signature);
const char *trust_note(const struct trust *trust, int64_t time, struct pfx_slice key,
                       struct pfx_slice text, struct pfx_slice signature);

/* An anchor that is believed and in its place: it may tell the next key. False: out of memory. */
bool trust_next(struct trust *trust, const struct pfx_anchor *anchor);

#endif
