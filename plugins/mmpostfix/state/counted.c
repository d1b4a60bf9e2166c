/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of alerts as records; see counted.h. */
#include "state/counted.h"

#include <stdlib.h>
#include <string.h>

/* Counts what changed in the form of counts: those of another one are left out. */
#define FORMAT 2
/* Subjects, and sets of first events, while a part is held once. */
#define SUBJECTS 128
#define SETS 512
/* Microseconds, far beyond any year. */
#define TIME_MOST (INT64_C(1) << 60)

/* On the way from counts to records. */
struct coder {
    struct pfx_encoder *pack;
    struct pfx_encoder cells; /* of a record of first events */
    int64_t now;
    unsigned part;
};

static void begin(struct pfx_encoder *record, char kind, int64_t age, int64_t class,
                  struct pfx_slice key)
{
    *record = (struct pfx_encoder){0};
    pfx_encode_number(record, kind);
    pfx_encode_number(record, age);
    pfx_encode_number(record, class);
    pfx_encode_text(record, key);
}

static void end(struct pfx_encoder *pack, struct pfx_encoder *record)
{
    if (record->failed)
        pack->failed = true;
    else
        pfx_encode_text(pack, (struct pfx_slice){record->bytes, record->length});
    free(record->bytes);
}

static struct pfx_slice key_of(const uint64_t *hash)
{
    return (struct pfx_slice){(const char *)hash, sizeof(*hash)};
}

void pfx_counted_encode_past(struct pfx_encoder *pack, struct pfx_alerts *alerts)
{
    struct pfx_encoder record;
    struct pfx_alerts_past past;

    pfx_alerts_past(alerts, &past);
    begin(&record, 'p', 0, 0, PFX_NO_SLICE);
    pfx_encode_number(&record, FORMAT);
    pfx_encode_number(&record, (int64_t)past.seed);
    for (unsigned i = 0; i < PFX_ALERT_RULES && past.began[i].id != 0; ++i) {
        pfx_encode_number(&record, past.began[i].id);
        pfx_encode_number(&record, past.began[i].time);
    }
    end(pack, &record);
}

bool pfx_counted_decode_past(struct pfx_slice bytes, struct pfx_alerts_past *past_r)
{
    int64_t format, seed, id, time;

    *past_r = (struct pfx_alerts_past){0};
    if (!pfx_decode_number(&bytes, &format) || format != FORMAT ||
        !pfx_decode_number(&bytes, &seed))
        return false;
    past_r->seed = (uint64_t)seed;
    for (unsigned i = 0; i < PFX_ALERT_RULES && bytes.length > 0; ++i) {
        if (!pfx_decode_number(&bytes, &id) || !pfx_decode_number(&bytes, &time))
            return false;
        past_r->began[i].id = (uint32_t)id;
        past_r->began[i].time = (uint32_t)time;
    }
    return true;
}

static void encode_subject(void *cookie, const struct pfx_subject *subject)
{
    struct coder *coder = cookie;
    int64_t touched = subject->entry.touched;
    struct pfx_encoder record;

    begin(&record, 'c', coder->now > touched ? coder->now - touched : 0, subject->entry.class,
          key_of(&subject->entry.hash));
    pfx_encode_number(&record, touched);
    pfx_encode_number(&record, subject->hits);
    pfx_encode_text(&record, (struct pfx_slice){(const char *)subject->cells,
                                                subject->words * sizeof(*subject->cells)});
    end(coder->pack, &record);
}

static void visit_entry(void *cookie, struct pfx_entry *entry)
{
    encode_subject(cookie, (const struct pfx_subject *)entry);
}

bool pfx_counted_encode_subjects(struct pfx_encoder *pack, struct pfx_alerts *alerts, unsigned part,
                                 size_t *cursor, int64_t now)
{
    struct coder coder = {.pack = pack, .now = now};

    return pfx_counts_walk(pfx_alerts_counts(alerts), part, cursor, SUBJECTS, visit_entry, &coder);
}

static void visit_cell(void *cookie, size_t set, uint64_t cell)
{
    struct coder *coder = cookie;
    uint32_t number = (uint32_t)set;

    pfx_encode_add(&coder->cells, &number, sizeof(number));
    pfx_encode_add(&coder->cells, &cell, sizeof(cell));
}

bool pfx_counted_encode_first(struct pfx_encoder *pack, struct pfx_alerts *alerts, unsigned part,
                              size_t *cursor)
{
    struct pfx_counts *counts = pfx_alerts_counts(alerts);
    struct coder coder = {.pack = pack};
    bool more = pfx_counts_walk_first(counts, part, cursor, SETS, visit_cell, &coder);
    struct pfx_encoder record;

    pack->failed = pack->failed || coder.cells.failed;
    if (coder.cells.length > 0 && !coder.cells.failed) {
        begin(&record, 'f', 0, part, PFX_NO_SLICE);
        pfx_encode_number(&record, (int64_t)pfx_counts_first_sets(counts));
        pfx_encode_text(&record, (struct pfx_slice){coder.cells.bytes, coder.cells.length});
        end(pack, &record);
    }
    free(coder.cells.bytes);
    return more;
}

static void encode_first(void *cookie, uint64_t key, uint32_t value, uint32_t time)
{
    struct coder *coder = cookie;
    struct pfx_encoder record;

    begin(&record, 'i', 0, coder->part, key_of(&key));
    pfx_encode_number(&record, value);
    pfx_encode_number(&record, time);
    end(coder->pack, &record);
}

void pfx_counted_encode_changes(struct pfx_encoder *pack, struct pfx_alerts *alerts)
{
    struct coder coder = {.pack = pack};
    const struct pfx_counts_visitor visitor = {&coder, encode_subject, encode_first};

    for (; coder.part < PFX_COUNTS_PARTS; ++coder.part)
        pfx_counts_changes(pfx_alerts_counts(alerts), coder.part, &visitor);
}

int64_t pfx_counted_class_most(int64_t kind)
{
    if (kind == 'c')
        return PFX_STORE_CLASSES - 1;
    return kind == 'p' ? 0 : kind == 'f' || kind == 'i' ? PFX_COUNTS_PARTS - 1 : -1;
}

static bool take_subject(struct pfx_alerts *alerts, unsigned class, uint64_t hash,
                         struct pfx_slice bytes)
{
    struct pfx_saved_subject saved = {.hash = hash, .class = class};
    int64_t hits;

    if (!pfx_decode_number(&bytes, &saved.touched) || !pfx_decode_number(&bytes, &hits) ||
        !pfx_decode_text(&bytes, &saved.cells) || bytes.length > 0 || saved.touched < 0 ||
        saved.touched > TIME_MOST || hits < 0 || hits > UINT32_MAX)
        return false;
    saved.hits = (uint32_t)hits;
    return pfx_counts_put(pfx_alerts_counts(alerts), &saved);
}

static bool take_cells(struct pfx_alerts *alerts, unsigned part, struct pfx_slice bytes,
                       int64_t saved)
{
    struct pfx_counts *counts = pfx_alerts_counts(alerts);
    struct pfx_slice cells;
    int64_t sets;
    uint32_t set;
    uint64_t cell;

    if (!pfx_decode_number(&bytes, &sets) || !pfx_decode_text(&bytes, &cells) || bytes.length > 0 ||
        cells.length % (sizeof(set) + sizeof(cell)) != 0)
        return false;
    if (sets != (int64_t)pfx_counts_first_sets(counts))
        return true; /* the bound is another one: they can not be found again */
    for (; cells.length > 0; cells = pfx_slice_from(cells, sizeof(set) + sizeof(cell))) {
        memcpy(&set, cells.text, sizeof(set));
        memcpy(&cell, cells.text + sizeof(set), sizeof(cell));
        pfx_counts_put_first(counts, part, set, cell, (uint32_t)saved);
    }
    return true;
}

bool pfx_counted_take(struct pfx_alerts *alerts, int64_t kind, int64_t class, struct pfx_slice key,
                      struct pfx_slice bytes, int64_t saved)
{
    uint64_t hash = 0;
    int64_t value, time;

    if (kind == 'f')
        return take_cells(alerts, (unsigned)class, bytes, saved);
    if (key.length != sizeof(hash))
        return false;
    memcpy(&hash, key.text, sizeof(hash));
    if (kind == 'c')
        return take_subject(alerts, (unsigned)class, hash, bytes);
    if (!pfx_decode_number(&bytes, &value) || !pfx_decode_number(&bytes, &time) || bytes.length > 0)
        return false;
    pfx_counts_put_first_key(pfx_alerts_counts(alerts), (unsigned)class, hash, (uint32_t)value,
                             (uint32_t)time);
    return true;
}
