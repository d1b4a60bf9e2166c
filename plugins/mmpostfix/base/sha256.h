/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4), so that what it says of a file sha256sum says, too, on any machine. */
#ifndef PFX_SHA256_H
#define PFX_SHA256_H

#include "base/value.h"

#define PFX_SHA256_HEX 65 /* digits and a NUL */

/* Writes the digest of bytes in lower-case hexadecimal digits. */
void pfx_sha256(struct pfx_slice bytes, char hex_r[PFX_SHA256_HEX]);

#endif
