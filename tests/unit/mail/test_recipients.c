/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "mail/recipients.h"

#include <stdlib.h>

static struct pfx_delivery delivery(const char *to, const char *orig, const char *status,
                                    int64_t time, enum pfx_fate fate)
{
    struct pfx_delivery d = {.time = time, .delay = time, .fate = fate};

    d.text[PFX_RCPT_TO] = unit_slice(to);
    d.text[PFX_RCPT_ORIG] = unit_slice(orig);
    d.text[PFX_RCPT_STATUS] = unit_slice(status);
    return d;
}

static void put(struct pfx_recipients *r, const char *to, const char *orig, const char *status,
                int64_t time, enum pfx_fate fate)
{
    struct pfx_delivery d = delivery(to, orig, status, time, fate);

    CHECK(pfx_recipients_put(r, &d));
}

/* All lines of a mail in every order give the same rows. */
static void order_does_not_matter(void)
{
    static const struct {
        const char *to, *orig, *status;
        int64_t time;
        enum pfx_fate fate;
    } line[] = {
        {"b@example.com", "", "deferred", 1, PFX_FATE_DEFERRED},
        {"b@example.com", "", "sent", 9, PFX_FATE_SENT},
        {"a@example.com", "root", "sent", 2, PFX_FATE_SENT},
        {"a@example.com", "postmaster", "bounced", 2, PFX_FATE_BOUNCED},
        {"b@example.com", "", "deferred", 5, PFX_FATE_DEFERRED},
    };
    enum { LINES = sizeof(line) / sizeof(line[0]) };

    for (unsigned order = 0; order < 120; ++order) {
        struct pfx_recipients r = {0};
        unsigned left[LINES] = {0, 1, 2, 3, 4}, rest = order;

        for (unsigned n = LINES; n > 0; --n) {
            unsigned pick = rest % n, i = left[pick];

            rest /= n;
            left[pick] = left[n - 1];
            put(&r, line[i].to, line[i].orig, line[i].status, line[i].time, line[i].fate);
        }
        CHECK(r.rows == 3 && r.beyond == 0);
        CHECK_TEXT(pfx_recipient_text(&r.row[0], PFX_RCPT_ORIG), "postmaster");
        CHECK_TEXT(pfx_recipient_text(&r.row[1], PFX_RCPT_ORIG), "root");
        CHECK_TEXT(pfx_recipient_text(&r.row[2], PFX_RCPT_TO), "b@example.com");
        CHECK_TEXT(pfx_recipient_text(&r.row[2], PFX_RCPT_STATUS), "sent");
        CHECK(r.row[2].attempts == 3 && r.row[2].time == 9 && r.row[2].delay == 9);
        pfx_recipients_free(&r);
    }
}

static void fates_are_counted(void)
{
    struct pfx_recipients r = {0};
    struct pfx_delivery inside = delivery("f@example.com", "", "sent", 1, PFX_FATE_SENT);
    struct pfx_tally t;

    inside.internal = true;
    CHECK(pfx_recipients_put(&r, &inside));
    put(&r, "a@example.com", "", "sent", 1, PFX_FATE_SENT);
    put(&r, "b@example.com", "", "bounced", 1, PFX_FATE_BOUNCED);
    put(&r, "c@example.com", "", "deferred", 1, PFX_FATE_DEFERRED);
    put(&r, "d@example.com", "", "expired", 1, PFX_FATE_EXPIRED);
    put(&r, "e@example.com", "", "deliverable", 1, PFX_FATE_PROBED);
    t = pfx_recipients_count(&r, false);
    CHECK(t.all == 6 && t.sent == 1 && t.internal == 1 && t.bounced == 1 && t.deferred == 1 &&
          t.expired == 1 && t.probed == 1);
    t = pfx_recipients_count(&r, true); /* the mail is expired, and so what was deferred */
    CHECK(t.deferred == 0 && t.expired == 2);
    pfx_recipients_free(&r);
}

static void many_are_sorted_and_bounded(void)
{
    struct pfx_recipients r = {0};
    char to[40];

    for (unsigned i = 0; i < 3 * PFX_RECIPIENTS_MAX; ++i) {
        snprintf(to, sizeof(to), "%04u@example.com", i * 7919 % (3 * PFX_RECIPIENTS_MAX));
        put(&r, to, "", "sent", 1, PFX_FATE_SENT);
    }
    CHECK(r.rows == PFX_RECIPIENTS_MAX && r.rests == 2 * PFX_RECIPIENTS_MAX && r.beyond == 0);
    for (uint32_t i = 1; i < r.rows; ++i)
        CHECK(memcmp(r.row[i - 1].text, r.row[i].text, 4) < 0);
    snprintf(to, sizeof(to), "%.*s", 16, r.row[0].text);
    put(&r, to, "", "bounced", 2, PFX_FATE_BOUNCED); /* one that is there still is amended */
    CHECK(r.row[0].fate == PFX_FATE_BOUNCED && r.rests == 2 * PFX_RECIPIENTS_MAX);
    pfx_recipients_free(&r);
}

/* Those without texts are counted each by what became of it last, up to a bound of their own. */
static void the_rest_is_counted(void)
{
    struct pfx_recipients r = {0};
    struct pfx_delivery inside = delivery("", "", "sent", 1, PFX_FATE_SENT);
    const uint32_t all = PFX_RECIPIENTS_MAX + PFX_RECIPIENTS_REST_MAX;
    struct pfx_tally t;
    char to[40];

    for (uint32_t i = 0; i < all + 5; ++i) {
        snprintf(to, sizeof(to), "%07u@example.com", i);
        put(&r, to, "", "deferred", 1, PFX_FATE_DEFERRED);
    }
    CHECK(r.rests == PFX_RECIPIENTS_REST_MAX && r.beyond == 5);
    /* Again, in another order; the older word does not count. */
    for (uint32_t i = 0; i < all; ++i) {
        snprintf(to, sizeof(to), "%07u@example.com", (uint32_t)((uint64_t)i * 7919 % all));
        put(&r, to, "", "sent", 3, PFX_FATE_SENT);
        put(&r, to, "", "bounced", 2, PFX_FATE_BOUNCED);
    }
    t = pfx_recipients_count(&r, false);
    CHECK(t.all == all && t.sent == all && t.deferred == 0 && t.bounced == 0);
    snprintf(to, sizeof(to), "%07u@example.com", all - 1);
    inside.text[PFX_RCPT_TO] = unit_slice(to);
    inside.text[PFX_RCPT_CHILD] = unit_slice("4F4A91230");
    inside.time = 4;
    CHECK(pfx_recipients_put(&r, &inside));
    pfx_recipients_hand_over(&r, unit_slice("4F4A91230"));
    t = pfx_recipients_count(&r, false);
    CHECK(t.sent == all - 1 && t.internal == 1);
    pfx_recipients_free(&r);
}

static void long_texts_are_cut(void)
{
    struct pfx_recipients r = {0};
    struct pfx_delivery d = {.time = 1};
    char *text = malloc(5000);

    if (text == NULL)
        return;
    memset(text, 'x', 5000);
    for (int i = 0; i < PFX_RCPT_TEXTS; ++i)
        d.text[i] = (struct pfx_slice){text, 5000};
    CHECK(pfx_recipients_put(&r, &d));
    for (int i = 0; i < PFX_RCPT_TEXTS; ++i)
        CHECK(pfx_recipient_text(&r.row[0], (enum pfx_recipient_text)i).length == 1000);
    CHECK(pfx_recipients_put(&r, &d));
    CHECK(r.rows == 1); /* the same line once more */
    free(text);
    pfx_recipients_free(&r);
}

int main(void)
{
    order_does_not_matter();
    fates_are_counted();
    many_are_sorted_and_bounded();
    the_rest_is_counted();
    long_texts_are_cut();
    return UNIT_END();
}
