/* SPDX-License-Identifier: Apache-2.0 */
/* Codes the counts of alerts as records of the state file and of its journal, and takes them back:
 * any bytes give valid counts, or fail. A record is what pfx_encode_text() and pfx_decode_text()
 * have: its kind, its age in microseconds, its class, its key, and the rest.
 *   p  what a restart needs beside counts: the seed of hashes, and when rules of growth began
 *   c  a subject; its class is that of the store, its key its hash
 *   f  first events of a part, as cells; its class is the part
 *   i  one of them, as the journal has it
 */
#ifndef PFX_COUNTED_H
#define PFX_COUNTED_H

#include "alerts/alerts.h"
#include "state/coding.h"

#define PFX_COUNTED_KINDS "pcfi"

void pfx_counted_encode_past(struct pfx_encoder *pack, struct pfx_alerts *alerts);

/* Records of some of a part's subjects, or of sets of first events; now: microseconds. Moves
 * *cursor on; false at the end. */
bool pfx_counted_encode_subjects(struct pfx_encoder *pack, struct pfx_alerts *alerts, unsigned part,
                                 size_t *cursor, int64_t now);
bool pfx_counted_encode_first(struct pfx_encoder *pack, struct pfx_alerts *alerts, unsigned part,
                              size_t *cursor);

/* Records of what changed since the last call. */
void pfx_counted_encode_changes(struct pfx_encoder *pack, struct pfx_alerts *alerts);

/* The greatest class of records of that kind; -1: there is no such kind. */
int64_t pfx_counted_class_most(int64_t kind);

/* What stands behind the key of a record of kind p. False: it is of another version. */
bool pfx_counted_decode_past(struct pfx_slice bytes, struct pfx_alerts_past *past_r);

/* Takes what stands behind the key of a record of another kind; saved: seconds. False: it is
 * invalid. */
bool pfx_counted_take(struct pfx_alerts *alerts, int64_t kind, int64_t class, struct pfx_slice key,
                      struct pfx_slice bytes, int64_t saved);

#endif
