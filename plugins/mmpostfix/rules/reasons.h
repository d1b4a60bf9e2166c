/* SPDX-License-Identifier: Apache-2.0 */
/* Why a mail was refused, deferred or bounced, as one word: the table file reasons.tsv beside the
 * rulebases, which a site may edit.
 *
 * One row a pattern, columns separated by tabs; the first row that fits decides:
 *   class  codes  text
 * class  the word, vendor_reason
 * codes  SMTP reply codes and enhanced codes separated by commas, one of which the reply must have;
 *        "?.1.1" stands for any class, "5.1" for 5.1.0, 5.1.1 and so on; "-" for any or none
 * text   must occur in the reason's text, in lower case; "*" stands for any text between; "-" for
 *        any text
 * Immutable once read.
 */
#ifndef PFX_REASONS_H
#define PFX_REASONS_H

#include "base/value.h"

struct pfx_reason {
    struct pfx_slice class, codes, text;
    uint64_t pairs; /* what a text must have at least, see reasons.c */
};

struct pfx_reasons {
    struct pfx_reason *row;
    size_t rows;
};

/* Reads the table from text, which must live as long as the result. On failure -1, then *line_r
 * and *fault_r (static text) say where and why. Free with pfx_reasons_free(). */
int pfx_reasons_read(struct pfx_slice text, struct pfx_reasons *reasons_r, unsigned *line_r,
                     const char **fault_r);
void pfx_reasons_free(struct pfx_reasons *reasons);

/* The class of the first row that fits, or an empty slice. Any of the arguments may be empty. Of
 * a long text only the first 1,000 bytes are looked at. */
struct pfx_slice pfx_reasons_find(const struct pfx_reasons *reasons, struct pfx_slice code,
                                  struct pfx_slice enhanced, struct pfx_slice text);

#endif
