/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and signatures of evidence: SHA-256 and Ed25519 (RFC 8032), by OpenSSL's libcrypto. Any
 * thread may use a key; a hasher is of one.
 */
#ifndef PFX_SEAL_H
#define PFX_SEAL_H

#include "base/value.h"

/* Of the form in which documents, places and anchors are hashed. */
#define PFX_CHAIN_VERSION 1

#define PFX_SEAL_HASH 32
#define PFX_SEAL_PUBLIC 32
#define PFX_SEAL_SIGNATURE 64
/* A hash as hexadecimal digits, and NUL. */
#define PFX_SEAL_HEX (2 * PFX_SEAL_HASH + 1)
/* A signature as base64, and NUL. */
#define PFX_SEAL_BASE64 89
#define PFX_SEAL_WHY 600

struct pfx_hasher;
/* NULL when memory ran out. */
struct pfx_hasher *pfx_hasher_new(void);
void pfx_hasher_free(struct pfx_hasher **hasher);
/* SHA-256 of one byte, which keeps uses apart, and of the parts behind it. */
void pfx_hasher_sum(struct pfx_hasher *hasher, unsigned char use, const struct pfx_slice *part,
                    unsigned parts, unsigned char hash_r[static PFX_SEAL_HASH]);

void pfx_seal_hex(const unsigned char hash[static PFX_SEAL_HASH], char hex_r[static PFX_SEAL_HEX]);
/* False: it is no such hash. */
bool pfx_seal_unhex(struct pfx_slice hex, unsigned char hash_r[static PFX_SEAL_HASH]);

struct pfx_seal_key;
/* Reads a private key (PEM) or, with public, a public one. The file of a private key is to be ours
 * and for nobody else. NULL: why_r says why. */
struct pfx_seal_key *pfx_seal_read(const char *path, bool public, char why_r[static PFX_SEAL_WHY]);
/* Makes a private key in a new file of mode 0600. */
struct pfx_seal_key *pfx_seal_make(const char *path, char why_r[static PFX_SEAL_WHY]);
/* Writes the public half of a key to a file of mode 0644, in the place of one that is there. */
bool pfx_seal_write_public(const struct pfx_seal_key *key, const char *path,
                           char why_r[static PFX_SEAL_WHY]);
void pfx_seal_free(struct pfx_seal_key **key);

/* The bytes of a public half, and a key of them; NULL: why_r says why. */
void pfx_seal_public(const struct pfx_seal_key *key,
                     unsigned char public_r[static PFX_SEAL_PUBLIC]);
struct pfx_seal_key *pfx_seal_of(const unsigned char public[static PFX_SEAL_PUBLIC],
                                 char why_r[static PFX_SEAL_WHY]);

/* What a key is called: the first 16 digits of the hash of its public half. */
const char *pfx_seal_name(const struct pfx_seal_key *key);

/* Signs text with a private key; false when memory ran out. */
bool pfx_seal_sign(const struct pfx_seal_key *key, struct pfx_slice text,
                   char base64_r[static PFX_SEAL_BASE64]);
bool pfx_seal_verify(const struct pfx_seal_key *key, struct pfx_slice text,
                     struct pfx_slice base64);

#endif
