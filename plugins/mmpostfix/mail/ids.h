/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of mails, sessions and traces, and names in buffers of fixed size. Pure. */
#ifndef PFX_IDS_H
#define PFX_IDS_H

#include "mail/observation.h"

#define PFX_ID_DIGITS 16 /* of an id as text, in hex */
#define PFX_NAME_SIZE 48
#define PFX_UID_SIZE 24 /* of a queue id: a long one has 22 characters at most */

/* Copies text to a buffer, truncated to fit. */
void pfx_name_set(char *room, size_t size, struct pfx_slice text);

/* True when the buffer holds that text. */
bool pfx_name_is(const char *room, struct pfx_slice text);
/* Writes an id as text, without NUL. */
void pfx_id_text(char room[static PFX_ID_DIGITS], uint64_t id);
/* A name as a number, to compare; 0: there is none. */
uint64_t pfx_name_hash(struct pfx_slice name);
/* An id for what a line begins, never 0. Deterministic: the same line gives the same id on every
 * host; so does any line of a mail with a long queue id. That of a connection or a task is odd:
 * from it the client's address can be tried out, so that where addresses are hidden it has to be,
 * too. That of a mail is even. */
enum pfx_id_of { PFX_ID_MAIL, PFX_ID_CONNECTION };
uint64_t pfx_id_new(enum pfx_id_of of, const struct pfx_observation *observation,
                    struct pfx_slice name, uint64_t more);

#endif
