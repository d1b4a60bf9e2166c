/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: verbs, options, and what is said of mistakes in them. */
#ifndef PFXLOG_ARGUMENTS_H
#define PFXLOG_ARGUMENTS_H

#include "options.h"

/* Verbs as bits; ALL is every one. */
enum {
    VERB_NORMALIZE = 1,
    VERB_COVERAGE = 2,
    VERB_TRACE = 4,
    VERB_AUDIT = 8,
    VERB_ALERTS = 16,
    VERB_REPORT = 256,
    VERB_TOP = 512,
    VERB_LINES = 31 | VERB_REPORT | VERB_TOP, /* that read log lines */
    VERB_VERIFY = 32,
    VERB_PSEUDONYM = 64,
    VERB_ERASURE = 128,
    VERB_ALL = 1023
};

struct verb {
    const char *name;
    unsigned bit;
    int (*run)(const struct pfxlog_options *options, struct pfx_core *core);
    const char *usage, *help;
};

/* Ends with a verb without a name. */
extern const struct verb verbs[];

/* Reads all arguments into *options_r, except what depends on the clock, see
 * pfxlog_date(). *verb_r: which verb, NULL
 * where help or versions are asked for. False after a message. */
bool arguments_read(int argc, char **argv, struct pfxlog_options *options_r,
                    const struct verb **verb_r);
/* Prints the options of a verb, of all where it is NULL, with their help. */
void arguments_print_options(const struct verb *verb);

#endif
