/* SPDX-License-Identifier: Apache-2.0 */
/* Gauges; see gauge.h. */
#include "alerts/windows/gauge.h"

#define MINUTE 60

bool pfx_gauge_wants(const struct pfx_gauge *gauge, uint32_t time)
{
    return time / MINUTE > gauge->minute;
}

bool pfx_gauge_add(struct pfx_gauge *gauge, uint32_t limit, uint32_t window, uint32_t value,
                   uint32_t time)
{
    if (!pfx_gauge_wants(gauge, time))
        return false;
    gauge->minute = time / MINUTE;
    if (value <= limit) {
        gauge->since = 0;
        return false;
    }
    if (gauge->since == 0) {
        gauge->since = time;
        gauge->least = value;
    }
    gauge->least = value < gauge->least ? value : gauge->least;
    return time - gauge->since >= window;
}
