/* SPDX-License-Identifier: Apache-2.0 */
/* Reports; see report.h. */
#include "report.h"
#include "event/fields.h"
#include "members.h"
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
    char *room;
    size_t room_size;
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

static bool count_form(struct report *report, const char *text)
{
    size_t at = 5381;

    for (const char *c = text; *c != '\0'; ++c)
        at = at * 33 + (unsigned char)*c;
    for (at %= report->size; report->form[at].text != NULL; at = (at + 1) % report->size) {
        if (strcmp(report->form[at].text, text) == 0) {
            ++report->form[at].lines;
            return true;
        }
    }
    if (report->count == FORMS_MOST) {
        ++report->other;
        return true;
    }
    ++report->count;
    report->form[at] = (struct form){strdup(text), 1};
    return report->form[at].text != NULL;
}

bool report_add(struct report *report, struct pfx_slice document)
{
    static const struct {
        enum pfx_field field;
        const char *before;
    } parts[] = {
        {PFX_F_daemon, ""}, {PFX_F_level, ": "}, {PFX_F_queue_id, ": "}, {PFX_F_unparsed, ": "}};
    char form[4 * (MASK_ROOM + 2)];
    size_t length = 0;

    if (report->room_size <= document.length) {
        char *grown = realloc(report->room, document.length + 1);

        if (grown == NULL)
            return false;
        report->room = grown;
        report->room_size = document.length + 1;
    }
    ++report->lines;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); ++i) {
        struct pfx_slice rest = document;
        struct member member;

        while (member_next(&rest, &member)) {
            if (!pfx_slice_equal(member.name, pfx_fields[parts[i].field].key[PFX_GIM]))
                continue;
            length += (size_t)sprintf(form + length, "%s", parts[i].before);
            mask_write(&report->words,
                       (struct pfx_slice){report->room, member_text(member.raw, report->room)},
                       form + length);
            length += strlen(form + length);
            break;
        }
    }
    return count_form(report, form);
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
    free(old->room);
    free(old);
}
