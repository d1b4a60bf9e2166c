/* SPDX-License-Identifier: Apache-2.0 */
/* Unknown lines; see unknown.h. */
#include "unknown.h"
#include "rulebases.h"
#include "share/mask.h"

#include <stdio.h>
#include <stdlib.h>

#define FORMS_MOST 10000 /* different ones that are kept */

struct form {
    char *text;
    unsigned long lines;
};

struct unknown {
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
    struct unknown *unknown = cookie;
    struct pfx_slice name = pfx_slice_of(path);
    char **grown = realloc(unknown->file, (unknown->files + 2) * sizeof(*grown));
    char *text = NULL, *daemon = NULL;

    if (grown != NULL) {
        unknown->file = grown;
        text = read_all(path);
        if (pfx_slice_ends(name, PFX_SLICE(".rulebase"))) {
            name = pfx_slice_from(name, (size_t)pfx_slice_rfind(name, PFX_SLICE("/")) + 1);
            daemon = strndup(name.text, name.length - strlen(".rulebase"));
        }
        unknown->file[unknown->files++] = text;
        unknown->file[unknown->files++] = daemon;
    }
    if (text == NULL ||
        !(daemon != NULL ? words_add_rules : words_add_text)(&unknown->words, pfx_slice_of(text)) ||
        (daemon != NULL && !words_add(&unknown->words, pfx_slice_of(daemon))))
        unknown->failed = true;
}

struct unknown *unknown_open(const char *rulebasedir)
{
    static const char *const levels[] = {"warning", "error", "fatal", "panic"};
    struct unknown *unknown = calloc(1, sizeof(*unknown));

    if (unknown == NULL)
        return NULL;
    rulebases_each(rulebasedir, take_file, unknown);
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); ++i)
        unknown->failed |= !words_add(&unknown->words, pfx_slice_of(levels[i]));
    unknown->size = FORMS_MOST * 2;
    unknown->form = calloc(unknown->size, sizeof(*unknown->form));
    if (unknown->failed || unknown->form == NULL)
        unknown_close(&unknown);
    return unknown;
}

struct pfx_slice unknown_form(const struct unknown *unknown, const struct pfx_worker *worker,
                              char form[UNKNOWN_ROOM])
{
    static const struct {
        enum pfx_field field;
        const char *before;
    } parts[] = {
        {PFX_F_daemon, ""}, {PFX_F_level, ": "}, {PFX_F_queue_id, ": "}, {PFX_F_unparsed, ": "}};
    size_t length = 0;

    _Static_assert(sizeof(parts) / sizeof(parts[0]) * (MASK_ROOM + 2) < UNKNOWN_ROOM, "no room");
    form[0] = '\0';
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); ++i) {
        struct pfx_slice text = pfx_worker_field(worker, parts[i].field);

        if (text.text == NULL)
            continue;
        length += (size_t)sprintf(form + length, "%s", parts[i].before);
        mask_write(&unknown->words, text, form + length);
        length += strlen(form + length);
    }
    return (struct pfx_slice){form, length};
}

bool unknown_add(struct unknown *unknown, struct pfx_slice form)
{
    size_t at = 5381;

    ++unknown->lines;
    for (size_t i = 0; i < form.length; ++i)
        at = at * 33 + (unsigned char)form.text[i];
    for (at %= unknown->size; unknown->form[at].text != NULL; at = (at + 1) % unknown->size) {
        if (pfx_slice_equal(pfx_slice_of(unknown->form[at].text), form)) {
            ++unknown->form[at].lines;
            return true;
        }
    }
    if (unknown->count == FORMS_MOST) {
        ++unknown->other;
        return true;
    }
    ++unknown->count;
    unknown->form[at] = (struct form){strndup(form.text, form.length), 1};
    return unknown->form[at].text != NULL;
}

static int by_lines(const void *a, const void *b)
{
    const struct form *x = a, *y = b;

    if (x->lines != y->lines)
        return x->lines < y->lines ? 1 : -1;
    return x->text == NULL || y->text == NULL ? (x->text == NULL) - (y->text == NULL)
                                              : strcmp(x->text, y->text);
}

void unknown_print(struct unknown *unknown, const char *rulebasedir, unsigned long all)
{
    rulebases_print_versions(rulebasedir);
    printf("%lu of %lu lines were not understood; what may be personal is in braces:\n",
           unknown->lines, all);
    qsort(unknown->form, unknown->size, sizeof(*unknown->form), by_lines);
    for (size_t i = 0; i < unknown->count; ++i)
        printf("%6lu  %s\n", unknown->form[i].lines, unknown->form[i].text);
    if (unknown->other > 0)
        printf("%6lu  others\n", unknown->other);
}

void unknown_close(struct unknown **unknown)
{
    struct unknown *old = *unknown;

    *unknown = NULL;
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
