/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest name; see nearest.h. */
#include "nearest.h"

#include <stddef.h>
#include <string.h>

#define LONGEST 32

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned two = a < b ? a : b;

    return two < c ? two : c;
}

/* Letters to add, remove, replace or swap with the next one until word is name. */
static unsigned distance(const char *word, size_t length, const char *name, size_t size)
{
    unsigned row[3][LONGEST + 1];
    unsigned *before = row[0], *last = row[1], *now = row[2];

    for (unsigned k = 0; k <= size; ++k)
        last[k] = k;
    for (unsigned i = 1; i <= length; ++i) {
        unsigned *oldest = before;

        now[0] = i;
        for (unsigned k = 1; k <= size; ++k) {
            now[k] = least(last[k] + 1, now[k - 1] + 1, last[k - 1] + (word[i - 1] != name[k - 1]));
            if (i > 1 && k > 1 && word[i - 1] == name[k - 2] && word[i - 2] == name[k - 1])
                now[k] = least(now[k], before[k - 2] + 1, now[k]);
        }
        before = last;
        last = now;
        now = oldest;
    }
    return last[size];
}

void nearest_try(struct nearest *nearest, const char *name)
{
    size_t length = strcspn(nearest->word, "="), size = strlen(name);
    unsigned found;

    if (length > LONGEST || size > LONGEST || length == 0)
        return;
    found = distance(nearest->word, length, name, size);
    if (strncmp(nearest->word, name, length) == 0)
        found = 1;
    if (found > 1 + length / 4 || (nearest->name != NULL && found >= nearest->distance))
        return;
    nearest->name = name;
    nearest->distance = found;
}
