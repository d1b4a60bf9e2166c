/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any files as a directory of rulebases. The input is the files, each begun by a
 * line "@NAME"; the tables but for reasons.local.tsv are there without it. A directory that is
 * taken must normalize lines; one that is not must be refused with file, line and reason. */
#include "core.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The only names, so that no input reaches beyond the directory. */
static const char *const names[] = {"kinds.tsv",
                                    "reasons.tsv",
                                    "reason_classes.tsv",
                                    "reasons.local.tsv",
                                    "postfix/shared/any.rulebase",
                                    "postfix/library/any.rulebase",
                                    "postfix/smtpd.rulebase",
                                    "postfix/qmgr.rulebase"};
#define NAMES (sizeof(names) / sizeof(names[0]))

static char directory[64];

static void put_file(const char *name, const void *text, size_t length)
{
    char path[128];
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    out = fopen(path, "w");
    if (out == NULL || fwrite(text, 1, length, out) != length || fclose(out) != 0)
        abort();
}

static void make_directory(void)
{
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    char path[128];

    snprintf(directory, sizeof(directory), "%s/fuzz_rulebase.%ld", base, (long)getpid());
    for (const char *const *sub =
             (const char *const[]){"", "/postfix", "/postfix/shared", "/postfix/library", NULL};
         *sub; ++sub) {
        snprintf(path, sizeof(path), "%s%s", directory, *sub);
        if (mkdir(path, 0700) != 0)
            abort();
    }
}

static void remove_files(void)
{
    char path[128];

    for (size_t i = 0; i < NAMES; ++i) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        unlink(path);
    }
}

static void remove_directory(void)
{
    char path[128];

    remove_files();
    for (const char *const *sub =
             (const char *const[]){"/postfix/shared", "/postfix/library", "/postfix", "", NULL};
         *sub; ++sub) {
        snprintf(path, sizeof(path), "%s%s", directory, *sub);
        rmdir(path);
    }
}

/* Writes the part of a file; its first line without the '@' is the name. */
static void put_part(const char *part, size_t length)
{
    const char *end = memchr(part, '\n', length);
    size_t name = end == NULL ? length : (size_t)(end - part);

    for (size_t i = 0; i < NAMES; ++i) {
        if (strlen(names[i]) == name && memcmp(names[i], part, name) == 0 && end != NULL)
            put_file(names[i], end + 1, length - name - 1);
    }
}

static void put_files(const char *text, size_t length)
{
    static const char kinds[] = "mail.*\t139999\t-\t-\t-\t*\nconn.opened\t120000\t-\t-\t-\t-\n";
    static const char reasons[] = "other\t-\t*\n";
    static const char classes[] = "other\tanyone\tno cause\n";
    size_t start = 0;

    put_file(names[0], kinds, sizeof(kinds) - 1);
    put_file(names[1], reasons, sizeof(reasons) - 1);
    put_file(names[2], classes, sizeof(classes) - 1);
    for (size_t at = 1; at <= length; ++at) {
        if (at < length && !(text[at] == '@' && text[at - 1] == '\n'))
            continue;
        if (text[start] == '@')
            put_part(text + start + 1, at - start - 1);
        start = at;
    }
}

/* "DIR..." and behind it ": REASON" in clean text. */
static void check_error(const char *error)
{
    if (strnlen(error, PFX_ERROR_SIZE) == PFX_ERROR_SIZE || strstr(error, ": ") == NULL)
        abort();
    if (strncmp(error, directory, strlen(directory)) != 0) {
        fprintf(stderr, "no file is named: %s\n", error);
        abort();
    }
}

static void try_lines(struct pfx_core *core)
{
    static const char *const texts[] = {"connect from unknown[192.0.2.1]", "x", "a b: c, d=<e>",
                                        "4F9D195432C: to=<u@example.com>, status=sent (ok)"};
    struct pfx_worker *worker = pfx_worker_new(core, PFX_GIM, NULL);

    if (worker == NULL)
        abort();
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i) {
        struct pfx_line line = {"mail", "postfix/smtpd[1]:", texts[i], strlen(texts[i]), -1, {0, 0},
                                {0, 0}};
        struct fjson_object *tree;

        pfx_normalize(worker, &line, &tree);
        fjson_object_put(tree);
    }
    pfx_worker_free(&worker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[PFX_ERROR_SIZE];
    struct pfx_core *core;

    if (size == 0)
        return 0;
    if (directory[0] == '\0') {
        make_directory();
        atexit(remove_directory);
    }
    put_files((const char *)data, size);
    memset(error, '~', sizeof(error));
    core = pfx_core_open(directory, error);
    if (core == NULL)
        check_error(error);
    else
        try_lines(core);
    pfx_core_close(&core);
    remove_files();
    return 0;
}
