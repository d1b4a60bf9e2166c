/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog normalize and coverage: one line after the other, one file after the other. */
#include "input.h"
#include "pfxlog.h"
#include "story.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OUTCOMES PFX_NO_MEMORY

/* One row of the coverage table. */
struct count {
    char *daemon;
    unsigned long lines[OUTCOMES];
};

struct run {
    const struct pfxlog_options *options;
    struct pfx_worker *worker;
    struct count *row;
    size_t rows;
    unsigned long lines, found;
    enum pfx_outcome (*take)(struct run *run, const struct pfx_line *line);
};

static enum pfx_outcome print_text(struct run *run, const struct pfx_line *line)
{
    const char *text;
    size_t length;
    enum pfx_outcome outcome = pfx_normalize_text(run->worker, line, false, &text, &length);

    if (text != NULL)
        puts(text);
    return outcome;
}

/* The row of a daemon, made when it is new; NULL when memory ran out. */
static struct count *find_row(struct run *run, const char *daemon)
{
    struct count *grown;

    for (size_t i = 0; i < run->rows; ++i) {
        if (strcmp(run->row[i].daemon, daemon) == 0)
            return &run->row[i];
    }
    grown = realloc(run->row, (run->rows + 1) * sizeof(*grown));
    if (grown == NULL)
        return NULL;
    run->row = grown;
    grown[run->rows] = (struct count){.daemon = strdup(daemon)};
    return grown[run->rows].daemon == NULL ? NULL : &grown[run->rows++];
}

static enum pfx_outcome count_line(struct run *run, const struct pfx_line *line)
{
    struct fjson_object *tree, *daemon;
    enum pfx_outcome outcome = pfx_normalize(run->worker, line, &tree);
    struct count *row;

    if (outcome == PFX_NO_MEMORY)
        return outcome;
    row = find_row(run, tree != NULL && fjson_object_object_get_ex(tree, "vendor_daemon", &daemon)
                            ? fjson_object_get_string(daemon)
                            : "(foreign)");
    if (row != NULL)
        ++row->lines[outcome];
    if (run->options->list != NULL && strcmp(run->options->list, pfx_outcome_name(outcome)) == 0)
        puts(line->text);
    fjson_object_put(tree);
    return outcome;
}

static int process_line(struct run *run, const struct input_line *input)
{
    struct pfx_line line = {.text = input->text, .text_length = input->length, .severity = -1};
    enum pfx_outcome outcome;

    line.received.seconds = time(NULL);
    line.time = line.received;
    outcome = run->take(run, &line);
    if (outcome == PFX_NO_MEMORY) {
        fprintf(stderr, "pfxlog: out of memory\n");
        return -1;
    }
    run->found += outcome != PFX_FOREIGN;
    pfxlog_progress(++run->lines, false);
    return 0;
}

static int process_file(struct run *run, const char *name)
{
    struct input *input = input_open(name, false);
    struct input_line line;
    int got = -1;

    while (input != NULL && (got = input_next(input, &line)) > 0) {
        if (process_line(run, &line) < 0) {
            got = -1;
            break;
        }
    }
    input_close(&input);
    return got;
}

static double percent(unsigned long part, unsigned long all)
{
    return all == 0 ? 0 : 100.0 * (double)part / (double)all;
}

static int by_lines(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    unsigned long m = x->lines[PFX_MATCHED] + x->lines[PFX_GENERIC] + x->lines[PFX_UNMATCHED];
    unsigned long n = y->lines[PFX_MATCHED] + y->lines[PFX_GENERIC] + y->lines[PFX_UNMATCHED];

    return m != n ? (m < n ? 1 : -1) : strcmp(x->daemon, y->daemon);
}

static void print_row(const char *daemon, const unsigned long lines[OUTCOMES])
{
    unsigned long all = lines[PFX_MATCHED] + lines[PFX_GENERIC] + lines[PFX_UNMATCHED];

    printf("%-20s %10lu %10lu %10lu %10lu %9.2f%%\n", daemon, all, lines[PFX_MATCHED],
           lines[PFX_GENERIC], lines[PFX_UNMATCHED], percent(lines[PFX_MATCHED], all));
}

static void print_table(struct run *run)
{
    unsigned long sum[OUTCOMES] = {0};

    printf("%-20s %10s %10s %10s %10s %10s\n", "daemon", "lines", "matched", "generic", "unmatched",
           "specific");
    for (size_t i = 0; i < run->rows; ++i) {
        if (run->row[i].lines[PFX_FOREIGN] == 0)
            print_row(run->row[i].daemon, run->row[i].lines);
        for (int o = 0; o < OUTCOMES; ++o)
            sum[o] += run->row[i].lines[o];
    }
    print_row("all", sum);
    printf("%-20s %10lu\n", "foreign", sum[PFX_FOREIGN]);
}

static void print_json(struct run *run)
{
    struct fjson_object *top = fjson_object_new_object(), *daemons = fjson_object_new_object();
    unsigned long sum[OUTCOMES] = {0};

    for (size_t i = 0; i <= run->rows; ++i) {
        const unsigned long *lines = i < run->rows ? run->row[i].lines : sum;
        struct fjson_object *one = i < run->rows ? fjson_object_new_object() : top;

        for (int o = 0; o < OUTCOMES; ++o) {
            fjson_object_object_add(one, pfx_outcome_name((enum pfx_outcome)o),
                                    fjson_object_new_int64((int64_t)lines[o]));
            if (i < run->rows)
                sum[o] += lines[o];
        }
        if (i < run->rows && lines[PFX_FOREIGN] == 0)
            fjson_object_object_add(daemons, run->row[i].daemon, one);
        else if (i < run->rows)
            fjson_object_put(one);
    }
    fjson_object_object_add(top, "daemons", daemons);
    puts(fjson_object_to_json_string_ext(top, FJSON_TO_STRING_PLAIN));
    fjson_object_put(top);
}

/* Gives each line of the files to run->take. */
static int run_files(struct run *run, struct pfx_core *core, struct pfx_story *story, int count,
                     char **name)
{
    int failed = 0;

    run->worker = pfx_worker_new(core, run->options->format, story);
    if (run->worker == NULL) {
        fprintf(stderr, "pfxlog: out of memory\n");
        return 2;
    }
    if (count == 0)
        failed = process_file(run, NULL) < 0;
    for (int i = 0; i < count; ++i)
        failed |= process_file(run, name[i]) < 0;
    pfxlog_progress(run->lines, true);
    pfx_worker_free(&run->worker);
    if (failed)
        return 2;
    return run->found > 0 ? 0 : 1;
}

int pfxlog_normalize(const struct pfxlog_options *options, struct pfx_core *core, int count,
                     char **name)
{
    struct run run = {.options = options, .take = print_text};
    struct pfx_story *story = NULL;
    int status;

    if (!options->no_story && (story = pfxlog_story(options)) == NULL)
        return 2;
    status = run_files(&run, core, story, count, name);
    pfx_story_free(&story);
    return status;
}

int pfxlog_coverage(const struct pfxlog_options *options, struct pfx_core *core, int count,
                    char **name)
{
    struct run run = {.options = options, .take = count_line};
    int status = run_files(&run, core, NULL, count, name);

    if (options->list == NULL) {
        if (run.rows > 0)
            qsort(run.row, run.rows, sizeof(*run.row), by_lines);
        (options->json ? print_json : print_table)(&run);
    }
    for (size_t i = 0; i < run.rows; ++i)
        free(run.row[i].daemon);
    free(run.row);
    return status;
}
