/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "matchers.h"

#include <glob.h>
#include <stdlib.h>

static struct matchers both;
static uint64_t state = 7;

static size_t any(size_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(state >> 33) % below;
}

static void agree(const char *text, size_t length)
{
    struct pfx_slice slice = {text, length};

    unit_row = text;
    CHECK(matchers_agree(&both, any(both.rules->contexts), slice));
    CHECK(matchers_agree(&both, both.rules->contexts - 1, slice));
}

/* A piece of a line said so often that the matcher remembers what it looked for. */
static void try_long(const char *line, size_t length)
{
    char text[4096];
    size_t at = any(length), span = 1 + any(length - at), size = at;

    if (length > 1000)
        return;
    memcpy(text, line, at);
    for (size_t i = 0; i < 1 + 600 / span; ++i, size += span)
        memcpy(text + size, line + at, span);
    memcpy(text + size, line + at, length - at);
    agree(text, size + length - at);
}

/* A line whole, and with some of its bytes taken out, doubled or changed, or said many times. */
static void try_line(const char *line)
{
    static const char bytes[] = " :;,=<>[]()'\"%0a/@";
    char text[8192];
    size_t length = strlen(line);

    agree(line, length);
    if (length > 0)
        try_long(line, length);
    for (int round = 0; round < 2 && length > 4 && length < sizeof(text) / 2; ++round) {
        size_t at = any(length - 1), span = 1 + any(length - at);

        memcpy(text, line, length + 1);
        switch (any(3)) {
        case 0: /* a piece once more */
            memcpy(text + at + span, line + at, length - at);
            agree(text, length + span);
            break;
        case 1: /* a piece less */
            memcpy(text + at, line + at + span, length - at - span);
            agree(text, length - span);
            break;
        default:
            text[at] = bytes[any(sizeof(bytes) - 1)];
            agree(text, length);
        }
    }
}

static void try_file(const char *path)
{
    FILE *in = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t got;

    CHECK(in != NULL);
    while (in != NULL && (got = getline(&line, &size, in)) > 0) {
        if (line[0] == '#' || got < 2)
            continue;
        line[got - 1] = '\0';
        try_line(line);
    }
    free(line);
    if (in != NULL)
        fclose(in);
}

static void every_sample_is_matched_alike(void)
{
    static const char *const patterns[] = {"rulebases/*/*.samples", "rulebases/*/*/*.samples"};

    for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); ++p) {
        char pattern[4096];
        glob_t found;

        snprintf(pattern, sizeof(pattern), "%s/%s", getenv("PFX_SRCDIR"), patterns[p]);
        CHECK(glob(pattern, 0, NULL, &found) == 0);
        for (size_t i = 0; i < found.gl_pathc; ++i)
            try_file(found.gl_pathv[i]);
        globfree(&found);
    }
}

/* Takes the rule of that number only. */
static int only(void *cookie, const struct pfx_match *match)
{
    return match->rule == *(const size_t *)cookie;
}

static void a_rule_turned_down_gives_way(void)
{
    static const char *const patterns[] = {"from %a:word%", "from %b:rest%", "%c:string-to: me% me",
                                           "%d:rest%"};
    struct pfx_trie *trie = pfx_trie_new();

    for (size_t i = 0; i < 4; ++i)
        CHECK(pfx_trie_add(trie, unit_slice(patterns[i]), i));
    CHECK(pfx_trie_finish(trie));
    for (size_t wanted = 0; wanted < 5; ++wanted) {
        unit_row = wanted < 4 ? patterns[wanted] : "none";
        /* "from me" fits all but the first, whose word goes up to the end: that fits, too */
        CHECK(pfx_matcher_match(trie, PFX_SLICE("from me"), 0, only, &wanted) == (wanted < 4));
    }
    pfx_trie_free(&trie);
}

static void a_capture_may_go_on(void)
{
    static const struct {
        const char *text, *taken;
        unsigned longer;
    } rows[] = {
        {"bad \"x\" in y", "x", 0},       {"bad \"a\" in b\" in y", "a\" in b", 1},
        {"bad \"a\" in b\" in y", "", 0}, {"bad \"a\"b\"c\" in y", "a\"b\"c", 2},
        {"bad \"a\"b\"c\" in y", "", 1},
    };
    struct pfx_trie *trie = pfx_trie_new();
    struct pfx_match match;

    CHECK(pfx_trie_add(trie, PFX_SLICE("bad \"%a:char-to:\"%\" in y"), 0));
    CHECK(pfx_trie_finish(trie));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        bool wanted = rows[i].taken[0] != '\0';

        unit_row = rows[i].text;
        CHECK(pfx_matcher_match(trie, unit_slice(rows[i].text), rows[i].longer, matchers_keep,
                                &match) == wanted);
        if (wanted)
            CHECK_TEXT(match.text[0], rows[i].taken);
    }
    pfx_trie_free(&trie);
}

/* In a text so long that what was looked for is remembered, as in a short one. */
static void a_long_capture_goes_on_alike(void)
{
    static const char *const patterns[] = {
        "%a:string-to:, b=%, b=%b:char-to:;%; %c:rest%",
        "%a:string-to:, b=%, b=%d:char-to:;%;",
        "%e:char-to:;,%, b=%f:string-to:; c%; c%g:number%",
        "x%h:string-to:; c%; c%i:number%",
    };
    /* What stands between is longer than what makes a text long. */
    static const char *const parts[] = {"xx", ", b=", ";", "; c", "7", "; ", "y, b", "\xff"};
    struct pfx_trie *trie = pfx_trie_new();

    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); ++i)
        CHECK(pfx_trie_add(trie, unit_slice(patterns[i]), i));
    CHECK(pfx_trie_finish(trie));
    for (unsigned round = 0; round < 4000; ++round) {
        char text[2][4096];
        size_t length[2] = {0, 0};
        struct pfx_match match[2];
        int found[2];

        for (size_t n = 2 + any(8); n > 0; --n) {
            const char *part = parts[any(sizeof(parts) / sizeof(parts[0]))];

            for (int i = 0; i < 2; ++i) {
                length[i] += (size_t)sprintf(text[i] + length[i], "%s", part);
                if (i == 1 && part[0] == 'x') {
                    memset(text[1] + length[1], 'x', 300);
                    length[1] += 300;
                }
            }
        }
        unit_row = text[0];
        for (int i = 0; i < 2; ++i)
            found[i] = pfx_matcher_match(trie, (struct pfx_slice){text[i], length[i]},
                                         1 + round % 5, matchers_keep, &match[i]);
        CHECK(found[0] == found[1]);
        if (found[0] <= 0 || found[1] <= 0)
            continue;
        CHECK(match[0].rule == match[1].rule && match[0].count == match[1].count);
    }
    pfx_trie_free(&trie);
}

/* Each parser by itself, beside what liblognorm makes of the same pattern. */
static void parsers_do_what_liblognorm_does(void)
{
    static const struct {
        const char *pattern, *text;
    } rows[] = {
        {"%a:rest%", ""},
        {"%a:rest%", "x"},
        {"x%a:rest%", "x"},
        {"%a:word% %b:rest%", "a "},
        {"%a:word% %b:rest%", " a"},
        {"%a:number%", "0042"},
        {"%a:number%x", "1x"},
        {"%a:number%", "x"},
        {"%a:string-to:: %: b", "a: b"},
        {"%a:string-to:: %: b", ": b"},
        {"%a:string-to:: %: b", ": : b"},
        {"%a:string-to:xy%xy%b:rest%", "xxyxy"},
        {"%a:char-to:\\x3a%:", "a:"},
        {"%a:char-to:\\x3a%:", ":"},
        {"%a:char-to:ab%%b:rest%", "xxbxa"},
        {"%a:char-sep:,%,%b:rest%", ",x"},
        {"%a:char-sep:,%", "xyz"},
        {"%a:char-sep:,%", ""},
        {"%a:literal{\"text\":\"x \\\"y\"}%z", "x \"yz"},
        {"100%% %a:rest%", "100% sure"},
    };
    char directory[] = "/tmp/pfx-matcher-XXXXXX", path[128], command[128];

    CHECK(mkdtemp(directory) != NULL);
    snprintf(command, sizeof(command), "mkdir -p %s/postfix/shared %s/postfix/library", directory,
             directory);
    CHECK(system(command) == 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        static const struct {
            const char *name, *text;
        } files[] = {{"kinds.tsv", "mail.sent\t130000\t-\t-\t-\t-\t-\n%.0s"},
                     {"reasons.tsv", "other\t-\t*\n%.0s"},
                     {"reason_classes.tsv", "other\tanyone\tno cause\n%.0s"},
                     {"postfix/smtpd.rulebase", "version=2\nrule=a.b:%s\n"}};
        struct matchers one;

        unit_row = rows[i].pattern;
        for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); ++f) {
            FILE *out;

            snprintf(path, sizeof(path), "%s/%s", directory, files[f].name);
            out = fopen(path, "w");
            fprintf(out, files[f].text, rows[i].pattern);
            fclose(out);
        }
        if (!matchers_open(&one, directory)) {
            CHECK(!"the rules are refused");
            continue;
        }
        CHECK(matchers_agree(&one, 0, unit_slice(rows[i].text)));
        matchers_close(&one);
    }
    snprintf(command, sizeof(command), "rm -r %s", directory);
    CHECK(system(command) == 0);
}

int main(void)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/rulebases", getenv("PFX_SRCDIR"));
    CHECK(matchers_open(&both, path));
    every_sample_is_matched_alike();
    a_rule_turned_down_gives_way();
    a_capture_may_go_on();
    a_long_capture_goes_on_alike();
    parsers_do_what_liblognorm_does();
    matchers_close(&both);
    return UNIT_END();
}
