/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog: Postfix logs at the command line, parsed by the same core as the module.
 * Exit status: 0 done, 1 nothing found, 2 usage, a file that can not be read, or output lost.
 */
#include "verbs.h"
#include "base/range.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The verbs: their options and help texts. */
static const struct verb {
    const char *name, *options;
    int (*run)(const struct pfxlog_options *options, struct pfx_core *core, int count, char **name);
    int least; /* arguments */
    const char *usage, *help;
} verbs[] = {
    {"normalize", "rfhdnoasmyx", pfxlog_normalize, 0,
     "[--format gim|gelf|ecs] [--no-story] [--matcher mmpostfix|liblognorm]\n"
     "           [--year YYYY] [--max-value BYTES] [--rulebasedir DIR]\n"
     "           [--ownrelays NAME[=HOST],...] [--instancealiases NAME=INSTANCE,...]\n"
     "           [--localdomains DOMAIN|/FILE] [--localnetworks NETWORK|/FILE] [FILE...]\n",
     "one JSON object a Postfix line, in the order of the lines\n"},
    {"coverage", "rhjly", pfxlog_coverage, 0,
     "[--json] [--list generic|unmatched] [--year YYYY] [--rulebasedir DIR]\n"
     "           [FILE...]\n",
     "lines by daemon: matched by a specific rule, generic, unmatched\n"},
    {"trace", "rhjcoay", pfxlog_trace, 1,
     "[--json|--csv] [--ownrelays NAME[=HOST],...]\n"
     "           [--instancealiases NAME=INSTANCE,...] [--year YYYY] [--rulebasedir DIR]\n"
     "           ID [FILE...]\n",
     "the way of each mail that ID is in: its lines, and those of the mails that it\n"
     "            comes from and that come from it, over all files. ID is a queue id, a\n"
     "            message-id, the address of a sender or recipient, the address of a client, or\n"
     "            amavis' id as in 13915-15\n"},
};
static const size_t verb_count = sizeof(verbs) / sizeof(verbs[0]);

static void print_help(void)
{
    for (size_t i = 0; i < verb_count; ++i)
        printf("%s pfxlog %s %s", i == 0 ? "usage:" : "      ", verbs[i].name, verbs[i].usage);
    puts("");
    for (size_t i = 0; i < verb_count; ++i)
        printf("%-11s %s", verbs[i].name, verbs[i].help);
    fputs(
        "\n"
        "  --ownrelays        next hops that are hosts of our own: the name or address in relay=,\n"
        "                     and =, the name that the host has in its log\n"
        "  --instancealiases  syslog_name of services that are of another instance\n"
        "  --max-value        bytes of the longest value, 8000 if not said, from 1000 to 30000; "
        "what\n"
        "                     was cut stands in vendor_truncated\n"
        "\n"
        "  --year             of stamps that have none, at the first line of each file; else that\n"
        "                     of the long queue ids in it, or the latest one that fits\n"
        "\n"
        "Reads what syslog daemons, postlogd, journalctl (-o short..., json, export), docker and\n"
        "kubernetes write, and bare 'postfix/prog[pid]: text', also pasted, quoted or found by "
        "grep;\n"
        "plain files, or such of gzip, xz, bzip2 and zstd; UTF-8 or UTF-16. - is standard input,\n"
        "and so is no file. trace reads them in the order of time, twice.\n"
        "Exit status: 0 done, 1 nothing found, 2 usage, a file that can not be read, or output "
        "lost.\n",
        stdout);
}

static int usage(const char *reason, const char *what)
{
    fprintf(stderr, "pfxlog: %s%s%s; see pfxlog --help\n", reason, what != NULL ? " " : "",
            what != NULL ? what : "");
    return 2;
}

/* The exit status, which is that of an error when output was lost: a full disk, a closed one. */
static int end(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "pfxlog: can not write all output\n");
    return 2;
}

/* Opens the core with the site's own domains and networks. NULL after a message. */
static struct pfx_core *open_core(const struct pfxlog_options *options)
{
    char error[PFX_ERROR_SIZE];
    struct pfx_core *core = pfx_core_open(options->rulebasedir, error);

    if (core == NULL ||
        (options->domain != NULL && pfx_core_add_domain(core, options->domain, error) < 0) ||
        (options->network != NULL && pfx_core_add_network(core, options->network, error) < 0)) {
        fprintf(stderr, "pfxlog: %s\n", error);
        pfx_core_close(&core);
    }
    if (core != NULL && options->liblognorm)
        pfx_core_use_liblognorm(core);
    return core;
}

/* As take_option(): of a text given twice one would be lost without a word. */
static int take_once(const char **text, const char *name)
{
    if (*text != NULL)
        return usage("given twice:", name);
    *text = optarg;
    return -1;
}

/* As take_option(). */
static int take_year(const char *text, struct pfxlog_options *options)
{
    char *end;
    long year = strtol(text, &end, 10);

    if (*end != '\0' || strlen(text) != 4 || year < 1970)
        return usage("--year takes a year such as 2024, not", text);
    options->year = (int)year;
    return -1;
}

static int take_max_value(struct pfxlog_options *options)
{
    static const struct pfx_range range = {"--max-value", PFX_VALUE_LEAST, PFX_VALUE_MOST, "bytes",
                                           true};
    char error[PFX_RANGE_ERROR];
    uint64_t value;

    if (!pfx_range_take(&range, optarg, &value, error))
        return usage(error, NULL);
    options->max_value = (size_t)value;
    return -1;
}

/* Takes one option. -1, or the exit status of an error. */
static int take_option(int c, struct pfxlog_options *options)
{
    int format;

    switch (c) {
    case 'r':
        options->rulebasedir = optarg;
        break;
    case 'f':
        format = pfx_format_find(optarg);
        if (format < 0)
            return usage("the format is gim, gelf or ecs, not", optarg);
        options->format = (enum pfx_format)format;
        break;
    case 'j':
        options->json = true;
        break;
    case 'c':
        options->csv = true;
        break;
    case 'l':
        if (strcmp(optarg, "generic") != 0 && strcmp(optarg, "unmatched") != 0)
            return usage("--list takes generic or unmatched, not", optarg);
        options->list = optarg;
        break;
    case 'd':
        return take_once(&options->domain, "--localdomains");
    case 'n':
        return take_once(&options->network, "--localnetworks");
    case 'o':
        return take_once(&options->relays, "--ownrelays");
    case 'a':
        return take_once(&options->aliases, "--instancealiases");
    case 's':
        options->no_story = true;
        break;
    case 'm':
        options->liblognorm = strcmp(optarg, "liblognorm") == 0;
        if (!options->liblognorm && strcmp(optarg, "mmpostfix") != 0)
            return usage("the matcher is mmpostfix or liblognorm, not", optarg);
        break;
    case 'y':
        return take_year(optarg, options);
    case 'x':
        return take_max_value(options);
    default:
        print_help();
        return end(0);
    }
    return -1;
}

/* Reads the options of a verb. -1, or the exit status. */
static int read_options(int argc, char **argv, const struct verb *verb,
                        struct pfxlog_options *options)
{
    static const struct option known[] = {
        {"format", required_argument, NULL, 'f'},
        {"rulebasedir", required_argument, NULL, 'r'},
        {"json", no_argument, NULL, 'j'},
        {"csv", no_argument, NULL, 'c'},
        {"list", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {"localdomains", required_argument, NULL, 'd'},
        {"localnetworks", required_argument, NULL, 'n'},
        {"ownrelays", required_argument, NULL, 'o'},
        {"instancealiases", required_argument, NULL, 'a'},
        {"no-story", no_argument, NULL, 's'},
        {"matcher", required_argument, NULL, 'm'},
        {"year", required_argument, NULL, 'y'},
        {"max-value", required_argument, NULL, 'x'},
        {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        int status =
            strchr(verb->options, c) != NULL ? take_option(c, options) : usage("bad options", NULL);

        if (status >= 0)
            return status;
    }
    if (options->json && options->csv)
        return usage("either --json or --csv", NULL);
    if (argc - optind < verb->least || (verb->least > 0 && argv[optind][0] == '\0'))
        return usage("nothing to look for", NULL);
    return -1;
}

int main(int argc, char **argv)
{
    struct pfxlog_options options = {.rulebasedir = PFX_RULEBASEDIR, .max_value = PFX_VALUE_PRESET};
    const struct verb *verb = verbs;
    struct pfx_core *core;
    int status;

    if (argc < 2)
        return usage("no command", NULL);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help();
        return end(0);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("pfxlog " PACKAGE_VERSION);
        return end(0);
    }
    while (verb < verbs + verb_count && strcmp(argv[1], verb->name) != 0)
        ++verb;
    if (verb == verbs + verb_count)
        return usage("no such command:", argv[1]);
    status = read_options(argc - 1, argv + 1, verb, &options);
    if (status >= 0)
        return status;
    core = open_core(&options);
    if (core == NULL)
        return 2;
    status = verb->run(&options, core, argc - 1 - optind, argv + 1 + optind);
    pfx_core_close(&core);
    return end(status);
}
