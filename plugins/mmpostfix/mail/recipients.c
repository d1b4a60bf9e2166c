/* SPDX-License-Identifier: Apache-2.0 */
/* Recipients of a mail; see recipients.h. */
#include "mail/recipients.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Longest text kept of each; far above what an address may be (RFC 5321 4.5.3.1). */
#define TEXT_MAX 1000

struct pfx_slice pfx_recipient_text(const struct pfx_recipient *recipient,
                                    enum pfx_recipient_text which)
{
    uint16_t begin = which == 0 ? 0 : recipient->end[which - 1];

    return (struct pfx_slice){recipient->text + begin, (size_t)(recipient->end[which] - begin)};
}

static int compare(struct pfx_slice a, struct pfx_slice b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter == 0 ? 0 : memcmp(a.text, b.text, shorter);

    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_to(const struct pfx_recipient *recipient, const struct pfx_delivery *delivery)
{
    /* A long text is kept truncated, so compare only that part. */
    int order = compare(pfx_recipient_text(recipient, PFX_RCPT_TO),
                        pfx_slice_until(delivery->text[PFX_RCPT_TO], TEXT_MAX));

    return order != 0 ? order
                      : compare(pfx_recipient_text(recipient, PFX_RCPT_ORIG),
                                pfx_slice_until(delivery->text[PFX_RCPT_ORIG], TEXT_MAX));
}

/* The first row that is not before the delivery's recipient. */
static uint32_t search(const struct pfx_recipients *recipients, const struct pfx_delivery *delivery)
{
    uint32_t low = 0, high = recipients->rows;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (compare_to(&recipients->row[middle], delivery) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t kept(struct pfx_slice text)
{
    return text.length < TEXT_MAX ? text.length : TEXT_MAX;
}

/* The counter that a recipient of that fate is in. */
static uint32_t *counter(struct pfx_tally *tally, uint8_t fate, bool internal)
{
    switch ((enum pfx_fate)fate) {
    case PFX_FATE_SENT:
        return internal ? &tally->internal : &tally->sent;
    case PFX_FATE_DEFERRED:
        return &tally->deferred;
    case PFX_FATE_BOUNCED:
        return &tally->bounced;
    case PFX_FATE_EXPIRED:
        return &tally->expired;
    case PFX_FATE_PROBED:
        return &tally->probed;
    case PFX_FATE_DROPPED:
        return &tally->dropped;
    default:
        return NULL;
    }
}

static void count(struct pfx_recipients *recipients, uint8_t fate, bool internal, int by)
{
    uint32_t *number = counter(&recipients->tally, fate, internal);

    if (number != NULL)
        *number += (uint32_t)by;
}

/* Replaces what is known of a recipient. */
static bool tell(struct pfx_recipients *recipients, struct pfx_recipient *row,
                 const struct pfx_delivery *delivery)
{
    size_t size = 0, at = 0, old = row->end[PFX_RCPT_TEXTS - 1];
    char *text;

    for (int i = 0; i < PFX_RCPT_TEXTS; ++i)
        size += kept(delivery->text[i]);
    text = pfx_pool_take(recipients->pool, size + 1);
    if (text == NULL)
        return false;
    for (int i = 0; i < PFX_RCPT_TEXTS; ++i) {
        size_t length = kept(delivery->text[i]);

        if (length > 0)
            memcpy(text + at, delivery->text[i].text, length);
        at += length;
        row->end[i] = (uint16_t)at;
    }
    recipients->bytes += pfx_pool_cost(size + 1);
    pfx_pool_give(recipients->pool, row->text, old + 1);
    row->text = text;
    row->time = delivery->time;
    row->delay = delivery->delay;
    count(recipients, row->fate, row->internal, -1);
    row->fate = (uint8_t)delivery->fate;
    row->internal = delivery->internal;
    count(recipients, row->fate, row->internal, 1);
    return true;
}

/* The slot of that key, or the empty one where it would be. There are slots. */
static struct pfx_rest *find_rest(const struct pfx_recipients *recipients, uint64_t key)
{
    uint32_t at = (uint32_t)key & (recipients->slots - 1);

    while (recipients->rest[at].key != 0 && recipients->rest[at].key != key)
        at = (at + 1) & (recipients->slots - 1);
    return &recipients->rest[at];
}

/* Room for one more, at a load of one half at most. */
static bool grow_rest(struct pfx_recipients *recipients)
{
    struct pfx_recipients grown = {.slots = recipients->slots == 0 ? 64 : recipients->slots * 2};

    if (recipients->rests * 2 < recipients->slots)
        return true;
    grown.rest = calloc(grown.slots, sizeof(*grown.rest));
    if (grown.rest == NULL)
        return false;
    for (uint32_t i = 0; i < recipients->slots; ++i) {
        if (recipients->rest[i].key != 0)
            *find_rest(&grown, recipients->rest[i].key) = recipients->rest[i];
    }
    recipients->bytes += (grown.slots - recipients->slots) * sizeof(*grown.rest);
    free(recipients->rest);
    recipients->rest = grown.rest;
    recipients->slots = grown.slots;
    return true;
}

bool pfx_recipients_put_rest(struct pfx_recipients *recipients, const struct pfx_rest *rest)
{
    struct pfx_rest *slot = recipients->slots > 0 ? find_rest(recipients, rest->key) : NULL;

    if (slot == NULL || slot->key == 0) {
        if (recipients->rests == PFX_RECIPIENTS_REST_MAX) {
            ++recipients->beyond;
            return true;
        }
        if (!grow_rest(recipients))
            return false;
        slot = find_rest(recipients, rest->key);
        ++recipients->rests;
    } else if (rest->time < slot->time || (rest->time == slot->time && rest->fate == slot->fate &&
                                           rest->internal <= slot->internal)) {
        return true;
    } else {
        count(recipients, slot->fate, slot->internal, -1);
    }
    *slot = *rest;
    count(recipients, slot->fate, slot->internal, 1);
    return true;
}

static bool add_rest(struct pfx_recipients *recipients, const struct pfx_delivery *delivery)
{
    const struct pfx_rest rest = {
        .key =
            pfx_hash(delivery->text[PFX_RCPT_TO], pfx_hash(delivery->text[PFX_RCPT_ORIG], 1)) | 1,
        .child = pfx_hash(delivery->text[PFX_RCPT_CHILD], 0),
        .time = delivery->time,
        .fate = (uint8_t)delivery->fate,
        .internal = delivery->internal};

    if (delivery->delay > recipients->delay)
        recipients->delay = delivery->delay;
    return pfx_recipients_put_rest(recipients, &rest);
}

static bool grow(struct pfx_recipients *recipients)
{
    uint32_t size = recipients->size == 0 ? 1 : recipients->size * 2;
    struct pfx_recipient *grown;

    if (recipients->rows < recipients->size)
        return true;
    grown = pfx_pool_resize(recipients->pool, recipients->row, recipients->size * sizeof(*grown),
                            size * sizeof(*grown));
    if (grown == NULL)
        return false;
    recipients->bytes += pfx_pool_cost(size * sizeof(*grown));
    recipients->bytes -= pfx_pool_cost(recipients->size * sizeof(*grown));
    recipients->row = grown;
    recipients->size = size;
    return true;
}

static bool add(struct pfx_recipients *recipients, uint32_t at, const struct pfx_delivery *delivery)
{
    struct pfx_recipient row = {.attempts = 1};

    if (recipients->rows == PFX_RECIPIENTS_MAX)
        return add_rest(recipients, delivery);
    if (!grow(recipients) || !tell(recipients, &row, delivery))
        return false;
    memmove(recipients->row + at + 1, recipients->row + at,
            (recipients->rows - at) * sizeof(*recipients->row));
    recipients->row[at] = row;
    ++recipients->rows;
    return true;
}

bool pfx_recipients_put(struct pfx_recipients *recipients, const struct pfx_delivery *delivery)
{
    uint32_t at = search(recipients, delivery);
    struct pfx_recipient *row;

    if (at == recipients->rows || compare_to(&recipients->row[at], delivery) != 0)
        return add(recipients, at, delivery);
    row = &recipients->row[at];
    /* A duplicate line is not another attempt. */
    row->attempts += row->time != delivery->time;
    if (delivery->time < row->time ||
        (delivery->time == row->time &&
         compare(delivery->text[PFX_RCPT_STATUS], pfx_recipient_text(row, PFX_RCPT_STATUS)) <= 0)) {
        if (delivery->time == row->time && delivery->internal && !row->internal) {
            count(recipients, row->fate, false, -1);
            row->internal = true;
            count(recipients, row->fate, true, 1);
        }
        return true;
    }
    recipients->bytes -= pfx_pool_cost(row->end[PFX_RCPT_TEXTS - 1] + 1u);
    if (tell(recipients, row, delivery))
        return true;
    recipients->bytes += pfx_pool_cost(row->end[PFX_RCPT_TEXTS - 1] + 1u);
    return false;
}

void pfx_recipients_hand_over(struct pfx_recipients *recipients, struct pfx_slice child)
{
    uint64_t hash = pfx_hash(child, 0);

    for (uint32_t i = 0; i < recipients->rows; ++i) {
        struct pfx_recipient *row = &recipients->row[i];

        if (row->internal || !pfx_slice_equal(pfx_recipient_text(row, PFX_RCPT_CHILD), child))
            continue;
        count(recipients, row->fate, false, -1);
        row->internal = true;
        count(recipients, row->fate, true, 1);
    }
    for (uint32_t i = 0; i < recipients->slots; ++i) {
        struct pfx_rest *rest = &recipients->rest[i];

        if (rest->key == 0 || rest->internal || rest->child != hash)
            continue;
        count(recipients, rest->fate, false, -1);
        rest->internal = true;
        count(recipients, rest->fate, true, 1);
    }
}

struct pfx_slice pfx_recipients_status(enum pfx_fate fate)
{
    switch (fate) {
    case PFX_FATE_DROPPED:
        return PFX_SLICE("discarded");
    case PFX_FATE_BOUNCED:
        return PFX_SLICE("rejected");
    case PFX_FATE_SENT:
        return PFX_SLICE("sent");
    default:
        return PFX_SLICE("forwarded");
    }
}

void pfx_recipients_correct(struct pfx_recipients *recipients, struct pfx_slice id,
                            enum pfx_fate fate)
{
    for (uint32_t i = 0; i < recipients->rows; ++i) {
        struct pfx_recipient *row = &recipients->row[i];
        struct pfx_delivery delivery = {.time = row->time, .delay = row->delay, .fate = fate};

        if ((row->fate != PFX_FATE_SENT && row->fate != PFX_FATE_DROPPED &&
             row->fate != PFX_FATE_BOUNCED) ||
            (row->fate == fate && !row->internal) ||
            !pfx_slice_equal(pfx_recipient_text(row, PFX_RCPT_CHILD), id))
            continue;
        for (int t = 0; t < PFX_RCPT_TEXTS; ++t)
            delivery.text[t] = pfx_recipient_text(row, (enum pfx_recipient_text)t);
        delivery.text[PFX_RCPT_STATUS] = pfx_recipients_status(fate);
        if (fate == PFX_FATE_REQUEUED) {
            delivery.fate = PFX_FATE_SENT;
            delivery.internal = true;
        }
        recipients->bytes -= pfx_pool_cost(row->end[PFX_RCPT_TEXTS - 1] + 1u);
        if (!tell(recipients, row, &delivery))
            recipients->bytes += pfx_pool_cost(row->end[PFX_RCPT_TEXTS - 1] + 1u);
    }
}

void pfx_recipients_free(struct pfx_recipients *recipients)
{
    for (uint32_t i = 0; i < recipients->rows; ++i)
        pfx_pool_give(recipients->pool, recipients->row[i].text,
                      recipients->row[i].end[PFX_RCPT_TEXTS - 1] + 1u);
    pfx_pool_give(recipients->pool, recipients->row, recipients->size * sizeof(*recipients->row));
    free(recipients->rest);
    *recipients = (struct pfx_recipients){.pool = recipients->pool};
}

struct pfx_tally pfx_recipients_count(const struct pfx_recipients *recipients, bool expired)
{
    struct pfx_tally tally = recipients->tally;

    tally.all = recipients->rows + recipients->rests;
    if (expired) {
        tally.expired += tally.deferred;
        tally.deferred = 0;
    }
    return tally;
}
