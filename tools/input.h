/* SPDX-License-Identifier: Apache-2.0 */
/* Log files for pfxlog, of whatever kind, line by line; and several of them as one log in the order
 * of time.
 */
#ifndef PFXLOG_INPUT_H
#define PFXLOG_INPUT_H

#include "base/timestamp.h"

#include <stdbool.h>
#include <stddef.h>

struct input;
struct command;

/* How lines are dated whose header does not say it all. */
struct input_dates {
    struct pfx_time now;
    int year; /* of stamps that have none, at the first line of each file; 0: not known */
};

/* What is to be read: files, or standard input where there are none; or the journal. */
struct sources {
    char **name; /* of the files; of the journal, more arguments for journalctl */
    int count;
    bool journal;
    int64_t since, until; /* of the journal: seconds since 1970, or INT64_MIN and INT64_MAX */
    const char *products; /* of the journal, with commas between; "all"; NULL: Postfix */
    struct input_dates dates;
};

/* A line without its end; ends in NUL, and NUL bytes in it became '?'. Valid until the next. */
struct input_line {
    const char *text;
    size_t length;
    struct pfx_time received; /* as of a pfx_line: what a stamp without a year is dated by */
};

/* How many inputs there are, one at least. */
int input_count(const struct sources *sources);
/* Opens one of them, numbers from 0: plain or compressed, UTF-16 or not, lines or journalctl -o
 * export. again: it will be rewound, so what is no file is copied to a temporary one. NULL after a
 * message on failure. */
struct input *input_open(const struct sources *sources, int number, bool again);
/* A regular file: nobody waits for what comes of its lines one by one. */
bool input_is_file(const struct input *input);
/* One file, by whatever names. */
bool input_is_same(const struct input *input, const struct input *other);
const char *input_name(const struct input *input);
/* 1: there is a line, 0: end of file, -1: an error, which has been told. */
int input_next(struct input *input, struct input_line *line_r);
/* Rewinds to the beginning. */
void input_rewind(struct input *input);
void input_close(struct input **input);
/* Waits for the end of journalctl, and says what that wrote to stderr, each line by itself. stop:
 * it is asked to end, and how it does is no matter. False when it failed, which is said. Accepts
 * NULL inside; clears the pointer. Close its descriptor before. */
bool input_end_journal(struct command **command, bool stop);

/* Several files as one. Lines of one file keep their order; one without a timestamp stays with the
 * line before it. */
struct merge;

struct merge_line {
    struct input_line line;
    size_t file, number; /* of the file, and of the line in it, both from 0 */
};

/* again: it will be rewound. *failed_r: a file could not be read, which has been told; the others
 * are there. NULL when memory ran out. */
struct merge *merge_open(const struct sources *sources, bool again, bool *failed_r);
size_t merge_files(const struct merge *merge);
/* False at the end of all. */
bool merge_next(struct merge *merge, struct merge_line *line_r);
/* Rewinds to the beginning; it ends after the lines that were there the first time. *failed_r as
 * above. */
void merge_rewind(struct merge *merge);
/* A file could not be read to its end, or had fewer lines the second time. */
bool merge_failed(const struct merge *merge);
void merge_close(struct merge **merge);

#endif
