/* SPDX-License-Identifier: Apache-2.0 */
/* Hides what is personal in an event and in the line that it is of: the last thing before a
 * document is made of them. */
#ifndef PFX_HIDING_H
#define PFX_HIDING_H

#include "worker.h"

/* Puts pseudonyms into the worker's event and into *raw, by its veil. False when memory ran out:
 * then neither is to be shown. */
bool pfx_hiding(struct pfx_worker *worker, struct pfx_raw *raw);

#endif
