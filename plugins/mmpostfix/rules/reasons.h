/* SPDX-License-Identifier: Apache-2.0 */
/* Why a mail was refused, deferred or bounced, as one word: the table file reasons.tsv beside the
 * rulebases, and reasons.local.tsv, rows of the site that come first.
 *
 * One row a pattern, columns separated by tabs; the first row that matches decides:
 *   class  codes  text
 * class  the word, vendor_reason; ">": the reason is what follows the text, a reply or a sentence
 *        of its own, and the rows below decide only where that says nothing
 * codes  SMTP reply codes and enhanced codes separated by commas, one of which the reply must have;
 *        "?.1.1" stands for any class, "5.1" for 5.1.0, 5.1.1 and so on; "-" for any or none
 * text   must occur in the words of the reply (see plain.h), in lower case; "*" stands for any text
 *        between; "^" in front: at the start; "-" for any text; "//" in front looks for it in the
 * URLs instead Immutable once read.
 */
#ifndef PFX_REASONS_H
#define PFX_REASONS_H

#include "rules/classes.h"
#include "rules/plain.h"

struct pfx_reason {
    struct pfx_slice class, codes, text;
    uint64_t pairs, more; /* what a text must have at least, see reasons.c */
    uint64_t bits;        /* what its codes may have, see reasons.c */
    bool url;             /* text is of the URLs */
    bool plain;           /* text has no star and stands anywhere */
    uint32_t next;        /* row + 1 of the same bucket, 0 for none */
};

#define PFX_REASONS_MAX 8192
struct pfx_reasons {
    struct pfx_reason *row;
    size_t rows;
    uint32_t bucket[PFX_PLAIN_PAIRS]; /* by the pair of a row that few have: row + 1 */
    uint32_t always, urls;            /* rows that any text may fit, and those of URLs: row + 1 */
};

/* Appends the rows of text, which must live as long as the result; *reasons is all zero at first.
 * A class has to be one of classes, unless that is NULL. On failure -1, then *line_r and *fault_r
 * (static text) say where and why. Free with pfx_reasons_free(), after a failure, too. */
int pfx_reasons_read(struct pfx_slice text, const struct pfx_classes *classes,
                     struct pfx_reasons *reasons, unsigned *line_r, const char **fault_r);
void pfx_reasons_free(struct pfx_reasons *reasons);

/* The class of the first row that fits, or an empty slice. Any of the arguments may be empty. Of
 * a long text only the front is looked at, see plain.h. */
struct pfx_slice pfx_reasons_find(const struct pfx_reasons *reasons, struct pfx_slice code,
                                  struct pfx_slice enhanced, struct pfx_slice text);

#endif
