/* SPDX-License-Identifier: Apache-2.0 */
/* A document that came back from a store or a file: its place in a chain, and the hash of it as it
 * is now.
 */
#ifndef PFXLOG_VERIFY_PLACE_H
#define PFXLOG_VERIFY_PLACE_H

#include "document/text.h"
#include "evidence/chain.h"
#include "verify/values.h"

struct fjson_object;

struct place {
    char stream[PFX_CHAIN_STREAM];
    uint64_t number;
    unsigned char before[PFX_SEAL_HASH], leaf[PFX_SEAL_HASH];
    /* In a table an empty text is none: the hash of the document if it had an empty sender. */
    bool either;
    unsigned char other[PFX_SEAL_HASH];
};

/* Room for that; zeroed at first, and a hasher made. */
struct place_room {
    struct pfx_hasher *hasher;
    struct pfx_text text;
    struct values values;
};
void place_room_free(struct place_room *room);

/* The member that has the place, or NULL: it is no document of a chain. */
struct fjson_object *place_member(struct fjson_object *document);

/* NULL, or what is wrong with the document (static text). */
const char *place_read(struct place_room *room, struct fjson_object *document,
                       struct place *place_r);

#endif
