/* SPDX-License-Identifier: Apache-2.0 */
/* Who says what: a line once the header of its text, if it had one, is taken off. */
#ifndef PFX_STAGE_H
#define PFX_STAGE_H

#include "line/line.h"
#include "line/program.h"

struct pfx_stage {
    struct pfx_program program;
    struct pfx_slice host;
    struct pfx_time time;
    struct pfx_slice text;
    struct pfx_slice raw;      /* text before anything was taken off it */
    struct pfx_slice tag;      /* as it was written */
    struct pfx_slice repeated; /* how often, when syslog shortened it */
};

/* Which programs are known: true when there are rules of that daemon. */
struct pfx_known {
    bool (*know)(const void *cookie, struct pfx_slice daemon);
    const void *cookie;
};

/* Finds tag and text, from a header in the text where the tag is not Postfix's. False when the line
 * is none of Postfix. Slices point into the line. */
bool pfx_stage_take(struct pfx_stage *stage, const struct pfx_line *line, struct pfx_known known);

#endif
