/* SPDX-License-Identifier: Apache-2.0 */
/* From an event directly to JSON text, with the members of form.h: the same bytes that a tree of
 * tree.h would print, without the tree, but that libfastjson escapes slashes.
 */
#ifndef PFX_TEXT_H
#define PFX_TEXT_H

#include "document/form.h"

/* Longest name of a field; names need no escapes. */
#define PFX_TEXT_NAME_MAX 55

struct pfx_runs;

/* A buffer that grows and is used again. Zeroed at first; of one thread. */
struct pfx_text {
    char *text; /* ends in NUL */
    size_t length, size;
    struct pfx_runs *runs; /* constant members that were written before */
    /* Of a document that was written spaced, where its parts are that a store keeps as they are:
     * of GELF host and short_message, of ECS what stands before the fields, and the fields. */
    size_t line_begin, line_end, fields_begin, fields_end;
};

/* Makes the keys. Call before anything else, after pfx_fields_init(); idempotent and thread-safe.
 */
void pfx_text_init(void);

/* Renders into text, no value of it longer than limit; spaced as FJSON_TO_STRING_SPACED has it,
 * else as FJSON_TO_STRING_PLAIN. -1: out of memory. */
int pfx_text_render(struct pfx_text *text, enum pfx_format format, bool spaced, size_t limit,
                    const struct pfx_event *event, const struct pfx_raw *raw);
/* Adds a member to what was rendered; json: its value as it is to stand there. -1: out of memory.
 */
int pfx_text_add(struct pfx_text *text, struct pfx_slice name, struct pfx_slice json);

/* Forgets what it knows of constant texts: call before the rules go that they are of. */
void pfx_text_forget(struct pfx_text *text);
void pfx_text_free(struct pfx_text *text);

#endif
