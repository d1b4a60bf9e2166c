/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a log while it is written: of a file, over its rotation, of standard input or of
 * the journal. */
#ifndef PFXLOG_FOLLOW_H
#define PFXLOG_FOLLOW_H

#include "base/value.h"

#include <stdbool.h>

struct follow;

/* What is done with a line, which ends in NUL; false: no more. */
typedef bool follow_take(void *cookie, struct pfx_slice line);

/* A file, from its end less so many bytes on; "-" is standard input. NULL after a message. */
struct follow *follow_file(const char *path, long long bytes);
/* The output of journalctl with these arguments, which end with NULL. The same. */
struct follow *follow_journal(char *const argument[]);
/* Hands what came since to take, a megabyte at most, and waits for nothing. 1: there is more at
 * once, 0: not now, -1: nothing will come any more. */
int follow_read(struct follow *follow, follow_take *take, void *cookie);
/* A descriptor that tells when there is more; -1: of a file or a FIFO, ask again after a while. */
int follow_descriptor(const struct follow *follow);
/* Says what journalctl said; false when it failed. Accepts NULL inside; clears the pointer. */
bool follow_close(struct follow **follow);

#endif
