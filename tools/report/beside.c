/* SPDX-License-Identifier: Apache-2.0 */
/* Logins, and what filters, greylisting and postscreen say; see report.h. */
#include "report/mails.h"
#include "base/hash.h"

#include <string.h>

static struct pfx_slice get(const struct pfx_worker *worker, enum pfx_field field)
{
    return pfx_worker_field(worker, field);
}

static bool is(struct pfx_slice text, const char *other)
{
    return pfx_slice_equal(text, pfx_slice_of(other));
}

/* ---- logins ------------------------------------------------------------------------------------
 */

/* What login.h looks at. */
static const enum pfx_field login_fields[] = {
    PFX_F_product,         PFX_F_event,         PFX_F_action,
    PFX_F_daemon,          PFX_F_service,       PFX_F_proto,
    PFX_F_reason,          PFX_F_reason_class,  PFX_F_link,
    PFX_F_event_outcome,   PFX_F_sasl_username, PFX_F_client_ip,
    PFX_F_dovecot_session, PFX_F_session_id,    PFX_F_auth_attempts,
    PFX_F_repeat_count};
#define LOGIN_FIELDS (sizeof(login_fields) / sizeof(login_fields[0]))
#define LOGIN_TEXT 300 /* bytes of a text that are looked at */

/* A view of the line as that of its document would be. */
static void make_view(const struct pfx_worker *worker, struct view *view,
                      char room[LOGIN_FIELDS][LOGIN_TEXT * 3 + 1])
{
    for (size_t i = 0; i < LOGIN_FIELDS; ++i) {
        struct pfx_slice text = get(worker, login_fields[i]);

        if (text.text == NULL)
            continue;
        text = pfx_slice_until(text, LOGIN_TEXT);
        room[i][pfx_value_utf8(text, room[i])] = '\0';
        for (char *at = room[i]; pfx_fields[login_fields[i]].type == PFX_LOWER && *at != '\0'; ++at)
            *at = pfx_lower(*at);
        view->text[login_fields[i]] = room[i];
    }
}

/* How many of these tries no line of that session has counted. */
static long long new_tries(struct report *report, const struct view *view, enum login login)
{
    const char *session = login_session(view, login);
    long long tries = login_tries(view, login), known;
    struct session *slot;
    uint64_t key;

    if (session == NULL)
        return tries;
    key = pfx_hash(pfx_slice_of(session), login);
    slot = &report->session[key % SESSIONS];
    if (slot->key != key)
        *slot = (struct session){key, 0};
    known = slot->counted;
    if (known > 0 && strcmp(view->text[PFX_F_product], "postfix") == 0)
        return 0; /* another mail of that session */
    tries -= tries < known ? tries : known;
    slot->counted += tries;
    return tries;
}

static void count_login(struct report *report, enum count_table table, const char *key,
                        enum login login, long long tries)
{
    struct tally *row = report_row(
        report, table, key != NULL && key[0] != '\0' ? pfx_slice_of(key) : PFX_SLICE("unknown"),
        PFX_NO_SLICE, PFX_NO_SLICE);

    report_count(report, table, row, login == LOGIN_SUCCEEDED ? COLUMN_SUCCEEDED : COLUMN_FAILED,
                 tries);
}

static void take_login(struct report *report, const struct pfx_worker *worker)
{
    static char room[LOGIN_FIELDS][LOGIN_TEXT * 3 + 1];
    struct view view;
    const char *user;
    enum login login;
    long long tries;

    memset(view.text, 0, sizeof(view.text));
    make_view(worker, &view, room);
    login = login_of(&view);
    if (login == LOGIN_DETAIL)
        login_remember(&report->recent, &view, report->time);
    if (login != LOGIN_SUCCEEDED && login != LOGIN_FAILED)
        return;
    user = view.text[PFX_F_sasl_username];
    if (login == LOGIN_FAILED && is(get(worker, PFX_F_product), "postfix")) {
        const char *told = login_recall(&report->recent, view.text[PFX_F_client_ip], report->time);

        user = user != NULL ? user : told;
    }
    tries = new_tries(report, &view, login);
    if (tries == 0)
        return;
    report->total[login == LOGIN_SUCCEEDED ? TOTAL_LOGINS : TOTAL_LOGINS_FAILED] += tries;
    count_login(report, TABLE_LOGIN_USERS, user, login, tries);
    count_login(report, TABLE_LOGIN_CLIENTS, view.text[PFX_F_client_ip], login, tries);
    count_login(report, TABLE_LOGIN_SERVICES, login_service(&view), login, tries);
}

/* A line may be about one, by what is cheap to ask. */
static bool may_be_login(const struct pfx_worker *worker)
{
    struct pfx_slice action = get(worker, PFX_F_action);

    return is(action, "login") || is(action, "authentication") ||
           pfx_slice_starts(get(worker, PFX_F_event), PFX_SLICE("sasl."));
}

/* ---- filters and others
 * -------------------------------------------------------------------------- */

/* Lines that have the verdict of a filter, one a mail as a rule, and the field that it is in. */
static const struct {
    const char *event;
    enum pfx_field verdict;
} verdicts[] = {{"amavis.verdict", PFX_F_filter_verdict},
                {"spamd.scored", PFX_F_filter_verdict},
                {"spampd.scored", PFX_F_filter_verdict},
                {"rspamd.verdict", PFX_F_filter_action},
                {"clamav-milter.clean", PFX_F_filter_verdict},
                {"clamav-milter.infected", PFX_F_filter_verdict},
                {"clamsmtpd.scanned", PFX_F_filter_verdict},
                {"mimedefang.event", PFX_F_filter_verdict},
                {"mailscanner.spam", PFX_F_filter_verdict},
                {"mailscanner.banned", PFX_F_filter_verdict},
                {"mailscanner.infected_message", PFX_F_filter_verdict}};

static void take_verdict(struct report *report, const struct pfx_worker *worker)
{
    struct pfx_slice event = get(worker, PFX_F_event), verdict = PFX_NO_SLICE, virus;
    struct tally *row;
    char room[64];

    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]) && verdict.length == 0; ++i) {
        if (is(event, verdicts[i].event))
            verdict = get(worker, verdicts[i].verdict);
    }
    if (verdict.length == 0)
        return;
    verdict = pfx_slice_until(verdict, sizeof(room));
    for (size_t i = 0; i < verdict.length; ++i)
        room[i] = pfx_lower(verdict.text[i]);
    verdict.text = room;
    row = report_row(report, TABLE_FILTERS, get(worker, PFX_F_product), verdict, PFX_NO_SLICE);
    if (row != NULL && !mails_judge(report->mails, worker, row))
        report_count(report, TABLE_FILTERS, row, COLUMN_MAILS, 1);
    virus = get(worker, PFX_F_virus_name);
    if (virus.length > 0)
        report_count(report, TABLE_VIRUSES,
                     report_row(report, TABLE_VIRUSES, virus, PFX_NO_SLICE, PFX_NO_SLICE),
                     COLUMN_COUNT, 1);
}

/* What a policy service says of greylisting, in its own lines. */
static void take_greylist(struct report *report, const struct pfx_worker *worker)
{
    /* Of others the line has it from the mail. */
    static const char *const services[] = {"postgrey", "sqlgrey",     "milter-greylist",
                                           "policyd",  "cluebringer", "grossd"};
    struct pfx_slice action = get(worker, PFX_F_greylist_action),
                     product = get(worker, PFX_F_product);
    bool says = false;

    for (size_t i = 0; action.length > 0 && i < sizeof(services) / sizeof(services[0]); ++i)
        says |= is(product, services[i]);
    if (!says)
        return;
    report_count(report, TABLE_GREYLIST,
                 report_row(report, TABLE_GREYLIST, product, action, PFX_NO_SLICE), COLUMN_COUNT,
                 1);
}

void report_take_beside(struct report *report, const struct pfx_worker *worker)
{
    bool postfix = is(get(worker, PFX_F_product), "postfix");

    if (may_be_login(worker))
        take_login(report, worker);
    if (postfix && is(get(worker, PFX_F_daemon), "postscreen")) {
        report_count(report, TABLE_POSTSCREEN,
                     report_row(report, TABLE_POSTSCREEN, get(worker, PFX_F_event), PFX_NO_SLICE,
                                PFX_NO_SLICE),
                     COLUMN_COUNT, 1);
    } else if (!postfix) {
        take_verdict(report, worker);
        take_greylist(report, worker);
    }
}
