/* SPDX-License-Identifier: Apache-2.0 */
/* When liblognorm is asked about rules, and when not. It stands behind a function of this file,
 * which counts, and refuses a line where a test wants that: nothing that the grammar of patterns
 * lets through is known to be refused by itself. */
#include "unit/unit.h"

#include "base/sha256.h"
#include "rules/rulebase.h"

#include <dlfcn.h>
#include <liblognorm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned loads;
static const char *refusal; /* what liblognorm is to say, or NULL */
static void (*told)(void *cookie, const char *message, size_t length);
static void *told_cookie;

int ln_setErrMsgCB(ln_ctx ctx, void (*cb)(void *, const char *, size_t), void *cookie)
{
    (void)ctx;
    (void)cookie;
    told = cb;
    return 0;
}

int ln_setDebugCB(ln_ctx ctx, void (*cb)(void *, const char *, size_t), void *cookie)
{
    (void)ctx;
    (void)cb;
    told_cookie = cookie;
    return 0;
}

int ln_loadSamplesFromString(ln_ctx ctx, const char *string)
{
    int (*real)(ln_ctx, const char *) =
        (int (*)(ln_ctx, const char *))dlsym(RTLD_NEXT, "ln_loadSamplesFromString");

    ++loads;
    if (refusal != NULL)
        told(told_cookie, refusal, strlen(refusal));
    return real(ctx, string);
}

static char directory[64];

static const struct {
    const char *path, *text;
} files[] = {
    {"kinds.tsv", "mail.sent\t130000\t-\t-\tsuccess\t-\tsent\n"},
    {"reason_classes.tsv", "other\tanyone\tno cause\nrate\twe\ttoo much\n"},
    {"reasons.tsv", "other\t-\t*\n"},
    {"postfix/shared/any.rulebase", "version=2\nrule=any.hello:hello %text:rest%\n"},
    {"postfix/smtpd.rulebase", "version=2\n#\nrule=smtpd.go,mail.sent,queue.add:go %to:rest%\n"},
};
#define FILES (sizeof(files) / sizeof(files[0]))

static void put(const char *path, const char *text)
{
    char name[256];
    FILE *out;

    snprintf(name, sizeof(name), "%s/%s", directory, path);
    out = fopen(name, "w");
    CHECK(out != NULL && fputs(text, out) >= 0);
    if (out != NULL)
        fclose(out);
}

static void drop(const char *path)
{
    char name[256];

    snprintf(name, sizeof(name), "%s/%s", directory, path);
    unlink(name);
}

/* All files, and the digests of them under that first line. */
static void put_all(const char *first)
{
    char digests[4096];
    size_t length = (size_t)snprintf(digests, sizeof(digests), "%s\n", first);

    drop("reasons.local.tsv");
    drop("postfix/site.rulebase");
    for (size_t i = 0; i < FILES; ++i) {
        char digest[PFX_SHA256_HEX];

        put(files[i].path, files[i].text);
        pfx_sha256(unit_slice(files[i].text), digest);
        length += (size_t)snprintf(digests + length, sizeof(digests) - length, "%s  %s\n", digest,
                                   files[i].path);
    }
    put("rulebases.digest", digests);
}

static const char *first_line(const char *version)
{
    static char line[100];

    snprintf(line, sizeof(line), "# mmpostfix 1.2.3, liblognorm %s", version);
    return line;
}

/* Reads and checks what is there; whether it is good. */
static bool check(char error[512])
{
    struct pfx_rules *rules = pfx_rules_read(directory, NULL, NULL, error, 512);
    bool good;

    loads = 0;
    CHECK(rules != NULL);
    if (rules == NULL)
        return false;
    good = pfx_rules_check(rules, error, 512);
    pfx_rules_unref(&rules);
    return good;
}

static void what_is_known_is_not_asked(void)
{
    static const struct {
        const char *path, *text, *what; /* path NULL: nothing is changed */
        unsigned loads;
    } rows[] = {
        {NULL, NULL, "as installed", 0},
        {"reasons.local.tsv", "rate\t-\tnot today\n", "a site's reasons", 0},
        {"reasons.tsv", "other\t-\t*\n#\n", "another table", 1},
        {"postfix/smtpd.rulebase", "version=2\n#\nrule=smtpd.go:went %to:rest%\n", "another rule",
         1},
        {"postfix/site.rulebase", "version=2\nrule=site.x:x\n", "a rulebase of the site", 1},
        {"rulebases.digest", "", "no digests", 1},
    };
    char error[512];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].what;
        put_all(first_line(ln_version()));
        if (rows[i].path != NULL)
            put(rows[i].path, rows[i].text);
        CHECK(check(error));
        CHECK(loads == rows[i].loads);
    }
    unit_row = "a file taken away";
    put_all(first_line(ln_version()));
    drop("postfix/shared/any.rulebase");
    CHECK(check(error) && loads == 0);
    unit_row = "files that changed their places";
    put_all(first_line(ln_version()));
    put("postfix/smtpd.rulebase", files[3].text);
    put("postfix/shared/any.rulebase", files[4].text);
    CHECK(check(error) && loads == 1);
    unit_row = "no file of digests";
    put_all(first_line(ln_version()));
    drop("rulebases.digest");
    CHECK(check(error) && loads == 1);
}

static void digests_are_for_one_liblognorm(void)
{
    static const char *const rows[] = {"0.0.0", "", "2", "2.0.6.1"};
    char error[512];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i];
        put_all(first_line(rows[i]));
        CHECK(check(error) && loads == 1);
    }
    unit_row = "no first line";
    put_all(ln_version());
    CHECK(check(error) && loads == 1);
}

/* The second of the rules that are handed over: file and line are those of the rulebase. */
static void what_is_refused_has_its_place(void)
{
    char error[512] = "";

    refusal = "rulebase file --NO-FILE--[2]: not with me";
    unit_row = "known";
    put_all(first_line(ln_version()));
    CHECK(check(error) && loads == 0);
    unit_row = "changed";
    put("postfix/smtpd.rulebase",
        "version=2\n#\n#\nrule=smtpd.go,mail.sent,queue.add:go %to:rest%\n");
    CHECK(!check(error) && loads == 1);
    CHECK(strstr(error, "/postfix/smtpd.rulebase:4: not with me") != NULL);
    refusal = NULL;
}

int main(void)
{
    static const char *const folders[] = {"postfix", "postfix/shared", "postfix/library"};
    char path[128], command[128];

    snprintf(directory, sizeof(directory), "%s", "/tmp/pfx-referee-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return 2;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); ++i) {
        snprintf(path, sizeof(path), "%s/%s", directory, folders[i]);
        CHECK(mkdir(path, 0700) == 0);
    }
    what_is_known_is_not_asked();
    digests_are_for_one_liblognorm();
    what_is_refused_has_its_place();
    snprintf(command, sizeof(command), "rm -rf '%s'", directory);
    CHECK(system(command) == 0);
    return UNIT_END();
}
