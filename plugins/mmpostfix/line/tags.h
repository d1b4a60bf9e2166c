/* SPDX-License-Identifier: Apache-2.0 */
/* Tags that were seen: a few names of programs make up all lines but for their process numbers, so
 * what a name means is kept. Of one worker, and good for one set of rules.
 */
#ifndef PFX_TAGS_H
#define PFX_TAGS_H

#include "line/program.h"

/* Names kept, by hash: a power of two. Longer ones are none of these. */
#define PFX_TAGS 64
#define PFX_TAG_NAME 48

struct pfx_tag {
    unsigned char length; /* of name; 0: none */
    unsigned char instance, service, service_length, daemon, daemon_length;
    enum pfx_claim claim;
    unsigned product;
    const void *own; /* the caller's: what it knows of the program, or NULL */
    char name[PFX_TAG_NAME];
};

struct pfx_tags {
    struct pfx_tag tag[PFX_TAGS];
};

/* The name of "NAME[123]:" or "NAME[123]", with the number in *pid_r; empty for other forms. */
struct pfx_slice pfx_tag_name(struct pfx_slice tag, struct pfx_slice *pid_r);

/* Where that name is or would be; found_r: it is there. NULL: it is kept nowhere. */
struct pfx_tag *pfx_tags_find(struct pfx_tags *tags, struct pfx_slice name, bool *found_r);

/* Keeps what pfx_program_parse() made of a tag of that name, in its place. */
void pfx_tag_learn(struct pfx_tag *place, struct pfx_slice name, const struct pfx_program *program);
/* The program of a name that was found. Its slices point into name. */
struct pfx_program pfx_tag_program(const struct pfx_tag *place, struct pfx_slice name,
                                   struct pfx_slice pid);

#endif
