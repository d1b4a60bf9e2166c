/* SPDX-License-Identifier: Apache-2.0 */
/* Merges several logs by timestamp; see input.h. A mail that goes from host to host has its lines
 * in several files, and rotated files may be given in any order.
 */
#include "line/header.h"
#include "input.h"
#include "people/terminal.h"

#include <stdlib.h>

struct source {
    struct input *input; /* NULL when it can not be opened, or is one that was given before */
    struct input_line line;
    bool waiting;        /* line was read and not returned yet */
    bool failed;         /* which was reported */
    int64_t time;        /* of the line, microseconds */
    size_t number, last; /* of the line; how many there are, once that is known */
};

struct merge {
    struct source *source;
    size_t count;
    struct source *given; /* whose line was given out last */
    bool again;           /* read for the second time */
};

static int64_t time_of(const struct input_line *line, int64_t before)
{
    struct pfx_header header;

    if (!pfx_header_parse((struct pfx_slice){line->text, line->length}, line->received, &header) ||
        !header.has_time)
        return before;
    return header.time.seconds * INT64_C(1000000) + header.time.microseconds;
}

/* Fetches the next line of a source. */
static void fetch(struct merge *merge, struct source *source)
{
    int got = 0;

    if (source->input == NULL)
        return;
    if (source->waiting)
        ++source->number;
    source->waiting = false;
    if (merge->again && source->number >= source->last)
        return;
    got = input_next(source->input, &source->line);
    source->waiting = got > 0;
    source->failed |= got < 0;
    if (source->waiting)
        source->time = time_of(&source->line, source->time);
    else if (merge->again && !source->failed) {
        terminal_say("a file became shorter while it was read");
        source->failed = true;
    }
}

/* A file counts once, though two patterns of the shell or a link named it twice. */
static void leave_out(struct merge *merge, size_t number)
{
    struct input **input = &merge->source[number].input;

    for (size_t i = 0; i < number && *input != NULL; ++i) {
        if (merge->source[i].input == NULL || !input_is_same(*input, merge->source[i].input))
            continue;
        terminal_say("%s: is given twice, and read once", input_name(*input));
        input_close(input);
    }
}

struct merge *merge_open(const struct sources *sources, bool again, bool *failed_r)
{
    struct merge *merge = calloc(1, sizeof(*merge));
    size_t files = (size_t)input_count(sources);

    *failed_r = false;
    if (merge == NULL)
        return NULL;
    merge->source = calloc(files, sizeof(*merge->source));
    if (merge->source == NULL) {
        free(merge);
        return NULL;
    }
    merge->count = files;
    for (size_t i = 0; i < files; ++i) {
        merge->source[i].time = INT64_MIN;
        merge->source[i].input = input_open(sources, (int)i, again);
        *failed_r |= merge->source[i].input == NULL;
        leave_out(merge, i);
        fetch(merge, &merge->source[i]);
    }
    return merge;
}

size_t merge_files(const struct merge *merge)
{
    return merge->count;
}

bool merge_next(struct merge *merge, struct merge_line *line_r)
{
    struct source *first = NULL;

    if (merge->given != NULL)
        fetch(merge, merge->given);
    for (size_t i = 0; i < merge->count; ++i) {
        struct source *source = &merge->source[i];

        if (source->waiting && (first == NULL || source->time < first->time))
            first = source;
    }
    merge->given = first;
    if (first == NULL)
        return false;
    *line_r = (struct merge_line){first->line, (size_t)(first - merge->source), first->number};
    return true;
}

void merge_rewind(struct merge *merge)
{
    merge->again = true;
    merge->given = NULL;
    for (size_t i = 0; i < merge->count; ++i) {
        struct source *source = &merge->source[i];

        if (source->input == NULL)
            continue;
        source->last = source->number;
        source->number = 0;
        source->waiting = false;
        source->time = INT64_MIN;
        input_rewind(source->input);
        fetch(merge, source);
    }
}

bool merge_failed(const struct merge *merge)
{
    bool failed = false;

    for (size_t i = 0; i < merge->count; ++i)
        failed |= merge->source[i].failed;
    return failed;
}

void merge_close(struct merge **merge)
{
    struct merge *old = *merge;

    *merge = NULL;
    if (old == NULL)
        return;
    for (size_t i = 0; i < old->count; ++i)
        input_close(&old->source[i].input);
    free(old->source);
    free(old);
}
