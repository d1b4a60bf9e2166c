/* SPDX-License-Identifier: Apache-2.0 */
/* All documents of one chain by their numbers, and its anchors: what does not fit.
 */
#ifndef PFXLOG_VERIFY_LEDGER_H
#define PFXLOG_VERIFY_LEDGER_H

#include "evidence/anchor.h"
#include "verify/place.h"

struct entry {
    uint64_t number;
    unsigned char before[PFX_SEAL_HASH], leaf[PFX_SEAL_HASH];
    unsigned file, line;
};

/* An anchor whose signature is good. */
struct kept_anchor {
    enum pfx_anchor_kind kind;
    uint64_t first, last, unclean;
    unsigned char head[PFX_SEAL_HASH];
    int64_t time;
    unsigned line;
};

struct ledger {
    char stream[PFX_CHAIN_STREAM];
    struct entry *entry;
    size_t entries, entry_size;
    struct kept_anchor *anchor;
    size_t anchors, anchor_size;
    /* Found by ledger_check(): */
    uint64_t repeated; /* documents that a store has twice */
    uint64_t open;     /* those after the last anchor */
};

/* False when memory ran out. */
bool ledger_add(struct ledger *ledger, const struct place *place, unsigned file, unsigned line);
bool ledger_add_anchor(struct ledger *ledger, const struct pfx_anchor *anchor, unsigned line);
void ledger_free(struct ledger *ledger);

enum finding_kind {
    FINDING_CHANGED, /* two documents that follow each other do not fit */
    FINDING_DIFFERS, /* an anchor says something else of the one that it ends with */
    FINDING_MISSING,
    FINDING_FORGED /* two different ones have one number */
};

struct finding {
    enum finding_kind kind;
    uint64_t first, last;            /* numbers */
    const struct entry *near, *then; /* the entries at their sides, or NULL */
    const struct kept_anchor *anchor;
};

/* Tells what does not fit, in the order of numbers. part: what is missing at both ends is no
 * finding. */
void ledger_check(struct ledger *ledger, struct pfx_hasher *hasher, bool part,
                  void (*tell)(void *cookie, const struct ledger *ledger,
                               const struct finding *finding),
                  void *cookie);

#endif
