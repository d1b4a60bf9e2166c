/* SPDX-License-Identifier: Apache-2.0 */
/* What is put in the place of personal values: of one worker, for one line at a time. Each value
 * is found by its text in a cache, and made anew when it is not there. */
#ifndef PFX_VEIL_H
#define PFX_VEIL_H

#include "privacy/policy.h"
#include "privacy/pseudonym.h"

struct pfx_veil;

enum pfx_veiled {
    PFX_VEIL_ADDRESS,  /* a mail address, as far as it has an '@'; else what it looks like */
    PFX_VEIL_USER,     /* a login, with or without a domain */
    PFX_VEIL_HOST,     /* a name of the DNS or of a computer, or an address in its place */
    PFX_VEIL_NEXT_HOP, /* the same, but a name without a dot is a transport's */
    PFX_VEIL_IP,
    PFX_VEIL_SESSION, /* an id that may have an address in it */
    PFX_VEIL_MESSAGE, /* a Message-ID, with or without angle brackets */
    PFX_VEIL_CONTENT, /* what somebody wrote: a subject, the name of a file */
    PFX_VEIL_KINDS
};

/* Of these secrets, which it takes a reference to, and that policy, which outlives it. NULL when
 * memory ran out. */
struct pfx_veil *pfx_veil_new(struct pfx_secrets *secrets, const struct pfx_policy *policy);
void pfx_veil_free(struct pfx_veil **veil);

/* Begins a line of that time: what was put in place before goes. False when memory ran out. */
bool pfx_veil_begin(struct pfx_veil *veil, int64_t seconds);
const struct pfx_policy *pfx_veil_policy(const struct pfx_veil *veil);
/* The epoch of the line, and what its key is called. */
struct pfx_slice pfx_veil_epoch(const struct pfx_veil *veil);

/* What takes the place of a value; empty when it is to be left out. The text itself where it stays.
 * Valid until the next line begins. */
struct pfx_slice pfx_veil_value(struct pfx_veil *veil, enum pfx_veiled what, struct pfx_slice text);

/* Room for a text of the line; NULL when memory ran out, which pfx_veil_good() tells then. */
char *pfx_veil_room(struct pfx_veil *veil, size_t size);
/* Gives the end of the room that came last back. */
void pfx_veil_trim(struct pfx_veil *veil, const char *end);
bool pfx_veil_good(const struct pfx_veil *veil);

#endif
