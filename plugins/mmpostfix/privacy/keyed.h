/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC-SHA-256 (RFC 2104) and HKDF (RFC 5869), by OpenSSL's libcrypto. */
#ifndef PFX_KEYED_H
#define PFX_KEYED_H

#include "base/value.h"

#define PFX_KEYED_SUM 32 /* bytes */

struct pfx_keyed;

/* A key in use, of one thread; NULL when memory ran out. */
struct pfx_keyed *pfx_keyed_new(const unsigned char *key, size_t length);
void pfx_keyed_free(struct pfx_keyed **keyed);
/* The sum of the parts behind each other. False when libcrypto fails, and then sum_r is zeros. */
bool pfx_keyed_sum(struct pfx_keyed *keyed, const struct pfx_slice *part, unsigned parts,
                   unsigned char sum_r[static PFX_KEYED_SUM]);

/* HKDF with an empty salt: 32 bytes of secret for that use. False when libcrypto fails. */
bool pfx_keyed_derive(const unsigned char *secret, size_t length, const char *use,
                      unsigned char key_r[static PFX_KEYED_SUM]);

#endif
