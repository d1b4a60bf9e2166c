/* SPDX-License-Identifier: Apache-2.0 */
/* Personal values in free text: by their form (addresses, names of hosts, IP addresses, also in
 * percent, xtext and base64 codings), by what the line is known to tell of, and by the words in
 * front of them. What is not found this way is in doc/privacy.md. */
#ifndef PFX_SCRUB_H
#define PFX_SCRUB_H

#include "privacy/repeated.h"
#include "privacy/veil.h"

/* In the place of what is left out. */
#define PFX_SCRUBBED PFX_SLICE("...")

/* The text with pseudonyms in it; the text itself where there is nothing to hide. hosts: names of
 * hosts as well. Valid until the veil's next line begins. */
struct pfx_slice pfx_scrub(struct pfx_veil *veil, const struct pfx_repeated *known, bool hosts,
                           struct pfx_slice text);

/* False: surely no value in it has a form. */
bool pfx_scrub_may(struct pfx_slice text);

/* A text with places in it whose values are known, in order, none over another; the rest of it is
 * scrubbed. */
struct pfx_span {
    size_t begin, end;
    struct pfx_slice instead;
};
struct pfx_slice pfx_scrub_around(struct pfx_veil *veil, const struct pfx_repeated *known,
                                  struct pfx_slice text, const struct pfx_span *span,
                                  unsigned spans);

#endif
