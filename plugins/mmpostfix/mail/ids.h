/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of mails, sessions and traces, and names in buffers of fixed size. Pure. */
#ifndef PFX_IDS_H
#define PFX_IDS_H

#include "mail/observation.h"

#define PFX_ID_SIZE 17 /* 16 hex digits and NUL */
#define PFX_NAME_SIZE 48

/* Copies text to a buffer, truncated to fit. */
void pfx_name_set(char *room, size_t size, struct pfx_slice text);

/* True when the buffer holds that text. */
bool pfx_name_is(const char *room, struct pfx_slice text);
/* Writes a number as 16 hex digits. */
void pfx_id_set(char room[PFX_ID_SIZE], uint64_t id);
/* An id for what a line begins. Deterministic: the same line gives the same id on every host. */
uint64_t pfx_id_new(const struct pfx_observation *observation, struct pfx_slice name,
                    uint64_t more);

#endif
