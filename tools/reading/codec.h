/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed files: which there are, and how each is undone. */
#ifndef PFXLOG_CODEC_H
#define PFXLOG_CODEC_H

#include "base/value.h"

/* What is to be read and where to write; both move on. */
struct codec_io {
    const unsigned char *in;
    unsigned char *out;
    size_t in_left, out_left;
};

enum codec_result { CODEC_MORE, CODEC_END, CODEC_BAD };

struct codec {
    const char *name;       /* of the program that undoes it, too */
    struct pfx_slice magic; /* how such a file begins */
    /* A new state, or NULL. The function is NULL where pfxlog was built without the library. */
    void *(*start)(void);
    /* Undoes as much as there is room for. CODEC_END: all of what began with the magic; another may
     * follow. */
    enum codec_result (*step)(void *state, struct codec_io *io);
    void (*end)(void *state);
};

#define CODEC_MAGIC_MAX 6

/* The codec of a file that begins so, or NULL. */
const struct codec *codec_find(struct pfx_slice begin);

#endif
