/* SPDX-License-Identifier: Apache-2.0 */
/* Rulebases as files: what is refused and where, reload, the way of a line. */
#include "unit/unit.h"

#include "core.h"

#include <json.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];
static char error[PFX_ERROR_SIZE];

static void put_file(const char *name, const char *text)
{
    char path[256];
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    out = fopen(path, "w");
    if (out == NULL || fputs(text, out) < 0 || fclose(out) != 0) {
        perror(path);
        exit(1);
    }
}

static void remove_file(const char *name)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    CHECK(unlink(path) == 0);
}

static void good_files(void)
{
    put_file("kinds.tsv", "mail.sent\t130000\t-\t-\tsuccess\t-\tsent\n");
    put_file("reasons.tsv", "other\t-\t*\n");
    put_file("reason_classes.tsv", "other\tanyone\tno cause\nrate\twe\ttoo much\n");
    put_file("postfix/shared/any.rulebase",
             "version=2\n# said by all\nrule=any.hello:hello %text:rest%\n");
    put_file("postfix/smtpd.rulebase",
             "version=2\nrule=smtpd.go,mail.sent,queue.add:go %to:rest%\n");
    put_file("postfix/qmgr.rulebase", "version=2\nrule=qmgr.gone:gone\n");
}

/* A field of a line, or the name of its outcome when it has no tree. */
static const char *field_of(struct pfx_worker *worker, const char *field, const char *tag,
                            const char *text)
{
    static char event[128];
    struct pfx_line line = {
        .host = "mail", .tag = tag, .text = text, .text_length = strlen(text), .severity = -1};
    struct fjson_object *tree, *value;
    enum pfx_outcome outcome = pfx_normalize(worker, &line, &tree);

    snprintf(event, sizeof(event), "%s", pfx_outcome_name(outcome));
    if (tree != NULL && fjson_object_object_get_ex(tree, field, &value))
        snprintf(event, sizeof(event), "%s", fjson_object_get_string(value));
    fjson_object_put(tree);
    return event;
}

#define FIELD(field, tag, text, wanted)                                                            \
    CHECK_TEXT(unit_slice(field_of(worker, field, tag, text)), wanted)
#define EVENT(tag, text, wanted) FIELD("vendor_event_type", tag, text, wanted)

static void lines_find_their_rules(void)
{
    struct pfx_core *core;
    struct pfx_worker *worker;

    good_files();
    core = pfx_core_open(directory, error);
    CHECK(core != NULL);
    worker = pfx_worker_new(core, PFX_GIM, NULL);
    EVENT("postfix/smtpd[1]:", "go there", "smtpd.go");
    CHECK(strstr(pfx_worker_rule(worker), "smtpd.rulebase:2") != NULL);
    EVENT("postfix/smtpd[1]:", "hello x", "any.hello");
    EVENT("postfix/qmgr[1]:", "go there", "smtpd.go"); /* the daemon is only a hint */
    EVENT("postfix/newcomer[1]:", "gone", "qmgr.gone");
    EVENT("outbound/qmgr[1]:", "gone", "qmgr.gone");
    EVENT("outbound/sshd[1]:", "gone", "foreign");
    EVENT("sshd[1]:", "gone", "foreign");
    EVENT(NULL, "postfix/qmgr[1]: gone", "qmgr.gone");
    EVENT("mail", "postfix/qmgr[1]: gone", "qmgr.gone");
    EVENT(NULL, "Aug 21 10:15:32 mail postfix/qmgr[1]: gone", "qmgr.gone");
    EVENT("postfix/qmgr[1]:", "3F4A91234: gone", "qmgr.gone");
    EVENT("postfix/qmgr[1]:", "warning: gone", "qmgr.gone");
    EVENT("postfix/qmgr[1]:", "JOB_12: go there", "smtpd.go"); /* said with a queue id */
    EVENT("postfix/qmgr[1]:", "JOB_12: gone", "generic");      /* not said with one */
    EVENT("postfix/qmgr[1]:", "gone away", "generic");
    EVENT("postfix/qmgr[1]:", "", "unmatched");
    EVENT("postfix/qmgr[1]:", " ", "unmatched");
    EVENT("postfix/smtpd[1]:", "postfix/qmgr[7]: gone", "qmgr.gone"); /* relayed */
    EVENT(NULL, "postfix/smtpd[1]: postfix/qmgr[7]: gone", "qmgr.gone");
    EVENT("postfix:", "Aug 21 10:15:32 mail postfix/qmgr[7]: gone", "qmgr.gone"); /* a file's tag */
    EVENT("postfix:", "gone", "qmgr.gone");
    EVENT("postfix/qmgr[1]:", "message repeated 2 times: [ gone]", "qmgr.gone");
    pfx_worker_free(&worker);
    pfx_core_close(&core);
    CHECK(worker == NULL && core == NULL);
}

/* What the last call had on the stack is gone when fields are asked for. */
static __attribute__((noinline)) void use_the_stack(void)
{
    volatile char room[16384];

    for (size_t i = 0; i < sizeof(room); ++i)
        room[i] = '#';
}

static void fields_are_there_beside_a_text(void)
{
    const struct pfx_line line = {.host = "mail",
                                  .tag = "postfix/qmgr[7]:",
                                  .text = "warning: did go home",
                                  .text_length = 20,
                                  .severity = 6};
    uint64_t fields[PFX_FIELD_WORDS] = {0};
    struct pfx_core *core;
    struct pfx_worker *worker;
    struct fjson_object *tree;
    const char *text;
    size_t length;

    good_files();
    put_file("postfix/qmgr.rulebase",
             "version=2\nrule=qmgr.<qmgr_action>:did %qmgr_action:char-to: % home\n");
    core = pfx_core_open(directory, error);
    CHECK(core != NULL);
    worker = pfx_worker_new(core, PFX_GELF, NULL);
    CHECK(pfx_normalize_text(worker, &line, false, &text, &length) == PFX_MATCHED);
    CHECK(strstr(text, "\"_vendor_event_type\":\"qmgr.go\"") != NULL);
    use_the_stack();
    fields[PFX_F_event / 64] |= UINT64_C(1) << (PFX_F_event % 64);
    fields[PFX_F_action / 64] |= UINT64_C(1) << (PFX_F_action % 64);
    fields[PFX_F_pid / 64] |= UINT64_C(1) << (PFX_F_pid % 64);
    fields[PFX_F_to / 64] |= UINT64_C(1) << (PFX_F_to % 64); /* which it has not */
    tree = pfx_worker_fields(worker, fields);
    CHECK_TEXT(unit_slice(fjson_object_to_json_string_ext(tree, FJSON_TO_STRING_PLAIN)),
               "{\"process_id\":\"7\",\"vendor_event_type\":\"qmgr.go\","
               "\"vendor_event_action\":\"go\"}");
    fjson_object_put(tree);
    pfx_worker_free(&worker);
    pfx_core_close(&core);
}

static void fields_are_there_without_a_document(void)
{
    const char *const tag[] = {"postfix/qmgr[7]:", "postfix-in/qmgr[7]:", "sshd[7]:"};
    const char *const text[] = {"gone", "warning: a sentence \xff", "gone"};
    const enum pfx_outcome outcome[] = {PFX_MATCHED, PFX_GENERIC, PFX_FOREIGN};
    struct pfx_core *core;
    struct pfx_worker *worker;

    good_files();
    core = pfx_core_open(directory, error);
    CHECK(core != NULL);
    worker = pfx_worker_new(core, PFX_ECS, NULL);
    for (size_t i = 0; i < sizeof(tag) / sizeof(tag[0]); ++i) {
        const struct pfx_line line = {.host = "mail",
                                      .tag = tag[i],
                                      .text = text[i],
                                      .text_length = strlen(text[i]),
                                      .severity = -1,
                                      .time = {1787299200, 0}};

        CHECK(pfx_classify(worker, &line) == outcome[i]);
        if (outcome[i] == PFX_FOREIGN)
            continue;
        CHECK_TEXT(pfx_worker_field(worker, PFX_F_event_created), "2026-08-21T08:00:00Z");
        CHECK_TEXT(pfx_worker_field(worker, PFX_F_event_source), "mail");
        CHECK_TEXT(pfx_worker_field(worker, PFX_F_instance), i == 0 ? "postfix" : "postfix-in");
        CHECK_TEXT(pfx_worker_field(worker, PFX_F_daemon), "qmgr");
        CHECK_TEXT(pfx_worker_field(worker, PFX_F_event), i == 0 ? "qmgr.gone" : "generic");
        CHECK(pfx_worker_field(worker, PFX_F_to).text == NULL);
    }
    pfx_worker_free(&worker);
    pfx_core_close(&core);
}

static void a_reload_reaches_every_worker(void)
{
    struct pfx_core *core;
    struct pfx_worker *worker, *late;

    good_files();
    core = pfx_core_open(directory, error);
    worker = pfx_worker_new(core, PFX_GIM, NULL);
    EVENT("postfix/qmgr[1]:", "gone", "qmgr.gone");
    CHECK(pfx_core_reload(core, error) == 1);
    EVENT("postfix/qmgr[1]:", "gone", "qmgr.gone");
    put_file("postfix/qmgr.rulebase", "version=2\nrule=qmgr.left:gone\n");
    EVENT("postfix/qmgr[1]:", "gone", "qmgr.gone"); /* files alone change nothing */
    CHECK(pfx_core_reload(core, error) == 0);
    EVENT("postfix/qmgr[1]:", "gone", "qmgr.left");
    put_file("postfix/qmgr.rulebase", "version=2\nrule=qmgr.broken:%x:nosuch%\n");
    CHECK(pfx_core_reload(core, error) < 0);
    CHECK(strstr(error, "qmgr.rulebase:2: ") != NULL);
    EVENT("postfix/qmgr[1]:", "gone", "qmgr.left");
    put_file("postfix/qmgr.rulebase", "version=2\nrule=qmgr.left:gone\n");
    CHECK(pfx_core_reload(core, error) == 1);
    put_file("kinds.tsv", "mail.sent\t130000\t-\t-\tsuccess\t-\tsent\n# more\n");
    CHECK(pfx_core_reload(core, error) == 0);
    remove_file(
        "postfix/qmgr.rulebase"); /* as when a directory is replaced, or removed, file by file */
    CHECK(pfx_core_reload(core, error) < 0);
    CHECK(strstr(error, "qmgr.rulebase: ") != NULL);
    EVENT("postfix/qmgr[1]:", "gone", "qmgr.left");
    late = pfx_worker_new(core, PFX_GIM, NULL); /* made from the rules in use, not from the files */
    CHECK(late != NULL);
    pfx_worker_free(&late);
    put_file("postfix/qmgr.rulebase", "version=2\n"); /* no rules, on purpose */
    CHECK(pfx_core_reload(core, error) == 0);
    EVENT("postfix/qmgr[1]:", "gone", "generic");
    pfx_worker_free(&worker);
    pfx_core_close(&core);
}

#define REASON(wanted) FIELD("vendor_reason", "postfix/qmgr[1]:", "no: not today", wanted)

static void rows_of_the_site_come_first(void)
{
    struct pfx_core *core;
    struct pfx_worker *worker;

    good_files();
    put_file("kinds.tsv", "mail.sent\t130000\t-\t-\tsuccess\t-\tsent\n"
                          "mail.rejected\t131000\t-\t-\tsuccess\t*\trefused\n");
    put_file("postfix/qmgr.rulebase", "version=2\nrule=qmgr.no,mail.rejected:no: %reason:rest%\n");
    core = pfx_core_open(directory, error);
    worker = pfx_worker_new(core, PFX_GIM, NULL);
    REASON("other");
    put_file("reasons.local.tsv", "rate\t-\tnot today\n");
    CHECK(pfx_core_reload(core, error) == 0);
    REASON("rate");
    CHECK(pfx_core_reload(core, error) == 1);            /* the same files */
    put_file("reasons.local.tsv", "rate\t-\tnot today"); /* half of it */
    CHECK(pfx_core_reload(core, error) < 0);
    CHECK(strstr(error, "reasons.local.tsv:1: ") != NULL);
    REASON("rate");
    remove_file("reasons.local.tsv"); /* the site wants its rows no more */
    CHECK(pfx_core_reload(core, error) == 0);
    REASON("other");
    pfx_worker_free(&worker);
    pfx_core_close(&core);
}

static void faults_name_their_place(void)
{
    static const struct {
        const char *file, *text, *place, *reason;
    } rows[] = {
        {"postfix/smtpd.rulebase", "rule=a.b:c\n", "smtpd.rulebase:1: ", "version=2"},
        {"postfix/smtpd.rulebase", "", "smtpd.rulebase:1: ", "empty"},
        {"postfix/smtpd.rulebase", "version=2\nrule=a.b:half", "smtpd.rulebase:2: ", "newline"},
        {"postfix/smtpd.rulebase", "version=2\nrule=a.b:%x:nosuch%\n",
         "smtpd.rulebase:2: ", "nosuch"},
        {"postfix/smtpd.rulebase", "version=2\n\nrule=a.b,c.d:x\n",
         "smtpd.rulebase:3: ", "second event"},
        {"postfix/smtpd.rulebase", "version=2\nrule=mail.sent:x\n",
         "smtpd.rulebase:2: ", "no event"},
        {"postfix/smtpd.rulebase", "version=2\nrule=ab:x\n", "smtpd.rulebase:2: ", "AREA.WORD"},
        {"postfix/smtpd.rulebase", "version=2\nrule=a.b:\n", "smtpd.rulebase:2: ", "empty"},
        {"postfix/smtpd.rulebase", "version=2\ntype=@t:%a:word%\n",
         "smtpd.rulebase:2: ", "only rule="},
        {"postfix/smtpd.rulebase", "version=2\nrule=a.b:%x:string-to:y%y\n",
         "smtpd.rulebase:2: ", "char-to is meant"},
        {"postfix/smtpd.rulebase", "version=2\nrule=a.b:hello %text:rest%\n",
         "smtpd.rulebase:2: ", "same pattern as"},
        {"postfix/shared/any.rulebase", "version=2\nrule=a.b:%x\n",
         "shared/any.rulebase:2: ", "percent"},
        {"kinds.tsv", "mail.sent\t130000\n", "kinds.tsv:1: ", "seven columns"},
        {"kinds.tsv", "mail.sent\t999999\t-\t-\t-\t-\t-\n", "kinds.tsv:1: ", "999999"},
        {"kinds.tsv", "", "kinds.tsv:1: ", "empty"},
        {"reasons.tsv", "other\t-\t*", "reasons.tsv:1: ", "newline"},
        {"reasons.tsv", "x\n", "reasons.tsv:1: ", "three columns"},
        {"reasons.tsv", "rate\t-\tx\nrat\t-\tx\n", "reasons.tsv:2: ", "no such class"},
        {"kinds.tsv", "a.b\t-\t-\t-\t-\trat\t-\n", "kinds.tsv:1: ", "no such reason"},
        {"reason_classes.tsv", "other\tanyone\n", "reason_classes.tsv:1: ", "three columns"},
        {"reasons.local.tsv", "#\nrat\t-\tx\n", "reasons.local.tsv:2: ", "no such class"},
        {"reasons.local.tsv", "", "reasons.local.tsv:1: ", "empty"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_core *core;

        unit_row = rows[i].text;
        good_files();
        put_file(rows[i].file, rows[i].text);
        core = pfx_core_open(directory, error);
        if (strcmp(rows[i].file, "reasons.local.tsv") == 0)
            remove_file(rows[i].file);
        CHECK(core == NULL);
        CHECK(strstr(error, rows[i].place) != NULL);
        CHECK(strstr(error, rows[i].reason) != NULL);
        if (core != NULL || strstr(error, rows[i].place) == NULL)
            fprintf(stderr, "error is: %s\n", error);
        pfx_core_close(&core);
    }
    /* the shape that the directory had before it held products */
    put_file("smtpd.rulebase", "version=2\n");
    CHECK(pfx_core_open(directory, error) == NULL);
    CHECK(strstr(error, "smtpd.rulebase: the rules of a product") != NULL);
    remove_file("smtpd.rulebase");
    unit_row = "";
    CHECK(pfx_core_open("/nonexistent", error) == NULL);
    CHECK(strstr(error, "/nonexistent") != NULL);
}

/* The bytes of a line belong to who gave it, and may be gone when the next one comes. Seen by
 * devtools/sanitize. */
static void lines_are_forgotten(void)
{
    static const char *const texts[] = {"go one", "hello", "nothing that is known",
                                        "",       " ",     "gone"};
    struct pfx_core *core;
    struct pfx_worker *worker;

    good_files();
    core = pfx_core_open(directory, error);
    worker = core != NULL ? pfx_worker_new(core, PFX_GIM, NULL) : NULL;
    CHECK(worker != NULL);
    for (size_t i = 0; worker != NULL && i < sizeof(texts) / sizeof(texts[0]); ++i) {
        for (size_t next = 0; next < sizeof(texts) / sizeof(texts[0]); ++next) {
            char *tag = strdup("postfix/least[1]:"), *text = strdup(texts[i]);

            field_of(worker, "vendor_daemon", tag, text);
            free(tag);
            free(text);
            CHECK_TEXT(
                unit_slice(field_of(worker, "vendor_daemon", "postfix/local[2]:", texts[next])),
                "local");
        }
    }
    pfx_worker_free(&worker);
    pfx_core_close(&core);
}

int main(void)
{
    static const char *const folders[] = {"postfix", "postfix/shared", "postfix/library"};
    char path[128], command[128];

    snprintf(directory, sizeof(directory), "/tmp/pfx-core-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return 1;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); ++i) {
        snprintf(path, sizeof(path), "%s/%s", directory, folders[i]);
        mkdir(path, 0755);
    }
    lines_find_their_rules();
    fields_are_there_beside_a_text();
    fields_are_there_without_a_document();
    a_reload_reaches_every_worker();
    lines_are_forgotten();
    rows_of_the_site_come_first();
    faults_name_their_place();
    snprintf(command, sizeof(command), "rm -r '%s'", directory);
    CHECK(system(command) == 0);
    return UNIT_END();
}
