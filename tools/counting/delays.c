/* SPDX-License-Identifier: Apache-2.0 */
/* Delays; see delays.h. A delay has a bucket: hundredths up to 1 s, tenths up to 10 s, seconds up
 * to 100 s, and so on, ninety a power of ten.
 */
#include "counting/delays.h"

#include <stdlib.h>
#include <string.h>

#define HUNDREDTHS 100
#define DECADES 6 /* up to 1,000,000 seconds; what is longer is in the last bucket */
#define BUCKETS (HUNDREDTHS + DECADES * 90)
#define FEW 100

struct delays {
    uint64_t count;
    int64_t longest;     /* milliseconds */
    uint16_t few[FEW];   /* buckets of the first ones, */
    uint64_t *of_bucket; /* and when there are more, how many each has; else NULL */
};

static unsigned bucket_of(int64_t milliseconds)
{
    int64_t unit = 100; /* of tenths */
    unsigned at = HUNDREDTHS;

    if (milliseconds < 1000)
        return (unsigned)((milliseconds + 5) / 10 < HUNDREDTHS ? (milliseconds + 5) / 10
                                                               : HUNDREDTHS);
    while (milliseconds >= unit * 100 && at + 90 < BUCKETS) {
        unit *= 10;
        at += 90;
    }
    at += (unsigned)(milliseconds / unit - 10 < 90 ? milliseconds / unit - 10 : 89);
    return at;
}

/* The least delay of a bucket. */
static int64_t milliseconds_of(unsigned bucket)
{
    int64_t unit = 100;

    if (bucket < HUNDREDTHS)
        return (int64_t)bucket * 10;
    for (bucket -= HUNDREDTHS; bucket >= 90; bucket -= 90)
        unit *= 10;
    return (bucket + 10) * unit;
}

struct delays *delays_new(void)
{
    return calloc(1, sizeof(struct delays));
}

void delays_free(struct delays **delays)
{
    if (*delays != NULL)
        free((*delays)->of_bucket);
    free(*delays);
    *delays = NULL;
}

bool delays_add(struct delays *delays, double seconds)
{
    int64_t milliseconds =
        seconds > 0 ? (int64_t)((seconds < 1e9 ? seconds : 1e9) * 1000 + 0.5) : 0;
    unsigned bucket = bucket_of(milliseconds);

    if (delays->count == FEW && delays->of_bucket == NULL) {
        delays->of_bucket = calloc(BUCKETS, sizeof(*delays->of_bucket));
        if (delays->of_bucket == NULL)
            return false;
        for (unsigned i = 0; i < FEW; ++i)
            ++delays->of_bucket[delays->few[i]];
    }
    if (delays->of_bucket != NULL)
        ++delays->of_bucket[bucket];
    else
        delays->few[delays->count] = (uint16_t)bucket;
    ++delays->count;
    if (milliseconds > delays->longest)
        delays->longest = milliseconds;
    return true;
}

static int by_bucket(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

int64_t delays_percentile(const struct delays *delays, unsigned percent)
{
    uint64_t rank, seen = 0;
    unsigned bucket = 0;

    if (delays == NULL || delays->count == 0)
        return -1;
    if (percent >= 100)
        return delays->longest;
    rank = (delays->count * percent + 99) / 100;
    rank = rank > 0 ? rank : 1;
    if (delays->of_bucket == NULL) {
        uint16_t sorted[FEW];

        memcpy(sorted, delays->few, sizeof(sorted));
        qsort(sorted, delays->count, sizeof(sorted[0]), by_bucket);
        return milliseconds_of(sorted[rank - 1]);
    }
    while ((seen += delays->of_bucket[bucket]) < rank)
        ++bucket;
    return milliseconds_of(bucket);
}
