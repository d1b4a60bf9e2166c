/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "alerts/windows/first_hits.h"
#include "unit/alerts/windows/naive.h"

#define START 1790000000u
#define HOUR 3600u

/* An event of a key an hour; true when there was one before, as *value_r and *time_r say. */
static uint32_t value, time;

static bool take(struct pfx_first_hits *hits, uint64_t key, uint32_t at, uint32_t with)
{
    return pfx_first_hits_take(hits, key * UINT64_C(0x9e3779b97f4a7c15), HOUR, with, at, &value,
                               &time);
}

static void of_one_key(void)
{
    struct pfx_first_hits *hits = pfx_first_hits_new(4096);

    CHECK(!take(hits, 1, START, 77));
    CHECK(take(hits, 1, START + HOUR - 1, 78) && value == 77 && time == START);
    CHECK(!take(hits, 1, START + HOUR, 79)); /* it was forgotten */
    CHECK(take(hits, 1, START + HOUR - 30, 80) && value == 79 && time == START + HOUR); /* late */
    CHECK(!take(hits, 2, START + HOUR, 1));
    CHECK(!take(hits, 2, START + 2 * HOUR, 1));                       /* the window is half open */
    CHECK(!pfx_first_hits_join(hits, 3, HOUR, START, &value, &time)); /* it is not remembered */
    CHECK(!pfx_first_hits_take(hits, 3, HOUR, 7, START + 9, &value, &time));
    CHECK(pfx_first_hits_join(hits, 3, HOUR, START + 8, &value, &time));
    CHECK(value == 7 && time == START + 9);
    CHECK(!pfx_first_hits_join(hits, 3, HOUR, START + 8, &value, &time)); /* but forgotten */
    pfx_first_hits_free(&hits);
}

struct copy {
    struct pfx_first_hits *to;
    unsigned cells;
};

static void copy_cell(void *cookie, size_t set, uint64_t cell)
{
    struct copy *copy = cookie;

    pfx_first_hits_put(copy->to, set, cell, START + 100);
    ++copy->cells;
}

/* Over a restart: what comes again is the same event; what is new finds the one before. */
static void put_back(void)
{
    struct pfx_first_hits *hits = pfx_first_hits_new(4096);
    struct copy copy = {pfx_first_hits_new(4096), 0};
    size_t cursor = 0;

    for (uint64_t key = 1; key <= 20; ++key)
        CHECK(!take(hits, key, START + (uint32_t)key, (uint32_t)key * 3));
    while (pfx_first_hits_walk(hits, &cursor, 3, copy_cell, &copy))
        ;
    CHECK(copy.cells == 20 && pfx_first_hits_sets(copy.to) == pfx_first_hits_sets(hits));
    for (uint64_t key = 1; key <= 20; ++key)
        CHECK(!take(copy.to, key, START + (uint32_t)key, (uint32_t)key * 3));
    for (uint64_t key = 1; key <= 20; ++key)
        CHECK(take(copy.to, key, START + 101, 1) && value == key * 3 && time == START + key);
    CHECK(!take(copy.to, 7, START + 200, 1) && take(copy.to, 7, START + 200, 1)); /* two by now */
    pfx_first_hits_put_key(copy.to, 50, 9, START + 300);
    pfx_first_hits_put_key(copy.to, 50, 9, START + 300);
    CHECK(!pfx_first_hits_take(copy.to, 50, HOUR, 9, START + 300, &value, &time));
    CHECK(pfx_first_hits_take(copy.to, 50, HOUR, 8, START + 301, &value, &time) && value == 9);
    CHECK(!pfx_first_hits_take(copy.to, 50, HOUR, 8, START + 302, &value, &time));
    pfx_first_hits_free(&hits);
    pfx_first_hits_free(&copy.to);
}

/* A time is not taken for one that is a whole turn of the clock later, however it gets there. */
static void of_long_ago(uint64_t seed)
{
    struct naive naive = {.seed = seed};
    struct pfx_first_hits *hits = pfx_first_hits_new(1 << 14);
    uint32_t now = START;

    for (uint64_t key = 1; key <= 100; ++key)
        CHECK(!take(hits, key, now, 1));
    for (uint64_t key = 1000; now < START + (1u << 17) - 10;) {
        now += naive_random(&naive, naive_random(&naive, 10) == 0 ? 30000 : 600);
        now = now < START + (1u << 17) - 10 ? now : START + (1u << 17) - 10;
        take(hits, key++, now, 1);
    }
    for (uint64_t key = 1; key <= 100; ++key)
        CHECK(!take(hits, key, START + (1u << 17) + (uint32_t)key, 1));
    pfx_first_hits_free(&hits);
}

/* Slow keys below a flood of keys that come once: memory for eight times the flood of a window. */
static void under_a_flood(void)
{
    struct pfx_first_hits *hits = pfx_first_hits_new((size_t)4 << 20);
    unsigned found = 0, wrong = 0;

    for (uint64_t key = 1; key <= 200; ++key)
        take(hits, key, START, (uint32_t)key);
    for (uint64_t key = 1000; key < 101000; ++key)
        wrong += take(hits, key, START + (uint32_t)((key - 1000) / 30), 5);
    for (uint64_t key = 1; key <= 200; ++key)
        found += take(hits, key, START + 3500, 9) && value == key && time == START;
    CHECK(found == 200);
    CHECK(wrong <= 4); /* one of 130,000 at a full set; these are a fifth full */
    pfx_first_hits_free(&hits);
}

int main(void)
{
    of_one_key();
    put_back();
    for (uint64_t seed = 1; seed <= 20; ++seed)
        of_long_ago(seed);
    under_a_flood();
    return UNIT_END();
}
