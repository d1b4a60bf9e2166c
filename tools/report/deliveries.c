/* SPDX-License-Identifier: Apache-2.0 */
/* Recipients and what became of them; see mails.h. */
#include "report/mails.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

static struct pfx_slice get(const struct pfx_worker *worker, enum pfx_field field)
{
    return pfx_worker_field(worker, field);
}

static bool is(struct pfx_slice text, const char *other)
{
    return pfx_slice_equal(text, pfx_slice_of(other));
}

struct pfx_slice deliveries_domain(const char *address)
{
    struct pfx_slice text = pfx_slice_of(address);
    ptrdiff_t at = pfx_address_at(text);

    return at >= 0 ? pfx_slice_from(text, (size_t)at + 1) : PFX_SLICE("(none)");
}

/* The domain of an address in lower case, the local part as it is. */
void deliveries_lower(char *address)
{
    ptrdiff_t at = address != NULL ? pfx_address_at(pfx_slice_of(address)) : -1;

    for (; at >= 0 && address[at] != '\0'; ++at)
        address[at] = pfx_lower(address[at]);
}

#define FEW 32

/* Makes room for another recipient among the slots, twice as many as before. False when memory ran
 * out. */
static bool make_slots(struct mail *mail)
{
    size_t slots = mail->slots > 0 ? mail->slots * 2 : 4 * FEW;
    struct recipient **slot;

    if (mail->count < FEW || mail->count < mail->slots)
        return true;
    slot = calloc(slots, sizeof(struct recipient *));
    if (slot == NULL)
        return false;
    for (struct recipient *one = mail->recipients; one != NULL; one = one->next) {
        one->chain = slot[one->hash & (slots - 1)];
        slot[one->hash & (slots - 1)] = one;
    }
    free(mail->slot);
    mail->slot = slot;
    mail->slots = slots;
    return true;
}

static struct recipient *find(const struct mail *mail, uint64_t hash)
{
    struct recipient *one =
        mail->slot != NULL ? mail->slot[hash & (mail->slots - 1)] : mail->recipients;

    while (one != NULL && one->hash != hash)
        one = mail->slot != NULL ? one->chain : one->next;
    return one;
}

static struct recipient *recipient_of(struct mail *mail, const struct pfx_worker *worker)
{
    struct pfx_slice to = get(worker, PFX_F_to), orig = get(worker, PFX_F_orig_to);
    uint64_t hash = pfx_hash(orig, pfx_hash(to, 1));
    struct recipient *one = find(mail, hash);

    if (one != NULL)
        return one;
    if (!make_slots(mail))
        return NULL;
    to = pfx_slice_until(to, NAME);
    one = calloc(1, sizeof(*one) + to.length * 3 + 1);
    if (one == NULL)
        return NULL;
    one->address[pfx_value_utf8(to, one->address)] = '\0';
    deliveries_lower(one->address);
    one->hash = hash;
    one->next = mail->recipients;
    mail->recipients = one;
    ++mail->count;
    if (mail->slot != NULL) {
        one->chain = mail->slot[hash & (mail->slots - 1)];
        mail->slot[hash & (mail->slots - 1)] = one;
    }
    return one;
}

/* What a delivery came to. "sent" to nowhere and without a hop is what a filter or a script of
 * Sieve took and did not deliver. */
static enum fate fate_of(const struct pfx_worker *worker)
{
    struct pfx_slice status = get(worker, PFX_F_status), hop = get(worker, PFX_F_hop),
                     did = get(worker, PFX_F_disposition), sieve = get(worker, PFX_F_sieve_action);

    if (is(status, "deferred") || is(status, "SOFTBOUNCE"))
        return FATE_DEFERRED;
    if (is(status, "bounced"))
        return FATE_BOUNCED;
    if (is(status, "expired") || is(status, "force-expired"))
        return FATE_EXPIRED;
    if (!is(status, "sent"))
        return FATE_OTHER;
    if (is(did, "bounced") || is(did, "discarded"))
        return is(did, "bounced") ? FATE_BOUNCED : FATE_DISCARDED;
    if (is(hop, "internal"))
        return get(worker, PFX_F_forwarded_as).length > 0 || is(sieve, "redirect") ? FATE_FORWARDED
                                                                                   : FATE_PASSED_ON;
    if (hop.length == 0 && (is(sieve, "discard") || is(sieve, "reject")))
        return is(sieve, "reject") ? FATE_BOUNCED : FATE_DISCARDED;
    return FATE_SENT;
}

/* The host that Postfix could not connect to, in a sentence of its own (smtp/smtp_connect.c). */
static struct pfx_slice unreached(struct pfx_slice text)
{
    ptrdiff_t end;

    pfx_slice_take(&text, PFX_SLICE("delivery temporarily suspended: "));
    if (!pfx_slice_take(&text, PFX_SLICE("connect to ")))
        return PFX_NO_SLICE;
    end = pfx_slice_find(text, PFX_SLICE("["));
    return end > 0 ? pfx_slice_until(text, (size_t)end) : PFX_NO_SLICE;
}

/* The next hop as a key: its name or address; where there was no connection the host that was
 * tried, or whose mails have none. */
static struct pfx_slice next_hop(const struct pfx_worker *worker, char room[TABLE_KEY])
{
    static const struct pfx_slice none = PFX_SLICE(NO_HOP);
    struct pfx_slice to = get(worker, PFX_F_to), hop = get(worker, PFX_F_relay_host);
    ptrdiff_t at = pfx_address_at(to);
    size_t length = 0;

    if (is(hop, "none"))
        hop = unreached(get(worker, PFX_F_mail_response));
    else if (hop.length == 0)
        hop = get(worker, PFX_F_relay_ip);
    if (hop.length == 0) {
        memcpy(room, none.text, none.length);
        length = none.length;
        hop = pfx_slice_from(to, (size_t)(at + 1));
    }
    hop = pfx_slice_until(hop, NAME);
    for (size_t i = 0; i < hop.length; ++i)
        room[length++] = pfx_lower(hop.text[i]);
    return (struct pfx_slice){room, length};
}

static struct tally *row1(struct report *report, enum count_table table, struct pfx_slice key)
{
    return report_row(report, table, key, PFX_NO_SLICE, PFX_NO_SLICE);
}

/* How long a delivery took, at each stage and for its domain. */
static void count_delays(struct report *report, const struct pfx_worker *worker,
                         struct pfx_slice domain)
{
    static const struct {
        enum pfx_field field;
        const char *stage; /* with a digit for its place */
    } stages[] = {{PFX_F_delay_before_qmgr, "1 before the queue"},
                  {PFX_F_delay_in_qmgr, "2 in the queue"},
                  {PFX_F_delay_conn_setup, "3 connecting"},
                  {PFX_F_delay_transmission, "4 transmission"},
                  {PFX_F_delay, "5 all together"}};
    struct tally *row;
    double seconds;

    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); ++i) {
        if (!pfx_value_number(get(worker, stages[i].field), &seconds))
            continue;
        row = row1(report, TABLE_DELAYS, pfx_slice_of(stages[i].stage));
        report_count(report, TABLE_DELAYS, row, COLUMN_COUNT, 1);
        report->failed |= row != NULL && !tally_add_delay(row, seconds);
    }
    if (!pfx_value_number(get(worker, PFX_F_delay), &seconds))
        return;
    row = row1(report, TABLE_RECIPIENT_DOMAINS, domain);
    report->failed |= row != NULL && !tally_add_delay(row, seconds);
}

/* What a try counts by itself: at its next hop, by its reason, and how long it took. again: the
 * recipient was deferred before. */
static void count_try(struct report *report, const struct pfx_worker *worker, struct recipient *one,
                      bool again)
{
    struct pfx_slice reason = get(worker, PFX_F_reason_class), domain;
    char room[TABLE_KEY];
    struct pfx_slice hop = next_hop(worker, room);
    struct tally *row;

    reason = reason.length > 0 ? reason : PFX_SLICE("other");
    domain = deliveries_domain(one->address);
    if (one->fate == FATE_DEFERRED)
        one->wait = report_row(report, TABLE_DEFERRALS, hop, reason, PFX_NO_SLICE);
    if (!report->selected || one->fate == FATE_EXPIRED || one->fate == FATE_OTHER)
        return;
    row = row1(report, TABLE_NEXT_HOPS, hop);
    if (one->fate == FATE_PASSED_ON || one->fate == FATE_FORWARDED || one->fate == FATE_DISCARDED) {
        report_count(report, TABLE_NEXT_HOPS, row, COLUMN_PASSED_ON, 1);
    } else if (one->fate == FATE_SENT) {
        report_count(report, TABLE_NEXT_HOPS, row, COLUMN_DELIVERED, 1);
        count_delays(report, worker, domain);
    } else if (one->fate == FATE_BOUNCED) {
        report_count(report, TABLE_NEXT_HOPS, row, COLUMN_BOUNCED, 1);
        row = report_row(report, TABLE_BOUNCES, hop, reason, PFX_NO_SLICE);
        report_count(report, TABLE_BOUNCES, row, COLUMN_BOUNCED, 1);
    } else {
        ++report->total[TOTAL_DEFERRALS];
        report_count(report, TABLE_NEXT_HOPS, row, COLUMN_DEFERRALS, 1);
        report_count(report, TABLE_NEXT_HOPS, row, COLUMN_DEFERRED, !again);
        report_count(report, TABLE_DEFERRALS, one->wait, COLUMN_DEFERRALS, 1);
        report_count_time(report, report->time, COLUMN_DEFERRALS, 1);
        row = row1(report, TABLE_RECIPIENT_DOMAINS, domain);
        report_count(report, TABLE_RECIPIENT_DOMAINS, row, COLUMN_DEFERRALS, 1);
    }
}

/* TLS of the connection that took it; none where there was no connection over the network. */
static struct tally *tls_out(struct report *report, const struct pfx_worker *worker)
{
    struct pfx_slice version = get(worker, PFX_F_relay_tls_version);

    if (get(worker, PFX_F_relay_ip).length == 0)
        return NULL;
    return report_row(report, TABLE_TLS, PFX_SLICE("out"),
                      version.length > 0 ? version : PFX_SLICE("none"), PFX_NO_SLICE);
}

void deliveries_take(struct report *report, struct mail *mail, const struct pfx_worker *worker)
{
    struct recipient *one = recipient_of(mail, worker);
    double delay;
    bool again;

    if (one == NULL) {
        report->failed = true;
        return;
    }
    mail->queued = true;
    again = one->time != 0 && one->fate == FATE_DEFERRED;
    one->fate = (uint8_t)fate_of(worker);
    one->time = report->time;
    one->selected = report->selected;
    if (one->fate == FATE_SENT)
        one->tls = tls_out(report, worker);
    if (one->fate == FATE_DEFERRED && report->selected)
        mail->deferred = true;
    if (!mail->opens && pfx_value_number(get(worker, PFX_F_delay), &delay) && delay < 1e9 &&
        report->time - (int64_t)(delay * 1e6) < mail->arrived)
        mail->arrived = report->time - (int64_t)(delay * 1e6);
    count_try(report, worker, one, again);
}

void deliveries_expire(struct report *report, struct mail *mail)
{
    for (struct recipient *one = mail->recipients; one != NULL; one = one->next) {
        if (one->fate == FATE_DEFERRED) {
            one->fate = FATE_EXPIRED;
            one->time = report->time;
            one->selected = report->selected;
        }
    }
}

/* What a record knows better of a recipient: what other programs did with the mail. */
static void correct(struct mail *mail, struct pfx_slice address, struct pfx_slice status)
{
    enum fate fate = is(status, "discarded")   ? FATE_DISCARDED
                     : is(status, "forwarded") ? FATE_FORWARDED
                     : is(status, "bounced")   ? FATE_BOUNCED
                                               : FATE_OTHER;

    for (struct recipient *one = mail->recipients; one != NULL && fate != FATE_OTHER;
         one = one->next) {
        size_t length = strlen(one->address);

        if (one->fate == FATE_SENT && length == address.length &&
            memcmp(one->address, address.text, length) == 0)
            one->fate = (uint8_t)fate;
    }
}

void deliveries_correct(struct mail *mail, const struct pfx_worker *worker)
{
    struct pfx_slice to = get(worker, PFX_F_recipients),
                     status = get(worker, PFX_F_recipients_status), address, word;

    while (to.length > 0 && status.length > 0 && pfx_slice_next(&to, '\n', &address) &&
           pfx_slice_next(&status, '\n', &word))
        correct(mail, address, word);
}
