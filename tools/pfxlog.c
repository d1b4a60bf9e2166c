/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog: Postfix logs at the command line, read by the same core as the module.
 *
 *   pfxlog normalize [--format gim|gelf|ecs] [--no-story] [--rulebasedir DIR] [FILE...]
 *   pfxlog coverage [--json] [--list generic|unmatched] [--rulebasedir DIR] [FILE...]
 *
 * Exit status: 0 done, 1 no line of Postfix found, 2 usage or a file that can not be read.
 */
#include "core.h"
#include "story.h"

#include <getopt.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define OUTCOMES PFX_NO_MEMORY
#define PROGRESS_LINES 100000

struct options {
    const char *rulebasedir;
    const char *list; /* outcome whose lines coverage shows, or NULL */
    int json;
    enum pfx_format format;
    const char *domain, *network; /* --localdomains, --localnetworks: an entry or a file */
    const char *relays;           /* --ownrelays: entries with commas between */
    int no_story;
};

/* A buffer for one line of any length. */
struct buffer {
    char *text;
    size_t length, size;
};

/* One row of the coverage table. */
struct count {
    char *daemon;
    unsigned long lines[OUTCOMES];
};

struct run {
    const struct options *options;
    struct pfx_story *story;
    struct pfx_worker *worker;
    struct count *row;
    size_t rows;
    unsigned long lines, found;
    void (*take)(struct run *run, const char *line, enum pfx_outcome outcome,
                 struct fjson_object *tree);
};

static const char usage_text[] =
    "usage: pfxlog normalize [--format gim|gelf|ecs] [--no-story] [--rulebasedir DIR]\n"
    "           [--ownrelays NAME=HOST,...]\n"
    "           [--localdomains DOMAIN|/FILE] [--localnetworks NETWORK|/FILE] [FILE...]\n"
    "       pfxlog coverage [--json] [--list generic|unmatched] [--rulebasedir DIR] [FILE...]\n"
    "\n"
    "normalize   one JSON object a Postfix line, in the order of the lines\n"
    "coverage    lines by daemon: matched by a specific rule, generic, unmatched\n"
    "\n"
    "Reads BSD, RFC 3339 and RFC 5424 headers, postlogd's file, and bare 'postfix/prog[pid]: "
    "text';\n"
    "plain or gzip files, standard input with none.\n";

static int usage(const char *reason, const char *what)
{
    fprintf(stderr, "pfxlog: %s%s%s; see pfxlog --help\n", reason, what != NULL ? " " : "",
            what != NULL ? what : "");
    return 2;
}

static void print_tree(struct run *run, const char *line, enum pfx_outcome outcome,
                       struct fjson_object *tree)
{
    (void)run;
    (void)line;
    if (outcome != PFX_FOREIGN)
        puts(fjson_object_to_json_string_ext(tree, FJSON_TO_STRING_PLAIN));
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

static void count_line(struct run *run, const char *line, enum pfx_outcome outcome,
                       struct fjson_object *tree)
{
    struct fjson_object *daemon;
    struct count *row;

    row = find_row(run, tree != NULL && fjson_object_object_get_ex(tree, "vendor_daemon", &daemon)
                            ? fjson_object_get_string(daemon)
                            : "(foreign)");
    if (row != NULL)
        ++row->lines[outcome];
    if (run->options->list != NULL && strcmp(run->options->list, pfx_outcome_name(outcome)) == 0)
        puts(line);
}

static int process_line(struct run *run, struct buffer *buffer)
{
    struct pfx_line line = {.text = buffer->text, .text_length = buffer->length, .severity = -1};
    struct fjson_object *tree;
    enum pfx_outcome outcome;

    /* A NUL byte would end the text early, and JSON could not carry it. */
    for (char *nul; (nul = memchr(buffer->text, '\0', buffer->length)) != NULL;)
        *nul = '?';
    line.received.seconds = time(NULL);
    line.time = line.received;
    outcome = pfx_normalize(run->worker, &line, &tree);
    if (outcome == PFX_NO_MEMORY) {
        fprintf(stderr, "pfxlog: out of memory\n");
        return -1;
    }
    run->found += outcome != PFX_FOREIGN;
    run->take(run, buffer->text, outcome, tree);
    fjson_object_put(tree);
    if (++run->lines % PROGRESS_LINES == 0 && isatty(STDERR_FILENO))
        fprintf(stderr, "\r%lu lines", run->lines);
    return 0;
}

/* Reads one line without its end. 1: there is one, 0: end of file, -1: error. */
static int read_line(gzFile file, struct buffer *buffer)
{
    for (buffer->length = 0;;) {
        if (buffer->size - buffer->length < 4096) {
            char *grown = realloc(buffer->text, buffer->size * 2 + 8192);

            if (grown == NULL)
                return -1;
            buffer->text = grown;
            buffer->size = buffer->size * 2 + 8192;
        }
        /* Bytes are counted, since gzgets() would hide what follows a NUL. */
        int c = 0;

        while (buffer->size - buffer->length > 1 && (c = gzgetc(file)) >= 0 && c != '\n')
            buffer->text[buffer->length++] = (char)c;
        if (c == '\n' || (c < 0 && buffer->length > 0))
            break;
        if (c < 0)
            return gzeof(file) ? 0 : -1;
    }
    if (buffer->length > 0 && buffer->text[buffer->length - 1] == '\r')
        --buffer->length;
    buffer->text[buffer->length] = '\0';
    return 1;
}

static int process_file(struct run *run, const char *name)
{
    gzFile file = name == NULL ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(name, "rb");
    struct buffer buffer = {0};
    int got = -1;

    if (file == NULL) {
        fprintf(stderr, "pfxlog: can not read %s\n", name == NULL ? "standard input" : name);
        return -1;
    }
    gzbuffer(file, 128 * 1024);
    while ((got = read_line(file, &buffer)) > 0) {
        if (process_line(run, &buffer) < 0) {
            got = -1;
            break;
        }
    }
    if (got < 0)
        fprintf(stderr, "pfxlog: error while reading %s\n", name == NULL ? "standard input" : name);
    free(buffer.text);
    gzclose(file);
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

/* A log is read by its own clock. */
static int open_story(struct run *run)
{
    struct pfx_story_options options = pfx_story_defaults();
    char entry[256];
    const char *next = run->options->relays;

    if (run->options->no_story)
        return 0;
    options.max_mails = options.max_sessions = 1000000;
    options.max_bytes = (size_t)4 << 30;
    options.replay = true;
    run->story = pfx_story_new(&options);
    if (run->story == NULL) {
        fprintf(stderr, "pfxlog: out of memory\n");
        return -1;
    }
    while (next != NULL && *next != '\0') {
        size_t length = strcspn(next, ",");

        snprintf(entry, sizeof(entry), "%.*s", (int)length, next);
        if (!pfx_story_add_relay(run->story, entry)) {
            fprintf(stderr, "pfxlog: --ownrelays takes NAME=HOST, not %s\n", entry);
            pfx_story_free(&run->story);
            return -1;
        }
        next += length + (next[length] == ',');
    }
    return 0;
}

static int run_files(struct run *run, int count, char **name)
{
    char error[PFX_ERROR_SIZE];
    struct pfx_core *core = pfx_core_open(run->options->rulebasedir, error);
    int failed = 0;

    if (core == NULL) {
        fprintf(stderr, "pfxlog: %s\n", error);
        return 2;
    }
    if ((run->options->domain != NULL &&
         pfx_core_add_domain(core, run->options->domain, error) < 0) ||
        (run->options->network != NULL &&
         pfx_core_add_network(core, run->options->network, error) < 0)) {
        fprintf(stderr, "pfxlog: %s\n", error);
        pfx_core_close(&core);
        return 2;
    }
    if (open_story(run) < 0) {
        pfx_core_close(&core);
        return 2;
    }
    run->worker = pfx_worker_new(core, run->options->format, run->story);
    if (run->worker == NULL) {
        fprintf(stderr, "pfxlog: out of memory\n");
        pfx_story_free(&run->story);
        pfx_core_close(&core);
        return 2;
    }
    if (count == 0)
        failed = process_file(run, NULL) < 0;
    for (int i = 0; i < count; ++i)
        failed |= process_file(run, name[i]) < 0;
    if (run->lines >= PROGRESS_LINES && isatty(STDERR_FILENO))
        fprintf(stderr, "\r%lu lines\n", run->lines);
    if (run->take == count_line && run->options->list == NULL) {
        if (run->rows > 0)
            qsort(run->row, run->rows, sizeof(*run->row), by_lines);
        (run->options->json ? print_json : print_table)(run);
    }
    for (size_t i = 0; i < run->rows; ++i)
        free(run->row[i].daemon);
    free(run->row);
    pfx_worker_free(&run->worker);
    pfx_story_free(&run->story);
    pfx_core_close(&core);
    if (failed || fflush(stdout) != 0)
        return 2;
    return run->found > 0 ? 0 : 1;
}

/* Reads the options of a command. -1, or the exit status of an error. */
static int read_options(int argc, char **argv, int coverage, struct options *options)
{
    static const struct option known[] = {
        {"format", required_argument, NULL, 'f'},
        {"rulebasedir", required_argument, NULL, 'r'},
        {"json", no_argument, NULL, 'j'},
        {"list", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {"localdomains", required_argument, NULL, 'd'},
        {"localnetworks", required_argument, NULL, 'n'},
        {"ownrelays", required_argument, NULL, 'o'},
        {"no-story", no_argument, NULL, 's'},
        {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 'r') {
            options->rulebasedir = optarg;
        } else if (c == 'f' && !coverage) {
            int format = pfx_format_find(optarg);

            if (format < 0)
                return usage("the format is gim, gelf or ecs, not", optarg);
            options->format = (enum pfx_format)format;
        } else if (c == 'j' && coverage) {
            options->json = 1;
        } else if (c == 'l' && coverage) {
            if (strcmp(optarg, "generic") != 0 && strcmp(optarg, "unmatched") != 0)
                return usage("--list takes generic or unmatched, not", optarg);
            options->list = optarg;
        } else if (c == 'd' && !coverage) {
            options->domain = optarg;
        } else if (c == 'n' && !coverage) {
            options->network = optarg;
        } else if (c == 'o' && !coverage) {
            options->relays = optarg;
        } else if (c == 's' && !coverage) {
            options->no_story = 1;
        } else if (c == 'h') {
            fputs(usage_text, stdout);
            return 0;
        } else {
            return usage("bad options", NULL);
        }
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct options options = {.rulebasedir = PFX_RULEBASEDIR};
    struct run run = {.options = &options};
    int status;

    if (argc < 2)
        return usage("no command", NULL);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        fputs(usage_text, stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("pfxlog " PACKAGE_VERSION);
        return 0;
    }
    if (strcmp(argv[1], "normalize") == 0)
        run.take = print_tree;
    else if (strcmp(argv[1], "coverage") == 0) {
        run.take = count_line;
        options.no_story = 1;
    } else
        return usage("no such command:", argv[1]);
    status = read_options(argc - 1, argv + 1, run.take == count_line, &options);
    if (status >= 0)
        return status;
    return run_files(&run, argc - 1 - optind, argv + 1 + optind);
}
