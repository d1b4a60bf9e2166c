/* SPDX-License-Identifier: Apache-2.0 */
/* Counting while lines come; see live.h. */
#include "top/live.h"
#include "counting/refusal.h"
#include "people/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 10000

static struct pfx_slice get(const struct pfx_worker *worker, enum pfx_field field)
{
    return pfx_worker_field(worker, field);
}

static bool is(struct pfx_slice text, const char *other)
{
    return pfx_slice_equal(text, pfx_slice_of(other));
}

bool live_open(struct live *live)
{
    live->seen = calloc(LIVE_SEEN, sizeof(*live->seen));
    return live->seen != NULL && table_open(&live->senders, MANY, 1, false) &&
           table_open(&live->reasons, MANY, 1, true) && table_open(&live->hops, MANY, 1, false);
}

void live_close(struct live *live)
{
    free(live->seen);
    table_close(&live->senders);
    table_close(&live->reasons);
    table_close(&live->hops);
}

static void count(struct live *live, struct table *table, struct pfx_slice key,
                  struct pfx_slice text)
{
    struct tally *row = table_row(table, &key, 1);

    if (row != NULL)
        ++row->count[0];
    live->failed |= row == NULL || (text.length > 0 && !tally_set_text(row, text));
}

/* A mail goes on as another one. */
static bool goes_on(const struct pfx_worker *worker)
{
    struct pfx_slice link = get(worker, PFX_F_link);

    return is(link, "filter") || is(link, "requeue") || is(link, "relay");
}

/* The first time that the queue manager takes a mail up. */
static void take_active(struct live *live, const struct pfx_worker *worker)
{
    struct pfx_slice id = get(worker, PFX_F_mail_id), from = get(worker, PFX_F_from);
    char text[17];
    uint64_t number, *place;

    snprintf(text, sizeof(text), "%.*s", (int)id.length, id.length > 0 ? id.text : "");
    number = strtoull(text, NULL, 16);
    place = &live->seen[number % LIVE_SEEN];
    if (number == 0 || *place == number || goes_on(worker) ||
        is(get(worker, PFX_F_link), "bounce") || is(get(worker, PFX_F_link), "forward"))
        return;
    *place = number;
    ++live->count[RATE_RECEIVED];
    count(live, &live->senders, from.length > 0 ? from : PFX_SLICE("<>"), PFX_NO_SLICE);
}

static void take_delivery(struct live *live, const struct pfx_worker *worker)
{
    struct pfx_slice status = get(worker, PFX_F_status), host = get(worker, PFX_F_relay_host),
                     reason = get(worker, PFX_F_reason_class);
    bool deferred = is(status, "deferred") || is(status, "SOFTBOUNCE"),
         bounced = is(status, "bounced");

    live->count[RATE_DELIVERED] += is(status, "sent") && is(get(worker, PFX_F_hop), "final");
    live->count[RATE_DEFERRED] += deferred;
    live->count[RATE_BOUNCED] += bounced;
    if (!deferred && !bounced)
        return;
    if (host.length == 0 || is(host, "none")) {
        struct pfx_slice to = get(worker, PFX_F_to);

        host = pfx_slice_from(to, (size_t)(pfx_address_at(to) + 1));
    }
    count(live, &live->hops, host, reason.length > 0 ? reason : PFX_SLICE("other"));
}

static void copy(struct pfx_slice text, char *room, size_t size)
{
    text = pfx_slice_until(text, (size - 1) / 3);
    room[pfx_value_utf8(text, room)] = '\0';
    for (; *room != '\0'; ++room)
        *room = *room == '\n' ? ',' : *room;
}

static void take_alert(struct live *live, const struct pfx_worker *worker)
{
    unsigned at = live->alerts % LIVE_ALERTS;
    struct pfx_slice created;
    char text[MOMENT_ROOM];

    if (get(worker, PFX_F_alert).length == 0)
        return;
    ++live->alerts;
    created = get(worker, PFX_F_event_created);
    snprintf(text, sizeof(text), "%.*s", (int)created.length, created.text);
    live->alert[at].time = moment_created(text);
    copy(get(worker, PFX_F_alert_severity), live->alert[at].severity,
         sizeof(live->alert[at].severity));
    copy(get(worker, PFX_F_alert), live->alert[at].rules, sizeof(live->alert[at].rules));
    copy(get(worker, PFX_F_alert_key), live->alert[at].key, sizeof(live->alert[at].key));
}

void live_take(struct live *live, const struct pfx_worker *worker)
{
    struct pfx_slice event = get(worker, PFX_F_event), reason = get(worker, PFX_F_reason_class);

    ++live->count[RATE_LINES];
    take_alert(live, worker);
    if (!is(get(worker, PFX_F_product), "postfix"))
        return;
    if (is(event, "qmgr.queue_active"))
        take_active(live, worker);
    else if (is(event, "mail.delivery"))
        take_delivery(live, worker);
    else if (is(event, "sasl.failed"))
        ++live->count[RATE_LOGIN_FAILED];
    else if (refusal_told(event, get(worker, PFX_F_event_action))) {
        ++live->count[RATE_REFUSED];
        count(live, &live->reasons, reason.length > 0 ? reason : PFX_SLICE("other"), PFX_NO_SLICE);
    }
}
