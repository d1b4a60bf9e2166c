/* SPDX-License-Identifier: Apache-2.0 */
/* Recipients of a mail; see recipients.h. */
#include "story/recipients.h"

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
    /* A long one is kept cut, and is the same when it comes again. */
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

/* Replaces what is known of a recipient. */
static bool tell(struct pfx_recipients *recipients, struct pfx_recipient *row,
                 const struct pfx_delivery *delivery)
{
    size_t size = 0, at = 0;
    char *text;

    for (int i = 0; i < PFX_RCPT_TEXTS; ++i)
        size += kept(delivery->text[i]);
    text = malloc(size + 1);
    if (text == NULL)
        return false;
    for (int i = 0; i < PFX_RCPT_TEXTS; ++i) {
        size_t length = kept(delivery->text[i]);

        if (length > 0)
            memcpy(text + at, delivery->text[i].text, length);
        at += length;
        row->end[i] = (uint16_t)at;
    }
    recipients->bytes += size;
    free(row->text);
    row->text = text;
    row->time = delivery->time;
    row->delay = delivery->delay;
    row->fate = (uint8_t)delivery->fate;
    row->internal = delivery->internal;
    return true;
}

static bool grow(struct pfx_recipients *recipients)
{
    uint32_t size = recipients->size == 0 ? 1 : recipients->size * 2;
    struct pfx_recipient *grown;

    if (recipients->rows < recipients->size)
        return true;
    grown = realloc(recipients->row, size * sizeof(*grown));
    if (grown == NULL)
        return false;
    recipients->bytes += (size - recipients->size) * sizeof(*grown);
    recipients->row = grown;
    recipients->size = size;
    return true;
}

static bool add(struct pfx_recipients *recipients, uint32_t at, const struct pfx_delivery *delivery)
{
    struct pfx_recipient row = {.attempts = 1};

    if (recipients->rows == PFX_RECIPIENTS_MAX) {
        ++recipients->beyond;
        return true;
    }
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
    /* The same line once more is no other attempt. */
    row->attempts += row->time != delivery->time;
    if (delivery->time < row->time ||
        (delivery->time == row->time &&
         compare(delivery->text[PFX_RCPT_STATUS], pfx_recipient_text(row, PFX_RCPT_STATUS)) <= 0)) {
        row->internal |= delivery->time == row->time && delivery->internal;
        return true;
    }
    recipients->bytes -= row->end[PFX_RCPT_TEXTS - 1];
    if (tell(recipients, row, delivery))
        return true;
    recipients->bytes += row->end[PFX_RCPT_TEXTS - 1];
    return false;
}

void pfx_recipients_hand_over(struct pfx_recipients *recipients, struct pfx_slice child)
{
    for (uint32_t i = 0; i < recipients->rows; ++i) {
        struct pfx_recipient *row = &recipients->row[i];

        row->internal |= pfx_slice_equal(pfx_recipient_text(row, PFX_RCPT_CHILD), child);
    }
}

void pfx_recipients_free(struct pfx_recipients *recipients)
{
    for (uint32_t i = 0; i < recipients->rows; ++i)
        free(recipients->row[i].text);
    free(recipients->row);
    *recipients = (struct pfx_recipients){0};
}

struct pfx_tally pfx_recipients_count(const struct pfx_recipients *recipients, bool expired)
{
    struct pfx_tally tally = {.all = recipients->rows};

    for (uint32_t i = 0; i < recipients->rows; ++i) {
        const struct pfx_recipient *row = &recipients->row[i];

        tally.internal += row->fate == PFX_FATE_SENT && row->internal;
        tally.sent += row->fate == PFX_FATE_SENT && !row->internal;
        tally.deferred += row->fate == PFX_FATE_DEFERRED && !expired;
        tally.expired +=
            row->fate == PFX_FATE_EXPIRED || (row->fate == PFX_FATE_DEFERRED && expired);
        tally.bounced += row->fate == PFX_FATE_BOUNCED;
        tally.probed += row->fate == PFX_FATE_PROBED;
    }
    return tally;
}
