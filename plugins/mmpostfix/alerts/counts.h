/* SPDX-License-Identifier: Apache-2.0 */
/* What was counted, by subject: an address, a user, a domain. An entry a subject, by a keyed hash
 * of it; in the entry a cell for each rule that counts it. Bounded by bytes: entries with the
 * fewest events go first, of these the oldest, and are counted; those that were told of go last. A
 * subject's first event makes no entry, see first_hits.h.
 * Parts with a lock each; a part is held while one of its subjects is looked at.
 */
#ifndef PFX_COUNTS_H
#define PFX_COUNTS_H

#include "alerts/windows/first_hits.h"
#include "base/store.h"

struct pfx_counts;
struct pfx_counts_part;

/* The counts of a rule for a subject. All of it is plain bytes, to be saved as they are. */
struct pfx_cell {
    uint32_t id;    /* of the rule; its definition is in it, so that another one begins anew */
    uint32_t words; /* of data */
    uint32_t told;  /* when an alert was, in seconds; 0: never */
    uint32_t held;  /* alerts that were not, since then */
    uint32_t data[];
};

struct pfx_subject {
    struct pfx_entry entry;
    uint32_t *cells; /* one behind the other */
    uint32_t words;  /* of all of them */
    uint32_t hits;
};

/* How long a subject is worth being kept. */
enum pfx_subject_life { PFX_SUBJECT_WINDOW, PFX_SUBJECT_TOLD, PFX_SUBJECT_LONG };

/* bytes: of all; a half at most is for first hits. seed: that nobody else knows. NULL when memory
 * ran out. */
struct pfx_counts *pfx_counts_new(size_t bytes, uint64_t seed);
void pfx_counts_free(struct pfx_counts **counts);

uint64_t pfx_counts_seed(const struct pfx_counts *counts);

/* The part that has a subject, held until it is released. */
struct pfx_counts_part *pfx_counts_hold(struct pfx_counts *counts, uint64_t hash);
void pfx_counts_release(struct pfx_counts_part *part);

/* The subject, or NULL. */
struct pfx_subject *pfx_counts_find(struct pfx_counts_part *part, uint64_t hash);
/* The same, made if there is none; now: microseconds. NULL when memory ran out. */
struct pfx_subject *pfx_counts_make(struct pfx_counts_part *part, uint64_t hash, int64_t now);

/* The cell of a rule, or NULL. */
struct pfx_cell *pfx_counts_cell(const struct pfx_subject *subject, uint32_t id);
/* The same, made with that many zeroed bytes if there is none; others of the subject may move.
 * NULL when memory ran out. */
struct pfx_cell *pfx_counts_add_cell(struct pfx_counts_part *part, struct pfx_subject *subject,
                                     uint32_t id, size_t bytes);

/* An event of the subject was counted. */
void pfx_counts_touch(struct pfx_counts_part *part, struct pfx_subject *subject,
                      enum pfx_subject_life life, int64_t now);

struct pfx_first_hits *pfx_counts_first_hits(struct pfx_counts_part *part);

/* Frees what is too old, a little at a time. */
void pfx_counts_expire(struct pfx_counts_part *part, int64_t now);

/* Entries now, and how many were evicted early. */
void pfx_counts_count(struct pfx_counts *counts, uint64_t *subjects_r, uint64_t *evicted_r,
                      uint64_t *bytes_r);

#endif
