/* SPDX-License-Identifier: Apache-2.0 */
/* The tenants of a line, and what one of them may see of it. */
#ifndef PFX_TENANCY_H
#define PFX_TENANCY_H

#include "worker.h"

/* Sets the tenants of the worker's event. With a strict view, and in that of one tenant, what tells
 * of others' recipients goes: in the latter its own stay in the lists. line: its whole text. False:
 * it is none of the tenant's whose view it is, and has no document. */
bool pfx_tenancy(struct pfx_worker *worker, struct pfx_slice line);

#endif
