/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the severity at the front of a text. */
#ifndef PFX_LEVEL_H
#define PFX_LEVEL_H

#include "base/value.h"

#define PFX_LEVEL_MAX 8

struct pfx_level {
    struct pfx_slice text, level; /* what stands in the line; what it is called */
};

struct pfx_levels {
    struct pfx_level row[PFX_LEVEL_MAX];
    unsigned count;
};

#endif
