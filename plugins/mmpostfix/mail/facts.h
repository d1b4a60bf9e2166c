/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a mail or a session: at most one text a field, packed into one block. Two lines
 * may have the same field: the one of higher rank wins, then the later, then the greater text; so
 * the result does not depend on the order in which they came.
 */
#ifndef PFX_FACTS_H
#define PFX_FACTS_H

#include "base/pool.h"
#include "event/event.h"

struct pfx_facts {
    char *block;
    uint32_t length, size;
    struct pfx_pool *pool; /* that block is of, or NULL */
};

/* Longest text kept of a field; a longer one is cut. */
#define PFX_FACT_MAX 1000

/* Merges a field's text, logged at time and with that rank. False when memory ran out, then the
 * facts are unchanged. */
bool pfx_facts_put(struct pfx_facts *facts, enum pfx_field field, struct pfx_slice text,
                   uint8_t rank, int64_t time);
/* Merges those fields of the event whose bits are in scope. False when memory ran out. */
bool pfx_facts_learn(struct pfx_facts *facts, const struct pfx_event *event,
                     const uint64_t scope[PFX_FIELD_WORDS], uint8_t rank, int64_t time);
/* True when the field is known; *text_r points into the block until the next put. */
bool pfx_facts_get(const struct pfx_facts *facts, enum pfx_field field, struct pfx_slice *text_r);
void pfx_facts_free(struct pfx_facts *facts);

/* Puts all that from knows and was said until a time into facts, at that rank; but for who the
 * client is, which each line says for itself, and, without login, who logged in. */
void pfx_facts_merge(struct pfx_facts *facts, const struct pfx_facts *from, uint8_t rank,
                     int64_t until, bool login);

/* Sets the fields that the event lacks. Texts are copied to scratch, which has to live as long as
 * the event; returns how many bytes of it were taken. What does not fit is left out. */
size_t pfx_facts_tell(const struct pfx_facts *facts, struct pfx_event *event, char *scratch,
                      size_t size);

/* True when the event has a field of mail scope. */
bool pfx_facts_of_mail(const struct pfx_event *event);

/* The block is plain bytes that may be kept in a file on the same kind of machine. True when bytes
 * from such a file are a block. */
bool pfx_facts_sound(struct pfx_slice bytes);

#endif
