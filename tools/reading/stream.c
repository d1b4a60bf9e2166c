/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of files; see stream.h. */
#include "reading/stream.h"
#include "reading/codec.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (64 * 1024)

struct stream {
    int descriptor;
    bool begun, last; /* its kind is known; there is no more than what is in in */
    bool strange;     /* what follows the compressed data is of another kind */
    const struct codec *codec;
    void *state;
    size_t at, end;
    char reason[160];
    unsigned char in[CHUNK];
};

struct stream *stream_open(int descriptor)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL) {
        close(descriptor);
        return NULL;
    }
    stream->descriptor = descriptor;
    return stream;
}

const char *stream_reason(const struct stream *stream)
{
    return stream->reason;
}

static bool fail(struct stream *stream, const char *reason)
{
    snprintf(stream->reason, sizeof(stream->reason), "%s", reason);
    return false;
}

/* Reads until there are least bytes, or all of them. */
static bool fill(struct stream *stream, size_t least)
{
    if (stream->end - stream->at >= least)
        return true;
    memmove(stream->in, stream->in + stream->at, stream->end - stream->at);
    stream->end -= stream->at;
    stream->at = 0;
    while (stream->end < least && !stream->last) {
        ssize_t got = read(stream->descriptor, stream->in + stream->end, CHUNK - stream->end);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(stream, strerror(errno));
        stream->last = got == 0;
        stream->end += (size_t)got;
    }
    return true;
}

static struct pfx_slice waiting(const struct stream *stream)
{
    return (struct pfx_slice){(const char *)stream->in + stream->at, stream->end - stream->at};
}

/* The codec for what comes next starts. */
static bool start(struct stream *stream, const struct codec *codec)
{
    if (codec->start == NULL) {
        snprintf(stream->reason, sizeof(stream->reason),
                 "pfxlog was built without the library for %s; try %s -dc FILE | pfxlog ... -",
                 codec->name, codec->name);
        return false;
    }
    stream->codec = codec;
    stream->state = codec->start();
    return stream->state != NULL || fail(stream, "out of memory");
}

static void finish(struct stream *stream)
{
    if (stream->state != NULL)
        stream->codec->end(stream->state);
    stream->state = NULL;
}

/* Finds out what kind of file it is. */
static bool begin(struct stream *stream)
{
    const struct codec *codec;

    if (!fill(stream, CODEC_MAGIC_MAX))
        return false;
    stream->begun = true;
    codec = codec_find(waiting(stream));
    return codec == NULL || start(stream, codec);
}

/* After the end of one compressed piece: another of that kind, or zeros, with which xz and tapes
 * fill up. Anything else may be lines that were appended to a rotated file. */
static bool start_next(struct stream *stream)
{
    do {
        if (!fill(stream, CODEC_MAGIC_MAX))
            return false;
        while (stream->at < stream->end && stream->in[stream->at] == 0)
            ++stream->at;
    } while (stream->at == stream->end && !stream->last);
    if (!fill(stream, CODEC_MAGIC_MAX))
        return false;
    if (codec_find(waiting(stream)) == stream->codec)
        return start(stream, stream->codec);
    stream->strange = stream->at < stream->end;
    stream->at = stream->end;
    stream->last = true;
    return true;
}

static ssize_t read_compressed(struct stream *stream, unsigned char *out, size_t size)
{
    struct codec_io io = {NULL, out, 0, size};

    while (stream->state != NULL && io.out_left == size) {
        enum codec_result result;

        if (!fill(stream, 1))
            return -1;
        io.in = stream->in + stream->at;
        io.in_left = stream->end - stream->at;
        result = stream->codec->step(stream->state, &io);
        stream->at = stream->end - io.in_left;
        if (result == CODEC_BAD ||
            (result == CODEC_MORE && io.in_left == 0 && io.out_left == size && stream->last)) {
            snprintf(stream->reason, sizeof(stream->reason), "%s data are %s", stream->codec->name,
                     result == CODEC_BAD ? "damaged" : "cut");
            return -1;
        }
        if (result != CODEC_END)
            continue;
        finish(stream);
        if (!start_next(stream))
            return -1;
    }
    if (stream->strange && io.out_left == size) {
        snprintf(stream->reason, sizeof(stream->reason), "what follows the %s data is not %s",
                 stream->codec->name, stream->codec->name);
        return -1;
    }
    return (ssize_t)(size - io.out_left);
}

ssize_t stream_read(struct stream *stream, void *out, size_t size)
{
    size_t count;

    if (!stream->begun && !begin(stream))
        return -1;
    if (stream->codec != NULL)
        return read_compressed(stream, out, size);
    if (!fill(stream, 1))
        return -1;
    count = stream->end - stream->at;
    if (count > size)
        count = size;
    memcpy(out, stream->in + stream->at, count);
    stream->at += count;
    return (ssize_t)count;
}

int stream_rewind(struct stream *stream)
{
    finish(stream);
    stream->codec = NULL;
    stream->begun = stream->last = stream->strange = false;
    stream->at = stream->end = 0;
    return lseek(stream->descriptor, 0, SEEK_SET) < 0 ? -1 : 0;
}

void stream_close(struct stream **stream)
{
    struct stream *old = *stream;

    *stream = NULL;
    if (old == NULL)
        return;
    finish(old);
    close(old->descriptor);
    free(old);
}
