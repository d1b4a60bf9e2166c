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

#define PFX_COUNTS_PARTS 16

struct pfx_counts;
struct pfx_counts_part;

/* The counts of a rule for a subject. All of it is plain bytes, to be saved as they are. */
struct pfx_cell {
    uint32_t id;    /* of the rule; its definition is in it, so that another one begins anew */
    uint32_t words; /* of data */
    uint32_t told;  /* when an alert was, in seconds; 0: never */
    uint32_t held;  /* alerts that were not, since then, */
    uint32_t more;  /* and how much their lines counted */
    uint32_t data[];
};

struct pfx_subject {
    struct pfx_entry entry;
    uint32_t *cells; /* one behind the other */
    uint32_t words;  /* of all of them */
    uint32_t hits;
    uint32_t known; /* lines up to that time were counted before the restart; 0: there was none */
    bool changed;   /* and is to be saved */
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

/* The cell of a rule with that many bytes, or NULL. */
struct pfx_cell *pfx_counts_cell(const struct pfx_subject *subject, uint32_t id, size_t bytes);
/* The same, made with that many zeroed bytes if there is none; others of the subject may move.
 * NULL when memory ran out. */
struct pfx_cell *pfx_counts_add_cell(struct pfx_counts_part *part, struct pfx_subject *subject,
                                     uint32_t id, size_t bytes);

/* An event of the subject was counted. */
void pfx_counts_touch(struct pfx_counts_part *part, struct pfx_subject *subject,
                      enum pfx_subject_life life, int64_t now);

/* As pfx_first_hits_take() and pfx_first_hits_join(). */
bool pfx_counts_take_first(struct pfx_counts_part *part, uint64_t key, uint32_t window,
                           uint32_t value, uint32_t time, uint32_t *value_r, uint32_t *time_r);
bool pfx_counts_join_first(struct pfx_counts_part *part, uint64_t key, uint32_t window,
                           uint32_t time, uint32_t *value_r, uint32_t *time_r);

/* Frees what is too old, a little at a time. */
void pfx_counts_expire(struct pfx_counts_part *part, int64_t now);

/* The time of day, in seconds, before something is counted. When the clock was set back by more
 * than an hour, all that was counted in what is now the future is forgotten, since it would be in
 * the way until then; true is returned. Any thread, no part is held. */
bool pfx_counts_clock(struct pfx_counts *counts, int64_t now);

/* Entries now, and how many were evicted early. */
void pfx_counts_count(struct pfx_counts *counts, uint64_t *subjects_r, uint64_t *evicted_r,
                      uint64_t *bytes_r);

/* What follows is for the state file, from one thread beside those that count. */

/* Before anything is counted. */
void pfx_counts_reseed(struct pfx_counts *counts, uint64_t seed);

/* From here on what changed is remembered until pfx_counts_changes() asks, as far as it is no flood
 * (some thousand subjects). False when memory ran out. */
bool pfx_counts_watch(struct pfx_counts *counts);
/* Something changed since the last call. */
bool pfx_counts_changed(struct pfx_counts *counts);

struct pfx_counts_visitor {
    void *cookie;
    void (*subject)(void *cookie, const struct pfx_subject *subject);
    void (*first)(void *cookie, uint64_t key, uint32_t value, uint32_t time);
};
/* Visits what changed in a part, which is held meanwhile. */
void pfx_counts_changes(struct pfx_counts *counts, unsigned part,
                        const struct pfx_counts_visitor *visitor);

/* Visits some of a part's subjects, which is held meanwhile, and moves *cursor on. False at the
 * end. */
bool pfx_counts_walk(struct pfx_counts *counts, unsigned part, size_t *cursor, unsigned max,
                     void (*visit)(void *cookie, struct pfx_entry *subject), void *cookie);
/* The same of the sets of its first events; see first_hits.h. */
bool pfx_counts_walk_first(struct pfx_counts *counts, unsigned part, size_t *cursor, unsigned max,
                           void (*visit)(void *cookie, size_t set, uint64_t cell), void *cookie);
size_t pfx_counts_first_sets(const struct pfx_counts *counts);

/* A subject as it was saved; touched in microseconds. */
struct pfx_saved_subject {
    uint64_t hash;
    int64_t touched;
    unsigned class;
    uint32_t hits;
    struct pfx_slice cells;
};
/* Puts it back, unless what is there is newer. False: it is invalid. */
bool pfx_counts_put(struct pfx_counts *counts, const struct pfx_saved_subject *saved);
void pfx_counts_put_first(struct pfx_counts *counts, unsigned part, size_t set, uint64_t cell,
                          uint32_t newest);
void pfx_counts_put_first_key(struct pfx_counts *counts, unsigned part, uint64_t key,
                              uint32_t value, uint32_t time);

#endif
