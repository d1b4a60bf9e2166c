/* SPDX-License-Identifier: Apache-2.0 */
/* A timestamp; functions take the time as an argument. */
#ifndef PFX_TIMESTAMP_H
#define PFX_TIMESTAMP_H

#include <stdint.h>

struct pfx_time {
    int64_t seconds; /* since 1970-01-01 00:00:00 UTC */
    int32_t microseconds;
};

#endif
