/* SPDX-License-Identifier: Apache-2.0 */
/* The file of secrets that pseudonyms are made with, a line an epoch:
 *
 *   2026-11 MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=
 *
 * An epoch is a month (2026-11), a week (2026-W48, ISO 8601) or "always", all of a file of one kind
 * and in UTC. Behind it are 32 random bytes as base64; '#' begins a comment. Epochs behind the last
 * line go on from it by a one-way step (HKDF), so that a file need not be touched: who has a later
 * secret can not make an earlier one. Epochs before the first line, and between lines, have no
 * secret: whatever was made with it means nothing any more.
 */
#ifndef PFX_SECRETS_H
#define PFX_SECRETS_H

#include "base/value.h"

#define PFX_SECRET 32 /* bytes */
/* Name of an epoch, and NUL. */
#define PFX_EPOCH_NAME 32
/* What a file of secrets is called in documents and logs, so that unequal ones show, and NUL. */
#define PFX_SECRET_ID 9

struct pfx_secrets;

struct pfx_epoch {
    char name[PFX_EPOCH_NAME];
    int64_t begin, end; /* seconds since 1970: from, and up to but without */
    bool known;         /* there is a secret for it */
    unsigned char secret[PFX_SECRET];
};

/* Reads a file that has to be plain, root's or ours, and for nobody else. NULL: error_r says where
 * and why. Immutable, with one reference; any thread. */
struct pfx_secrets *pfx_secrets_read(const char *path, char *error_r, size_t size);
/* The same of the text of such a file, which path is the name of. */
struct pfx_secrets *pfx_secrets_parse(struct pfx_slice text, const char *path, char *error_r,
                                      size_t size);
struct pfx_secrets *pfx_secrets_ref(struct pfx_secrets *secrets);
/* Accepts NULL inside; clears the pointer, and the secrets with the last reference. */
void pfx_secrets_unref(struct pfx_secrets **secrets);

/* Whether they are the same, or both none. */
bool pfx_secrets_equal(const struct pfx_secrets *a, const struct pfx_secrets *b);

/* The epoch that a time is in, whether or not it has a secret. */
void pfx_secrets_at(const struct pfx_secrets *secrets, int64_t seconds, struct pfx_epoch *epoch_r);
/* The epoch of that name; false when it is no name of this file's kind. */
bool pfx_secrets_named(const struct pfx_secrets *secrets, struct pfx_slice name,
                       struct pfx_epoch *epoch_r);

/* Makes a new file of mode 0600 with a secret for the epoch that a time is in; kind: "month",
 * "week" or "always". False: error_r says why. */
bool pfx_secrets_make(const char *path, const char *kind, int64_t seconds, char *error_r,
                      size_t size);
/* Writes the file anew without what is before the epoch of that name, which then begins it. False:
 * error_r says why, and the file is as it was. */
bool pfx_secrets_forget(const char *path, struct pfx_slice name, char *error_r, size_t size);

#endif
