/* SPDX-License-Identifier: Apache-2.0 */
/* Finds entries by up to three numbers: nodes, or pointers of kept texts. */
#ifndef PFXLOG_AUDIT_INDEX_H
#define PFXLOG_AUDIT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct entry;

struct index_slot {
    uint64_t key[3];
    struct entry *entry; /* NULL: free */
};

struct index {
    struct index_slot *slot;
    size_t slots, count;
};

/* Zeroed at first. */
void index_close(struct index *index);
/* The entry of that key, or NULL. */
struct entry *index_get(const struct index *index, uint64_t a, uint64_t b, uint64_t c);
/* Adds one under a key that has none. False when memory ran out. */
bool index_put(struct index *index, uint64_t a, uint64_t b, uint64_t c, struct entry *entry);

#endif
