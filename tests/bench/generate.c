/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a Postfix log of any length, the same for the same seed.
 *
 *   generate [--mails N] [--seed S] [--format bsd|rfc3339|bare] [--rate MAILS-A-SECOND]
 *            [--shuffle PERCENT,SECONDS] [--truth FILE]
 *
 * The log begins on 2026-08-21 and has its times in UTC; bare has neither time nor host. Mails of
 * clients are counted, bounces come on top. --shuffle displaces that share of lines by up to that
 * many seconds, either way. --truth writes one JSON object a queue file: what a reader of the whole
 * log could know of it.
 */
#include "site.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define START (INT64_C(1787270400) * SECOND)

struct options {
    uint64_t mails, seed, rate;
    enum line_format format;
    double shuffle_by;
    unsigned shuffle_percent;
    const char *truth;
};

static int usage(const char *reason)
{
    fprintf(stderr,
            "generate: %s\n"
            "usage: generate [--mails N] [--seed S] [--format bsd|rfc3339|bare]\n"
            "           [--rate MAILS-A-SECOND] [--shuffle PERCENT,SECONDS] [--truth FILE]\n",
            reason);
    return 2;
}

static int find_format(const char *name, enum line_format *format_r)
{
    static const char *const names[] = {
        [LINE_BSD] = "bsd", [LINE_RFC3339] = "rfc3339", [LINE_BARE] = "bare"};

    for (int f = LINE_BSD; f <= LINE_BARE; ++f) {
        if (strcmp(name, names[f]) == 0) {
            *format_r = (enum line_format)f;
            return 0;
        }
    }
    return -1;
}

static const char *read_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {{"mails", required_argument, NULL, 'm'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"format", required_argument, NULL, 'f'},
                                          {"rate", required_argument, NULL, 'r'},
                                          {"shuffle", required_argument, NULL, 'u'},
                                          {"truth", required_argument, NULL, 't'},
                                          {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'm')
            options->mails = strtoull(optarg, NULL, 10);
        else if (option == 's')
            options->seed = strtoull(optarg, NULL, 10);
        else if (option == 'r')
            options->rate = strtoull(optarg, NULL, 10);
        else if (option == 't')
            options->truth = optarg;
        else if (option == 'f' && find_format(optarg, &options->format) < 0)
            return "no such format";
        else if (option == 'u' &&
                 (sscanf(optarg, "%u,%lf", &options->shuffle_percent, &options->shuffle_by) != 2 ||
                  options->shuffle_percent > 100 || options->shuffle_by < 0))
            return "--shuffle takes PERCENT,SECONDS";
        else if (option == '?')
            return "no such option";
    }
    if (optind < argc)
        return "no arguments are taken";
    return options->rate == 0 ? "no rate" : NULL;
}

int main(int argc, char **argv)
{
    struct options options = {.mails = 10000, .seed = 1, .rate = 40, .format = LINE_BSD};
    const char *reason = read_options(argc, argv, &options);
    static struct site site;
    struct stream stream;
    FILE *truth = NULL;
    int64_t now = START;

    if (reason != NULL)
        return usage(reason);
    if (options.truth != NULL && (truth = fopen(options.truth, "w")) == NULL) {
        perror(options.truth);
        return 1;
    }
    stream_open(&stream, stdout, options.format, options.seed);
    stream.shuffle_percent = options.shuffle_percent;
    stream.shuffle_by = (int64_t)(options.shuffle_by * (double)SECOND);
    site_open(&site, &stream, truth);
    while (site.mails < options.mails) {
        now += (int64_t)stream_random(&stream, 2 * (uint64_t)SECOND / options.rate + 1);
        site.now = now;
        traffic_session(&site, now, options.mails - site.mails);
        if (stream_chance(&stream, 40))
            traffic_noise(&site, now + 500);
        stream_write(&stream, now - SECOND); /* the earliest line of a session is before it */
    }
    stream_close(&stream);
    if ((truth != NULL && fclose(truth) != 0) || fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "generate: the output can not be written\n");
        return 1;
    }
    return 0;
}
