/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog: Postfix logs at the command line, parsed by the same core as the module.
 * Exit status: 0 done, 1 nothing found, 2 usage, a file that can not be read, or output lost.
 */
#include "arguments.h"
#include "rulebases.h"
#include "verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct verb verbs[] = {
    {"normalize", VERB_NORMALIZE, pfxlog_normalize, "[OPTION...] [FILE...]",
     "one JSON object a Postfix line, in the order of the lines\n"},
    {"coverage", VERB_COVERAGE, pfxlog_coverage, "[OPTION...] [FILE...]",
     "lines by daemon: matched by a specific rule, generic, unmatched\n"},
    {"trace", VERB_TRACE, pfxlog_trace, "[OPTION...] ID [FILE...]",
     "the way of each mail that ID is in: its lines, and those of the mails that it\n"
     "           comes from and that come from it, over all files. ID is a queue id, a\n"
     "           message-id, a sender or recipient, the domain or the local part of one,\n"
     "           a login, a host, the address of a client, or the id of a task or session\n"
     "           of a program beside Postfix, as amavis' 13915-15\n"},
    {"audit", VERB_AUDIT, pfxlog_audit, "[OPTION...] TARGET [FILE...]",
     "a report on one user (login or mail address), address of clients or queue id:\n"
     "           logins, sessions, mails with all recipients, refusals, totals\n"},
    {"report", VERB_REPORT, pfxlog_report, "[OPTION...] [FILE...]",
     "the mails of a log in figures, each counted once: totals, senders, recipients,\n"
     "           refusals, deferrals, bounces, delays, TLS, logins, warnings\n"},
    {"top", VERB_TOP, pfxlog_top, "[OPTION...] FILE",
     "a log while it is written, over its rotation: rates, the queue, senders,\n"
     "           refusals, next hops that fail, alerts; q quits\n"},
    {"alerts", VERB_ALERTS, pfxlog_alerts, "[OPTION...] [FILE...]",
     "the alerts that lines would have had, one a line, by the rules of alerts.tsv\n"},
    {"verify", VERB_VERIFY, pfxlog_verify, "[OPTION...] [FILE...]",
     "whether documents of chains (JSON, one a line, as they were sent or as a store\n"
     "           gave them back, or CSV) are as they were, and all there\n"},
    {"pseudonym", VERB_PSEUDONYM, pfxlog_pseudonym, "--key FILE [OPTION...] [VALUE...]",
     "what addresses, logins, hosts and IP addresses are called in documents: to\n"
     "           search for them, or to have them deleted\n"},
    {"erasure", VERB_ERASURE, pfxlog_erasure, "[OPTION...] [FILE...]",
     "signed notes of documents of chains that will be erased, which verify takes for\n"
     "           them; erases nothing\n"},
    {NULL, 0, NULL, NULL, NULL},
};

/* For a verb, or for all where it is NULL. */
static void print_help(const struct verb *verb)
{
    for (const struct verb *one = verbs; one->name != NULL; ++one) {
        if (verb == NULL || verb == one)
            printf("%s pfxlog %s %s\n", one == verbs || verb == one ? "usage:" : "      ",
                   one->name, one->usage);
    }
    putchar('\n');
    for (const struct verb *one = verbs; one->name != NULL; ++one) {
        if (verb == NULL || verb == one)
            printf("%-9s  %s", one->name, one->help);
    }
    putchar('\n');
    arguments_print_options(verb);
    fputs(
        "\n"
        "Reads what syslog daemons, postlogd, journalctl (-o short..., json, export), docker and\n"
        "kubernetes write, and bare 'postfix/prog[pid]: text', also pasted, quoted or found by "
        "grep;\n"
        "plain files, or such of gzip, xz, bzip2 and zstd; UTF-8 or UTF-16. - is standard input, "
        "and so\n"
        "is no file, unless that is a terminal. trace and audit read all in the order\n"
        "of time, twice.\n"
        "Exit status: 0 done, 1 nothing found, 2 usage, a file that can not be read, or output "
        "lost.\n",
        stdout);
}

/* The exit status, which is that of an error when output was lost: a full disk, a closed one. */
static int end(int status)
{
    bool lost = !terminal_wrote();
    int reason = errno;

    if (fflush(stdout) != 0 && !lost) {
        lost = true;
        reason = errno;
    }
    terminal_clear();
    if (!lost)
        return status;
    terminal_say("can not write all output: %s", strerror(reason));
    return 2;
}

/* Names of --products; there are not so many. */
#define PRODUCTS_MAX 200

/* Opens the core with the products of --products; NULL after an error. */
static struct pfx_core *open_products(const struct pfxlog_options *options, const char *rulebasedir,
                                      char error[PFX_ERROR_SIZE])
{
    const char *name[PRODUCTS_MAX];
    char *list = strdup(options->products);
    struct pfx_core *core;
    int count = 0;

    if (list == NULL) {
        snprintf(error, PFX_ERROR_SIZE, "out of memory");
        return NULL;
    }
    for (char *rest = list; rest != NULL && count < PRODUCTS_MAX;)
        name[count++] = strsep(&rest, ",");
    core = pfx_core_open_products(rulebasedir, name, count, error);
    free(list);
    return core;
}

/* Opens the core with the site's own domains and networks. NULL after a message. */
static struct pfx_core *open_core(const struct pfxlog_options *options, const char *rulebasedir)
{
    char error[PFX_ERROR_SIZE];
    struct pfx_core *core = open_products(options, rulebasedir, error);

    if (core != NULL && options->products_said && pfx_core_alone(core))
        terminal_say("there is no products.tsv in %s: lines of Postfix alone", rulebasedir);
    if (core == NULL ||
        (options->domain != NULL && pfx_core_add_domain(core, options->domain, error) < 0) ||
        (options->network != NULL && pfx_core_add_network(core, options->network, error) < 0)) {
        terminal_say("%s", error);
        pfx_core_close(&core);
    }
    if (core != NULL && options->liblognorm)
        pfx_core_use_liblognorm(core);
    if (core != NULL && (!pfxlog_part(options, core) || !pfxlog_hide(options, core)))
        pfx_core_close(&core);
    return core;
}

int main(int argc, char **argv)
{
    struct pfxlog_options options;
    const struct verb *verb;
    struct pfx_core *core;
    char *found = NULL;
    int status = 2;

    /* Else the C library looks at that file anew for each stamp that it converts. */
    setenv("TZ", ":/etc/localtime", 0);
    if (!arguments_read(argc, argv, &options, &verb))
        return 2;
    if (options.help) {
        print_help(verb);
        return end(0);
    }
    if (options.rulebasedir == NULL)
        options.rulebasedir = found = rulebases_find();
    if (options.rulebasedir == NULL) {
        terminal_say("out of memory");
        return 2;
    }
    if (options.version) {
        rulebases_print_versions(options.rulebasedir);
        free(found);
        return end(0);
    }
    terminal_open(options.colour);
    options.products_said = options.products != NULL;
    if (options.products == NULL)
        options.products =
            (verb->bit & (VERB_TRACE | VERB_AUDIT | VERB_ALERTS | VERB_REPORT | VERB_TOP)) != 0
                ? "all"
                : "postfix";
    if ((verb->bit & (VERB_VERIFY | VERB_ERASURE | VERB_PSEUDONYM)) != 0) { /* need no rules */
        free(found);
        options.sources.dates.now = (struct pfx_time){.seconds = time(NULL)};
        return end(verb->run(&options, NULL));
    }
    core =
        pfxlog_date(&options, verb->bit == VERB_COVERAGE, (struct pfx_time){.seconds = time(NULL)})
            ? open_core(&options, options.rulebasedir)
            : NULL;
    if (core != NULL)
        status = verb->run(&options, core);
    pfx_core_close(&core);
    free(found);
    return end(status);
}
