/* SPDX-License-Identifier: Apache-2.0 */
/* First events of keys; see first_hits.h. */
#include "alerts/windows/first_hits.h"

#include <stdlib.h>
#include <string.h>

#define CELLS 8
#define TIME_BITS 17
#define PRINT_BITS 20
#define TIME_MASK ((1u << TIME_BITS) - 1)
#define VALUE_MASK ((1u << PFX_FIRST_VALUE_BITS) - 1)
/* All sets are looked through in this time, so that no cell is old enough to look young. */
#define SWEEP 4096

struct pfx_first_hits {
    size_t sets; /* a power of two */
    uint32_t now;
    uint32_t put;   /* the time of the newest that was put back; 0: none was */
    size_t swept;   /* sets, since that began */
    uint64_t *cell; /* fingerprint, time, value; 0: free */
};

struct pfx_first_hits *pfx_first_hits_new(size_t bytes)
{
    struct pfx_first_hits *hits = calloc(1, sizeof(*hits));

    if (hits == NULL)
        return NULL;
    hits->sets = bytes / (CELLS * sizeof(*hits->cell));
    hits->cell = calloc(hits->sets, CELLS * sizeof(*hits->cell));
    if (hits->cell == NULL)
        pfx_first_hits_free(&hits);
    return hits;
}

void pfx_first_hits_free(struct pfx_first_hits **hits)
{
    if (*hits != NULL)
        free((*hits)->cell);
    free(*hits);
    *hits = NULL;
}

/* Seconds from the time in a cell to that time; of one that is later, a great number. */
static uint32_t age(uint64_t cell, uint32_t time)
{
    return (time - (uint32_t)(cell >> PFX_FIRST_VALUE_BITS)) & TIME_MASK;
}

/* Frees what will be too old when so many seconds have passed. */
static void sweep_set(struct pfx_first_hits *hits, size_t set, uint32_t passed)
{
    for (unsigned i = 0; i < CELLS; ++i) {
        uint64_t *cell = &hits->cell[set * CELLS + i];

        if (*cell != 0 && (uint64_t)age(*cell, hits->now) + passed > PFX_FIRST_LONGEST)
            *cell = 0;
    }
}

/* As much as time has passed. */
static void advance(struct pfx_first_hits *hits, uint32_t time)
{
    uint32_t passed = time - hits->now;
    size_t left = (hits->sets / SWEEP + 1) * passed;

    if (time <= hits->now)
        return;
    if (passed >= SWEEP) {
        for (size_t set = 0; set < hits->sets; ++set)
            sweep_set(hits, set, passed);
        left = 0;
    }
    hits->now = time;
    for (; left > 0; --left, ++hits->swept)
        sweep_set(hits, hits->swept & (hits->sets - 1), 0);
}

static uint64_t print_of(uint64_t key)
{
    return (key >> (64 - PRINT_BITS)) | 1;
}

/* A place for a new cell: a free one, or that of the oldest. */
static uint64_t *place_in(const struct pfx_first_hits *hits, uint64_t *set)
{
    uint64_t *place = set;

    for (unsigned i = 0; i < CELLS; ++i) {
        if (*place != 0 && (set[i] == 0 || age(set[i], hits->now) > age(*place, hits->now)))
            place = &set[i];
    }
    return place;
}

static uint64_t cell_of(uint64_t key, uint32_t value, uint32_t time)
{
    return print_of(key) << (64 - PRINT_BITS) |
           (uint64_t)(time & TIME_MASK) << PFX_FIRST_VALUE_BITS | (value & VALUE_MASK);
}

static uint64_t *set_of(const struct pfx_first_hits *hits, uint64_t key)
{
    return &hits->cell[(key & (hits->sets - 1)) * CELLS];
}

/* The cell of an event of the key around that time, whose own time is given; or NULL. */
static uint64_t *find(struct pfx_first_hits *hits, uint64_t key, uint32_t window, uint32_t time,
                      uint32_t *time_r)
{
    uint64_t print = print_of(key);
    uint64_t *set = set_of(hits, key);

    for (unsigned i = 0; i < CELLS; ++i) {
        uint32_t before = age(set[i], time), after = age(set[i], time) ^ TIME_MASK;

        if (set[i] >> (64 - PRINT_BITS) == print && (before < window || after + 1 < window)) {
            *time_r = before < window ? time - before : time + after + 1;
            return &set[i];
        }
    }
    return NULL;
}

/* As much as time has passed; false: that time is too long ago for any. */
static bool is_time(struct pfx_first_hits *hits, uint32_t time)
{
    advance(hits, time);
    return hits->now - time < PFX_FIRST_LONGEST;
}

static bool give(uint64_t *cell, uint32_t *value_r)
{
    *value_r = (uint32_t)*cell & VALUE_MASK;
    *cell = 0;
    return true;
}

bool pfx_first_hits_take(struct pfx_first_hits *hits, uint64_t key, uint32_t window, uint32_t value,
                         uint32_t time, uint32_t *value_r, uint32_t *time_r)
{
    uint64_t *cell;

    if (!is_time(hits, time))
        return false;
    cell = find(hits, key, window, time, time_r);
    if (cell != NULL)
        return (*time_r != time || time > hits->put) && give(cell, value_r);
    *place_in(hits, set_of(hits, key)) = cell_of(key, value, time);
    return false;
}

bool pfx_first_hits_join(struct pfx_first_hits *hits, uint64_t key, uint32_t window, uint32_t time,
                         uint32_t *value_r, uint32_t *time_r)
{
    uint64_t *cell = is_time(hits, time) ? find(hits, key, window, time, time_r) : NULL;

    return cell != NULL && give(cell, value_r);
}

void pfx_first_hits_turn_back(struct pfx_first_hits *hits, uint32_t time)
{
    if (hits->now <= time)
        return;
    hits->now = hits->put = 0;
    memset(hits->cell, 0, hits->sets * CELLS * sizeof(*hits->cell));
}

size_t pfx_first_hits_sets(const struct pfx_first_hits *hits)
{
    return hits->sets;
}

bool pfx_first_hits_walk(const struct pfx_first_hits *hits, size_t *cursor, size_t sets,
                         void (*visit)(void *cookie, size_t set, uint64_t cell), void *cookie)
{
    for (; sets > 0 && *cursor < hits->sets; --sets, ++*cursor) {
        for (unsigned i = 0; i < CELLS; ++i) {
            uint64_t cell = hits->cell[*cursor * CELLS + i];

            if (cell != 0)
                visit(cookie, *cursor, cell);
        }
    }
    return *cursor < hits->sets;
}

static void put(struct pfx_first_hits *hits, uint64_t *set, uint64_t cell, uint32_t newest)
{
    hits->now = newest > hits->now ? newest : hits->now;
    hits->put = newest > hits->put ? newest : hits->put;
    for (unsigned i = 0; i < CELLS; ++i) {
        if (set[i] >> PFX_FIRST_VALUE_BITS == cell >> PFX_FIRST_VALUE_BITS)
            return;
    }
    *place_in(hits, set) = cell;
}

void pfx_first_hits_put(struct pfx_first_hits *hits, size_t set, uint64_t cell, uint32_t newest)
{
    put(hits, &hits->cell[(set & (hits->sets - 1)) * CELLS], cell, newest);
}

void pfx_first_hits_put_key(struct pfx_first_hits *hits, uint64_t key, uint32_t value,
                            uint32_t time)
{
    put(hits, set_of(hits, key), cell_of(key, value, time), time);
}
