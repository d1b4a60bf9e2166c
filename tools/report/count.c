/* SPDX-License-Identifier: Apache-2.0 */
/* What each line counts by itself, and to whom it goes; see report.h. */
#include "counting/refusal.h"
#include "report/mails.h"

#include <string.h>

#define FAR_AHEAD (3600 * INT64_C(1000000))
#define AHEAD_LINES 20 /* in a row */

static struct pfx_slice get(const struct pfx_worker *worker, enum pfx_field field)
{
    return pfx_worker_field(worker, field);
}

static bool is(struct pfx_slice text, const char *other)
{
    return pfx_slice_equal(text, pfx_slice_of(other));
}

/* How often a line came: syslog daemons say it once. */
static int64_t times(const struct pfx_worker *worker)
{
    struct pfx_slice text = get(worker, PFX_F_repeat_count);
    int64_t count = 0;

    return text.length > 0 && pfx_value_integer(text, &count) && count > 1 && count < 1000000
               ? count
               : 1;
}

struct pfx_slice report_client(const struct pfx_worker *worker, char room[TABLE_KEY])
{
    struct pfx_slice host = pfx_slice_until(get(worker, PFX_F_client_host), 300),
                     ip = pfx_slice_until(get(worker, PFX_F_client_ip), 60);
    size_t length = 0;

    if (host.length == 0 || is(host, "unknown"))
        return ip.length > 0 ? ip : PFX_SLICE("unknown");
    for (; length < host.length; ++length)
        room[length] = pfx_lower(host.text[length]);
    if (ip.length > 0) {
        room[length++] = '[';
        memcpy(room + length, ip.text, ip.length);
        length += ip.length;
        room[length++] = ']';
    }
    return (struct pfx_slice){room, length};
}

static void take_refusal(struct report *report, const struct pfx_worker *worker)
{
    struct pfx_slice reason = get(worker, PFX_F_reason_class), client;
    int64_t count = times(worker);
    char room[TABLE_KEY];

    reason = reason.length > 0 ? reason : PFX_SLICE("other");
    client = report_client(worker, room);
    report->total[TOTAL_REFUSED] += count;
    report_count_time(report, report->time, COLUMN_REFUSED, count);
    report_count(report, TABLE_REFUSAL_REASONS,
                 report_row(report, TABLE_REFUSAL_REASONS, reason, PFX_NO_SLICE, PFX_NO_SLICE),
                 COLUMN_REFUSED, count);
    report_count(report, TABLE_REFUSALS,
                 report_row(report, TABLE_REFUSALS, reason, client, PFX_NO_SLICE), COLUMN_REFUSED,
                 count);
    report_count(report, TABLE_CLIENTS,
                 report_row(report, TABLE_CLIENTS, client, PFX_NO_SLICE, PFX_NO_SLICE),
                 COLUMN_REFUSED, count);
}

/* Reasons of trouble that the mail system has with itself: kinds.tsv, "... of the mail system
 * itself, by what it is about". */
static bool is_trouble(const struct pfx_worker *worker)
{
    static const char *const reasons[] = {"table",    "config",  "filesystem", "permission",
                                          "resource", "process", "milter",     "sasl"};
    struct pfx_slice reason = get(worker, PFX_F_reason_class);

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); ++i) {
        if (is(reason, reasons[i]))
            return true;
    }
    return false;
}

/* A warning, error, fatal or panic; other levels are none of people's. */
static void take_warning(struct report *report, const struct pfx_worker *worker)
{
    struct pfx_slice level = get(worker, PFX_F_level), text = get(worker, PFX_F_warning);
    struct tally *row;

    if (text.length == 0)
        return;
    row = report_row(report, TABLE_WARNINGS, level, get(worker, PFX_F_daemon),
                     get(worker, PFX_F_event));
    report_count(report, TABLE_WARNINGS, row, COLUMN_COUNT, times(worker));
    report->failed |= row != NULL && !tally_set_text(row, text);
    if (!is(get(worker, PFX_F_product), "postfix"))
        return;
    if (is(level, "fatal") || is(level, "panic"))
        ++report->fatal;
    else if (is(level, "error") || is_trouble(worker))
        ++report->trouble;
}

static void take_postfix(struct report *report, const struct pfx_worker *worker)
{
    if (refusal_told(get(worker, PFX_F_event), get(worker, PFX_F_event_action)))
        take_refusal(report, worker);
    report->total[TOTAL_REJECT_WARNINGS] +=
        is(get(worker, PFX_F_action), "reject_warning") ? times(worker) : 0;
    report->total[TOTAL_CONNECTIONS] += is(get(worker, PFX_F_event), "smtpd.connect");
}

/* A line that is far ahead of all before is of a host whose clock is wrong, or ends a gap: those
 * behind it tell. */
static void advance(struct report *report)
{
    if (report->now != 0 && report->time > report->now + FAR_AHEAD && ++report->ahead < AHEAD_LINES)
        return;
    report->ahead = 0;
    report->now = report->time > report->now ? report->time : report->now;
}

void report_take(struct report *report, const struct pfx_worker *worker, enum pfx_outcome outcome)
{
    const struct selection *selection = &report->options->selection;
    struct pfx_slice host = get(worker, PFX_F_event_source), instance = get(worker, PFX_F_instance);
    bool postfix = is(get(worker, PFX_F_product), "postfix");

    report->time = clock_time(&report->clock, get(worker, PFX_F_event_created));
    advance(report);
    report->selected = selection_fits(selection, report->time, host, instance);
    mails_settle(report->mails);
    mails_see(report->mails, worker);
    if (!report->selected)
        return;
    report->ours += postfix;
    report->beside += !postfix;
    if (report->time != 0 && (report->first == 0 || report->time < report->first))
        report->first = report->time;
    report->last = report->time > report->last ? report->time : report->last;
    if (outcome == PFX_GENERIC) {
        struct tally *row = report_row(report, TABLE_UNKNOWN, get(worker, PFX_F_daemon),
                                       PFX_NO_SLICE, PFX_NO_SLICE);

        report_count(report, TABLE_UNKNOWN, row, COLUMN_COUNT, 1);
        report->failed |= row != NULL && !tally_set_text(row, get(worker, PFX_F_unparsed));
    }
    take_warning(report, worker);
    if (postfix)
        take_postfix(report, worker);
    report_take_beside(report, worker);
}
