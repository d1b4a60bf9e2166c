/* SPDX-License-Identifier: Apache-2.0 */
/* liblognorm with our rules: the referee of the matcher. When rules are read it says which it
 * refuses; tests compare its matches with the matcher's; and it does the work where a site asks for
 * it. The only room that knows liblognorm.
 *
 * liblognorm writes statistics into its contexts while it parses, so a referee belongs to one
 * thread. It compiles the rules of all when it is made, those of a daemon when it first speaks.
 */
#ifndef PFX_REFEREE_H
#define PFX_REFEREE_H

#include "rules/ruleset.h"

struct pfx_referee;

/* True when liblognorm is known to take all of these rules: beside them is "rulebases.digest",
 * which make install writes, their files have the digests that it tells, and it is for this version
 * of liblognorm. Its first line is "# mmpostfix VERSION, liblognorm VERSION", the others are
 * sha256sum's. It guards against mistakes, not against those who may write there. reasons.local.tsv
 * is the site's, and holds no rules; a file that was taken away makes no other rule bad. */
bool pfx_referee_knows(const struct pfx_rules *rules);

/* A referee over rules, which have to outlive it. NULL on failure, then error says "FILE:LINE:
 * reason". */
struct pfx_referee *pfx_referee_new(struct pfx_rules *rules, char *error, size_t size);
void pfx_referee_free(struct pfx_referee **referee);

/* The match that liblognorm finds with the rules of a context. 1: there is one, and its slices are
 * good until the next call. 0: none. -1: out of memory. */
int pfx_referee_match(struct pfx_referee *referee, const struct context *context,
                      struct pfx_slice text, struct pfx_match *match_r);

#endif
