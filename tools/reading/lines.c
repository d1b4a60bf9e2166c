/* SPDX-License-Identifier: Apache-2.0 */
/* Lines; see lines.h. */
#include "reading/lines.h"
#include "reading/stream.h"
#include "reading/utf16.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK (64 * 1024)

struct lines {
    struct stream *stream;
    char *text;
    size_t at, end, size;
    bool begun, last, wide; /* UTF-16 */
    struct utf16 utf16;
    const char *reason;
};

struct lines *lines_open(int descriptor)
{
    struct lines *lines = calloc(1, sizeof(*lines));
    struct stream *stream = stream_open(descriptor);

    if (lines != NULL && stream != NULL) {
        lines->stream = stream;
        return lines;
    }
    stream_close(&stream);
    free(lines);
    return NULL;
}

const char *lines_reason(const struct lines *lines)
{
    return lines->reason != NULL ? lines->reason : stream_reason(lines->stream);
}

/* Room for another chunk and a NUL. */
static bool make_room(struct lines *lines)
{
    size_t need = UTF16_ROOM(CHUNK) + 1;
    char *grown;

    if (lines->at > 0) {
        memmove(lines->text, lines->text + lines->at, lines->end - lines->at);
        lines->end -= lines->at;
        lines->at = 0;
    }
    if (lines->size - lines->end >= need)
        return true;
    grown = realloc(lines->text, lines->size * 2 + need);
    if (grown == NULL) {
        lines->reason = "out of memory";
        return false;
    }
    lines->text = grown;
    lines->size = lines->size * 2 + need;
    return true;
}

/* A byte order mark of UTF-16 at the front of a file tells that it is. */
static size_t take_mark(struct lines *lines, const char *in, size_t length)
{
    struct pfx_slice begin = {in, length};

    lines->begun = true;
    lines->utf16 = (struct utf16){.big = pfx_slice_starts(begin, PFX_SLICE("\xfe\xff"))};
    lines->wide = lines->utf16.big || pfx_slice_starts(begin, PFX_SLICE("\xff\xfe"));
    return lines->wide ? 2 : 0;
}

/* Reads one more chunk. */
static bool fill(struct lines *lines)
{
    char chunk[CHUNK];
    ssize_t got;
    size_t skipped = 0;

    if (!make_room(lines))
        return false;
    got = stream_read(lines->stream, lines->wide ? chunk : lines->text + lines->end, CHUNK);
    if (got < 0)
        return false;
    lines->last = got == 0;
    if (!lines->begun && got >= 2) {
        skipped = take_mark(lines, lines->text, (size_t)got);
        if (lines->wide)
            memcpy(chunk, lines->text, (size_t)got);
    }
    lines->end += lines->wide ? utf16_decode(&lines->utf16, (unsigned char *)chunk + skipped,
                                             (size_t)got - skipped, lines->text + lines->end)
                              : (size_t)got;
    return true;
}

static void blot_out_nul(char *text, size_t length)
{
    char *nul = text;

    while ((nul = memchr(nul, '\0', length - (size_t)(nul - text))) != NULL)
        *nul = '?';
}

int lines_next(struct lines *lines, struct pfx_slice *line_r)
{
    size_t searched = 0, length;
    char *line, *end = NULL;

    while (true) {
        size_t there = lines->end - lines->at;

        if (there > searched)
            end = memchr(lines->text + lines->at + searched, '\n', there - searched);
        searched = there;
        if (end != NULL || lines->last)
            break;
        if (!fill(lines))
            return -1;
    }
    if (end == NULL && searched == 0)
        return 0;
    line = lines->text + lines->at;
    length = end == NULL ? searched : (size_t)(end - line);
    lines->at += length + (end != NULL);
    if (length > 0 && line[length - 1] == '\r')
        --length;
    blot_out_nul(line, length);
    line[length] = '\0';
    *line_r = (struct pfx_slice){line, length};
    return 1;
}

int lines_bytes(struct lines *lines, size_t length, struct pfx_slice *bytes_r)
{
    while (lines->end - lines->at < length && !lines->last) {
        if (!fill(lines))
            return -1;
    }
    if (lines->end - lines->at < length)
        return 0;
    *bytes_r = (struct pfx_slice){lines->text + lines->at, length};
    lines->at += length;
    return 1;
}

bool lines_peek(struct lines *lines, struct pfx_slice *text_r)
{
    if (lines->at == lines->end && !lines->last && !fill(lines))
        return false;
    *text_r = (struct pfx_slice){lines->text + lines->at, lines->end - lines->at};
    return true;
}

int lines_rewind(struct lines *lines)
{
    lines->at = lines->end = 0;
    lines->begun = lines->last = lines->wide = false;
    return stream_rewind(lines->stream);
}

void lines_close(struct lines **lines)
{
    struct lines *old = *lines;

    *lines = NULL;
    if (old == NULL)
        return;
    stream_close(&old->stream);
    free(old->text);
    free(old);
}
