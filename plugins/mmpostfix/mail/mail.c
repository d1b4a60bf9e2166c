/* SPDX-License-Identifier: Apache-2.0 */
/* One life of a queue file; see mail.h. */
#include "mail/mail.h"

#include <string.h>

#define SECOND INT64_C(1000000)

/* How far two arrival times of one file may be apart: delay= is rounded, and it is the time of the
 * line less the delay, each by its own clock reading. */
#define ARRIVAL_SLACK (5 * SECOND)

/* How far a time of arrival that is computed from times of full seconds may be off. */
#define ROUNDED (2 * SECOND)

int64_t pfx_mail_arrival(const struct pfx_observation *observation)
{
    if (observation->given > 0)
        return observation->given;
    if (observation->delay < 0)
        return 0;
    return pfx_time_known(observation->time, observation->coarse) - observation->delay;
}

static bool is_far(int64_t a, int64_t b)
{
    return a > b ? a - b > ARRIVAL_SLACK : b - a > ARRIVAL_SLACK;
}

bool pfx_mail_is_other_life(const struct pfx_mail *mail, const struct pfx_observation *observation,
                            int64_t linger)
{
    int64_t arrival;

    if (observation->given > 0)
        return false; /* never given twice */
    arrival = pfx_mail_arrival(observation);
    /* Postfix tells no negative delay: with none, by a clock that was set back, arrival seems to be
     * now (global/log_adhoc.c). */
    if (arrival != 0 && arrival < mail->arrival && observation->delay == 0 && mail->closed == 0)
        return false;
    if (arrival != 0 && mail->arrival != 0)
        return is_far(arrival, mail->arrival);
    if ((observation->roles & PFX_QUEUE_OPEN) != 0 && mail->opened != 0)
        return observation->time != mail->opened &&
               (mail->closed == 0 || observation->time > mail->closed);
    /* A mail can not end before it arrives. */
    if (arrival != 0 && mail->closed != 0)
        return arrival > mail->closed + ARRIVAL_SLACK;
    return mail->closed != 0 && observation->time > mail->closed + linger;
}

bool pfx_mail_is_set_back(const struct pfx_mail *mail, const struct pfx_observation *observation)
{
    return mail->arrival != 0 && mail->closed == 0 &&
           observation->time < mail->arrival - ARRIVAL_SLACK;
}

/* What a line says of one recipient. */
static bool take_recipient(struct pfx_mail *mail, const struct pfx_observation *w, bool internal)
{
    struct pfx_delivery delivery = {
        .text = {[PFX_RCPT_TO] = w->to,
                 [PFX_RCPT_ORIG] = w->orig_to,
                 [PFX_RCPT_STATUS] = w->status,
                 [PFX_RCPT_DSN] = w->dsn,
                 [PFX_RCPT_RELAY] = w->relay_host,
                 [PFX_RCPT_REASON] = w->reason,
                 [PFX_RCPT_CHILD] = w->child.length > 0 ? w->child : w->job,
                 [PFX_RCPT_OWN] = w->own_host},
        .time = w->time,
        .delay = w->delay,
        .fate = w->fate,
        .internal = internal,
    };

    return pfx_recipients_put(&mail->recipients, &delivery);
}

/* Counts an activation once, even when its line is a duplicate or out of order. */
static void take_activation(struct pfx_mail *mail, const struct pfx_observation *w)
{
    const size_t count = sizeof(mail->active) / sizeof(mail->active[0]);
    size_t oldest = 0;

    for (size_t i = 0; i < count; ++i) {
        if (mail->active[i] == w->time)
            return;
        if (mail->active[i] < mail->active[oldest])
            oldest = i;
    }
    ++mail->attempts;
    if (w->time > mail->active[oldest])
        mail->active[oldest] = w->time;
}

static void take_fate(struct pfx_mail *mail, const struct pfx_observation *w)
{
    switch (w->fate) {
    case PFX_FATE_ACTIVE:
        take_activation(mail, w);
        mail->stranger |= w->stranger;
        mail->aborted = false;
        break;
    case PFX_FATE_IDENTIFIED:
        mail->has_message_id = true;
        mail->aborted = false;
        break;
    case PFX_FATE_HELD:
        if (w->time > mail->held)
            mail->held = w->time;
        break;
    case PFX_FATE_RELEASED:
        if (w->time > mail->released)
            mail->released = w->time;
        break;
    case PFX_FATE_EXPIRED:
        mail->expired |= w->to.length == 0;
        break;
    case PFX_FATE_REFUSED: /* the mail too, when this line ends it */
        if ((w->roles & PFX_QUEUE_CLOSE) != 0 && mail->end < PFX_FATE_REJECTED)
            mail->end = PFX_FATE_REJECTED;
        break;
    case PFX_FATE_REJECTED:
    case PFX_FATE_DISCARDED:
    case PFX_FATE_DELETED:
    case PFX_FATE_CANCELED:
    case PFX_FATE_REQUEUED:
        if (w->fate > mail->end)
            mail->end = (uint8_t)w->fate;
        break;
    default:
        break;
    }
}

/* Fields that belong to the mail or to the connection it came by. What speaks of a next hop tells
 * of another connection; what failed tells only of itself, and what was refused of no login. */
static bool take_facts(struct pfx_mail *mail, const struct pfx_observation *w,
                       const struct pfx_event *event)
{
    enum pfx_rank rank = w->fate == PFX_FATE_ACTIVE         ? PFX_RANK_QUEUE
                         : (w->roles & PFX_QUEUE_OPEN) != 0 ? PFX_RANK_OPEN
                                                            : PFX_RANK_LINE;
    bool refused = w->fate == PFX_FATE_REFUSED || w->fate == PFX_FATE_DENIED;
    bool kept = pfx_facts_learn(&mail->facts, event, pfx_scope_mail, rank, w->time);
    uint64_t scope[PFX_FIELD_WORDS];

    for (unsigned word = 0; word < PFX_FIELD_WORDS; ++word)
        scope[word] = pfx_scope_session[word] & (refused ? ~pfx_scope_login[word] : UINT64_MAX);
    if (!w->outbound && !w->failed)
        kept &= pfx_facts_learn(&mail->facts, event, scope, rank, w->time);
    return kept;
}

bool pfx_mail_merge(struct pfx_mail *mail, const struct pfx_observation *w,
                    const struct pfx_event *event, bool internal)
{
    int64_t arrival = pfx_mail_arrival(w);
    bool kept = take_facts(mail, w, event);

    mail->coarse |= w->coarse;
    if (mail->first == 0 || w->time < mail->first)
        mail->first = w->time;
    if (w->time > mail->last)
        mail->last = w->time;
    if ((w->roles & PFX_QUEUE_OPEN) != 0) {
        mail->opened = w->time;
        mail->from_here = w->client_ip.length == 0 || pfx_value_is_loopback(w->client_ip);
    }
    if ((w->roles & PFX_QUEUE_CLOSE) != 0 && w->time > mail->closed)
        mail->closed = w->time;
    if (mail->arrival == 0 || (arrival != 0 && arrival < mail->arrival))
        mail->arrival = arrival;
    if (w->nrcpt > mail->nrcpt)
        mail->nrcpt = w->nrcpt;
    take_fate(mail, w);
    if ((w->roles & PFX_QUEUE_RECIPIENT) != 0)
        kept &= take_recipient(mail, w, internal);
    return kept;
}

void pfx_mail_set_fate(struct pfx_mail *mail, enum pfx_fate fate, int64_t time)
{
    const struct pfx_observation observation = {.fate = fate, .time = time};

    take_fate(mail, &observation);
}

void pfx_mail_clear(struct pfx_mail *mail)
{
    pfx_facts_free(&mail->facts);
    pfx_recipients_free(&mail->recipients);
}

size_t pfx_mail_bytes(const struct pfx_mail *mail)
{
    return pfx_pool_cost(mail->facts.size) + mail->recipients.bytes;
}

static bool is_held(const struct pfx_mail *mail)
{
    return mail->held > mail->released;
}

enum pfx_mail_class pfx_mail_class_of(const struct pfx_mail *mail)
{
    if (mail->closed != 0 || mail->aborted)
        return PFX_MAIL_ENDED;
    if (is_held(mail) && mail->has_message_id)
        return PFX_MAIL_HELD;
    if (mail->attempts > 0)
        return PFX_MAIL_ACTIVE;
    return mail->opened != 0 || mail->has_message_id ? PFX_MAIL_OPENED : PFX_MAIL_UNKNOWN;
}

/* What ended it. A discard that smtpd logs before there is a queue file may be of a mail that the
 * client then took back (RSET), which no line tells: what is discarded is never active. */
static enum pfx_fate end_of(const struct pfx_mail *mail)
{
    return mail->end == PFX_FATE_DISCARDED && mail->attempts > 0 ? PFX_FATE_NONE : mail->end;
}

const char *pfx_mail_end_reason(const struct pfx_mail *mail)
{
    static const char *const by_fate[PFX_FATES] = {[PFX_FATE_REJECTED] = "rejected",
                                                   [PFX_FATE_DISCARDED] = "discarded",
                                                   [PFX_FATE_DELETED] = "deleted",
                                                   [PFX_FATE_CANCELED] = "canceled",
                                                   [PFX_FATE_REQUEUED] = "requeued"};

    return by_fate[end_of(mail)] != NULL ? by_fate[end_of(mail)] : "removed";
}

const char *pfx_mail_verdict(const struct pfx_mail *mail, const struct pfx_tally *tally)
{
    if (end_of(mail) != PFX_FATE_NONE)
        return mail->end == PFX_FATE_REQUEUED ? "handed_over" : pfx_mail_end_reason(mail);
    if (mail->closed == 0)
        return is_held(mail) ? "quarantined" : "";
    if (tally->sent + tally->internal > 0 &&
        tally->bounced + tally->expired + tally->deferred + tally->dropped > 0)
        return "partly";
    if (tally->sent > 0)
        return "delivered";
    if (tally->internal > 0)
        return "handed_over";
    if (tally->dropped > 0 && tally->bounced == 0)
        return "discarded";
    if (tally->bounced > 0)
        return "bounced";
    if (tally->expired > 0 || mail->expired)
        return "expired";
    return tally->probed > 0 ? "probed" : "";
}

/* By how much a time of that kind may be early: its source tells full seconds, or less. */
static int64_t resolution(int64_t time)
{
    return time % SECOND == 0 ? SECOND : SECOND / 100;
}

/* No line says when a mail that Postfix itself made began. But its first line then comes when it
 * arrives, and after the story began. */
static bool is_beginning_lost(const struct pfx_mail *mail)
{
    if (mail->link > PFX_LINK_WEAK)
        return false; /* another mail's line says when it began */
    if (mail->arrival != 0)
        return mail->arrival < mail->first - ROUNDED ||
               (mail->watched != 0 && mail->arrival <= mail->watched + resolution(mail->watched));
    return mail->watched != 0;
}

/* Postfix itself made it out of another one: no line says who submitted it. A forwarded mail may be
 * over before it is named, and has the Message-ID of one on this host until then. */
static bool is_made_here(const struct pfx_mail *mail)
{
    return mail->link == PFX_LINK_FORWARD || mail->link == PFX_LINK_BOUNCE ||
           mail->link == PFX_LINK_REQUEUE || (mail->link == PFX_LINK_WEAK && mail->likely != 0);
}

bool pfx_mail_is_incomplete(const struct pfx_mail *mail, const struct pfx_tally *tally)
{
    if (mail->closed == 0)
        return false;
    if (mail->opened == 0 && is_beginning_lost(mail))
        return true;
    /* Somebody's mail begins with a line of smtpd, qmqpd or pickup, or another mail tells of it. */
    if (mail->opened == 0 && mail->stranger && !is_made_here(mail))
        return true;
    if (end_of(mail) != PFX_FATE_NONE) /* maybe before its header was read */
        return false;
    /* What is removed has no recipient that waits. */
    if (tally->deferred > 0)
        return true;
    return !mail->has_message_id || mail->attempts == 0 ||
           mail->nrcpt > (int64_t)tally->all + mail->recipients.beyond;
}

int64_t pfx_mail_delay(const struct pfx_mail *mail)
{
    int64_t longest = mail->recipients.delay > 0 ? mail->recipients.delay : -1;

    for (uint32_t i = 0; i < mail->recipients.rows; ++i) {
        if (mail->recipients.row[i].delay > longest)
            longest = mail->recipients.row[i].delay;
    }
    return longest;
}
