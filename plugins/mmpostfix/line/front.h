/* SPDX-License-Identifier: Apache-2.0 */
/* What stands at the front of a neighbour's text, before the sentence that rules match: an id, the
 * process that speaks, a word of severity. A form serves any number of products; products.tsv says
 * which one a product has. Pure; slices point into the text.
 *
 *   queue_id  "4jcGHg0mxLz1b7ql: ", or "(unknown-jobid): ", "(unknown id): ", "NOQUEUE: ", ": "
 *   job       "(13915-15) "
 *   process   "imap(user)<pid><session>: ", "lmtp(pid, user): ", "auth: DB(user,ip,<session>): "
 *   task      "<12dcf3>; proxy; function: "
 */
#ifndef PFX_FRONT_H
#define PFX_FRONT_H

#include "base/level.h"

#define PFX_FRONT_PARTS 8

struct pfx_front_part {
    struct pfx_slice word, text; /* a word of fields.def */
};

struct pfx_front {
    struct pfx_slice level;    /* as Postfix would call it, or empty */
    struct pfx_slice queue_id; /* or empty */
    struct pfx_slice rest;     /* the sentence */
    struct pfx_front_part part[PFX_FRONT_PARTS];
    unsigned parts;
};

/* The number of a form by its name, 0 for an empty one, which takes nothing but a level; or -1. */
int pfx_front_form(struct pfx_slice name);

/* Takes the front off a text. What has not its form stays in rest. */
struct pfx_front pfx_front_take(int form, const struct pfx_levels *levels, struct pfx_slice text);

#endif
