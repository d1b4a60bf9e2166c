/* SPDX-License-Identifier: Apache-2.0 */
/* Decompressors; see codec.h. zlib is always there, configure finds out about the others. */
#include "reading/codec.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#ifdef PFX_LZMA
#include <lzma.h>
#endif
#ifdef PFX_BZIP2
#include <bzlib.h>
#endif
#ifdef PFX_ZSTD
#include <zstd.h>
#endif

#define GZIP_WINDOW (15 + 16) /* the largest, with a header of gzip */

static void *gzip_start(void)
{
    z_stream *z = calloc(1, sizeof(*z));

    if (z != NULL && inflateInit2(z, GZIP_WINDOW) == Z_OK)
        return z;
    free(z);
    return NULL;
}

static enum codec_result gzip_step(void *state, struct codec_io *io)
{
    z_stream *z = state;
    int result;

    z->next_in = (unsigned char *)(uintptr_t)io->in;
    z->avail_in = (unsigned)io->in_left;
    z->next_out = io->out;
    z->avail_out = (unsigned)io->out_left;
    result = inflate(z, Z_NO_FLUSH);
    *io = (struct codec_io){z->next_in, z->next_out, z->avail_in, z->avail_out};
    if (result == Z_STREAM_END)
        return CODEC_END;
    return result == Z_OK || result == Z_BUF_ERROR ? CODEC_MORE : CODEC_BAD;
}

static void gzip_end(void *state)
{
    inflateEnd(state);
    free(state);
}

#ifdef PFX_LZMA
static void *xz_start(void)
{
    lzma_stream *z = calloc(1, sizeof(*z));

    if (z != NULL && lzma_stream_decoder(z, UINT64_MAX, 0) == LZMA_OK)
        return z;
    free(z);
    return NULL;
}

static enum codec_result xz_step(void *state, struct codec_io *io)
{
    lzma_stream *z = state;
    lzma_ret result;

    z->next_in = io->in;
    z->avail_in = io->in_left;
    z->next_out = io->out;
    z->avail_out = io->out_left;
    result = lzma_code(z, LZMA_RUN);
    *io = (struct codec_io){z->next_in, z->next_out, z->avail_in, z->avail_out};
    if (result == LZMA_STREAM_END)
        return CODEC_END;
    return result == LZMA_OK || result == LZMA_BUF_ERROR ? CODEC_MORE : CODEC_BAD;
}

static void xz_end(void *state)
{
    lzma_end(state);
    free(state);
}
#else
#define xz_start NULL
#define xz_step NULL
#define xz_end NULL
#endif

#ifdef PFX_BZIP2
static void *bzip2_start(void)
{
    bz_stream *z = calloc(1, sizeof(*z));

    if (z != NULL && BZ2_bzDecompressInit(z, 0, 0) == BZ_OK)
        return z;
    free(z);
    return NULL;
}

static enum codec_result bzip2_step(void *state, struct codec_io *io)
{
    bz_stream *z = state;
    int result;

    z->next_in = (char *)(uintptr_t)io->in;
    z->avail_in = (unsigned)io->in_left;
    z->next_out = (char *)io->out;
    z->avail_out = (unsigned)io->out_left;
    result = BZ2_bzDecompress(z);
    *io = (struct codec_io){(unsigned char *)z->next_in, (unsigned char *)z->next_out, z->avail_in,
                            z->avail_out};
    if (result == BZ_STREAM_END)
        return CODEC_END;
    return result == BZ_OK ? CODEC_MORE : CODEC_BAD;
}

static void bzip2_end(void *state)
{
    BZ2_bzDecompressEnd(state);
    free(state);
}
#else
#define bzip2_start NULL
#define bzip2_step NULL
#define bzip2_end NULL
#endif

#ifdef PFX_ZSTD
static void *zstd_start(void)
{
    return ZSTD_createDStream();
}

static enum codec_result zstd_step(void *state, struct codec_io *io)
{
    ZSTD_inBuffer in = {io->in, io->in_left, 0};
    ZSTD_outBuffer out = {io->out, io->out_left, 0};
    size_t result = ZSTD_decompressStream(state, &out, &in);

    *io = (struct codec_io){io->in + in.pos, io->out + out.pos, io->in_left - in.pos,
                            io->out_left - out.pos};
    if (ZSTD_isError(result))
        return CODEC_BAD;
    return result == 0 ? CODEC_END : CODEC_MORE;
}

static void zstd_end(void *state)
{
    ZSTD_freeDStream(state);
}
#else
#define zstd_start NULL
#define zstd_step NULL
#define zstd_end NULL
#endif

static const struct codec codecs[] = {
    {"gzip", {"\x1f\x8b", 2}, gzip_start, gzip_step, gzip_end},
    {"xz",
     {"\xfd"
      "7zXZ\0",
      6},
     xz_start,
     xz_step,
     xz_end},
    {"bzip2", {"BZh", 3}, bzip2_start, bzip2_step, bzip2_end},
    {"zstd", {"\x28\xb5\x2f\xfd", 4}, zstd_start, zstd_step, zstd_end},
};

const struct codec *codec_find(struct pfx_slice begin)
{
    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); ++i) {
        if (pfx_slice_starts(begin, codecs[i].magic))
            return &codecs[i];
    }
    return NULL;
}
