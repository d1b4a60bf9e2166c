/* SPDX-License-Identifier: Apache-2.0 */
/* What was counted for alerts since the state file was saved, in NAME.journal beside it, so that a
 * killed daemon forgets a second and tells nothing twice: at intervals the records of what changed
 * (see counted.h), each lot with a checksum. It begins anew with each save. Of a file that ends in
 * the middle, what stands before is good. Not thread-safe.
 */
#ifndef PFX_JOURNAL_H
#define PFX_JOURNAL_H

#include "state/counted.h"
#include "state/sealed.h"
#include "state/state_file.h"

struct pfx_journal {
    struct pfx_sealing sealing;
    bool kept; /* there is one */
    uint64_t hash;
    size_t bytes;
};

/* The journal beside a state file of that name, whole, to be freed; without text: there is none. */
struct pfx_slice pfx_journal_slurp(const struct pfx_state_options *options, int directory,
                                   const char *name);
/* Hands each record to take, in their order, the first of which is of kind p, until one is refused
 * or damaged. */
void pfx_journal_read(struct pfx_slice file, bool (*take)(void *cookie, struct pfx_slice record),
                      void *cookie);

/* Begins it anew, after a save. Reports what fails; then there is none until the next save. */
void pfx_journal_begin(struct pfx_journal *journal, const struct pfx_state_options *options);
/* Adds what changed. */
void pfx_journal_add(struct pfx_journal *journal, const struct pfx_state_options *options);

#endif
