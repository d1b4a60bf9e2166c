/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and logins in the one form that their pseudonyms are made of: in lower case, without
 * quotes and sub-address, domains as A-labels, and what stands inside another address in its place
 * (SRS, BATV, VERP, user%domain@relay, domain!user@relay). Pure.
 */
#ifndef PFX_PERSON_H
#define PFX_PERSON_H

#include "base/value.h"

/* Of a value in its one form; of a longer one the rest does not count. */
#define PFX_PERSON_SIZE 1024

struct pfx_person_rules {
    const char *delimiter; /* Postfix's recipient_delimiter: any of these begins a sub-address */
    const char *origin;    /* the domain of who has none, or NULL */
};

struct pfx_person {
    char text[PFX_PERSON_SIZE]; /* local part, '@', domain; no '@' where there is no domain */
    size_t length;
    struct pfx_slice local, domain; /* of the outer address, in the text that was folded */
    bool role;                      /* postmaster and the like: nobody in particular */
};

/* Folds an address or a login, without angle brackets. */
void pfx_person_fold(struct pfx_slice text, const struct pfx_person_rules *rules,
                     struct pfx_person *person_r);

/* The name of a host or a domain in its one form; returns how long it is. */
size_t pfx_person_domain(struct pfx_slice name, char *room, size_t size);

#endif
