/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of counts; see table.h. */
#include "counting/table.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_SLOTS 256

bool table_open(struct table *table, size_t most, unsigned weighed, bool fixed)
{
    *table = (struct table){.slots = FIRST_SLOTS, .most = most, .weighed = weighed, .fixed = fixed};
    /* Strangers can not make keys collide. */
    if (getrandom(&table->seed, sizeof(table->seed), 0) != (ssize_t)sizeof(table->seed))
        table->seed = (uint64_t)(uintptr_t)table;
    table->slot = calloc(table->slots, sizeof(struct tally *));
    return table->slot != NULL;
}

static void tally_free(struct tally *row)
{
    if (row == NULL)
        return;
    delays_free(&row->delays);
    free(row->text);
    free(row);
}

void table_close(struct table *table)
{
    for (size_t i = 0; table->slot != NULL && i < table->slots; ++i) {
        struct tally *row = table->slot[i], *next;

        for (; row != NULL; row = next) {
            next = row->next;
            tally_free(row);
        }
    }
    tally_free(table->beyond);
    free(table->slot);
    *table = (struct table){0};
}

static bool grow(struct table *table)
{
    size_t slots = table->slots > 0 ? table->slots * 2 : FIRST_SLOTS;
    struct tally **slot = calloc(slots, sizeof(struct tally *));

    if (slot == NULL)
        return false;
    for (size_t i = 0; i < table->slots; ++i) {
        struct tally *row = table->slot[i], *next;

        for (; row != NULL; row = next) {
            next = row->next;
            row->next = slot[row->hash & (slots - 1)];
            slot[row->hash & (slots - 1)] = row;
        }
    }
    free(table->slot);
    table->slot = slot;
    table->slots = slots;
    return true;
}

static int64_t weight_of(const struct table *table, const struct tally *row)
{
    int64_t weight = 0;

    for (unsigned i = 0; i < table->weighed; ++i)
        weight += row->count[i];
    return weight;
}

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The lighter half goes; of rows as heavy as the heaviest of these, all. */
static bool prune(struct table *table)
{
    int64_t *weights = malloc(table->rows * sizeof(*weights)), limit;
    size_t count = 0;

    if (weights == NULL)
        return false;
    for (size_t i = 0; i < table->slots; ++i) {
        for (const struct tally *row = table->slot[i]; row != NULL; row = row->next)
            weights[count++] = weight_of(table, row);
    }
    qsort(weights, count, sizeof(*weights), by_number);
    limit = weights[count / 2];
    free(weights);
    for (size_t i = 0; i < table->slots; ++i) {
        struct tally **at = &table->slot[i];

        while (*at != NULL) {
            struct tally *row = *at;

            if (weight_of(table, row) > limit) {
                at = &row->next;
                continue;
            }
            *at = row->next;
            tally_free(row);
            --table->rows;
            ++table->lost;
        }
    }
    table->lacked += limit;
    return true;
}

static struct tally *tally_new(const char *key, size_t length, unsigned parts)
{
    struct tally *row = calloc(1, sizeof(*row) + length + 1);

    if (row == NULL)
        return NULL;
    memcpy(row->key, key, length);
    row->parts = parts;
    key = row->key;
    for (unsigned i = 0; i < parts; ++i) {
        row->part[i] = key;
        key += strlen(key) + 1;
    }
    return row;
}

/* Copies what is all ASCII, as nearly all is; false, with nothing of use in out, for other text. */
static bool copy_ascii(struct pfx_slice text, char *out)
{
    uint64_t word, high = 0;
    size_t at = 0;

    for (; at + sizeof(word) <= text.length; at += sizeof(word)) {
        memcpy(&word, text.text + at, sizeof(word));
        memcpy(out + at, &word, sizeof(word));
        high |= word & UINT64_C(0x8080808080808080);
    }
    for (; at < text.length; ++at) {
        out[at] = text.text[at];
        high |= (unsigned char)text.text[at] & 0x80u;
    }
    return high == 0;
}

/* The parts with NUL behind each, as UTF-8; returns the length. */
static size_t make_key(char key[TABLE_KEY], const struct pfx_slice *part, unsigned parts)
{
    size_t length = 0;

    for (unsigned i = 0; i < parts; ++i) {
        struct pfx_slice text = pfx_slice_until(part[i], TABLE_KEY / TABLE_PARTS / 3 - 1);

        length += copy_ascii(text, key + length) ? text.length : pfx_value_utf8(text, key + length);
        key[length++] = '\0';
    }
    return length;
}

/* The row that stands for all that a fixed table has no room for. */
static struct tally *beyond(struct table *table, unsigned parts)
{
    char key[TABLE_PARTS] = "";

    if (table->beyond == NULL) {
        table->beyond = tally_new(key, parts, parts);
        if (table->beyond != NULL)
            table->beyond->beyond = true;
    }
    return table->beyond;
}

struct tally *table_row(struct table *table, const struct pfx_slice *part, unsigned parts)
{
    char key[TABLE_KEY];
    size_t length = make_key(key, part, parts);
    uint64_t hash = pfx_hash((struct pfx_slice){key, length}, table->seed);
    struct tally *row = table->slot[hash & (table->slots - 1)];

    while (row != NULL && (row->hash != hash || memcmp(row->key, key, length) != 0))
        row = row->next;
    if (row != NULL)
        return row;
    if (table->rows >= table->most) {
        if (table->fixed)
            return beyond(table, parts);
        if (!prune(table))
            return NULL;
    }
    if (table->rows >= table->slots && !grow(table))
        return NULL;
    row = tally_new(key, length, parts);
    if (row == NULL)
        return NULL;
    row->hash = hash;
    row->next = table->slot[hash & (table->slots - 1)];
    table->slot[hash & (table->slots - 1)] = row;
    ++table->rows;
    return row;
}

static int by_key(const void *a, const void *b)
{
    const struct tally *x = *(const struct tally *const *)a, *y = *(const struct tally *const *)b;

    for (unsigned i = 0; i < x->parts; ++i) {
        int order = strcmp(x->part[i], y->part[i]);

        if (order != 0)
            return order;
    }
    return 0;
}

static int by_counts(const void *a, const void *b)
{
    const struct tally *x = *(const struct tally *const *)a, *y = *(const struct tally *const *)b;

    for (unsigned i = 0; i < TABLE_COUNTS; ++i) {
        if (x->count[i] != y->count[i])
            return x->count[i] < y->count[i] ? 1 : -1;
    }
    return by_key(a, b);
}

struct tally **table_sorted(const struct table *table, bool by_keys)
{
    struct tally **sorted = malloc((table->rows + 1) * sizeof(struct tally *));
    size_t count = 0;

    if (sorted == NULL || table->rows == 0) {
        free(sorted);
        return NULL;
    }
    for (size_t i = 0; i < table->slots; ++i) {
        for (struct tally *row = table->slot[i]; row != NULL; row = row->next)
            sorted[count++] = row;
    }
    qsort(sorted, count, sizeof(struct tally *), by_keys ? by_key : by_counts);
    if (table->beyond != NULL)
        sorted[count++] = table->beyond;
    return sorted;
}

bool tally_set_text(struct tally *row, struct pfx_slice text)
{
    char *grown;

    text = pfx_slice_until(text, TABLE_KEY);
    grown = realloc(row->text, text.length * 3 + 1);
    if (grown == NULL)
        return false;
    row->text = grown;
    grown[pfx_value_utf8(text, grown)] = '\0';
    return true;
}

bool tally_add_delay(struct tally *row, double seconds)
{
    if (row->delays == NULL)
        row->delays = delays_new();
    return row->delays != NULL && delays_add(row->delays, seconds);
}
