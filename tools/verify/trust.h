/* SPDX-License-Identifier: Apache-2.0 */
/* The public keys that a signature may be of: a chain's, and one for notes alone.
 */
#ifndef PFXLOG_VERIFY_TRUST_H
#define PFXLOG_VERIFY_TRUST_H

#include "evidence/seal.h"

/* Zeroed at first. */
struct trust {
    struct pfx_seal_key *chain;
    struct pfx_seal_key *notes; /* or NULL */
};

/* Reads a public key. NULL after a message. */
struct pfx_seal_key *trust_read(const char *name);
void trust_free(struct trust *trust);

/* Both: NULL, or why it is not believed (static text). */
const char *trust_anchor(const struct trust *trust, struct pfx_slice text,
                         struct pfx_slice signature);
const char *trust_note(const struct trust *trust, struct pfx_slice text,
                       struct pfx_slice signature);

#endif
