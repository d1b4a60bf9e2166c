/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a file, in UTF-8 where it is UTF-16. */
#ifndef PFXLOG_LINES_H
#define PFXLOG_LINES_H

#include "base/value.h"

struct lines;

/* Takes over a descriptor. NULL when memory ran out. */
struct lines *lines_open(int descriptor);
/* The next line without its end; it is terminated by NUL in place, and NUL bytes in it became '?'.
 * Valid until the next call. 1: there is one, 0: end of file, -1: an error. */
int lines_next(struct lines *lines, struct pfx_slice *line_r);
/* Exactly length bytes, as they are; otherwise like the above, 0 also where there are fewer. */
int lines_bytes(struct lines *lines, size_t length, struct pfx_slice *bytes_r);
/* What comes next and was read already, so much as there is. False on an error. */
bool lines_peek(struct lines *lines, struct pfx_slice *text_r);
const char *lines_reason(const struct lines *lines);
/* To the beginning again; -1 when that is not possible. */
int lines_rewind(struct lines *lines);
void lines_close(struct lines **lines);

#endif
