/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the command line; see arguments.h. */
#include "arguments.h"
#include "base/range.h"
#include "people/nearest.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How the text of an option is taken. */
enum taking { FLAG, TEXT, AGAIN, FUNCTION };

/* As complain() when the text is none for that option. */
typedef bool take_text(struct pfxlog_options *options, const char *text);

static take_text take_format, take_list, take_matcher, take_year, take_max_value, take_threads,
    take_colour, take_as, take_max_entries, take_top;

#define AT(member) offsetof(struct pfxlog_options, member)

/* All options; what takes no argument has none, what may be left out of one is in brackets. AGAIN:
 * a text of which the last counts; else it may be given once, or one would be lost. */
static const struct option_row {
    const char *name, *argument;
    unsigned verbs;
    enum taking taking;
    size_t at;
    take_text *take;
    const char *help;
} rows[] = {
    {"journal", NULL, VERB_LINES, FLAG, AT(sources.journal), NULL,
     "read the journal by journalctl, which gets what stands behind --;\n"
     "without a choice of lines there, those of the units postfix*, or of\n"
     "those of --products, or of the facility mail for all products"},
    {"since", "TIME", VERB_LINES, TEXT, AT(since), NULL,
     "lines of that time or later: \"2026-08-21 10:00\", 10:00, yesterday,\n"
     "\"2h ago\"; trace, audit: mails with a line that fits and the target"},
    {"until", "TIME", VERB_LINES, TEXT, AT(until), NULL, "lines of that time or earlier"},
    {"host", "NAME,...", VERB_LINES, TEXT, AT(selection.hosts), NULL,
     "lines of these hosts; mx1 is also mx1.example.com"},
    {"instance", "NAME,...", VERB_LINES, TEXT, AT(selection.instances), NULL,
     "lines of these instances of Postfix: syslog_name"},
    {"products", "NAME,...", VERB_LINES, TEXT, AT(products), NULL,
     "programs whose lines are parsed, of products.tsv, or all; if not\n"
     "said postfix, of trace, audit, report, top and alerts all"},
    {"year", "YYYY", VERB_LINES, FUNCTION, 0, take_year,
     "of stamps that have none, at the first line of each file; else that\n"
     "of the long queue ids in it, or the latest one that fits"},
    {"format", "gim|gelf|ecs", VERB_NORMALIZE, FUNCTION, 0, take_format, "names of the fields"},
    {"no-story", NULL, VERB_NORMALIZE, FLAG, AT(no_story), NULL, "each line by itself"},
    {"collector", "NAME", VERB_NORMALIZE, TEXT, AT(collector), NULL,
     "who makes the documents, for vendor_collector"},
    {"line-ids", NULL, VERB_NORMALIZE, FLAG, AT(line_ids), NULL,
     "an id of each line, for vendor_line_id"},
    {"tenants", "FILE", VERB_NORMALIZE, TEXT, AT(tenants), NULL,
     "whose lines are whose, for vendor_tenant"},
    {"tenant", "NAME", VERB_NORMALIZE, TEXT, AT(tenant), NULL,
     "lines of that tenant alone, and of them what it may see"},
    {"strict", NULL, VERB_NORMALIZE, FLAG, AT(strict), NULL,
     "lines of several tenants without their recipients"},
    {"pseudonymize", "FILE", VERB_NORMALIZE, TEXT, AT(secrets), NULL,
     "hide personal values by pseudonyms, made with the secrets of FILE"},
    {"hide", "CLASS=HOW,...", VERB_NORMALIZE | VERB_PSEUDONYM, TEXT, AT(hide), NULL,
     "address=whole|local|drop|keep, user=whole|drop|keep,\n"
     "host=whole|drop|keep, ip=whole|network|drop|keep,\n"
     "text=scrub|drop|keep; the first of each if not said"},
    {"keep", "DOMAIN|NETWORK,...", VERB_NORMALIZE | VERB_PSEUDONYM, TEXT, AT(keep), NULL,
     "what stays in clear besides --localdomains"},
    {"origin", "DOMAIN", VERB_NORMALIZE | VERB_PSEUDONYM, TEXT, AT(origin), NULL,
     "the domain of logins and addresses that have none, as myorigin"},
    {"delimiter", "CHARACTERS", VERB_NORMALIZE | VERB_PSEUDONYM, TEXT, AT(delimiter), NULL,
     "what a sub-address begins with, as recipient_delimiter; + if not said"},
    {"kind", "KIND", VERB_PSEUDONYM, TEXT, AT(kind), NULL,
     "what VALUE is: address, user, host, ip, message-id, session, text; by\n"
     "its form if not said"},
    {"epoch", "EPOCH", VERB_PSEUDONYM, TEXT, AT(epoch), NULL,
     "2026-11, 2026-W48 or always; all up to now if not said"},
    {"make", "month|week|always", VERB_PSEUDONYM, TEXT, AT(make), NULL,
     "make the file of secrets, with one for the epoch that begins it"},
    {"forget", "EPOCH", VERB_PSEUDONYM, TEXT, AT(forget), NULL,
     "destroy the secrets of all epochs before that one"},
    {"localdomains", "DOMAIN|/FILE",
     VERB_NORMALIZE | VERB_AUDIT | VERB_ALERTS | VERB_TOP | VERB_PSEUDONYM, TEXT, AT(domain), NULL,
     "domains of our own, for the direction of mails"},
    {"localnetworks", "NETWORK|/FILE", VERB_NORMALIZE | VERB_AUDIT | VERB_ALERTS | VERB_TOP, TEXT,
     AT(network), NULL, "networks of our own, for the same"},
    {"max-value", "BYTES", VERB_NORMALIZE, FUNCTION, 0, take_max_value,
     "longest value, 8000 if not said, from 1000 to 30000; what was cut\n"
     "stands in vendor_truncated"},
    {"matcher", "mmpostfix|liblognorm", VERB_NORMALIZE, FUNCTION, 0, take_matcher,
     "what tries the rules"},
    {"ownrelays", "NAME[=HOST],...",
     VERB_NORMALIZE | VERB_TRACE | VERB_AUDIT | VERB_REPORT | VERB_ALERTS | VERB_TOP, TEXT,
     AT(relays), NULL,
     "next hops that are hosts of our own: the name or address in relay=,\n"
     "and =, the name that the host has in its log"},
    {"instancealiases", "NAME=INSTANCE,...",
     VERB_NORMALIZE | VERB_TRACE | VERB_AUDIT | VERB_REPORT | VERB_ALERTS | VERB_TOP, TEXT,
     AT(aliases), NULL, "syslog_name of services that are of another instance"},
    {"threads", "N", VERB_NORMALIZE | VERB_COVERAGE, FUNCTION, 0, take_threads,
     "threads that parse; as many as there are cores if not said. With the\n"
     "story one parses, and another one reads and prints"},
    {"rules", "FILE", VERB_AUDIT | VERB_ALERTS | VERB_TOP, TEXT, AT(rules), NULL,
     "rules of alerts of a site's own, beside those of alerts.tsv"},
    {"list", "generic|unmatched", VERB_COVERAGE, FUNCTION, 0, take_list,
     "show the lines that were not understood"},
    {"share", NULL, VERB_COVERAGE, FLAG, AT(share), NULL,
     "show the forms of lines that were not understood, without what is\n"
     "personal in them, for a report"},
    {"as", "user|address|queue-id", VERB_AUDIT, FUNCTION, 0, take_as,
     "what TARGET is; not said: an IP address or a queue id if it has the\n"
     "form of one, else a user"},
    {"max-entries", "N", VERB_AUDIT, FUNCTION, 0, take_max_entries,
     "give up when there is more to tell than so many entries, 1000000 if\n"
     "not said"},
    {"top", "N", VERB_REPORT, FUNCTION, 0, take_top,
     "rows of a table, the heaviest ones; 0 is all, 20 if not said"},
    {"problems-only", NULL, VERB_REPORT, FLAG, AT(problems_only), NULL,
     "print only what somebody has to look at, with status 1; else nothing,\n"
     "with status 0"},
    {"anchors", "FILE", VERB_VERIFY, TEXT, AT(anchors), NULL,
     "anchors of the chains, as CHAIN.anchors has them; best from where they\n"
     "were kept for safety"},
    {"key", "FILE", VERB_VERIFY | VERB_ERASURE | VERB_PSEUDONYM, TEXT, AT(key), NULL,
     "public key that they are signed with; not said: CHAIN.pub beside\n"
     "them; erasure: private key to sign notes with; pseudonym: the file\n"
     "of secrets"},
    {"notes", "FILE", VERB_VERIFY | VERB_ERASURE, TEXT, AT(notes), NULL,
     "notes of what was erased on purpose; verify, if not said:\n"
     "CHAIN.erased beside the anchors, if it is there; erasure: where they\n"
     "are added"},
    {"notes-key", "FILE", VERB_VERIFY, TEXT, AT(notes_key), NULL,
     "public key of who may erase, not the chain's"},
    {"reason", "TEXT", VERB_ERASURE, TEXT, AT(reason), NULL, "who erases and why, for the notes"},
    {"part", NULL, VERB_VERIFY, FLAG, AT(part), NULL,
     "the files have a part: what is missing at both ends is no finding"},
    {"json", NULL,
     VERB_COVERAGE | VERB_TRACE | VERB_AUDIT | VERB_REPORT | VERB_ALERTS | VERB_VERIFY, FLAG,
     AT(json), NULL, "for programs"},
    {"csv", NULL, VERB_TRACE | VERB_AUDIT | VERB_REPORT, FLAG, AT(csv), NULL, "for spreadsheets"},
    {"html", NULL, VERB_AUDIT | VERB_REPORT, FLAG, AT(html), NULL,
     "one page for browsers and for paper"},
    {"utc", NULL, VERB_LINES, FLAG, AT(utc), NULL,
     "times for people in UTC, not in local time; JSON has UTC always"},
    {"color", "[=auto|always|never]", VERB_COVERAGE | VERB_TRACE | VERB_AUDIT | VERB_REPORT,
     FUNCTION, 0, take_colour, "colours; not said: on a terminal, unless NO_COLOR is set"},
    {"rulebasedir", "DIR", VERB_ALL, AGAIN, AT(rulebasedir), NULL, "where the rulebases are"},
    {"help", NULL, VERB_ALL, FLAG, AT(help), NULL, "this text (-h)"},
    {"version", NULL, VERB_ALL, FLAG, AT(version), NULL,
     "versions, of rulebases and liblognorm too (-V)"},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* False, after a message. */
static bool complain(const char *reason, const char *what)
{
    terminal_say("%s%s%s; see pfxlog --help", reason, what != NULL ? " " : "",
                 what != NULL ? what : "");
    return false;
}

/* The same of a word that is nearly one of these. */
static bool complain_nearly(const char *reason, const char *what, const struct nearest *nearest)
{
    const char *dashes = what[0] == '-' ? "--" : "";

    if (nearest->name == NULL)
        return complain(reason, what);
    terminal_say("%s %s, did you mean %s%s? See pfxlog --help", reason, what, dashes,
                 nearest->name);
    return false;
}

static bool take_format(struct pfxlog_options *options, const char *text)
{
    int format = pfx_format_find(text);

    if (format < 0)
        return complain("the format is gim, gelf or ecs, not", text);
    options->format = (enum pfx_format)format;
    return true;
}

static bool take_list(struct pfxlog_options *options, const char *text)
{
    if (strcmp(text, "generic") != 0 && strcmp(text, "unmatched") != 0)
        return complain("--list takes generic or unmatched, not", text);
    options->list = text;
    return true;
}

static bool take_matcher(struct pfxlog_options *options, const char *text)
{
    options->liblognorm = strcmp(text, "liblognorm") == 0;
    return options->liblognorm || strcmp(text, "mmpostfix") == 0 ||
           complain("the matcher is mmpostfix or liblognorm, not", text);
}

static bool take_year(struct pfxlog_options *options, const char *text)
{
    char *end;
    long year = strtol(text, &end, 10);

    if (*end != '\0' || strlen(text) != 4 || year < 1970)
        return complain("--year takes a year such as 2024, not", text);
    options->sources.dates.year = (int)year;
    return true;
}

static bool take_number(const struct pfx_range *range, const char *text, uint64_t *value_r)
{
    char error[PFX_RANGE_ERROR];

    return pfx_range_take(range, text, value_r, error) || complain(error, NULL);
}

static bool take_max_value(struct pfxlog_options *options, const char *text)
{
    static const struct pfx_range range = {"--max-value", PFX_VALUE_LEAST, PFX_VALUE_MOST, "bytes",
                                           true};

    return take_number(&range, text, &options->max_value);
}

static bool take_threads(struct pfxlog_options *options, const char *text)
{
    static const struct pfx_range range = {"--threads", 1, THREADS_MOST, "threads", false};

    return take_number(&range, text, &options->threads);
}

static bool take_colour(struct pfxlog_options *options, const char *text)
{
    static const char *const names[] = {
        [COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never"};

    for (int when = COLOUR_AUTO; when <= COLOUR_NEVER; ++when) {
        if (strcmp(text != NULL ? text : "always", names[when]) == 0) {
            options->colour = (enum colour_when)when;
            return true;
        }
    }
    return complain("--color takes auto, always or never, not", text);
}

static bool take_as(struct pfxlog_options *options, const char *text)
{
    if (strcmp(text, "user") != 0 && strcmp(text, "address") != 0 && strcmp(text, "queue-id") != 0)
        return complain("--as takes user, address or queue-id, not", text);
    options->as = text;
    return true;
}

static bool take_max_entries(struct pfxlog_options *options, const char *text)
{
    static const struct pfx_range range = {"--max-entries", 1, 100000000, "entries", false};

    return take_number(&range, text, &options->max_entries);
}

static bool take_top(struct pfxlog_options *options, const char *text)
{
    static const struct pfx_range range = {"--top", 0, 1000000, "rows", false};

    return take_number(&range, text, &options->top);
}

static bool take_row(const struct option_row *row, struct pfxlog_options *options, const char *text)
{
    char *place = (char *)options + row->at;
    const char **once = (const char **)(void *)place;

    if (row->taking == FUNCTION)
        return row->take(options, text);
    if (row->taking == FLAG) {
        *(bool *)place = true;
        return true;
    }
    if (row->taking == TEXT && *once != NULL) {
        terminal_say("given twice: --%s; see pfxlog --help", row->name);
        return false;
    }
    *once = text;
    return true;
}

/* What getopt_long() makes nothing of. */
static bool complain_option(const char *text, const struct verb *verb)
{
    struct nearest nearest = {.word = text + strspn(text, "-")};

    if (strncmp(text, "--", 2) != 0 || strlen(nearest.word) == 0)
        return complain("no such option:", text);
    for (size_t i = 0; i < ROWS; ++i) {
        if ((verb == NULL || (rows[i].verbs & verb->bit) != 0))
            nearest_try(&nearest, rows[i].name);
    }
    return complain_nearly("no such option:", text, &nearest);
}

/* One option that getopt_long() knows, or an error that it found. */
static bool take_option(int got, int row, const struct verb *verb, char **argv,
                        struct pfxlog_options *options)
{
    if (got == 'h' || got == 'V') {
        *(got == 'h' ? &options->help : &options->version) = true;
        return true;
    }
    if (got == ':')
        return complain("an argument is missing behind", argv[optind - 1]);
    if (got == '?' && optopt > 0 && optopt < 256) {
        const char text[] = {'-', (char)optopt, '\0'};

        return complain("no such option:", text);
    }
    if (got == '?')
        return optopt >= 256 ? complain("no argument is taken by", argv[optind - 1])
                             : complain_option(argv[optind - 1], verb);
    if (verb != NULL && (rows[row].verbs & verb->bit) == 0) {
        terminal_say("%s has no --%s; see pfxlog %s --help", verb->name, rows[row].name,
                     verb->name);
        return false;
    }
    return take_row(&rows[row], options, optarg);
}

static bool read_options(int argc, char **argv, const struct verb *verb,
                         struct pfxlog_options *options)
{
    struct option known[ROWS + 1] = {0};
    int got, row = -1;

    for (size_t i = 0; i < ROWS; ++i) {
        bool may = rows[i].argument != NULL && rows[i].argument[0] == '[';

        known[i] = (struct option){rows[i].name,
                                   rows[i].argument == NULL ? no_argument
                                   : may                    ? optional_argument
                                                            : required_argument,
                                   NULL, (int)i + 256};
    }
    opterr = 0;
    while ((got = getopt_long(argc, argv, ":hV", known, &row)) != -1) {
        if (!take_option(got, got - 256, verb, argv, options))
            return false;
    }
    return true;
}

/* How many arguments stand behind "--". */
static int count_passed(int argc, char **argv)
{
    for (int i = 1; i < argc; ++i) {
        if (strcmp(argv[i], "--") == 0)
            return argc - i - 1;
    }
    return 0;
}

/* What was given beside options: what trace and audit look for, files, arguments for journalctl. */
static bool take_rest(struct pfxlog_options *options, const struct verb *verb, char **rest,
                      int count, int passed)
{
    struct sources *sources = &options->sources;

    if ((verb->bit & (VERB_TRACE | VERB_AUDIT)) != 0) {
        if (count == 0 || rest[0][0] == '\0')
            return complain("nothing to look for", NULL);
        options->target = *rest++;
        --count;
        if (count == 0 && !sources->journal && access(options->target, F_OK) == 0 &&
            (strchr(options->target, '/') != NULL || isatty(STDIN_FILENO))) {
            terminal_say("nothing to look for in %s: pfxlog %s %s FILE...", options->target,
                         verb->name, verb->bit == VERB_TRACE ? "ID" : "TARGET");
            return false;
        }
    }
    sources->name = rest;
    sources->count = count;
    if (sources->journal && count > passed)
        return complain("either --journal or files, not", rest[0]);
    if (!sources->journal && count == 0 && verb->bit != VERB_PSEUDONYM && isatty(STDIN_FILENO))
        return complain("nothing to read: name files, - for standard input, or --journal", NULL);
    return true;
}

static const struct verb *find_verb(const char *name)
{
    struct nearest nearest = {.word = name};

    for (const struct verb *verb = verbs; verb->name != NULL; ++verb) {
        if (strcmp(name, verb->name) == 0)
            return verb;
        nearest_try(&nearest, verb->name);
    }
    complain_nearly("no such command:", name, &nearest);
    return NULL;
}

bool arguments_read(int argc, char **argv, struct pfxlog_options *options_r,
                    const struct verb **verb_r)
{
    int passed;

    *options_r = (struct pfxlog_options){.max_value = PFX_VALUE_PRESET,
                                         .max_entries = 1000000,
                                         .top = 20,
                                         .selection = selection_all()};
    *verb_r = NULL;
    if (argc < 2)
        return complain("no command", NULL);
    if (strcmp(argv[1], "help") == 0 && argc == 2) {
        options_r->help = true;
        return true;
    }
    if (argv[1][0] == '-' && !read_options(argc, argv, NULL, options_r))
        return false;
    if (options_r->help || options_r->version)
        return true;
    if (argv[1][0] == '-')
        return complain("no command before", argv[1]);
    *verb_r = find_verb(argv[1]);
    passed = count_passed(argc - 1, argv + 1);
    if (*verb_r == NULL || !read_options(argc - 1, argv + 1, *verb_r, options_r))
        return false;
    if (options_r->help || options_r->version)
        return true;
    if (options_r->json && options_r->csv)
        return complain("either --json or --csv", NULL);
    if (options_r->html && (options_r->json || options_r->csv))
        return complain("--html goes with neither --json nor --csv", NULL);
    if (options_r->share && (options_r->json || options_r->list != NULL))
        return complain("--share goes with neither --json nor --list", NULL);
    return take_rest(options_r, *verb_r, argv + 1 + optind, argc - 1 - optind, passed);
}

/* An option with its argument, and its help at a column of its own. */
static void print_row(const struct option_row *row)
{
    const char *line = row->help, *end;
    int width = printf("  --%s", row->name);

    if (row->argument != NULL)
        width += printf("%s%s", row->argument[0] == '[' ? "" : " ", row->argument);
    for (; line != NULL; line = end != NULL ? end + 1 : NULL, width = 0) {
        end = strchr(line, '\n');
        if (width >= 26) {
            putchar('\n');
            width = 0;
        }
        printf("%*s%.*s\n", 26 - width, "", (int)(end != NULL ? end - line : (long)strlen(line)),
               line);
    }
}

void arguments_print_options(const struct verb *verb)
{
    for (size_t i = 0; i < ROWS; ++i) {
        if (verb == NULL || (rows[i].verbs & verb->bit) != 0)
            print_row(&rows[i]);
    }
}
