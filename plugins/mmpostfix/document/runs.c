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
        struct pfx_slice text[PFX_RUN_MAX];
    } kept[1 << BITS];
};

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

static unsigned lowest(uint64_t bits)
{
    return (unsigned)__builtin_ctzll(bits);
}

/* Where a run is kept: its ends tell it apart from most. */
static size_t slot_of(const struct pfx_slice *text, const struct pfx_run *run)
{
    uint64_t first = (uintptr_t)text[lowest(run->fields)].text;
    uint64_t last = (uintptr_t)text[63 - __builtin_clzll(run->fields)].text;

    return (size_t)(((first ^ last << 21 ^ run->fields ^ run->form) * GOLDEN) >> (64 - BITS));
}

static bool is_same(const struct kept *kept, const struct pfx_slice *text,
                    const struct pfx_run *run)
{
    const struct pfx_slice *known = kept->text;

    if (kept->run.fields != run->fields || kept->run.word != run->word ||
        kept->run.form != run->form)
        return false;
    for (uint64_t left = run->fields; left != 0; left &= left - 1, ++known) {
        const struct pfx_slice *one = &text[lowest(left)];

        if (known->text != one->text || known->length != one->length)
            return false;
    }
    return true;
}

struct pfx_slice pfx_runs_recall(const struct pfx_runs *runs, const struct pfx_event *event,
                                 unsigned word, uint64_t fields, unsigned form,
                                 struct pfx_run *run_r)
{
    const unsigned char *mark = &event->mark[word * 64];
    const struct pfx_slice *text = &event->field[word * 64];
    uint64_t left = fields & (fields - 1);
    const struct kept *kept;

    for (unsigned more = PFX_RUN_MAX - 1;
         left != 0 && more > 0 && mark[lowest(left)] == PFX_MARK_CONSTANT; --more)
        left &= left - 1;
    *run_r = (struct pfx_run){fields & ~left, word, form};
    kept = &runs->kept[slot_of(text, run_r)];
    return is_same(kept, text, run_r) ? kept->members : PFX_NO_SLICE;
}

void pfx_runs_learn(struct pfx_runs *runs, const struct pfx_event *event, const struct pfx_run *run,
                    struct pfx_slice members)
{
    const struct pfx_slice *text = &event->field[run->word * 64];
    struct kept *kept = &runs->kept[slot_of(text, run)];
    char *copy = members.length <= PFX_RUN_BYTES ? malloc(members.length) : NULL;
    unsigned count = 0;

    if (copy == NULL)
        return;
    memcpy(copy, members.text, members.length);
    free((char *)kept->members.text);
    kept->run = *run;
    kept->members = (struct pfx_slice){copy, members.length};
    for (uint64_t left = run->fields; left != 0; left &= left - 1)
        kept->text[count++] = text[lowest(left)];
}
