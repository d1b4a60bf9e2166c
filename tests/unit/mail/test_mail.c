/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "base/queue_id.h"
#include "mail/mail.h"

#define SECOND INT64_C(1000000)
#define SHORT "3F4A91234"
#define LONG "4fPZDJ26xDzMb" /* 2026-03-02 10:00:00.3 */

static struct pfx_event event; /* without a field: what a observation says is enough */

static struct pfx_observation said(int64_t second, unsigned roles, enum pfx_fate fate)
{
    return (struct pfx_observation){.queue_id = PFX_SLICE(SHORT),
                                    .time = second * SECOND,
                                    .roles = roles,
                                    .fate = fate,
                                    .times = 1,
                                    .delay = -1,
                                    .nrcpt = -1};
}

static void one_id_has_several_lives(void)
{
    static const struct {
        const char *what;
        int64_t arrival, opened, closed; /* of the mail, seconds */
        unsigned roles;
        int64_t time, delay;
        bool other;
    } rows[] = {
        {"one more line", 0, 100, 0, PFX_QUEUE_ADD, 500, -1, false},
        {"the same birth", 0, 100, 0, PFX_QUEUE_OPEN, 100, -1, false},
        {"another birth", 0, 100, 0, PFX_QUEUE_OPEN, 101, -1, true},
        {"a birth after an end", 0, 100, 110, PFX_QUEUE_OPEN, 111, -1, true},
        {"a birth read after an end", 0, 0, 110, PFX_QUEUE_OPEN, 100, -1, false},
        {"a late line", 0, 100, 110, PFX_QUEUE_ADD, 119, -1, false},
        {"a line much later", 0, 100, 110, PFX_QUEUE_ADD, 121, -1, true},
        {"the same arrival", 100, 0, 0, PFX_QUEUE_RECIPIENT, 4000, 3903, false},
        {"another arrival", 100, 0, 0, PFX_QUEUE_RECIPIENT, 4000, 3800, true},
        {"the same arrival, after the end", 100, 100, 200, PFX_QUEUE_RECIPIENT, 300, 200, false},
        {"arrived before the end", 0, 0, 200, PFX_QUEUE_RECIPIENT, 300, 150, false},
        {"arrived after the end", 0, 0, 200, PFX_QUEUE_RECIPIENT, 300, 50, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_mail mail = {.arrival = rows[i].arrival * SECOND,
                                .opened = rows[i].opened * SECOND,
                                .closed = rows[i].closed * SECOND};
        struct pfx_observation w = said(rows[i].time, rows[i].roles, PFX_FATE_NONE);

        unit_row = rows[i].what;
        w.delay = rows[i].delay < 0 ? -1 : rows[i].delay * SECOND;
        CHECK(pfx_mail_is_other_life(&mail, &w, 10 * SECOND) == rows[i].other);
        w.queue_id = PFX_SLICE(LONG);
        w.given = pfx_queue_id_time(w.queue_id);
        CHECK(!pfx_mail_is_other_life(&mail, &w, 10 * SECOND)); /* never given twice */
    }
    unit_row = "";
}

static void an_id_may_tell_the_arrival(void)
{
    static const struct {
        const char *id;
        int64_t delay, arrival;
    } rows[] = {
        {LONG, -1, INT64_C(1772445600300000)},
        {LONG, 5 * SECOND, INT64_C(1772445600300000)},
        {SHORT, -1, 0},
        {SHORT, 5 * SECOND, 95 * SECOND},
        {"0123456789", -1, 0},
        {"4fPZDJ26xDAMb", -1, 0}, /* no z, and an A */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_observation w = said(100, PFX_QUEUE_ADD, PFX_FATE_NONE);

        unit_row = rows[i].id;
        w.queue_id = unit_slice(rows[i].id);
        w.given = pfx_queue_id_time(w.queue_id);
        w.delay = rows[i].delay;
        CHECK(pfx_mail_arrival(&w) == rows[i].arrival);
    }
    unit_row = "";
}

/* The lines of a mail: client=, message-id=, two activations, two deliveries, removed. */
static struct pfx_observation line_of_mail(unsigned which)
{
    struct pfx_observation w = said(0, PFX_QUEUE_ADD, PFX_FATE_NONE);

    switch (which) {
    case 0:
        w = said(100, PFX_QUEUE_OPEN, PFX_FATE_NONE);
        w.client_ip = PFX_SLICE("192.0.2.10");
        break;
    case 1:
        w = said(101, PFX_QUEUE_ADD, PFX_FATE_IDENTIFIED);
        break;
    case 2:
    case 3:
        w = said(which == 2 ? 101 : 200, PFX_QUEUE_ADD, PFX_FATE_ACTIVE);
        w.nrcpt = 1;
        break;
    case 4:
    case 5:
        w = said(which == 4 ? 102 : 201, PFX_QUEUE_RECIPIENT,
                 which == 4 ? PFX_FATE_DEFERRED : PFX_FATE_SENT);
        w.to = PFX_SLICE("bob@example.net");
        w.status = which == 4 ? PFX_SLICE("deferred") : PFX_SLICE("sent");
        w.delay = (which == 4 ? 2 : 101) * SECOND;
        break;
    default:
        w = said(202, PFX_QUEUE_CLOSE, PFX_FATE_NONE);
    }
    return w;
}

static void order_does_not_matter(void)
{
    enum { LINES = 7, ORDERS = 5040 };

    for (unsigned order = 0; order < ORDERS; ++order) {
        struct pfx_mail mail = {.nrcpt = -1};
        unsigned left[LINES] = {0, 1, 2, 3, 4, 5, 6}, rest = order;
        struct pfx_tally tally;

        for (unsigned n = LINES; n > 0; --n) {
            struct pfx_observation w = line_of_mail(left[rest % n]);

            left[rest % n] = left[n - 1];
            rest /= n;
            CHECK(pfx_mail_merge(&mail, &w, &event, false));
            CHECK(pfx_mail_merge(&mail, &w, &event, false)); /* and once more */
        }
        tally = pfx_recipients_count(&mail.recipients, mail.expired);
        CHECK(mail.first == 100 * SECOND && mail.last == 202 * SECOND);
        CHECK(mail.opened == 100 * SECOND && mail.arrival == 100 * SECOND);
        CHECK(mail.closed == 202 * SECOND && mail.attempts == 2 && mail.nrcpt == 1);
        CHECK(tally.all == 1 && tally.sent == 1 && pfx_mail_delay(&mail) == 101 * SECOND);
        CHECK(strcmp(pfx_mail_verdict(&mail, &tally), "delivered") == 0);
        CHECK(!pfx_mail_is_incomplete(&mail, &tally) && !mail.from_here);
        CHECK(pfx_mail_class_of(&mail) == PFX_MAIL_ENDED);
        pfx_mail_clear(&mail);
    }
}

static void verdicts(void)
{
    static const struct {
        const char *verdict;
        struct pfx_mail mail;
        struct pfx_tally tally;
    } rows[] = {
        {"", {.closed = 0}, {.all = 1, .sent = 1}},
        {"quarantined", {.held = 2, .released = 1}, {0}},
        {"", {.held = 2, .released = 3}, {0}},
        {"delivered", {.closed = 1}, {.all = 2, .sent = 1, .internal = 1}},
        {"handed_over", {.closed = 1}, {.all = 1, .internal = 1}},
        {"partly", {.closed = 1}, {.all = 2, .sent = 1, .bounced = 1}},
        {"partly", {.closed = 1}, {.all = 2, .internal = 1, .expired = 1}},
        {"bounced", {.closed = 1}, {.all = 2, .bounced = 1, .expired = 1}},
        {"expired", {.closed = 1}, {.all = 1, .expired = 1}},
        {"expired", {.closed = 1, .expired = true}, {0}},
        {"probed", {.closed = 1}, {.all = 1, .probed = 1}},
        {"", {.closed = 1}, {0}},
        {"rejected", {.closed = 1, .end = PFX_FATE_REJECTED}, {0}},
        {"discarded", {.closed = 1, .end = PFX_FATE_DISCARDED}, {0}},
        {"deleted", {.closed = 1, .end = PFX_FATE_DELETED}, {.all = 1, .deferred = 1}},
        {"canceled", {.closed = 1, .end = PFX_FATE_CANCELED}, {0}},
        {"handed_over", {.closed = 1, .end = PFX_FATE_REQUEUED}, {.all = 1, .deferred = 1}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].verdict;
        CHECK_TEXT(unit_slice(pfx_mail_verdict(&rows[i].mail, &rows[i].tally)), rows[i].verdict);
    }
    unit_row = "";
}

static void classes(void)
{
    static const struct {
        struct pfx_mail mail;
        enum pfx_mail_class class;
    } rows[] = {
        {{.first = 1}, PFX_MAIL_UNKNOWN},
        {{.opened = 1}, PFX_MAIL_OPENED},
        {{.opened = 1, .has_message_id = true}, PFX_MAIL_OPENED},
        {{.attempts = 1}, PFX_MAIL_ACTIVE},
        {{.attempts = 1, .has_message_id = true, .held = 5}, PFX_MAIL_HELD},
        {{.attempts = 1, .has_message_id = true, .held = 5, .released = 6}, PFX_MAIL_ACTIVE},
        {{.attempts = 1, .has_message_id = true, .held = 5, .closed = 9}, PFX_MAIL_ENDED},
        {{.opened = 1, .aborted = true}, PFX_MAIL_ENDED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i)
        CHECK(pfx_mail_class_of(&rows[i].mail) == rows[i].class);
}

static void gaps_are_told(void)
{
    static const struct {
        const char *what;
        struct pfx_mail mail;
        struct pfx_tally tally;
        bool incomplete;
    } rows[] = {
#define WHOLE .opened = 1, .closed = 9, .has_message_id = true, .attempts = 1, .nrcpt = 2
        {"whole", {WHOLE}, {.all = 2}, false},
        {"not at its end", {.nrcpt = 2}, {.all = 1}, false},
        {"a recipient less", {WHOLE}, {.all = 1}, true},
        {"recipients beyond", {WHOLE, .recipients = {.beyond = 1}}, {.all = 1}, false},
        {"expanded by an alias", {WHOLE}, {.all = 3}, false},
        {"no message-id", {.opened = 1, .closed = 9, .attempts = 1}, {0}, true},
        {"never active", {.opened = 1, .closed = 9, .has_message_id = true}, {0}, true},
        {"rejected", {.opened = 1, .closed = 9, .end = PFX_FATE_REJECTED}, {0}, false},
        {"canceled", {.opened = 1, .closed = 9, .end = PFX_FATE_CANCELED}, {0}, false},
        {"made by Postfix",
         {.first = 5 * SECOND,
          .arrival = 5 * SECOND,
          .closed = 9,
          .has_message_id = true,
          .attempts = 1},
         {0},
         false},
        {"born before its first line",
         {.first = 500 * SECOND,
          .arrival = 5 * SECOND,
          .closed = 9,
          .has_message_id = true,
          .attempts = 1},
         {0},
         true},
#undef WHOLE
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].what;
        CHECK(pfx_mail_is_incomplete(&rows[i].mail, &rows[i].tally) == rows[i].incomplete);
    }
    unit_row = "";
}

int main(void)
{
    pfx_fields_init();
    pfx_event_clear(&event);
    one_id_has_several_lives();
    an_id_may_tell_the_arrival();
    order_does_not_matter();
    verdicts();
    classes();
    gaps_are_told();
    return UNIT_END();
}
