/* SPDX-License-Identifier: Apache-2.0 */
/* The hash of a document as stores keep it: of the bytes of its fields in the order of fields.def,
 * and of what stands before them but what stores put in or make anew (GELF's version, timestamp,
 * level; of the plain form nothing). So fields.def may get new rows, but keeps the order of those
 * that it has.
 */
#ifndef PFX_LEAF_H
#define PFX_LEAF_H

#include "document/text.h"
#include "evidence/seal.h"

/* text was rendered spaced, and nothing added since. */
void pfx_leaf(struct pfx_hasher *hasher, const struct pfx_text *text,
              unsigned char leaf_r[static PFX_SEAL_HASH]);

#endif
