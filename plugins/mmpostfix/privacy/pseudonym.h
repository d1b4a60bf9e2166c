/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudonyms of an epoch: HMAC-SHA-256 of a class and a value in its one form, under a key that is
 * derived from the epoch's secret for that use. Equal values of an epoch have equal pseudonyms on
 * every host with the same secret; nobody without it can find out or check which.
 */
#ifndef PFX_PSEUDONYM_H
#define PFX_PSEUDONYM_H

#include "privacy/secrets.h"

/* What a pseudonym is of. Each has a key of its own. */
enum pfx_pseudonym_of {
    PFX_OF_PERSON,  /* an address, with its domain; a login */
    PFX_OF_HOST,    /* a name of the DNS, a domain */
    PFX_OF_IP,      /* 4 or 16 bytes, and networks of them */
    PFX_OF_TEXT,    /* what somebody wrote */
    PFX_OF_SESSION, /* an id */
    PFX_OF_COUNT
};

/* 80 bits as 16 letters and digits of RFC 4648's base32 in lower case: a name in DNS and in mail,
 * and among 100 million values two are the same with a chance of 4 in a thousand million. */
#define PFX_PSEUDONYM_LENGTH 16
/* In place of one whose epoch has no secret any more. */
#define PFX_PSEUDONYM_EXPIRED "expired"

/* The keys of an epoch, of one thread. */
struct pfx_pseudonyms;

/* NULL when memory ran out. An epoch without a secret has expired pseudonyms. */
struct pfx_pseudonyms *pfx_pseudonyms_new(const struct pfx_epoch *epoch);
void pfx_pseudonyms_free(struct pfx_pseudonyms **pseudonyms);

/* The epoch and what its key is called, "2026-11:1f0c88ab": equal where pseudonyms can be compared.
 * Lives as long as they do. */
struct pfx_slice pfx_pseudonyms_name(const struct pfx_pseudonyms *pseudonyms);

/* Writes the pseudonym of a value, and nothing in front; returns how long it is. */
size_t pfx_pseudonym(struct pfx_pseudonyms *pseudonyms, enum pfx_pseudonym_of of,
                     struct pfx_slice value, char out[static PFX_PSEUDONYM_LENGTH]);

/* 16 hexadecimal digits, for an id that has so many. */
void pfx_pseudonym_id(struct pfx_pseudonyms *pseudonyms, struct pfx_slice value,
                      char out[static 16]);

/* The network, /24 or /48, of an address of 4 or 16 bytes. */
void pfx_pseudonym_network(struct pfx_pseudonyms *pseudonyms, const unsigned char *bytes,
                           size_t length, unsigned char out[static 2]);
/* An address of a fixed unique-local prefix (RFC 4193) for 4 or 16 bytes, the fourth group its
 * network's, and the rest of the address. */
void pfx_pseudonym_ip(struct pfx_pseudonyms *pseudonyms, const unsigned char *bytes, size_t length,
                      const unsigned char network[static 2], unsigned char out[static 16]);

/* The prefix of those, "fd..:....:....:". */
#define PFX_PSEUDONYM_PREFIX "fd6c:9b07:51e4:"

#endif
