/* SPDX-License-Identifier: Apache-2.0 */
/* Files of secrets: plain ones, root's or ours, that nobody else can read. */
#ifndef PFX_PRIVATE_H
#define PFX_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

/* Opens such a file for reading, through no link; never waits for a pipe. -1: *reason_r says what
 * is wrong with it. */
int pfx_private_open(const char *path, const char **reason_r);

/* What of such a file is no longer than size: how many bytes it is, or -1 and *reason_r. */
long pfx_private_read(const char *path, char *text, size_t size, const char **reason_r);

/* Puts zeros in the place of a plain file, for file systems that write where they wrote before.
 * False: errno tells. */
bool pfx_private_wipe(const char *path);

#endif
