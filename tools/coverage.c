/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog coverage: lines by daemon. */
#include "files.h"
#include "report.h"
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
    unsigned long lines[OUTCOMES];
};

struct table {
    const struct pfxlog_options *options;
    struct count *row;
    size_t rows;
    struct heading heading;
    unsigned long listed;  /* lines that --list showed */
    struct report *report; /* of --share, or NULL */
};

/* The row of a daemon, created when it is new; NULL when memory ran out. */
static struct count *find_row(struct table *table, const char *daemon)
{
    struct count *grown;

    for (size_t i = 0; i < table->rows; ++i) {
        if (strcmp(table->row[i].daemon, daemon) == 0)
            return &table->row[i];
    }
    grown = realloc(table->row, (table->rows + 1) * sizeof(*grown));
    if (grown == NULL)
        return NULL;
    table->row = grown;
    grown[table->rows] = (struct count){.daemon = strdup(daemon)};
    return grown[table->rows].daemon == NULL ? NULL : &grown[table->rows++];
}

/* Bytes that are no UTF-8 are none of JSON. */
static void add_text(struct fjson_object *object, const char *name, const char *text)
{
    struct pfx_slice slice = pfx_slice_of(text != NULL ? text : "");
    char *room = malloc(slice.length * 3 + 1);

    if (text != NULL && room != NULL) {
        pfx_value_utf8(slice, room);
        fjson_object_object_add(object, name, fjson_object_new_string(room));
    }
    free(room);
}

/* Shows a line that --list asks for. */
static void list_line(struct table *table, const struct pfx_line *line, enum pfx_outcome outcome)
{
    struct fjson_object *object;

    if (table->options->list == NULL ||
        strcmp(table->options->list, pfx_outcome_name(outcome)) != 0)
        return;
    ++table->listed;
    if (!table->options->json) {
        if (isatty(STDOUT_FILENO))
            terminal_put(line->text, SIZE_MAX);
        else
            fputs(line->text, stdout);
        putchar('\n');
        return;
    }
    object = fjson_object_new_object();
    add_text(object, "host", table->heading.host);
    add_text(object, "daemon", table->heading.daemon);
    add_text(object, "line", line->text);
    puts(fjson_object_to_json_string_ext(object, FJSON_TO_STRING_PLAIN));
    fjson_object_put(object);
}

static enum pfx_outcome count_line(void *cookie, struct pfx_worker *worker,
                                   const struct pfx_line *line)
{
    struct table *table = cookie;
    const struct selection *selection = &table->options->selection;
    struct heading *heading = &table->heading;
    struct pfx_slice document;
    enum pfx_outcome outcome =
        pfx_normalize_text(worker, line, false, &document.text, &document.length);
    struct count *row;
    bool fits;

    if (outcome == PFX_NO_MEMORY ||
        (document.text != NULL && !heading_take(heading, PFX_GIM, document)))
        return PFX_NO_MEMORY;
    fits =
        document.text != NULL
            ? selection_fits(selection, heading->created, heading->host, heading->instance)
            : selection_fits_foreign(selection, (struct pfx_slice){line->text, line->text_length},
                                     line->received.seconds);
    if (!fits)
        return PFX_FOREIGN;
    row = find_row(table, document.text == NULL ? "(foreign)" : heading->daemon);
    if (row == NULL)
        return PFX_NO_MEMORY;
    ++row->lines[outcome];
    list_line(table, line, outcome);
    if (table->report != NULL && outcome == PFX_GENERIC && !report_add(table->report, document))
        return PFX_NO_MEMORY;
    return outcome;
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
        int length = (int)strlen(table->row[i].daemon);

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

static void print(struct table *table)
{
    if (table->rows > 0)
        qsort(table->row, table->rows, sizeof(*table->row), by_lines);
    if (table->report != NULL)
        report_print(table->report, table->options->rulebasedir, count_ours(table));
    else if (table->options->json)
        print_json(table);
    else
        print_table(table);
}

int pfxlog_coverage(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct table table = {.options = options};
    bool lists = options->list != NULL;
    int status;

    if (options->share && (table.report = report_open(options->rulebasedir)) == NULL) {
        terminal_say("out of memory");
        return 2;
    }
    status = pfxlog_files(options, core, NULL, lists, count_line, &table);
    if (lists && status == 0 && table.listed == 0)
        status = 1;
    if (!lists && (status != 2 || table.rows > 0))
        print(&table);
    if (options->share && status == 0)
        terminal_say("read it before you send it");
    for (size_t i = 0; i < table.rows; ++i)
        free(table.row[i].daemon);
    free(table.row);
    report_close(&table.report);
    heading_close(&table.heading);
    return status;
}
