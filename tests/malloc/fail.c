/* SPDX-License-Identifier: Apache-2.0 */
/* fail RULEBASEDIR: each allocation on the way of a line fails in turn, alone and with all that
 * follow. The line must end as PFX_NO_MEMORY without a tree or as what it is with its whole tree;
 * nothing may be lost, and the next line must be right. Each try is a process of its own, because
 * libraries do not survive all of it: see excused[].
 */
#include "core.h"
#include "story/story.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <json.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A definition of malloc in a program takes the place of libc's for every library. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

#define FRAMES 12
#define FAULT 1
#define EXCUSED 2

/* Functions that go on with an allocation of their own that failed, and crash then or later or lose
 * what they have, so that no caller can help: two frames of the stack, the inner one first. */
static const struct {
    const char *inner, *outer, *reason;
} excused[] = {
    {"strdup", "fjson_object_object_add_ex", "libfastjson does not look at the copy of a key"},
    {NULL, "fjson_object_new_array", "libfastjson gives out an array without an inside"},
};

static long count, fail_at, live; /* fail_at 0: none fails */
static bool all_that_follow, is_excused;
static char where[512]; /* the first one that failed */

static const char *name_of(void *frame)
{
    Dl_info info;

    return dladdr(frame, &info) && info.dli_sname != NULL ? info.dli_sname : "?";
}

static void note_failure(void)
{
    void *frame[FRAMES];
    int frames = backtrace(frame, FRAMES);
    bool first = where[0] == '\0';

    for (int i = 2; i < frames; ++i) {
        size_t length = strlen(where);

        if (first)
            snprintf(where + length, sizeof(where) - length, " < %s", name_of(frame[i]));
        for (size_t e = 0; e < sizeof(excused) / sizeof(excused[0]); ++e) {
            if (strcmp(name_of(frame[i]), excused[e].outer) == 0 &&
                (excused[e].inner == NULL || strstr(name_of(frame[i - 1]), excused[e].inner)))
                is_excused = true;
        }
    }
}

static bool fails(void)
{
    ++count;
    if (fail_at == 0 || (all_that_follow ? count < fail_at : count != fail_at))
        return false;
    note_failure();
    return true;
}

void *malloc(size_t size)
{
    void *block = fails() ? NULL : __libc_malloc(size);

    live += block != NULL;
    return block;
}

void *calloc(size_t number, size_t size)
{
    void *block = fails() ? NULL : __libc_calloc(number, size);

    live += block != NULL;
    return block;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    void *block = fails() ? NULL : __libc_memalign(alignment, size);

    live += block != NULL;
    return block;
}

void *realloc(void *old, size_t size)
{
    void *block = fails() ? NULL : __libc_realloc(old, size);

    live += block != NULL && old == NULL;
    return block;
}

void free(void *block)
{
    live -= block != NULL;
    __libc_free(block);
}

static void crashed(int number)
{
    fail_at = 0;
    if (!is_excused)
        dprintf(STDERR_FILENO, "signal %d after%s\n", number, where);
    _exit(is_excused ? EXCUSED : FAULT);
}

static enum pfx_outcome normalize(struct pfx_worker *worker, const char *text,
                                  struct fjson_object **tree)
{
    struct pfx_line line = {"mail", "postfix/smtpd[1]:", text,           strlen(text),
                            6,      {1787307332, 0},     {1787307332, 0}};

    return pfx_normalize(worker, &line, tree);
}

static bool same(const char *reference, struct fjson_object *tree)
{
    return tree != NULL &&
           strcmp(reference, fjson_object_to_json_string_ext(tree, FJSON_TO_STRING_PLAIN)) == 0;
}

/* In a process of its own: what is wrong, or NULL. */
static const char *fault_of(struct pfx_worker *worker, const char *text, enum pfx_outcome wanted,
                            const char *reference)
{
    long before = live;
    struct fjson_object *tree;
    enum pfx_outcome outcome;
    bool good;

    count = 0;
    outcome = normalize(worker, text, &tree);
    fail_at = 0;
    good = outcome == PFX_NO_MEMORY ? tree == NULL : outcome == wanted && same(reference, tree);
    fjson_object_put(tree);
    if (!good)
        return "neither a whole tree nor none";
    outcome = normalize(worker, text, &tree);
    good = outcome == wanted && same(reference, tree);
    fjson_object_put(tree);
    if (!good)
        return "the next line is not right";
    return live == before ? NULL : "something is lost";
}

/* Makes this process one that tries what happens when the allocation at that place fails. */
static void begin_try(long at)
{
    signal(SIGSEGV, crashed);
    signal(SIGBUS, crashed);
    signal(SIGABRT, crashed);
    fail_at = at;
}

static _Noreturn void end_try(const char *fault, long at, const char *text)
{
    if (fault != NULL && !is_excused)
        dprintf(STDERR_FILENO, "%s: allocation %ld%s of '%.40s'%s\n", fault, at,
                all_that_follow ? " and on" : "", text, where);
    _exit(fault == NULL ? 0 : is_excused ? EXCUSED : FAULT);
}

/* What became of the try in a child: an index of result[]. */
static int result_of(pid_t child)
{
    int status = 0;

    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return FAULT;
    return WEXITSTATUS(status);
}

static int try_one(struct pfx_worker *worker, const char *text, enum pfx_outcome wanted,
                   const char *reference, long at)
{
    pid_t child = fork();

    if (child == 0) {
        begin_try(at);
        end_try(fault_of(worker, text, wanted, reference), at, text);
    }
    return result_of(child);
}

/* Adds what became of each try to result[], by exit status. */
static void try_text(struct pfx_worker *worker, const char *text, unsigned result[3])
{
    struct fjson_object *tree;
    enum pfx_outcome wanted;
    char *reference;
    long allocations;

    normalize(worker, text, &tree); /* makes what is made once */
    fjson_object_put(tree);
    count = 0;
    wanted = normalize(worker, text, &tree);
    allocations = count;
    reference = strdup(fjson_object_to_json_string_ext(tree, FJSON_TO_STRING_PLAIN));
    fjson_object_put(tree);
    for (int follow = 0; follow < 2; ++follow) {
        all_that_follow = follow;
        for (long at = 1; at <= allocations; ++at)
            ++result[try_one(worker, text, wanted, reference, at)];
    }
    free(reference);
}

/* The lines of a mail, %s its queue id. */
static const char *const story_lines[] = {
    "connect from mx.example.net[192.0.2.10]",
    "%s: client=mx.example.net[192.0.2.10], sasl_method=PLAIN, sasl_username=u",
    "%s: message-id=<m%s@example.net>",
    "%s: from=<a@example.net>, size=1000, nrcpt=2 (queue active)",
    "%s: to=<b@example.com>, relay=mail.example.com[192.0.2.5]:25, delay=0.3, "
    "delays=0.1/0/0.1/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 7C3A21F0B4)",
    "%s: to=<c@example.com>, relay=mail.example.com[192.0.2.5]:25, delay=0.3, "
    "delays=0.1/0/0.1/0.1, dsn=5.1.1, status=bounced (no)",
    "disconnect from mx.example.net[192.0.2.10]",
    "%s: removed",
};

static struct fjson_object *tell(struct pfx_worker *worker, const char *id)
{
    static const char *const daemons[] = {"smtpd", "smtpd", "cleanup", "qmgr",
                                          "smtp",  "smtp",  "smtpd",   "qmgr"};
    struct fjson_object *tree = NULL;

    for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); ++i) {
        char tag[64], text[300];
        struct pfx_line line = {"mail", tag, text, 0, 6, {1787307332, 0}, {1787307332, 0}};

        snprintf(tag, sizeof(tag), "postfix/%s[%zu]:", daemons[i], i % 6 + 1);
        snprintf(text, sizeof(text), story_lines[i], id, id);
        line.text_length = strlen(text);
        fjson_object_put(tree);
        pfx_normalize(worker, &line, &tree);
    }
    return tree;
}

/* A mail while memory is short, then one whose record must be whole; and all is given back. */
static const char *fault_of_story(struct pfx_worker *worker, struct pfx_story *story, long before)
{
    struct fjson_object *tree, *verdict = NULL;
    bool good;

    count = 0;
    fjson_object_put(tell(worker, "4F9D195432C"));
    fail_at = 0;
    tree = tell(worker, "5A9D195432D");
    good = tree != NULL && fjson_object_object_get_ex(tree, "vendor_verdict", &verdict) &&
           strcmp(fjson_object_get_string(verdict), "partly") == 0;
    fjson_object_put(tree);
    pfx_worker_free(&worker);
    pfx_story_free(&story);
    if (!good)
        return "the next mail's record is not right";
    return live == before ? NULL : "something of a story is lost";
}

static void try_story(struct pfx_core *core, unsigned result[3])
{
    struct pfx_story_options options = {.max_mails = 64,
                                        .max_sessions = 64,
                                        .max_bytes = 1 << 20,
                                        .idle = 60,
                                        .linger = 5,
                                        .replay = true};
    struct pfx_worker *worker = pfx_worker_new(core, PFX_GIM, NULL);
    struct pfx_story *story;
    long before, allocations;

    fjson_object_put(tell(worker, "6B9E195432B")); /* builds what is built once */
    pfx_worker_free(&worker);
    before = live;
    story = pfx_story_new(&options);
    worker = pfx_worker_new(core, PFX_GIM, story);
    fjson_object_put(tell(worker, "6B9E195432B"));
    count = 0;
    fjson_object_put(tell(worker, "6B9E195432C"));
    allocations = count;
    all_that_follow = false;
    for (long at = 1; at <= allocations; ++at) {
        pid_t child = fork();

        if (child == 0) {
            begin_try(at);
            end_try(fault_of_story(worker, story, before), at, "a story");
        }
        ++result[result_of(child)];
    }
    pfx_worker_free(&worker);
    pfx_story_free(&story);
}

/* The first line of a daemon, for which its rules are made ready; with all that is given back at
 * the end, the rules too. */
static const char *fault_of_first(struct pfx_core *core, struct pfx_worker *worker, long before)
{
    struct fjson_object *tree;
    enum pfx_outcome outcome;
    bool good;

    count = 0;
    outcome = normalize(worker, "connect from unknown[192.0.2.1]", &tree);
    fail_at = 0;
    good = outcome == PFX_NO_MEMORY ? tree == NULL : outcome == PFX_MATCHED && tree != NULL;
    fjson_object_put(tree);
    if (!good)
        return "neither a whole tree nor none";
    outcome = normalize(worker, "connect from unknown[192.0.2.1]", &tree);
    fjson_object_put(tree);
    if (outcome != PFX_MATCHED)
        return "the next line is not right";
    pfx_worker_free(&worker);
    pfx_core_close(&core);
    return live == before ? NULL : "something is lost";
}

/* Every so many allocations, since there are thousands. */
static void try_first(const char *rulebases, unsigned result[3])
{
    char error[PFX_ERROR_SIZE];
    long before = live;
    struct pfx_core *core = pfx_core_open(rulebases, error);
    struct pfx_worker *worker = core != NULL ? pfx_worker_new(core, PFX_GIM, NULL) : NULL;

    for (long at = 1; worker != NULL && at < 6000; at += 23) {
        pid_t child = fork();

        if (child == 0) {
            begin_try(at);
            end_try(fault_of_first(core, worker, before), at, "a first line");
        }
        ++result[result_of(child)];
    }
    pfx_worker_free(&worker);
    pfx_core_close(&core);
}

int main(int argc, char **argv)
{
    static const char *const texts[] = {
        "connect from unknown[192.0.2.1]",
        "4F9D195432C: to=<u@example.com>, relay=mail.example.com[192.0.2.5]:25, delay=0.3, "
        "delays=0.1/0/0.1/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 7C3A21F0B4)",
        "NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 554 5.7.1 <b@example.com>: Relay access "
        "denied; from=<a@example.org> to=<b@example.com> proto=ESMTP helo=<h>",
        "message repeated 3 times: [ connect from unknown[192.0.2.1]]",
        "warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: \xff",
        "frobnicated by nobody",
        ""};
    void *warm[FRAMES];
    unsigned result[3] = {0};
    char error[PFX_ERROR_SIZE];
    struct pfx_core *core = argc == 2 ? pfx_core_open(argv[1], error) : NULL;

    if (core == NULL) {
        fprintf(stderr, "%s\n", argc == 2 ? error : "usage: fail RULEBASEDIR");
        return 2;
    }
    backtrace(warm, FRAMES); /* its first call allocates */
    for (int format = PFX_GIM; format <= PFX_ECS; ++format) {
        struct pfx_worker *worker = pfx_worker_new(core, (enum pfx_format)format, NULL);

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i)
            try_text(worker, texts[i], result);
        pfx_worker_free(&worker);
    }
    try_story(core, result);
    try_first(argv[1], result);
    pfx_core_close(&core);
    printf("%u allocations failed: %u well met, %u excused, %u faults\n",
           result[0] + result[1] + result[2], result[0], result[2], result[1]);
    for (size_t e = 0; e < sizeof(excused) / sizeof(excused[0]); ++e)
        printf("excused: %s%s%s: %s\n", excused[e].inner ? excused[e].inner : "",
               excused[e].inner ? " in " : "", excused[e].outer, excused[e].reason);
    return result[FAULT] > 0 || result[0] == 0;
}
