/* SPDX-License-Identifier: Apache-2.0 */
/* A note of documents that were erased on purpose: who or why, when, and their hashes, with which
 * the documents around them can still be looked at. A signed line of JSON, of documents that follow
 * each other.
 */
#ifndef PFXLOG_VERIFY_NOTE_H
#define PFXLOG_VERIFY_NOTE_H

#include "evidence/chain.h"

#define NOTE_LEAVES 500  /* of one note, at most */
#define NOTE_REASON 1000 /* bytes, at most, and NUL */
#define NOTE_VERSION 1

struct note {
    char stream[PFX_CHAIN_STREAM], key[20], reason[NOTE_REASON + 1];
    uint64_t first, last;
    int64_t time;                         /* seconds since 1970 */
    unsigned char before[PFX_SEAL_HASH];  /* what the first one named */
    unsigned char (*leaf)[PFX_SEAL_HASH]; /* one a number */
    const char *file;                     /* where it was read */
    unsigned line;
};

/* The line, signed, with a line feed, to be freed; NULL when memory ran out. The key is taken from
 * key, leaves are borrowed. */
char *note_write(const struct note *note, const struct pfx_seal_key *key);

/* Reads such a line; signed_r and signature_r are borrowed. NULL, or what is wrong (static text).
 * Free the leaves with note_free(). */
const char *note_read(struct pfx_slice line, struct note *note_r, struct pfx_slice *signed_r,
                      struct pfx_slice *signature_r);
void note_free(struct note *note);

#endif
