/* SPDX-License-Identifier: Apache-2.0 */
/* All documents of one chain by their numbers, and its anchors: what does not fit.
 */
#ifndef PFXLOG_VERIFY_LEDGER_H
#define PFXLOG_VERIFY_LEDGER_H

#include "evidence/anchor.h"
#include "verify/note.h"
#include "verify/place.h"

struct entry {
    uint64_t number;
    unsigned char before[PFX_SEAL_HASH], leaf[PFX_SEAL_HASH];
    unsigned char *other; /* another leaf that it may have, or NULL; see place.h */
    unsigned file, line;
    const struct note *note; /* of one that was erased; NULL: the document is there */
};

/* An anchor whose signature is good. */
struct kept_anchor {
    enum pfx_anchor_kind kind;
    uint64_t first, last, known;
    bool unclean;
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
    uint64_t erased;   /* those of which there is a note alone */
    uint64_t returned; /* those of which there is a note, and that are there all the same */
};

/* False when memory ran out. */
bool ledger_add(struct ledger *ledger, const struct place *place, unsigned file, unsigned line);
/* A note's entries refer to it. */
bool ledger_add_note(struct ledger *ledger, struct pfx_hasher *hasher, const struct note *note);
bool ledger_add_anchor(struct ledger *ledger, const struct pfx_anchor *anchor, unsigned line);
void ledger_free(struct ledger *ledger);

/* All chains. Zeroed at first. */
struct ledgers {
    struct ledger *ledger;
    unsigned count;
};
#define LEDGERS_MOST 1000
#define LEDGERS_FULL "out of memory, or more than 1000 chains"

/* The ledger of a chain, a new one if there is none; NULL: LEDGERS_FULL. Pointers to others end. */
struct ledger *ledgers_get(struct ledgers *ledgers, struct pfx_slice stream);
/* NULL: there is none. */
struct ledger *ledgers_find(const struct ledgers *ledgers, struct pfx_slice stream);
void ledgers_free(struct ledgers *ledgers);

/* By numbers; of one number documents come before notes, then as they were read. */
void ledger_sort(struct ledger *ledger);
/* Whether two have the same place and text, as far as it is known. */
bool ledger_equal(const struct entry *a, const struct entry *b);
/* Of those that are sorted, keeps one of each number. */
void ledger_unite(struct ledger *ledger);

enum finding_kind {
    FINDING_CHANGED, /* two documents that follow each other do not fit */
    FINDING_DIFFERS, /* an anchor says something else of the one that it ends with */
    FINDING_MISSING,
    FINDING_FORGED, /* two different ones have one number */
    FINDING_ERASED  /* no fault: a note says why they are not there; near is the first */
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
