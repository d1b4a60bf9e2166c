/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file of notes of what was erased.
 */
#ifndef PFXLOG_VERIFY_NOTES_H
#define PFXLOG_VERIFY_NOTES_H

#include "verify/findings.h"
#include "verify/note.h"
#include "verify/trust.h"

/* Zeroed at first. */
struct notes {
    struct note **note;
    size_t count, size;
};

/* Puts what good ones say into the ledgers of their chains, which are there already, and tells of
 * the others; ledgers refer to the notes. False after a message. */
bool notes_read(struct notes *notes, const char *name, const struct trust *trust,
                struct pfx_hasher *hasher, struct ledgers *ledgers, struct findings *findings);
void notes_free(struct notes *notes);

#endif
