/* SPDX-License-Identifier: Apache-2.0 */
/* What a site may change while workers run: rules, rules of alerts, secrets, tenants. They are
 * published together, under a lock and with a generation number. A worker compares that before each
 * line, without the lock, and takes up newer ones between two lines; so no line ever sees parts of
 * two, and what is old lives until its last worker has left it.
 */
#ifndef PFX_PUBLISHED_H
#define PFX_PUBLISHED_H

#include "base/readfile.h"
#include "worker.h"

/* Reads all that the core is to have, by its own names of files; what is before itself where the
 * rules are unchanged. False: error_r says what is wrong, and nothing is in *read_r. */
bool pfx_published_read(const struct pfx_core *core, struct pfx_rules *before,
                        struct pfx_in_use *read_r, char error_r[PFX_ERROR_SIZE]);
/* Reads the table of tenants alone, which has to name the one whose view is asked for. The
 * caller's, as of pfx_tenants_read(). */
struct pfx_tenants *pfx_published_tenants(const struct pfx_core *core,
                                          char error_r[PFX_ERROR_SIZE]);
/* References to what is in use, for the caller to give back. generation_r may be NULL. */
struct pfx_in_use pfx_published_take(struct pfx_core *core, unsigned *generation_r);
/* Gives references back. */
void pfx_in_use_unref(struct pfx_in_use *used);

/* As pfx_core_reload(). */
int pfx_published_reload(struct pfx_core *core, char error_r[PFX_ERROR_SIZE]);

#endif
