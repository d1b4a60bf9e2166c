/* SPDX-License-Identifier: Apache-2.0 */
/* How often which delay came, for percentiles: exact as Postfix prints them up to 100 seconds (two
 * digits), and with two digits above. Half a kilobyte for a few of them, three for many.
 */
#ifndef PFXLOG_DELAYS_H
#define PFXLOG_DELAYS_H

#include <stdbool.h>
#include <stdint.h>

struct delays;

/* NULL when memory ran out. */
struct delays *delays_new(void);
/* Accepts NULL inside; clears the pointer. */
void delays_free(struct delays **delays);
/* False when memory ran out. */
bool delays_add(struct delays *delays, double seconds);
/* How long so many of a hundred took at most, in milliseconds; the longest of 100 as it came. -1
 * when there is none. */
int64_t delays_percentile(const struct delays *delays, unsigned percent);

#endif
