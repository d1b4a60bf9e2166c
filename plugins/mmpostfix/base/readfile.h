/* SPDX-License-Identifier: Apache-2.0 */
/* A file of text, whole in memory. */
#ifndef PFX_READFILE_H
#define PFX_READFILE_H

#include <stddef.h>

/* Room for a message about a file of a site: "FILE:LINE: reason". */
#define PFX_ERROR_SIZE 512

/* The text of a regular file, with a NUL behind it, for the caller to free. NULL when it can not be
 * read, is too big or holds a NUL byte; *reason_r then says why. Never waits for a pipe. */
char *pfx_readfile(const char *path, size_t *length_r, const char **reason_r);

#endif
