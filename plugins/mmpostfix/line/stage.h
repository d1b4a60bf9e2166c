/* SPDX-License-Identifier: Apache-2.0 */
/* Tag and text of a line, after the header in its text, if there is one, is removed. */
#ifndef PFX_STAGE_H
#define PFX_STAGE_H

#include "line/line.h"
#include "line/program.h"
#include "line/tags.h"

struct pfx_stage {
    struct pfx_program program;
    struct pfx_slice host;
    struct pfx_time time;
    bool guessed; /* the year of the time is */
    enum pfx_claim claim;
    unsigned product; /* whose line it is: 0 for Postfix */
    struct pfx_slice text;
    struct pfx_slice raw;      /* the whole text as it came */
    struct pfx_slice tag;      /* as it was written */
    struct pfx_slice repeated; /* N of "message repeated N times" */
    struct pfx_tag *known;     /* what is kept of the program, or NULL */
};

/* Which programs are known: of Postfix, true when there are rules of that daemon; of others, the
 * product that a program of that name is of, or 0, and whether no other is called so. */
struct pfx_known {
    bool (*know)(const void *cookie, struct pfx_slice daemon);
    unsigned (*product)(const void *cookie, struct pfx_slice name, bool *sure_r);
    const void *cookie;
};

/* Memory for what is taken out of something else, which a worker keeps from line to line. */
struct pfx_room {
    char *text;
    size_t size;
};
struct pfx_stage_rooms {
    struct pfx_room object, text; /* a line within an object, a text within another */
    struct pfx_tags tags;         /* of one set of rules: see pfx_stage_forget() */
};

/* Finds tag and text, from headers in the text where the tag is not Postfix's or names no daemon,
 * and unwraps "message repeated". 1: found; slices point into the line or the rooms, and the text
 * ends in NUL. 0: none of Postfix or of a product. -1: out of memory. */
int pfx_stage_take(struct pfx_stage *stage, const struct pfx_line *line, struct pfx_known known,
                   struct pfx_stage_rooms *rooms);

/* Corrects a year that was guessed by the id of a queue file that the line is about: nothing is
 * said of one before it is there, and a mail is not in the queue for years. */
void pfx_stage_date(struct pfx_stage *stage, struct pfx_slice queue_id, struct pfx_time received);

/* What is known of programs is another set's. */
void pfx_stage_forget(struct pfx_stage_rooms *rooms);
void pfx_stage_free(struct pfx_stage_rooms *rooms);

#endif
