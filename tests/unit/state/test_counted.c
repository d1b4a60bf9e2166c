/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of alerts as records: what is taken back is what there was, what is older is not taken,
 * and a record with other bytes is valid or refused. */
#include "unit/unit.h"

#include "state/counted.h"

#include <stdlib.h>

#define BYTES ((size_t)1 << 20)
#define NOW (INT64_C(1790000000) * 1000000)

/* What stands behind the length of each record in a pack. */
struct record {
    int64_t kind, age, class;
    struct pfx_slice key, rest;
};

static bool next(struct pfx_slice *pack, struct record *r)
{
    return pack->length > 0 && pfx_decode_text(pack, &r->rest) &&
           pfx_decode_number(&r->rest, &r->kind) && pfx_decode_number(&r->rest, &r->age) &&
           pfx_decode_number(&r->rest, &r->class) && pfx_decode_text(&r->rest, &r->key);
}

/* A subject with two cells of so many words. */
static void count(struct pfx_alerts *alerts, uint64_t hash, uint32_t words, int64_t time)
{
    struct pfx_counts_part *part = pfx_counts_hold(pfx_alerts_counts(alerts), hash);
    struct pfx_subject *subject = pfx_counts_make(part, hash, time);

    for (uint32_t id = 1; id <= 2; ++id) {
        struct pfx_cell *cell = pfx_counts_add_cell(part, subject, id, words * sizeof(uint32_t));

        cell->told = id * 7;
        for (uint32_t i = 0; i < words; ++i)
            cell->data[i] = (uint32_t)hash * id + i;
    }
    pfx_counts_touch(part, subject, PFX_SUBJECT_WINDOW, time);
    pfx_counts_release(part);
}

static bool has(struct pfx_alerts *alerts, uint64_t hash, uint32_t words)
{
    struct pfx_counts_part *part = pfx_counts_hold(pfx_alerts_counts(alerts), hash);
    struct pfx_subject *subject = pfx_counts_find(part, hash);
    bool good = subject != NULL;

    for (uint32_t id = 1; id <= 2 && good; ++id) {
        struct pfx_cell *cell = pfx_counts_cell(subject, id, words * sizeof(uint32_t));

        good = cell != NULL && cell->told == id * 7 &&
               pfx_counts_cell(subject, id, words * sizeof(uint32_t) + 4) == NULL;
        for (uint32_t i = 0; i < words && good; ++i)
            good = cell->data[i] == (uint32_t)hash * id + i;
    }
    pfx_counts_release(part);
    return good;
}

static void take_all(struct pfx_alerts *alerts, struct pfx_slice pack, bool sound)
{
    struct record r;

    while (next(&pack, &r))
        CHECK(pfx_counted_take(alerts, r.kind, r.class, r.key, r.rest, NOW / 1000000) || !sound);
}

static uint64_t hash_of(uint64_t i)
{
    return (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void encode_all(struct pfx_alerts *alerts, struct pfx_encoder *pack)
{
    for (unsigned part = 0; part < PFX_COUNTS_PARTS; ++part) {
        size_t subjects = 0, sets = 0;

        while (pfx_counted_encode_subjects(pack, alerts, part, &subjects, NOW))
            ;
        while (pfx_counted_encode_first(pack, alerts, part, &sets))
            ;
    }
}

static void by_the_file(void)
{
    struct pfx_alerts *alerts = pfx_alerts_new(BYTES, 7), *other = pfx_alerts_new(BYTES, 7);
    struct pfx_encoder pack = {0};
    uint32_t value, time;

    for (uint64_t i = 0; i < 300; ++i)
        count(alerts, hash_of(i), (uint32_t)(i % 9), NOW - (int64_t)i);
    for (uint64_t i = 0; i < 300; ++i) {
        struct pfx_counts_part *part = pfx_counts_hold(pfx_alerts_counts(alerts), hash_of(i));

        CHECK(!pfx_counts_take_first(part, hash_of(i), 60, 5, (uint32_t)(NOW / 1000000) - 9, &value,
                                     &time));
        pfx_counts_release(part);
    }
    encode_all(alerts, &pack);
    take_all(other, (struct pfx_slice){pack.bytes, pack.length}, true);
    for (uint64_t i = 0; i < 300; ++i) {
        struct pfx_counts_part *part;

        CHECK(has(other, hash_of(i), (uint32_t)(i % 9)));
        part = pfx_counts_hold(pfx_alerts_counts(other), hash_of(i));
        CHECK(pfx_counts_take_first(part, hash_of(i), 60, 6, (uint32_t)(NOW / 1000000), &value,
                                    &time));
        CHECK(value == 5 && time == (uint32_t)(NOW / 1000000) - 9);
        pfx_counts_release(part);
    }
    /* Of another size first events can not be found again; subjects can. */
    pfx_alerts_free(&other);
    other = pfx_alerts_new(4 * BYTES, 7);
    take_all(other, (struct pfx_slice){pack.bytes, pack.length}, true);
    CHECK(has(other, hash_of(3), 3));
    free(pack.bytes);
    pfx_alerts_free(&alerts);
    pfx_alerts_free(&other);
}

/* The journal has what changed since it was asked; what is newer stays. */
static void by_the_journal(void)
{
    struct pfx_alerts *alerts = pfx_alerts_new(BYTES, 7), *other = pfx_alerts_new(BYTES, 7);
    struct pfx_encoder first = {0}, second = {0}, third = {0};

    CHECK(pfx_alerts_watch(alerts, 1) && pfx_alerts_watch(alerts, -1));
    CHECK(!pfx_counts_changed(pfx_alerts_counts(alerts)));
    count(alerts, hash_of(1), 3, NOW);
    count(alerts, hash_of(2), 3, NOW);
    CHECK(pfx_counts_changed(pfx_alerts_counts(alerts)));
    pfx_counted_encode_changes(&first, alerts);
    count(alerts, hash_of(2), 5, NOW + 1000000);
    pfx_counted_encode_changes(&second, alerts);
    pfx_counted_encode_changes(&third, alerts);
    CHECK(first.length > second.length && second.length > 0 && third.length == 0);
    take_all(other, (struct pfx_slice){second.bytes, second.length}, true);
    CHECK(!has(other, hash_of(1), 3) && has(other, hash_of(2), 5));
    take_all(other, (struct pfx_slice){first.bytes, first.length}, true);
    CHECK(has(other, hash_of(1), 3) && has(other, hash_of(2), 5));
    free(first.bytes);
    free(second.bytes);
    pfx_alerts_free(&alerts);
    pfx_alerts_free(&other);
}

/* While the journal can not be written nobody takes what changed; then it goes on. */
static void when_it_was_full(void)
{
    struct pfx_alerts *alerts = pfx_alerts_new(BYTES, 7);
    struct pfx_encoder pack = {0}, next = {0};

    CHECK(pfx_alerts_watch(alerts, 1) && pfx_alerts_watch(alerts, -1));
    for (unsigned round = 0; round < 2; ++round) {
        for (uint64_t i = 0; i < 1024 * PFX_COUNTS_PARTS; ++i)
            count(alerts, hash_of(i), 1, NOW);
        CHECK(pfx_counts_changed(pfx_alerts_counts(alerts)));
    }
    pfx_counted_encode_changes(&pack, alerts);
    count(alerts, hash_of(1), 3, NOW + 1000000);
    CHECK(pfx_counts_changed(pfx_alerts_counts(alerts)));
    pfx_counted_encode_changes(&next, alerts);
    CHECK(next.length > 0);
    free(pack.bytes);
    free(next.bytes);
    pfx_alerts_free(&alerts);
}

/* A late line makes a subject no older: those of before would count again after a restart. */
static void of_a_late_line(void)
{
    struct pfx_alerts *alerts = pfx_alerts_new(BYTES, 7);
    struct pfx_counts_part *part;

    for (unsigned i = 0; i < 12; ++i) {
        count(alerts, hash_of(1), 1, NOW - 3000000 * (int64_t)i);
        part = pfx_counts_hold(pfx_alerts_counts(alerts), hash_of(1));
        CHECK(pfx_counts_find(part, hash_of(1))->entry.touched == NOW);
        pfx_counts_release(part);
    }
    pfx_alerts_free(&alerts);
}

static void of_any_bytes(void)
{
    struct pfx_alerts *alerts = pfx_alerts_new(BYTES, 7);
    struct pfx_encoder pack = {0};
    unsigned refused = 0;

    count(alerts, hash_of(1), 3, NOW);
    encode_all(alerts, &pack);
    pfx_alerts_free(&alerts);
    for (size_t i = 0; i < pack.length; ++i) {
        char *bytes = memcpy(malloc(pack.length), pack.bytes, pack.length);
        struct pfx_slice rest = {bytes, pack.length};
        struct record r;

        alerts = pfx_alerts_new(BYTES, 7);
        bytes[i] = (char)~bytes[i];
        refused += !next(&rest, &r) || r.class < 0 || r.class > pfx_counted_class_most(r.kind) ||
                   r.kind == 'p' || !pfx_counted_take(alerts, r.kind, r.class, r.key, r.rest, 0);
        has(alerts, hash_of(1), 3);
        free(bytes);
        pfx_alerts_free(&alerts);
    }
    CHECK(refused > 0 && refused < pack.length);
    free(pack.bytes);
}

int main(void)
{
    by_the_file();
    by_the_journal();
    when_it_was_full();
    of_a_late_line();
    of_any_bytes();
    return UNIT_END();
}
