/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a chain at PATH: PATH, which says where it is, and PATH.anchors, a line each.
 *
 * The first is written before an anchor is told, whole or as it was before, and has the anchor: so
 * one that a daemon was killed before writing down is told by the next.
 */
#ifndef PFX_FILES_H
#define PFX_FILES_H

#include "evidence/anchor.h"
#include "state/state_file.h"

struct pfx_standing {
    char stream[PFX_CHAIN_STREAM];
    uint64_t last;     /* the last number that is known, */
    uint64_t reserved; /* and that may have been given out; the same: the chain was ended */
    int64_t since;     /* of the key */
    unsigned char head[PFX_SEAL_HASH];
    char key[20];                 /* name of the key that signs from here on */
    char anchor[PFX_ANCHOR_TEXT]; /* the last one, or empty */
};

/* 1: it was read, 0: there is none, -1: why_r says why. */
int pfx_files_read(const char *path, struct pfx_standing *standing_r, char why_r[PFX_STATE_WHY]);
/* False: why_r says why. */
bool pfx_files_write(const char *path, const struct pfx_standing *standing,
                     char why_r[PFX_STATE_WHY]);

/* Adds the anchor to its file, the whole of it or nothing. False: why_r says why. */
bool pfx_files_append(const char *path, const char *anchor, char why_r[PFX_STATE_WHY]);
/* Whether that file ends with the anchor; what is there of it only in part is taken away. */
bool pfx_files_has(const char *path, const char *anchor, char why_r[PFX_STATE_WHY]);

#endif
