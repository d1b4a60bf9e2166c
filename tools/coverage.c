/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog coverage: lines by daemon. */
#include "base/rows.h"
#include "files.h"
#include "unknown.h"
#include "verbs.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTCOMES PFX_NO_MEMORY

/* One row of the coverage table. */
struct count {
    char *daemon;
    size_t length;
    unsigned long lines[OUTCOMES];
};

struct table {
    struct count *row;
    size_t rows;
    unsigned long listed; /* lines that --list showed */
};

struct coverage {
    const struct pfxlog_options *options;
    struct table *table; /* by thread; the last one has it all in the end */
    unsigned tables;
    struct unknown *unknown; /* of --share, or NULL */
    bool terminal;           /* lines of --list go to one */
};

/* The row of a daemon, created when it is new; NULL when memory ran out. */
static struct count *find_row(struct table *table, struct pfx_slice daemon)
{
    struct count *grown;
    char *name;

    for (size_t i = 0; i < table->rows; ++i) {
        if (pfx_slice_equal((struct pfx_slice){table->row[i].daemon, table->row[i].length}, daemon))
            return &table->row[i];
    }
    grown = pfx_rows_grow(table->row, table->rows, sizeof(*grown));
    if (grown == NULL)
        return NULL;
    table->row = grown;
    name = daemon.length > 0 ? strndup(daemon.text, daemon.length) : strdup("");
    if (name == NULL)
        return NULL;
    grown[table->rows] = (struct count){.daemon = name, .length = daemon.length};
    return &grown[table->rows++];
}

/* Bytes that are no UTF-8 are none of JSON. */
static void add_text(struct fjson_object *object, const char *name, struct pfx_slice text)
{
    char *room = text.text != NULL ? malloc(text.length * 3 + 1) : NULL;

    if (room != NULL) {
        pfx_value_utf8(text, room);
        fjson_object_object_add(object, name, fjson_object_new_string(room));
    }
    free(room);
}

static bool list_json(const struct pfx_worker *worker, struct pfx_slice line, struct room *out)
{
    struct fjson_object *object = fjson_object_new_object();
    bool done;

    add_text(object, "host", pfx_worker_field(worker, PFX_F_event_source));
    add_text(object, "daemon", pfx_worker_field(worker, PFX_F_daemon));
    add_text(object, "line", line);
    done =
        room_add(out, pfx_slice_of(fjson_object_to_json_string_ext(object, FJSON_TO_STRING_PLAIN)));
    fjson_object_put(object);
    return done;
}

/* What is shown of a line. False when memory ran out. */
static bool show(const struct coverage *coverage, struct table *table, struct pfx_worker *worker,
                 struct pfx_slice line, enum pfx_outcome outcome, struct room *out)
{
    const char *list = coverage->options->list;
    char form[UNKNOWN_ROOM];
    bool done;

    if (coverage->unknown != NULL && outcome == PFX_GENERIC)
        done = room_add(out, unknown_form(coverage->unknown, worker, form));
    else if (list == NULL || strcmp(list, pfx_outcome_name(outcome)) != 0)
        return true;
    else
        done = coverage->options->json ? list_json(worker, line, out) : room_add(out, line);
    ++table->listed;
    return done && room_add(out, PFX_SLICE("\n"));
}

static enum pfx_outcome take(void *cookie, unsigned thread, struct pfx_worker *worker,
                             const struct pfx_line *line, struct room *out)
{
    struct coverage *coverage = cookie;
    struct table *table = &coverage->table[thread];
    const struct selection *selection = &coverage->options->selection;
    struct pfx_slice text = {line->text, line->text_length};
    enum pfx_outcome outcome = pfx_classify(worker, line);
    struct count *row;

    if (outcome == PFX_NO_MEMORY)
        return outcome;
    if (!(outcome == PFX_FOREIGN ? selection_fits_foreign(selection, text, line->received.seconds)
                                 : selection_fits_worker(selection, worker)))
        return PFX_FOREIGN;
    row = find_row(table, outcome == PFX_FOREIGN ? PFX_SLICE("(foreign)")
                                                 : pfx_worker_field(worker, PFX_F_daemon));
    if (row == NULL)
        return PFX_NO_MEMORY;
    ++row->lines[outcome];
    return show(coverage, table, worker, text, outcome, out) ? outcome : PFX_NO_MEMORY;
}

/* A line for a terminal, which does not act on it. */
static bool print_plain(struct pfx_slice line)
{
    char *copy = strndup(line.text, line.length);

    if (copy == NULL)
        return false;
    terminal_put(copy, SIZE_MAX);
    putchar('\n');
    free(copy);
    return true;
}

static bool print_lines(void *cookie, struct pfx_slice out)
{
    struct coverage *coverage = cookie;
    ptrdiff_t end;

    if (coverage->unknown == NULL && !coverage->terminal) {
        fwrite(out.text, 1, out.length, stdout);
        return true;
    }
    while ((end = pfx_slice_find(out, PFX_SLICE("\n"))) >= 0) {
        struct pfx_slice line = pfx_slice_until(out, (size_t)end);

        if (!(coverage->unknown != NULL ? unknown_add(coverage->unknown, line) : print_plain(line)))
            return false;
        out = pfx_slice_from(out, (size_t)end + 1);
    }
    return true;
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

/* Numbers of the table, and how wide each column is. */
struct columns {
    int daemon, number;
};

static void print_row(const char *daemon, const unsigned long lines[OUTCOMES],
                      struct columns columns)
{
    unsigned long all = lines[PFX_MATCHED] + lines[PFX_GENERIC] + lines[PFX_UNMATCHED];
    double known = percent(lines[PFX_MATCHED], all);
    int width = columns.number;

    printf("%-*s  %*lu  %*lu  %*lu  %*lu  ", columns.daemon, daemon, width, all, width,
           lines[PFX_MATCHED], width, lines[PFX_GENERIC], width, lines[PFX_UNMATCHED]);
    if (all > 0)
        terminal_colour(known >= 99.5 ? COLOUR_GREEN : known >= 90 ? COLOUR_YELLOW : COLOUR_RED);
    printf("%7.2f%%", known);
    terminal_colour(COLOUR_NONE);
    putchar('\n');
}

static struct columns measure(const struct table *table, unsigned long most)
{
    struct columns columns = {.daemon = (int)strlen("foreign"), .number = (int)strlen("unmatched")};
    int digits = snprintf(NULL, 0, "%lu", most);

    for (size_t i = 0; i < table->rows; ++i) {
        int length = (int)table->row[i].length;

        if (table->row[i].lines[PFX_FOREIGN] == 0 && length > columns.daemon)
            columns.daemon = length;
    }
    columns.number = digits > columns.number ? digits : columns.number;
    return columns;
}

static void print_table(struct table *table)
{
    unsigned long sum[OUTCOMES] = {0}, most = 0;
    struct columns columns;

    for (size_t i = 0; i < table->rows; ++i) {
        for (int o = 0; o < OUTCOMES; ++o)
            sum[o] += table->row[i].lines[o];
    }
    for (int o = 0; o < OUTCOMES; ++o)
        most += sum[o];
    columns = measure(table, most);
    terminal_colour(COLOUR_BOLD);
    printf("%-*s  %*s  %*s  %*s  %*s  %8s", columns.daemon, "daemon", columns.number, "lines",
           columns.number, "matched", columns.number, "generic", columns.number, "unmatched",
           "specific");
    terminal_colour(COLOUR_NONE);
    putchar('\n');
    for (size_t i = 0; i < table->rows; ++i) {
        if (table->row[i].lines[PFX_FOREIGN] == 0)
            print_row(table->row[i].daemon, table->row[i].lines, columns);
    }
    print_row("all", sum, columns);
    printf("%-*s  %*lu\n", columns.daemon, "foreign", columns.number, sum[PFX_FOREIGN]);
}

static void print_json(struct table *table)
{
    struct fjson_object *top = fjson_object_new_object(), *daemons = fjson_object_new_object();
    unsigned long sum[OUTCOMES] = {0};

    for (size_t i = 0; i <= table->rows; ++i) {
        const unsigned long *lines = i < table->rows ? table->row[i].lines : sum;
        struct fjson_object *one = i < table->rows ? fjson_object_new_object() : top;

        for (int o = 0; o < OUTCOMES; ++o) {
            fjson_object_object_add(one, pfx_outcome_name((enum pfx_outcome)o),
                                    fjson_object_new_int64((int64_t)lines[o]));
            if (i < table->rows)
                sum[o] += lines[o];
        }
        if (i < table->rows && lines[PFX_FOREIGN] == 0)
            fjson_object_object_add(daemons, table->row[i].daemon, one);
        else if (i < table->rows)
            fjson_object_put(one);
    }
    fjson_object_object_add(top, "daemons", daemons);
    puts(fjson_object_to_json_string_ext(top, FJSON_TO_STRING_PLAIN));
    fjson_object_put(top);
}

/* All lines in all rows but that of other programs. */
static unsigned long count_ours(const struct table *table)
{
    unsigned long all = 0;

    for (size_t i = 0; i < table->rows; ++i)
        all += table->row[i].lines[PFX_MATCHED] + table->row[i].lines[PFX_GENERIC] +
               table->row[i].lines[PFX_UNMATCHED];
    return all;
}

static void print(const struct coverage *coverage, struct table *table)
{
    if (table->rows > 0)
        qsort(table->row, table->rows, sizeof(*table->row), by_lines);
    if (coverage->unknown != NULL)
        unknown_print(coverage->unknown, coverage->options->rulebasedir, count_ours(table));
    else if (coverage->options->json)
        print_json(table);
    else
        print_table(table);
}

/* Adds what one thread has counted, with names that can be printed. False when memory ran out. */
static bool add_table(struct table *all, const struct table *part)
{
    all->listed += part->listed;
    for (size_t i = 0; i < part->rows; ++i) {
        struct pfx_slice daemon = {part->row[i].daemon, part->row[i].length};
        char *name = malloc(daemon.length * 3 + 1);
        struct count *row = NULL;

        if (name != NULL)
            row = find_row(all, (struct pfx_slice){name, pfx_value_utf8(daemon, name)});
        free(name);
        if (row == NULL)
            return false;
        for (int o = 0; o < OUTCOMES; ++o)
            row->lines[o] += part->row[i].lines[o];
    }
    return true;
}

static int out_of_memory(void)
{
    terminal_say("out of memory");
    return 2;
}

/* Counts, prints; the exit status. */
static int run(struct coverage *coverage, struct pfx_core *core)
{
    const struct pfxlog_options *options = coverage->options;
    const bool lists = options->list != NULL;
    const struct pfxlog_task task = {
        .take = take, .print = print_lines, .cookie = coverage, .beside = lists};
    struct table *all = &coverage->table[coverage->tables - 1];
    int status = pfxlog_files(options, core, &task);

    for (unsigned i = 0; i < coverage->tables - 1; ++i) {
        if (!add_table(all, &coverage->table[i]))
            return out_of_memory();
    }
    if (lists && status == 0 && all->listed == 0)
        status = 1;
    if (!lists && (status != 2 || all->rows > 0))
        print(coverage, all);
    if (options->share && status == 0)
        terminal_say("read it before you send it");
    return status;
}

int pfxlog_coverage(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct coverage coverage = {.options = options,
                                .tables = pfxlog_threads(options) + 1,
                                .terminal = !options->json && isatty(STDOUT_FILENO)};
    bool ready = !options->share || (coverage.unknown = unknown_open(options->rulebasedir)) != NULL;
    int status;

    coverage.table = calloc(coverage.tables, sizeof(*coverage.table));
    ready = ready && coverage.table != NULL;
    status = ready ? run(&coverage, core) : out_of_memory();
    for (unsigned i = 0; coverage.table != NULL && i < coverage.tables; ++i) {
        for (size_t r = 0; r < coverage.table[i].rows; ++r)
            free(coverage.table[i].row[r].daemon);
        free(coverage.table[i].row);
    }
    free(coverage.table);
    unknown_close(&coverage.unknown);
    return status;
}
