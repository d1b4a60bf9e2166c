/* SPDX-License-Identifier: Apache-2.0 */
/* Constant members; see runs.h. */
#include "document/runs.h"

#include <stdlib.h>
#include <string.h>

#define BITS 10 /* there are some hundred runs */
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

struct pfx_runs {
    struct kept {
        struct pfx_run run;
        struct pfx_slice members; /* its text is owned */
    } kept[1 << BITS];
};

void pfx_run_find(const struct pfx_event *event, unsigned word, uint64_t fields, unsigned form,
                  struct pfx_run *run_r)
{
    uint64_t left = fields, hash = form;
    unsigned count = 0;

    for (; left != 0 && count < PFX_RUN_MAX; left &= left - 1) {
        unsigned field = word * 64 + (unsigned)__builtin_ctzll(left);

        if (event->mark[field] != PFX_MARK_CONSTANT)
            break;
        run_r->text[count++] = event->field[field];
        hash = (hash ^ (uintptr_t)event->field[field].text) * GOLDEN;
    }
    run_r->fields = fields & ~left;
    run_r->word = word;
    run_r->form = form;
    run_r->count = count;
    run_r->hash = (hash ^ run_r->fields) * GOLDEN;
}

struct pfx_runs *pfx_runs_new(void)
{
    return calloc(1, sizeof(struct pfx_runs));
}

void pfx_runs_free(struct pfx_runs **runs)
{
    struct pfx_runs *old = *runs;

    *runs = NULL;
    for (size_t i = 0; old != NULL && i < sizeof(old->kept) / sizeof(old->kept[0]); ++i)
        free((char *)old->kept[i].members.text);
    free(old);
}

struct pfx_slice pfx_runs_recall(const struct pfx_runs *runs, const struct pfx_run *run)
{
    const struct kept *kept = &runs->kept[run->hash >> (64 - BITS)];

    if (kept->run.fields != run->fields || kept->run.word != run->word ||
        kept->run.form != run->form ||
        memcmp(kept->run.text, run->text, run->count * sizeof(run->text[0])) != 0)
        return PFX_NO_SLICE;
    return kept->members;
}

void pfx_runs_learn(struct pfx_runs *runs, const struct pfx_run *run, struct pfx_slice members)
{
    struct kept *kept = &runs->kept[run->hash >> (64 - BITS)];
    char *copy = members.length <= PFX_RUN_BYTES ? malloc(members.length) : NULL;

    if (copy == NULL)
        return;
    memcpy(copy, members.text, members.length);
    free((char *)kept->members.text);
    kept->run = *run;
    kept->members = (struct pfx_slice){copy, members.length};
}
