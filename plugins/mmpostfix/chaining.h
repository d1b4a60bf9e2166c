/* SPDX-License-Identifier: Apache-2.0 */
/* The document of a worker's line with its place in the chain of its action.
 */
#ifndef PFX_CHAINING_H
#define PFX_CHAINING_H

#include "worker.h"

/* As text, in worker->text, where tree_r is NULL, else as a tree. False when memory ran out. */
bool pfx_chaining(struct pfx_worker *worker, const struct pfx_raw *raw, bool spaced,
                  struct fjson_object **tree_r);

#endif
