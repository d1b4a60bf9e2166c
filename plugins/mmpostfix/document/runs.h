/* SPDX-License-Identifier: Apache-2.0 */
/* Constant fields that follow each other in a document: what a rule, a kind and a category say of
 * every line alike. Their members are written once and copied from then on. They are known again by
 * the places of their texts, so all is forgotten before the rules go that the texts are of.
 */
#ifndef PFX_RUNS_H
#define PFX_RUNS_H

#include "event/event.h"

#define PFX_RUN_MAX 16     /* fields, */
#define PFX_RUN_BYTES 2048 /* and bytes of a run that is kept */

struct pfx_run {
    uint64_t fields; /* bits, as in the words of struct pfx_event */
    unsigned word;   /* which of those */
    unsigned form;   /* of the document, any number */
};

/* Runs that were written; of one thread. A new one may take the place of another. */
struct pfx_runs;

/* NULL when memory ran out. */
struct pfx_runs *pfx_runs_new(void);
void pfx_runs_free(struct pfx_runs **runs);

/* The run that fields, bits in that word of event, begin with; the first of them is constant.
 * Returns its members, empty when they are not known. */
struct pfx_slice pfx_runs_recall(const struct pfx_runs *runs, const struct pfx_event *event,
                                 unsigned word, uint64_t fields, unsigned form,
                                 struct pfx_run *run_r);
/* Keeps a copy of the members of a run of that event, unless there are more than PFX_RUN_BYTES or
 * memory ran out. */
void pfx_runs_learn(struct pfx_runs *runs, const struct pfx_event *event, const struct pfx_run *run,
                    struct pfx_slice members);

#endif
