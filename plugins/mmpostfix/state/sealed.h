/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a state that nobody reads without the secret of their epoch: AES-256-GCM, a key a file.
 * They begin with PFX_SEALED_MAGIC, the name of the epoch and a salt; then come records of a
 * length, so many bytes and a tag. Where a site hides nothing files are as they are written.
 */
#ifndef PFX_SEALED_H
#define PFX_SEALED_H

#include "privacy/secrets.h"
#include "state/state_file.h"

#include <stdio.h>

#define PFX_SEALED_KEY 32

/* A file that is being written. */
struct pfx_sealing {
    bool on;
    unsigned char key[PFX_SEALED_KEY];
    uint64_t records; /* the next one's number, which no other has under that key */
};

/* Begins one: writes its head to a new file. secrets: NULL, and nothing is sealed. False: errno
 * tells. */
bool pfx_sealing_begin(struct pfx_sealing *sealing, const struct pfx_secrets *secrets, int64_t now,
                       int file);
/* Writes all of that behind what is there. False: errno tells. */
bool pfx_sealing_write(struct pfx_sealing *sealing, int file, const void *bytes, size_t length);
/* The same as a stream, which closes the file with it. NULL: errno tells. sealing outlives it. */
FILE *pfx_sealing_stream(struct pfx_sealing *sealing, int file);
void pfx_sealing_end(struct pfx_sealing *sealing);

/* A whole file, as pfx_state_slurp(), opened if it is sealed, up to where it is damaged; without
 * text also when it can not be opened, which is reported. */
struct pfx_slice pfx_sealed_slurp(const struct pfx_state_options *options, int directory,
                                  const char *name);

#endif
