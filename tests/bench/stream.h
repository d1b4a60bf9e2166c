/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of log lines: seeded random numbers, and lines said in any order that come out by time.
 * Knows syslog's headers, no sentence of Postfix.
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SECOND INT64_C(1000000) /* times are microseconds since 1970, UTC */

enum line_format { LINE_BSD, LINE_RFC3339, LINE_BARE };

struct stream_line;

struct stream {
    FILE *out;
    enum line_format format;
    unsigned shuffle_percent;  /* share of lines that come out of their order */
    int64_t shuffle_by;        /* by up to so much, either way */
    uint64_t random;           /* state of the generator */
    struct stream_line **heap; /* by key, the earliest first */
    size_t lines, size;
    uint64_t said;    /* counts all lines; keeps those of one key in order */
    int64_t stamp_at; /* second that stamp was made for */
    char stamp[32];
};

void stream_open(struct stream *stream, FILE *out, enum line_format format, uint64_t seed);

/* A number from 0 to below - 1. */
uint64_t stream_random(struct stream *stream, uint64_t below);
/* True in so many of a hundred cases. */
bool stream_chance(struct stream *stream, unsigned percent);

/* Keeps "TAG[PID]: TEXT" of that host for its time. Exits when memory runs out. */
void stream_say(struct stream *stream, int64_t at, const char *host, const char *tag, unsigned pid,
                const char *text, ...) __attribute__((format(printf, 6, 7)));

/* Writes all lines before that time; nothing may be said about it afterwards. */
void stream_write(struct stream *stream, int64_t before);

/* Writes what is left. */
void stream_close(struct stream *stream);

#endif
