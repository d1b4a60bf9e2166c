/* SPDX-License-Identifier: Apache-2.0 */
/* The mails that are known; see mails.h. */
#include "report/mails.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024

static struct pfx_slice get(const struct pfx_worker *worker, enum pfx_field field)
{
    return pfx_worker_field(worker, field);
}

static bool is(struct pfx_slice text, const char *other)
{
    return pfx_slice_equal(text, pfx_slice_of(other));
}

/* An id of sixteen digits; 0: none. */
static uint64_t id_of(struct pfx_slice text)
{
    uint64_t id = 0;

    for (size_t i = 0; i < text.length; ++i)
        id = id << 4 | (uint64_t)(pfx_is_digit(text.text[i]) ? text.text[i] - '0'
                                                             : pfx_lower(text.text[i]) - 'a' + 10);
    return id;
}

static int64_t number_of(struct pfx_slice text)
{
    int64_t number = 0;

    return text.length > 0 && pfx_value_integer(text, &number) ? number : 0;
}

struct mails *mails_open(struct report *report)
{
    struct mails *mails = calloc(1, sizeof(*mails));

    if (mails == NULL)
        return NULL;
    mails->report = report;
    mails->slots = FIRST_SLOTS;
    mails->slot = calloc(mails->slots, sizeof(struct mail *));
    if (mails->slot == NULL)
        mails_close(&mails);
    return mails;
}

void mails_append(struct list *list, struct mail *mail)
{
    mail->before = list->last;
    mail->behind = NULL;
    if (list->last != NULL)
        list->last->behind = mail;
    else
        list->first = mail;
    list->last = mail;
}

void mails_take_out(struct list *list, struct mail *mail)
{
    if (mail->before != NULL)
        mail->before->behind = mail->behind;
    else
        list->first = mail->behind;
    if (mail->behind != NULL)
        mail->behind->before = mail->before;
    else
        list->last = mail->before;
}

/* Ids are hashes. */
static struct mail **slot_of(const struct mails *mails, uint64_t id)
{
    return &mails->slot[id & (mails->slots - 1)];
}

static struct mail *find(const struct mails *mails, uint64_t id)
{
    struct mail *mail = id != 0 ? *slot_of(mails, id) : NULL;

    while (mail != NULL && mail->id != id)
        mail = mail->chain;
    return mail;
}

static bool grow(struct mails *mails)
{
    size_t before = mails->slots, slots = before > 0 ? before * 2 : FIRST_SLOTS;
    struct mail **old = mails->slot, **slot = calloc(slots, sizeof(struct mail *));

    if (slot == NULL)
        return false;
    mails->slot = slot;
    mails->slots = slots;
    for (size_t i = 0; i < before; ++i) {
        struct mail *mail = old[i], *next;

        for (; mail != NULL; mail = next) {
            next = mail->chain;
            mail->chain = *slot_of(mails, mail->id);
            *slot_of(mails, mail->id) = mail;
        }
    }
    free(old);
    return true;
}

void mails_free(struct mails *mails, struct mail *mail)
{
    struct mail **at = slot_of(mails, mail->id);
    struct recipient *one = mail->recipients, *next;

    while (*at != mail)
        at = &(*at)->chain;
    *at = mail->chain;
    --mails->count;
    for (; one != NULL; one = next) {
        next = one->next;
        free(one);
    }
    free(mail->slot);
    free(mail->from);
    free(mail->client);
    free(mail->user);
    free(mail);
}

struct mail *mails_root(struct mail *mail)
{
    while (mail->root != NULL)
        mail = mail->root;
    return mail;
}

void mails_close(struct mails **mails)
{
    struct mails *old = *mails;

    *mails = NULL;
    if (old == NULL)
        return;
    for (size_t i = 0; old->slot != NULL && i < old->slots; ++i) {
        while (old->slot[i] != NULL)
            mails_free(old, old->slot[i]);
    }
    free(old->slot);
    free(old);
}

/* The mail of an id, made when there is none; NULL when memory ran out. */
static struct mail *mail_of(struct mails *mails, uint64_t id)
{
    struct mail *mail = find(mails, id);

    if (mail != NULL)
        return mail;
    if (mails->count >= mails->slots && !grow(mails))
        return NULL;
    mail = calloc(1, sizeof(*mail));
    if (mail == NULL)
        return NULL;
    mail->id = id;
    mail->arrived = mails->report->time;
    mail->chain = *slot_of(mails, id);
    *slot_of(mails, id) = mail;
    ++mails->count;
    mails_append(&mails->open, mail);
    return mail;
}

/* A mail that goes on as another one: the same mail, as audit has it. */
static bool goes_on(struct pfx_slice link)
{
    return is(link, "filter") || is(link, "requeue") || is(link, "relay");
}

static void join(struct mail *child, struct mail *parent)
{
    if (child == NULL || child->continues)
        return;
    child->continues = true;
    if (parent == NULL || mails_root(parent) == child)
        return;
    child->root = parent;
    ++parent->children;
}

static bool keep(char **place, struct pfx_slice text, bool lower)
{
    if (*place != NULL || text.text == NULL)
        return true;
    text = pfx_slice_until(text, NAME);
    *place = malloc(text.length * 3 + 1);
    if (*place == NULL)
        return false;
    (*place)[pfx_value_utf8(text, *place)] = '\0';
    for (char *at = *place; lower && *at != '\0'; ++at)
        *at = pfx_lower(*at);
    return true;
}

/* The line that a mail begins with. */
static void begin(struct report *report, struct mail *mail, const struct pfx_worker *worker)
{
    struct pfx_slice event = get(worker, PFX_F_event), tls = get(worker, PFX_F_tls_version);
    char room[TABLE_KEY];
    bool network = !is(event, "pickup.submission");

    mail->opens = true;
    mail->came = report->selected;
    mail->opened = report->time;
    if (network && !keep(&mail->client, report_client(worker, room), false))
        report->failed = true;
    if (is(event, "smtpd.client"))
        mail->tls = report_row(report, TABLE_TLS, PFX_SLICE("in"),
                               tls.length > 0 ? tls : PFX_SLICE("none"), PFX_NO_SLICE);
    if (is(event, "smtpd.client") && get(worker, PFX_F_sasl_username).length > 0 &&
        !keep(&mail->user, get(worker, PFX_F_sasl_username), true))
        report->failed = true;
}

/* Facts of the mail, whichever line tells them first. */
static void learn(struct mails *mails, struct mail *mail, const struct pfx_worker *worker)
{
    struct report *report = mails->report;
    struct pfx_slice event = get(worker, PFX_F_event), link = get(worker, PFX_F_link),
                     verdict = get(worker, PFX_F_verdict);

    if (mail->opened == 0 &&
        (is(event, "smtpd.client") || is(event, "pickup.submission") || is(event, "qmqpd.client")))
        begin(report, mail, worker);
    mail->queued |= is(event, "qmgr.queue_active");
    /* A filter's mail has the size of the one before until the queue manager says its own. */
    if (mail->size == 0 || is(event, "qmgr.queue_active"))
        mail->size = number_of(get(worker, PFX_F_size));
    if (verdict.length > 0 && (is(verdict, "quarantined") || is(verdict, "discarded"))) {
        mail->queued = true;
        mail->held |= report->selected && is(verdict, "quarantined");
        mail->discarded |= report->selected && is(verdict, "discarded");
    }
    /* pickup tells the sender as it was given, the queue manager as it was rewritten. */
    if (is(event, "qmgr.queue_active") && mail->from != NULL && !mail->active) {
        free(mail->from);
        mail->from = NULL;
    }
    mail->active |= is(event, "qmgr.queue_active");
    if (mail->from == NULL && get(worker, PFX_F_from).text != NULL) {
        report->failed |= !keep(&mail->from, get(worker, PFX_F_from), false);
        deliveries_lower(mail->from);
    }
    if (link.length > 0 && !mail->continues && goes_on(link))
        join(mail, find(mails, id_of(get(worker, PFX_F_parent_mail_id))));
    mail->notice |= link.length > 0 && is(link, "bounce") && report->selected;
}

/* A mail that this line names, whose own lines did not tell where it comes from. */
static void learn_child(struct mails *mails, struct mail *mail, const struct pfx_worker *worker)
{
    struct mail *child = find(mails, id_of(get(worker, PFX_F_child_mail_id)));
    struct pfx_slice link = get(worker, PFX_F_child_link);

    if (child == NULL)
        return;
    if (goes_on(link))
        join(child, mail);
    child->notice |= mails->report->selected && is(link, "bounce");
}

/* The record of a mail. */
static void end(struct mails *mails, struct mail *mail, const struct pfx_worker *worker)
{
    struct pfx_slice reason = get(worker, PFX_F_end_reason);
    bool selected = mails->report->selected;

    mail->refused = is(reason, "rejected") || is(reason, "canceled");
    mail->queued |= is(reason, "removed") || is(reason, "discarded") || is(reason, "deleted");
    mail->incomplete = selected && is(get(worker, PFX_F_incomplete), "true");
    deliveries_correct(mail, worker);
    if (mail->ended == 0 && !mail->due) { /* else it is in no list any more */
        mails_take_out(&mails->open, mail);
        mails_append(&mails->ended, mail);
        mail->ended =
            mails->report->time < mails->report->now ? mails->report->time : mails->report->now;
        mail->ended = mail->ended > 0 ? mail->ended : 1;
    }
}

void mails_see(struct mails *mails, const struct pfx_worker *worker)
{
    struct report *report = mails->report;
    uint64_t id = id_of(get(worker, PFX_F_mail_id));
    bool postfix = is(get(worker, PFX_F_product), "postfix");
    struct pfx_slice status;
    struct mail *mail;

    if (id == 0)
        return;
    mail = mail_of(mails, id);
    if (mail == NULL) {
        report->failed = true;
        return;
    }
    learn(mails, mail, worker);
    learn_child(mails, mail, worker);
    status = get(worker, PFX_F_status);
    if (postfix && status.length > 0 && get(worker, PFX_F_to).text != NULL)
        deliveries_take(report, mail, worker);
    else if (postfix && (is(status, "expired") || is(status, "force-expired")))
        deliveries_expire(report, mail);
    if (get(worker, PFX_F_mail_record).length > 0)
        end(mails, mail, worker);
}

static struct mail *of_line(const struct mails *mails, const struct pfx_worker *worker)
{
    struct mail *mail = find(mails, id_of(get(worker, PFX_F_mail_id)));

    return mail != NULL ? mails_root(mail) : NULL;
}

bool mails_judge(struct mails *mails, const struct pfx_worker *worker, struct tally *verdict)
{
    struct mail *mail = of_line(mails, worker);

    if (mail == NULL)
        return false;
    for (int i = 0; i < VERDICTS; ++i) {
        if (mail->verdict[i] == NULL || strcmp(mail->verdict[i]->part[0], verdict->part[0]) == 0) {
            mail->verdict[i] = verdict;
            return true;
        }
    }
    return true;
}
