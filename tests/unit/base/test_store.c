/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "base/store.h"

#include <stdlib.h>

struct item {
    struct pfx_entry entry;
    unsigned number;
};

static unsigned left[PFX_LEAVE_REMOVED + 1], last_left, visited;

static void release(void *cookie, struct pfx_entry *entry, enum pfx_leave why)
{
    (void)cookie;
    ++left[why];
    last_left = ((struct item *)entry)->number;
}

/* What is idle in class 1 goes to class 0, what is idle there goes. */
static int demote(void *cookie, struct pfx_entry *entry)
{
    (void)cookie;
    return entry->class == 1 ? 0 : -1;
}

static void visit(void *cookie, struct pfx_entry *entry)
{
    (void)cookie;
    (void)entry;
    ++visited;
}

static struct pfx_store *new_store(size_t entries, size_t bytes)
{
    struct pfx_store_config config = {.entry_size = sizeof(struct item),
                                      .max_entries = entries,
                                      .max_bytes = bytes,
                                      .idle = {10, 100},
                                      .eighths = {[3] = 4},
                                      .release = release,
                                      .demote = demote};

    memset(left, 0, sizeof(left));
    return pfx_store_new(&config);
}

/* Hashes that are few, so that keys meet. */
static uint64_t hash_of(unsigned number)
{
    return number % 40 + 1;
}

static struct item *add(struct pfx_store *store, unsigned number, unsigned class, int64_t now)
{
    char key[16];
    struct item *item;

    snprintf(key, sizeof(key), "%u", number);
    item = (struct item *)pfx_store_add(store, unit_slice(key), hash_of(number), class, now);
    if (item != NULL)
        item->number = number;
    return item;
}

static struct item *find(struct pfx_store *store, unsigned number)
{
    char key[16];

    snprintf(key, sizeof(key), "%u", number);
    return (struct item *)pfx_store_find(store, unit_slice(key), hash_of(number));
}

static void room_is_made_from_the_lowest_class_up(void)
{
    struct pfx_store *store = new_store(8, 1 << 20);

    add(store, 1, 2, 0);
    add(store, 2, 1, 1);
    add(store, 3, 1, 2);
    add(store, 4, 0, 3);
    for (unsigned n = 5; n <= 8; ++n)
        add(store, n, 2, n);
    CHECK(left[PFX_LEAVE_CAPACITY] == 0);
    pfx_store_touch(store, &find(store, 2)->entry, 1, 9); /* now the youngest of its class */
    add(store, 9, 2, 9);
    CHECK(last_left == 4);
    add(store, 10, 2, 10);
    CHECK(last_left == 3);
    add(store, 11, 2, 11);
    CHECK(last_left == 2);
    add(store, 12, 2, 12);
    CHECK(last_left == 1);
    add(store, 13, 0, 13); /* the new one has room, though it is the cheapest */
    CHECK(last_left == 5 && find(store, 13) != NULL);
    CHECK(pfx_store_total(store) == 8 && left[PFX_LEAVE_CAPACITY] == 5);
    pfx_store_free(&store);
    CHECK(store == NULL && left[PFX_LEAVE_REMOVED] == 8);
}

static void a_class_keeps_to_its_share(void)
{
    struct pfx_store *store = new_store(80, 1 << 20);

    for (unsigned n = 0; n < 60; ++n)
        add(store, n, 3, n);
    CHECK(pfx_store_count(store, 3) == 40 && find(store, 19) == NULL && find(store, 20) != NULL);
    for (unsigned n = 100; n < 200; ++n)
        add(store, n, 0, n);
    CHECK(pfx_store_count(store, 3) == 40 && pfx_store_total(store) == 80);
    pfx_store_touch(store, &find(store, 199)->entry, 3, 200); /* who comes in by a touch too */
    CHECK(pfx_store_count(store, 3) == 40 && find(store, 20) == NULL && find(store, 199) != NULL);
    pfx_store_free(&store);
}

static void what_is_idle_goes_in_steps(void)
{
    struct pfx_store *store = new_store(1000, 1 << 20);

    for (unsigned n = 0; n < 100; ++n)
        add(store, n, n < 50 ? 0 : 1, 0);
    pfx_store_expire(store, 9, 100);
    CHECK(left[PFX_LEAVE_IDLE] == 0);
    pfx_store_expire(store, 10, 7);
    CHECK(left[PFX_LEAVE_IDLE] == 7);
    pfx_store_expire(store, 100, 1000);
    CHECK(left[PFX_LEAVE_IDLE] == 50 && pfx_store_count(store, 0) == 50);
    pfx_store_expire(store, 109, 1000); /* what went down a class is idle anew */
    CHECK(pfx_store_total(store) == 50);
    pfx_store_expire(store, 110, 1000);
    CHECK(pfx_store_total(store) == 0 && pfx_store_bytes(store) == 0);
    pfx_store_free(&store);
}

static void a_key_may_stand_for_several(void)
{
    struct pfx_store *store = new_store(100, 1 << 20);
    struct item *a = add(store, 7, 0, 0), *b = add(store, 7, 2, 1), *one = find(store, 7);
    struct item *other = (struct item *)pfx_store_next(&one->entry);
    char key[1001];

    CHECK(one != other && (one == a || one == b) && (other == a || other == b));
    CHECK(pfx_store_next(&other->entry) == NULL);
    CHECK_TEXT(pfx_store_key(&a->entry), "7");
    CHECK(pfx_store_find_hash(store, hash_of(7)) == &one->entry);
    CHECK(pfx_store_next_hash(&one->entry) == &other->entry);
    CHECK(pfx_store_find_hash(store, 99) == NULL);
    pfx_store_remove(store, &one->entry);
    CHECK(find(store, 7) == other);
    memset(key, 'k', sizeof(key));
    CHECK(pfx_store_add(store, (struct pfx_slice){key, 1001}, 1, 0, 0) == NULL);
    CHECK(pfx_store_add(store, (struct pfx_slice){key, 1000}, 1, 0, 0) != NULL);
    pfx_store_free(&store);
}

static void contents_count(void)
{
    struct pfx_store *store = new_store(100, 10000);
    struct item *dear;

    for (unsigned n = 0; n < 20; ++n)
        pfx_store_account(store, &add(store, n, 0, n)->entry, 300);
    CHECK(pfx_store_bytes(store) > 6000 && pfx_store_bytes(store) <= 10000);
    dear = add(store, 50, 2, 50);
    pfx_store_account(store, &dear->entry, 9000);
    CHECK(pfx_store_bytes(store) <= 10000 && find(store, 50) == dear);
    pfx_store_account(store, &dear->entry, 20000); /* too much alone: all others go, it stays */
    CHECK(pfx_store_total(store) == 1 && find(store, 50) == dear);
    pfx_store_account(store, &dear->entry, 0);
    CHECK(pfx_store_bytes(store) < 200);
    pfx_store_free(&store);
}

/* Against a plain table that knows what must be there. */
static void random_work_keeps_the_bounds(void)
{
    enum { KEYS = 400, MOST = 100 };
    struct pfx_store *store = new_store(MOST, 30000);
    uint64_t state = 1;
    size_t cursor, steps;

    for (unsigned step = 0; step < 100000; ++step) {
        unsigned key = (unsigned)((state = state * UINT64_C(6364136223846793005) + 1) >> 33) % KEYS;
        unsigned what = (unsigned)(state >> 20) % 8, class = (unsigned)(state >> 12) % 6;
        struct item *item = find(store, key);
        size_t sum = 0;

        if (item == NULL)
            CHECK((item = add(store, key, class, step)) != NULL && find(store, key) == item);
        else if (what == 0)
            pfx_store_remove(store, &item->entry);
        else if (what < 4)
            pfx_store_touch(store, &item->entry, class, step);
        else if (what < 7)
            pfx_store_account(store, &item->entry, (state >> 8) % 900);
        else
            pfx_store_expire(store, step, 3);
        for (unsigned c = 0; c < PFX_STORE_CLASSES; ++c)
            sum += pfx_store_count(store, c);
        CHECK(sum == pfx_store_total(store) && sum <= MOST && pfx_store_bytes(store) <= 30000 &&
              pfx_store_count(store, 3) <= MOST / 8 * 4);
    }
    visited = 0;
    for (cursor = 0, steps = 1; pfx_store_walk(store, &cursor, 10, visit, NULL); ++steps)
        ;
    CHECK(visited == pfx_store_total(store) && steps > 5);
    pfx_store_free(&store);
}

int main(void)
{
    room_is_made_from_the_lowest_class_up();
    a_class_keeps_to_its_share();
    what_is_idle_goes_in_steps();
    a_key_may_stand_for_several();
    contents_count();
    random_work_keeps_the_bounds();
    return UNIT_END();
}
