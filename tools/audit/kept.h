/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that live until the end, equal ones once: a log says the same addresses again and again. */
#ifndef PFXLOG_AUDIT_KEPT_H
#define PFXLOG_AUDIT_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kept {
    const char **slot; /* open addressing; NULL: free */
    size_t slots, count;
    char **block; /* of memory, that texts lie in */
    size_t blocks, left;
    uint64_t seed; /* strangers can not make texts collide */
};

/* False when memory ran out. */
bool kept_open(struct kept *kept);
void kept_close(struct kept *kept);
/* The text, kept until kept_close(): the same pointer for equal texts. NULL when memory ran out,
 * or for NULL. */
const char *kept_text(struct kept *kept, const char *text);

#endif
