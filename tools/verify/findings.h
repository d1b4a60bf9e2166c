/* SPDX-License-Identifier: Apache-2.0 */
/* What verify tells: findings, a line each, for people or for programs.
 */
#ifndef PFXLOG_VERIFY_FINDINGS_H
#define PFXLOG_VERIFY_FINDINGS_H

#include "options.h"
#include "verify/ledger.h"

struct findings {
    const struct pfxlog_options *options;
    unsigned count; /* without what was erased on purpose */
};

/* A finding about these numbers of a chain, or lines of a file. */
void findings_say(struct findings *findings, const char *stream, const char *kind, uint64_t first,
                  uint64_t last, const char *text);

/* Takes what ledger_check() finds; cookie is struct findings. */
void findings_tell(void *cookie, const struct ledger *ledger, const struct finding *finding);

#endif
