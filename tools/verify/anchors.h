/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file of anchors.
 */
#ifndef PFXLOG_VERIFY_ANCHORS_H
#define PFXLOG_VERIFY_ANCHORS_H

#include "verify/findings.h"
#include "verify/trust.h"

/* Puts those that are good into the ledgers of their chains, and tells of the others. False after a
 * message. */
bool anchors_read(const char *name, struct trust *trust, struct pfx_hasher *hasher,
                  struct ledgers *ledgers, struct findings *findings);

#endif
