/* SPDX-License-Identifier: Apache-2.0 */
/* Counting mails; see mails.h. */
#include "report/mails.h"

#include <string.h>

#define SECOND INT64_C(1000000)
#define LINGER (60 * SECOND)
#define MOST 500000

static struct pfx_slice size_range(int64_t size)
{
    static const struct {
        int64_t below;
        const char *name;
    } ranges[] = {{1 << 10, "1 below 1 kB"},        {10 << 10, "2 1 kB to 10 kB"},
                  {100 << 10, "3 10 kB to 100 kB"}, {1 << 20, "4 100 kB to 1 MB"},
                  {10 << 20, "5 1 MB to 10 MB"},    {INT64_MAX, "6 10 MB and more"}};
    size_t i = 0;

    while (size >= ranges[i].below)
        ++i;
    return pfx_slice_of(ranges[i].name);
}

/* A row of one part, one more mail and so many bytes. */
static void count_mail(struct report *report, enum count_table table, struct pfx_slice key,
                       int64_t bytes)
{
    struct tally *row = report_row(report, table, key, PFX_NO_SLICE, PFX_NO_SLICE);

    report_count(report, table, row, COLUMN_MAILS, 1);
    report_count(report, table, row, COLUMN_BYTES, bytes);
}

/* A mail that came in, as no other one. */
static void count_received(struct report *report, const struct mail *mail)
{
    struct pfx_slice from = PFX_SLICE("(unknown)"), domain = from;

    if (mail->from != NULL && mail->from[0] == '\0')
        from = domain = PFX_SLICE("<>");
    else if (mail->from != NULL) {
        from = pfx_slice_of(mail->from);
        domain = deliveries_domain(mail->from);
    }
    ++report->total[TOTAL_RECEIVED];
    report->total[TOTAL_BYTES_RECEIVED] += mail->size;
    report_count_time(report, mail->opened, COLUMN_RECEIVED, 1);
    count_mail(report, TABLE_SENDERS, from, mail->size);
    count_mail(report, TABLE_SENDER_DOMAINS, domain, mail->size);
    count_mail(report, TABLE_CLIENTS,
               mail->client != NULL ? pfx_slice_of(mail->client) : PFX_SLICE("(local)"),
               mail->size);
    if (mail->user != NULL)
        count_mail(report, TABLE_USERS, pfx_slice_of(mail->user), mail->size);
    count_mail(report, TABLE_SIZES, size_range(mail->size), mail->size);
    report_count(report, TABLE_TLS, mail->tls, COLUMN_COUNT, 1);
}

static void count_recipient(struct report *report, const struct mail *mail,
                            const struct recipient *to)
{
    static const struct {
        enum total total;
        enum column column; /* of tables of recipients; COLUMNS: none */
        enum column by_time;
    } of[] = {[FATE_SENT] = {TOTAL_DELIVERED, COLUMN_DELIVERED, COLUMN_DELIVERED},
              [FATE_FORWARDED] = {TOTAL_FORWARDED, COLUMNS, COLUMNS},
              [FATE_BOUNCED] = {TOTAL_BOUNCED, COLUMN_BOUNCED, COLUMN_BOUNCED},
              [FATE_EXPIRED] = {TOTAL_EXPIRED, COLUMN_EXPIRED, COLUMNS},
              [FATE_DISCARDED] = {TOTAL_DISCARDED, COLUMNS, COLUMNS}};
    static const enum count_table tables[] = {TABLE_RECIPIENTS, TABLE_RECIPIENT_DOMAINS};

    if (!to->selected || to->fate == FATE_PASSED_ON || to->fate >= FATE_DEFERRED)
        return;
    ++report->total[of[to->fate].total];
    if (of[to->fate].by_time != COLUMNS)
        report_count_time(report, to->time, of[to->fate].by_time, 1);
    for (int i = 0; i < 2 && of[to->fate].column != COLUMNS; ++i) {
        struct tally *row = report_row(
            report, tables[i], i == 0 ? pfx_slice_of(to->address) : deliveries_domain(to->address),
            PFX_NO_SLICE, PFX_NO_SLICE);

        report_count(report, tables[i], row, of[to->fate].column, 1);
        if (to->fate == FATE_SENT)
            report_count(report, tables[i], row, COLUMN_BYTES, mail->size);
    }
    if (to->fate != FATE_SENT)
        return;
    report->total[TOTAL_BYTES_DELIVERED] += mail->size;
    report_count(report, TABLE_TLS, to->tls, COLUMN_COUNT, 1);
}

/* A recipient that waits while the log ends. */
static void count_waiting(struct mails *mails, const struct mail *mail)
{
    const struct mail *root = mail;
    int64_t arrived;
    bool waits = false;

    while (root->root != NULL)
        root = root->root;
    arrived = root->arrived < mail->arrived ? root->arrived : mail->arrived;
    for (const struct recipient *to = mail->recipients; to != NULL; to = to->next) {
        struct tally *row = to->wait;

        if (to->fate != FATE_DEFERRED || row == NULL)
            continue;
        waits = true;
        report_count(mails->report, TABLE_DEFERRALS, row, COLUMN_WAITING, 1);
        if (row->count[mails->report->place[TABLE_DEFERRALS][COLUMN_SINCE] - 1] == 0 ||
            arrived < row->count[mails->report->place[TABLE_DEFERRALS][COLUMN_SINCE] - 1])
            row->count[mails->report->place[TABLE_DEFERRALS][COLUMN_SINCE] - 1] = arrived;
    }
    mails->report->total[TOTAL_WAITING] += waits;
    mails->late += waits && mails->report->now - arrived > WAITS_LONG;
    if (waits && (mails->oldest == 0 || arrived < mails->oldest))
        mails->oldest = arrived;
}

/* What a mail and all that continue it have said together, once. */
static void count_root(struct report *report, const struct mail *mail)
{
    report->total[TOTAL_DEFERRED] += mail->deferred;
    report->total[TOTAL_HELD] += mail->held;
    report->total[TOTAL_DISCARDED] += mail->discarded;
    for (int i = 0; i < VERDICTS; ++i)
        report_count(report, TABLE_FILTERS, mail->verdict[i], COLUMN_MAILS, 1);
}

/* Counts a mail, which is in no list; then it is gone, unless others that are here continue it. */
static void settle(struct mails *mails, struct mail *mail)
{
    while (mail != NULL && mail->children == 0) {
        struct report *report = mails->report;
        struct mail *root = mail->root;

        if (!mail->continues && mail->came && mail->queued && !mail->refused)
            count_received(report, mail);
        if (!mail->continues && mail->notice && mail->queued)
            ++report->total[TOTAL_NOTICES];
        report->total[TOTAL_INCOMPLETE] += mail->incomplete;
        for (const struct recipient *to = mail->recipients; to != NULL; to = to->next)
            count_recipient(report, mail, to);
        mail->discarded &= mail->recipients == NULL; /* else they count */
        if (root != NULL) {
            root->deferred |= mail->deferred;
            root->held |= mail->held;
            root->discarded |= mail->discarded;
            --root->children;
        } else {
            count_root(report, mail);
        }
        mails_free(mails, mail);
        mail = root != NULL && root->due ? root : NULL;
    }
    if (mail != NULL)
        mail->due = true;
}

void mails_settle(struct mails *mails)
{
    const int64_t now = mails->report->now;

    while (mails->ended.first != NULL && mails->ended.first->ended + LINGER < now) {
        struct mail *mail = mails->ended.first;

        mails_take_out(&mails->ended, mail);
        settle(mails, mail);
    }
    while (mails->count >= MOST && (mails->ended.first != NULL || mails->open.first != NULL)) {
        struct list *list = mails->ended.first != NULL ? &mails->ended : &mails->open;
        struct mail *mail = list->first;

        mails->cut += list == &mails->open;
        mails_take_out(list, mail);
        mail->due = true;
        settle(mails, mail);
    }
}

void mails_end(struct mails *mails)
{
    if (mails->report->ahead > 0) /* none behind them: it is that late */
        mails->report->now = mails->report->time;
    for (const struct mail *mail = mails->open.first; mail != NULL; mail = mail->behind)
        count_waiting(mails, mail);
    for (int i = 0; i < 2; ++i) {
        struct list *list = i == 0 ? &mails->open : &mails->ended;
        struct mail *mail;

        while ((mail = list->first) != NULL) {
            mails_take_out(list, mail);
            settle(mails, mail);
        }
    }
}
