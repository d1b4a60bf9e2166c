/* SPDX-License-Identifier: Apache-2.0 */
/* Reports; see report.h. */
#include "report.h"
#include "rulebases.h"
#include "share/mask.h"

#include <stdio.h>
#include <stdlib.h>

#define FORMS_MOST 10000 /* different ones that are kept */

struct form {
    char *text;
    unsigned long lines;
};

struct report {
    struct words words;
    char **file; /* texts that the words are of */
    size_t files;
    struct form *form; /* a table without removal; its size is a power of two */
    size_t size, count;
    unsigned long lines, other; /* all; those whose form was not kept */
    bool failed;
};

/* All of a file, to be freed. */
static char *read_all(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    FILE *memory = file != NULL ? open_memstream(&text, &size) : NULL;
    char chunk[65536];
    size_t length;

    while (memory != NULL && (length = fread(chunk, 1, sizeof(chunk), file)) > 0)
        fwrite(chunk, 1, length, memory);
    if (memory != NULL)
        fclose(memory);
    if (file != NULL)
        fclose(file);
    return text;
}

/* The words of a file of rules, and that of the daemon which it is named after; or of a table. */
static void take_file(void *cookie, const char *path)
{
    struct report *report = cookie;
    struct pfx_slice name = pfx_slice_of(path);
    char **grown = realloc(report->file, (report->files + 2) * sizeof(*grown));
    char *text = NULL, *daemon = NULL;

    if (grown != NULL) {
        report->file = grown;
        text = read_all(path);
        if (pfx_slice_ends(name, PFX_SLICE(".rulebase"))) {
            name = pfx_slice_from(name, (size_t)pfx_slice_rfind(name, PFX_SLICE("/")) + 1);
            daemon = strndup(name.text, name.length - strlen(".rulebase"));
        }
        report->file[report->files++] = text;
        report->file[report->files++] = daemon;
    }
    if (text == NULL ||
        !(daemon != NULL ? words_add_rules : words_add_text)(&report->words, pfx_slice_of(text)) ||
        (daemon != NULL && !words_add(&report->words, pfx_slice_of(daemon))))
        report->failed = true;
}

struct report *report_open(const char *rulebasedir)
{
    static const char *const levels[] = {"warning", "error", "fatal", "panic"};
    struct report *report = calloc(1, sizeof(*report));

    if (report == NULL)
        return NULL;
    rulebases_each(rulebasedir, take_file, report);
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); ++i)
        report->failed |= !words_add(&report->words, pfx_slice_of(levels[i]));
    report->size = FORMS_MOST * 2;
    report->form = calloc(report->size, sizeof(*report->form));
    if (report->failed || report->form == NULL)
        report_close(&report);
    return report;
}

struct pfx_slice report_form(const struct report *report, const struct pfx_worker *worker,
                             char form[REPORT_ROOM])
{
    static const struct {
        enum pfx_field field;
        const char *before;
    } parts[] = {
        {PFX_F_daemon, ""}, {PFX_F_level, ": "}, {PFX_F_queue_id, ": "}, {PFX_F_unparsed, ": "}};
    size_t length = 0;

    _Static_assert(sizeof(parts) / sizeof(parts[0]) * (MASK_ROOM + 2) < REPORT_ROOM, "no room");
    form[0] = '\0';
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); ++i) {
        struct pfx_slice text = pfx_worker_field(worker, parts[i].field);

        if (text.text == NULL)
            continue;
        length += (size_t)sprintf(form + length, "%s", parts[i].before);
        mask_write(&report->words, text, form + length);
        length += strlen(form + length);
    }
    return (struct pfx_slice){form, length};
}

bool report_add(struct report *report, struct pfx_slice form)
{
    size_t at = 5381;

    ++report->lines;
    for (size_t i = 0; i < form.length; ++i)
        at = at * 33 + (unsigned char)form.text[i];
    for (at %= report->size; report->form[at].text != NULL; at = (at + 1) % report->size) {
        if (pfx_slice_equal(pfx_slice_of(report->form[at].text), form)) {
            ++report->form[at].lines;
            return true;
        }
    }
    if (report->count == FORMS_MOST) {
        ++report->other;
        return true;
    }
    ++report->count;
    report->form[at] = (struct form){strndup(form.text, form.length), 1};
    return report->form[at].text != NULL;
}

static int by_lines(const void *a, const void *b)
{
    const struct form *x = a, *y = b;

    if (x->lines != y->lines)
        return x->lines < y->lines ? 1 : -1;
    return x->text == NULL || y->text == NULL ? (x->text == NULL) - (y->text == NULL)
                                              : strcmp(x->text, y->text);
}

void report_print(struct report *report, const char *rulebasedir, unsigned long all)
{
    rulebases_print_versions(rulebasedir);
    printf("%lu of %lu lines were not understood; what may be personal is in braces:\n",
           report->lines, all);
    qsort(report->form, report->size, sizeof(*report->form), by_lines);
    for (size_t i = 0; i < report->count; ++i)
        printf("%6lu  %s\n", report->form[i].lines, report->form[i].text);
    if (report->other > 0)
        printf("%6lu  others\n", report->other);
}

void report_close(struct report **report)
{
    struct report *old = *report;

    *report = NULL;
    if (old == NULL)
        return;
    words_close(&old->words);
    for (size_t i = 0; i < old->files; ++i)
        free(old->file[i]);
    free(old->file);
    for (size_t i = 0; old->form != NULL && i < old->size; ++i)
        free(old->form[i].text);
    free(old->form);
    free(old);
}
