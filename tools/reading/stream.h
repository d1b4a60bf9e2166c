/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a file, whatever it is compressed with. */
#ifndef PFXLOG_STREAM_H
#define PFXLOG_STREAM_H

#include <stddef.h>
#include <sys/types.h>

struct stream;

/* Takes over a descriptor, and closes it. NULL when memory ran out. */
struct stream *stream_open(int descriptor);
/* Up to size bytes; 0 at the end, -1 on an error. */
ssize_t stream_read(struct stream *stream, void *out, size_t size);
/* Why it failed, as a text to be shown. */
const char *stream_reason(const struct stream *stream);
/* To the beginning again; -1 when that is not possible. */
int stream_rewind(struct stream *stream);
void stream_close(struct stream **stream);

#endif
