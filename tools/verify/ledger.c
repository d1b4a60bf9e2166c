/* SPDX-License-Identifier: Apache-2.0 */
/* Chains that came back; see ledger.h. */
#include "verify/ledger.h"
#include "base/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check {
    struct ledger *ledger;
    struct pfx_hasher *hasher;
    void (*tell)(void *cookie, const struct ledger *ledger, const struct finding *finding);
    void *cookie;
};

static bool grow(void **rows, size_t *size, size_t used, size_t row)
{
    size_t wanted = *size * 2 + 1024;
    void *grown;

    if (used < *size)
        return true;
    grown = realloc(*rows, wanted * row);
    if (grown == NULL)
        return false;
    *rows = grown;
    *size = wanted;
    return true;
}

/* A new entry at the end, or NULL. */
static struct entry *append(struct ledger *ledger)
{
    void *rows = ledger->entry;

    if (!grow(&rows, &ledger->entry_size, ledger->entries, sizeof(struct entry)))
        return NULL;
    ledger->entry = rows;
    return &ledger->entry[ledger->entries++];
}

bool ledger_add(struct ledger *ledger, const struct place *place, unsigned file, unsigned line)
{
    struct entry *entry = append(ledger);

    if (entry == NULL)
        return false;
    *entry = (struct entry){.number = place->number, .file = file, .line = line};
    memcpy(entry->before, place->before, sizeof(entry->before));
    memcpy(entry->leaf, place->leaf, sizeof(entry->leaf));
    if (!place->either)
        return true;
    entry->other = malloc(PFX_SEAL_HASH);
    if (entry->other != NULL)
        memcpy(entry->other, place->other, PFX_SEAL_HASH);
    return entry->other != NULL;
}

bool ledger_add_note(struct ledger *ledger, struct pfx_hasher *hasher, const struct note *note)
{
    unsigned char before[PFX_SEAL_HASH];

    memcpy(before, note->before, sizeof(before));
    for (uint64_t i = 0; i <= note->last - note->first; ++i) {
        struct entry *entry = append(ledger);

        if (entry == NULL)
            return false;
        *entry = (struct entry){.number = note->first + i, .note = note};
        memcpy(entry->before, before, sizeof(entry->before));
        memcpy(entry->leaf, note->leaf[i], sizeof(entry->leaf));
        pfx_chain_link(hasher, pfx_slice_of(ledger->stream), entry->number, entry->before,
                       entry->leaf, before);
    }
    return true;
}

bool ledger_add_anchor(struct ledger *ledger, const struct pfx_anchor *anchor, unsigned line)
{
    void *rows = ledger->anchor;
    struct kept_anchor *kept;

    if (!grow(&rows, &ledger->anchor_size, ledger->anchors, sizeof(*kept)))
        return false;
    ledger->anchor = rows;
    kept = &ledger->anchor[ledger->anchors++];
    *kept = (struct kept_anchor){.kind = anchor->kind,
                                 .first = anchor->first,
                                 .last = anchor->last,
                                 .known = anchor->known,
                                 .unclean = anchor->unclean,
                                 .time = anchor->time,
                                 .line = line};
    memcpy(kept->head, anchor->head, sizeof(kept->head));
    return true;
}

void ledger_free(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->entries; ++i)
        free(ledger->entry[i].other);
    free(ledger->entry);
    free(ledger->anchor);
    *ledger = (struct ledger){0};
}

struct ledger *ledgers_find(const struct ledgers *ledgers, struct pfx_slice stream)
{
    for (unsigned i = 0; i < ledgers->count; ++i) {
        if (pfx_slice_equal(pfx_slice_of(ledgers->ledger[i].stream), stream))
            return &ledgers->ledger[i];
    }
    return NULL;
}

struct ledger *ledgers_get(struct ledgers *ledgers, struct pfx_slice stream)
{
    struct ledger *found = ledgers_find(ledgers, stream), *grown;

    if (found != NULL)
        return found;
    if (ledgers->count == LEDGERS_MOST || stream.length >= PFX_CHAIN_STREAM)
        return NULL;
    grown = pfx_rows_grow(ledgers->ledger, ledgers->count, sizeof(*grown));
    if (grown == NULL)
        return NULL;
    ledgers->ledger = grown;
    grown = &ledgers->ledger[ledgers->count++];
    *grown = (struct ledger){0};
    snprintf(grown->stream, sizeof(grown->stream), "%.*s", (int)stream.length, stream.text);
    return grown;
}

void ledgers_free(struct ledgers *ledgers)
{
    for (unsigned i = 0; i < ledgers->count; ++i)
        ledger_free(&ledgers->ledger[i]);
    free(ledgers->ledger);
    *ledgers = (struct ledgers){0};
}

static int by_number(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    if ((x->note == NULL) != (y->note == NULL))
        return x->note == NULL ? -1 : 1;
    return x->file != y->file ? (x->file < y->file ? -1 : 1)
                              : (x->line > y->line) - (x->line < y->line);
}

void ledger_sort(struct ledger *ledger)
{
    if (ledger->entries > 0)
        qsort(ledger->entry, ledger->entries, sizeof(*ledger->entry), by_number);
}

static void tell(const struct check *check, const struct finding *finding)
{
    check->tell(check->cookie, check->ledger, finding);
}

static bool is_leaf(const struct entry *entry, const unsigned char *leaf)
{
    return memcmp(entry->leaf, leaf, PFX_SEAL_HASH) == 0 ||
           (entry->other != NULL && memcmp(entry->other, leaf, PFX_SEAL_HASH) == 0);
}

bool ledger_equal(const struct entry *a, const struct entry *b)
{
    return memcmp(a->before, b->before, sizeof(a->before)) == 0 &&
           (is_leaf(a, b->leaf) || (b->other != NULL && is_leaf(a, b->other)));
}

void ledger_unite(struct ledger *ledger)
{
    size_t kept = 0;

    for (size_t i = 1; i < ledger->entries; ++i) {
        if (ledger->entry[kept].number != ledger->entry[i].number)
            ledger->entry[++kept] = ledger->entry[i];
        else
            free(ledger->entry[i].other);
    }
    if (ledger->entries > 0)
        ledger->entries = kept + 1;
}

/* What there is more than once of one number; equal documents were sent twice. */
static void check_numbers(const struct check *check)
{
    struct ledger *ledger = check->ledger;
    const struct entry *last = ledger->entry, *end = last + ledger->entries;

    for (const struct entry *one = last; one < end; ++one) {
        if (one == last || one->number != last->number)
            last = one;
        else if (!ledger_equal(last, one))
            tell(check, &(struct finding){.kind = FINDING_FORGED,
                                          .first = last->number,
                                          .last = last->number,
                                          .near = last,
                                          .then = one});
        else if (one->note == NULL)
            ++ledger->repeated;
        else if (last->note == NULL && one[-1].note == NULL)
            ++ledger->returned;
    }
}

/* Tells what notes stand for, those of one note that follow each other at once. */
static void check_erased(const struct check *check)
{
    struct ledger *ledger = check->ledger;
    const struct entry *end = ledger->entry + ledger->entries;

    for (const struct entry *first = ledger->entry, *last; first < end; first = last + 1) {
        last = first;
        if (first->note == NULL)
            continue;
        while (last + 1 < end && last[1].note == first->note && last[1].number == last->number + 1)
            ++last;
        ledger->erased += last->number - first->number + 1;
        tell(check, &(struct finding){.kind = FINDING_ERASED,
                                      .first = first->number,
                                      .last = last->number,
                                      .near = first,
                                      .then = last});
    }
}

/* Whether an entry has that link, which the next one names. */
static bool has_link(const struct check *check, const struct entry *entry,
                     const unsigned char link[static PFX_SEAL_HASH])
{
    const struct pfx_slice stream = pfx_slice_of(check->ledger->stream);
    unsigned char own[PFX_SEAL_HASH];

    pfx_chain_link(check->hasher, stream, entry->number, entry->before, entry->leaf, own);
    if (memcmp(own, link, PFX_SEAL_HASH) == 0 || entry->other == NULL)
        return memcmp(own, link, PFX_SEAL_HASH) == 0;
    pfx_chain_link(check->hasher, stream, entry->number, entry->before, entry->other, own);
    return memcmp(own, link, PFX_SEAL_HASH) == 0;
}

/* The start that gave out a number as its first one, or NULL. */
static const struct kept_anchor *start_at(const struct ledger *ledger, uint64_t number)
{
    for (size_t i = 0; i < ledger->anchors; ++i) {
        if (ledger->anchor[i].kind == PFX_ANCHOR_START && ledger->anchor[i].first == number)
            return &ledger->anchor[i];
    }
    return NULL;
}

/* The first number of the first start that was above one; 0: none. Numbers between that and the
 * last one that is known of the daemon that died were given out, or not: nobody knows. */
static const struct kept_anchor *unclean_between(const struct ledger *ledger, uint64_t number,
                                                 uint64_t next)
{
    for (size_t i = 0; i < ledger->anchors; ++i) {
        const struct kept_anchor *anchor = &ledger->anchor[i];

        if (anchor->kind == PFX_ANCHOR_START && anchor->unclean && anchor->first > number &&
            anchor->first <= next && number >= anchor->known)
            return anchor;
    }
    return NULL;
}

static void missing(const struct check *check, uint64_t first, uint64_t last,
                    const struct entry *near, const struct entry *then)
{
    if (first <= last)
        tell(
            check,
            &(struct finding){
                .kind = FINDING_MISSING, .first = first, .last = last, .near = near, .then = then});
}

/* What lies between two entries of which the second one is the next that is there. */
static void check_between(const struct check *check, const struct entry *near,
                          const struct entry *then)
{
    const struct kept_anchor *start = start_at(check->ledger, then->number), *unclean;
    uint64_t first = near->number + 1;
    bool good = true;

    unclean = unclean_between(check->ledger, near->number, then->number);
    if (unclean != NULL)
        first = unclean->first; /* what is missing before was perhaps never there */
    missing(check, first, then->number - 1, near, then);
    if (start != NULL)
        good = memcmp(start->head, then->before, sizeof(start->head)) == 0;
    else if (then->number == near->number + 1)
        good = has_link(check, near, then->before);
    if (!good)
        tell(check, &(struct finding){.kind = FINDING_CHANGED,
                                      .first = near->number,
                                      .last = then->number,
                                      .near = near,
                                      .then = then});
}

static const struct entry *find(const struct ledger *ledger, uint64_t number)
{
    struct entry wanted = {.number = number};
    size_t low = 0, high = ledger->entries;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ledger->entry[middle].number < wanted.number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ledger->entries && ledger->entry[low].number == number ? &ledger->entry[low]
                                                                        : NULL;
}

static void check_anchors(const struct check *check)
{
    const struct ledger *ledger = check->ledger;

    for (size_t i = 0; i < ledger->anchors; ++i) {
        const struct kept_anchor *anchor = &ledger->anchor[i];
        const struct entry *entry =
            anchor->kind == PFX_ANCHOR_START ? NULL : find(ledger, anchor->last);

        if (entry != NULL && !has_link(check, entry, anchor->head))
            tell(check, &(struct finding){.kind = FINDING_DIFFERS,
                                          .first = entry->number,
                                          .last = entry->number,
                                          .near = entry,
                                          .anchor = anchor});
    }
}

/* What anchors say that there was before the first entry and after the last one. */
static void check_ends(const struct check *check, bool part)
{
    const struct ledger *ledger = check->ledger;
    const struct entry *begin = ledger->entries > 0 ? &ledger->entry[0] : NULL;
    const struct entry *end = ledger->entries > 0 ? &ledger->entry[ledger->entries - 1] : NULL;
    uint64_t first = UINT64_MAX, last = 0;

    for (size_t i = 0; i < ledger->anchors; ++i) {
        const struct kept_anchor *anchor = &ledger->anchor[i];

        if (anchor->kind == PFX_ANCHOR_START)
            continue;
        first = anchor->first < first ? anchor->first : first;
        last = anchor->last > last ? anchor->last : last;
    }
    if (ledger->anchors == 0 || last == 0)
        last = 0;
    check->ledger->open = end != NULL && end->number > last ? end->number - last : 0;
    if (part || last == 0)
        return;
    if (begin == NULL) {
        missing(check, first, last, NULL, NULL);
        return;
    }
    missing(check, first, begin->number - 1, NULL, begin);
    missing(check, end->number + 1, last, end, NULL);
}

void ledger_check(struct ledger *ledger, struct pfx_hasher *hasher, bool part,
                  void (*tell_it)(void *cookie, const struct ledger *ledger,
                                  const struct finding *finding),
                  void *cookie)
{
    const struct check check = {ledger, hasher, tell_it, cookie};
    const struct kept_anchor *start;

    ledger_sort(ledger);
    if (ledger->entries > 0)
        check_numbers(&check);
    ledger_unite(ledger);
    check_ends(&check, part);
    if (ledger->entries > 0) {
        const struct entry *first = &ledger->entry[0];

        start = start_at(ledger, first->number);
        if (start != NULL && memcmp(start->head, first->before, PFX_SEAL_HASH) != 0)
            tell(&check, &(struct finding){.kind = FINDING_CHANGED,
                                           .first = first->number,
                                           .last = first->number,
                                           .near = first,
                                           .then = first});
    }
    for (size_t i = 1; i < ledger->entries; ++i)
        check_between(&check, &ledger->entry[i - 1], &ledger->entry[i]);
    check_anchors(&check);
    if (ledger->entries > 0)
        check_erased(&check);
}
