/* SPDX-License-Identifier: Apache-2.0 */
/* Lines by time; see stream.h. */
#include "stream.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX 2048

struct stream_line {
    int64_t key; /* when it comes out */
    uint64_t number;
    int64_t at;
    const char *host;
    char text[]; /* with its tag */
};

void stream_open(struct stream *stream, FILE *out, enum line_format format, uint64_t seed)
{
    *stream = (struct stream){.out = out, .format = format, .random = seed, .stamp_at = -1};
}

/* splitmix64: the same numbers everywhere. */
uint64_t stream_random(struct stream *stream, uint64_t below)
{
    uint64_t z = stream->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

bool stream_chance(struct stream *stream, unsigned percent)
{
    return stream_random(stream, 100) < percent;
}

static void *check(void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "generate: out of memory\n");
        exit(1);
    }
    return memory;
}

static bool is_before(const struct stream_line *a, const struct stream_line *b)
{
    return a->key != b->key ? a->key < b->key : a->number < b->number;
}

static void push(struct stream *stream, struct stream_line *line)
{
    size_t at = stream->lines++;

    if (at == stream->size) {
        stream->size = stream->size * 2 + 1024;
        stream->heap = check(realloc(stream->heap, stream->size * sizeof(*stream->heap)));
    }
    for (; at > 0 && is_before(line, stream->heap[(at - 1) / 2]); at = (at - 1) / 2)
        stream->heap[at] = stream->heap[(at - 1) / 2];
    stream->heap[at] = line;
}

static struct stream_line *pop(struct stream *stream)
{
    struct stream_line **heap = stream->heap, *first = heap[0], *last = heap[--stream->lines];
    size_t at = 0, child;

    while ((child = at * 2 + 1) < stream->lines) {
        if (child + 1 < stream->lines && is_before(heap[child + 1], heap[child]))
            ++child;
        if (!is_before(heap[child], last))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return first;
}

void stream_say(struct stream *stream, int64_t at, const char *host, const char *tag, unsigned pid,
                const char *text, ...)
{
    char buffer[TEXT_MAX];
    int head = snprintf(buffer, sizeof(buffer), "%s[%u]: ", tag, pid);
    struct stream_line *line;
    va_list arguments;
    size_t size;

    va_start(arguments, text);
    vsnprintf(buffer + head, sizeof(buffer) - (size_t)head, text, arguments);
    va_end(arguments);
    size = strlen(buffer) + 1;
    line = check(malloc(sizeof(*line) + size));
    *line = (struct stream_line){at, stream->said++, at, host};
    memcpy(line->text, buffer, size);
    if (stream->shuffle_percent > 0 && stream_chance(stream, stream->shuffle_percent))
        line->key += (int64_t)stream_random(stream, (uint64_t)stream->shuffle_by * 2 + 1) -
                     stream->shuffle_by;
    push(stream, line);
}

static void print(struct stream *stream, const struct stream_line *line)
{
    time_t second = (time_t)(line->at / SECOND);
    struct tm tm;

    if (stream->format == LINE_BARE) {
        fprintf(stream->out, "%s\n", line->text);
        return;
    }
    if (second != stream->stamp_at) {
        gmtime_r(&second, &tm);
        strftime(stream->stamp, sizeof(stream->stamp),
                 stream->format == LINE_BSD ? "%b %e %H:%M:%S" : "%Y-%m-%dT%H:%M:%S", &tm);
        stream->stamp_at = second;
    }
    if (stream->format == LINE_BSD)
        fprintf(stream->out, "%s %s %s\n", stream->stamp, line->host, line->text);
    else
        fprintf(stream->out, "%s.%06d+00:00 %s %s\n", stream->stamp, (int)(line->at % SECOND),
                line->host, line->text);
}

void stream_write(struct stream *stream, int64_t before)
{
    /* A line that comes early may still be said. */
    before -= stream->shuffle_by;
    while (stream->lines > 0 && stream->heap[0]->key < before) {
        struct stream_line *line = pop(stream);

        print(stream, line);
        free(line);
    }
}

void stream_close(struct stream *stream)
{
    stream_write(stream, INT64_MAX);
    free(stream->heap);
    stream->heap = NULL;
}
