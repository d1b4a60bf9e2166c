/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog coverage: lines by daemon. */
#include "files.h"
#include "members.h"
#include "verbs.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
};

/* The row of a daemon, created when it is new; NULL when memory ran out. */
static struct count *find_row(struct table *table, struct pfx_slice daemon)
{
    struct count *grown;

    for (size_t i = 0; i < table->rows; ++i) {
        if (pfx_slice_equal(pfx_slice_of(table->row[i].daemon), daemon))
            return &table->row[i];
    }
    grown = realloc(table->row, (table->rows + 1) * sizeof(*grown));
    if (grown == NULL)
        return NULL;
    table->row = grown;
    grown[table->rows] = (struct count){.daemon = strndup(daemon.text, daemon.length)};
    return grown[table->rows].daemon == NULL ? NULL : &grown[table->rows++];
}

static enum pfx_outcome count_line(void *cookie, struct pfx_worker *worker,
                                   const struct pfx_line *line)
{
    struct table *table = cookie;
    struct pfx_slice document, daemon = PFX_SLICE("(foreign)");
    enum pfx_outcome outcome =
        pfx_normalize_text(worker, line, false, &document.text, &document.length);
    struct member member;
    struct count *row;

    if (outcome == PFX_NO_MEMORY)
        return outcome;
    while (document.text != NULL && member_next(&document, &member)) {
        if (!pfx_slice_equal(member.name, PFX_SLICE("vendor_daemon")))
            continue;
        daemon = member.raw;
        break;
    }
    row = find_row(table, daemon);
    if (row != NULL)
        ++row->lines[outcome];
    if (table->options->list != NULL &&
        strcmp(table->options->list, pfx_outcome_name(outcome)) == 0)
        puts(line->text);
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

static void print_row(const char *daemon, const unsigned long lines[OUTCOMES])
{
    unsigned long all = lines[PFX_MATCHED] + lines[PFX_GENERIC] + lines[PFX_UNMATCHED];

    printf("%-20s %10lu %10lu %10lu %10lu %9.2f%%\n", daemon, all, lines[PFX_MATCHED],
           lines[PFX_GENERIC], lines[PFX_UNMATCHED], percent(lines[PFX_MATCHED], all));
}

static void print_table(struct table *table)
{
    unsigned long sum[OUTCOMES] = {0};

    printf("%-20s %10s %10s %10s %10s %10s\n", "daemon", "lines", "matched", "generic", "unmatched",
           "specific");
    for (size_t i = 0; i < table->rows; ++i) {
        if (table->row[i].lines[PFX_FOREIGN] == 0)
            print_row(table->row[i].daemon, table->row[i].lines);
        for (int o = 0; o < OUTCOMES; ++o)
            sum[o] += table->row[i].lines[o];
    }
    print_row("all", sum);
    printf("%-20s %10lu\n", "foreign", sum[PFX_FOREIGN]);
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

int pfxlog_coverage(const struct pfxlog_options *options, struct pfx_core *core, int count,
                    char **name)
{
    struct table table = {.options = options};
    int status = pfxlog_files(options, core, NULL, count, name, count_line, &table);

    if (options->list == NULL) {
        if (table.rows > 0)
            qsort(table.row, table.rows, sizeof(*table.row), by_lines);
        (options->json ? print_json : print_table)(&table);
    }
    for (size_t i = 0; i < table.rows; ++i)
        free(table.row[i].daemon);
    free(table.row);
    return status;
}
