/* SPDX-License-Identifier: Apache-2.0 */
/* Mails in the queue; see waiting.h. */
#include "event/waiting.h"
#include "base/reply.h"
#include "event/capture.h"
#include "event/tail.h"

struct recipient {
    struct pfx_slice address, original, reason;
    struct pfx_slice kind; /* of the reason: delay, bounce, other */
};

/* Takes a string off the front of *s. False when none begins or ends there. */
static bool take_string(struct pfx_slice *s, struct pfx_slice *string_r)
{
    size_t n = 1;

    if (!pfx_slice_starts(*s, PFX_SLICE("\"")))
        return false;
    while (n < s->length && s->text[n] != '"')
        n += s->text[n] == '\\' ? 2 : 1;
    if (n >= s->length)
        return false;
    *string_r = pfx_slice_until(pfx_slice_from(*s, 1), n - 1);
    *s = pfx_slice_from(*s, n + 1);
    return true;
}

static bool has_escapes(struct pfx_slice string)
{
    return pfx_slice_find(string, PFX_SLICE("\\")) >= 0;
}

/* Takes an object of the list off the front of *s. False when there is no whole one. */
static bool take_recipient(struct pfx_slice *s, struct recipient *recipient_r)
{
    static const struct pfx_slice reason = {"_reason", 7};
    struct pfx_slice rest = *s, name, value;

    *recipient_r = (struct recipient){.address = PFX_NO_SLICE};
    if (!pfx_slice_take(&rest, PFX_SLICE("{")))
        return false;
    do {
        if (!take_string(&rest, &name) || !pfx_slice_take(&rest, PFX_SLICE(": ")) ||
            !take_string(&rest, &value))
            return false;
        if (pfx_slice_equal(name, PFX_SLICE("address"))) {
            recipient_r->address = value;
        } else if (pfx_slice_equal(name, PFX_SLICE("orig_address"))) {
            recipient_r->original = value;
        } else if (pfx_slice_ends(name, reason)) {
            recipient_r->reason = value;
            recipient_r->kind = pfx_slice_until(name, name.length - reason.length);
        }
    } while (pfx_slice_take(&rest, PFX_SLICE(", ")));
    if (!pfx_slice_take(&rest, PFX_SLICE("}")))
        return false;
    *s = rest;
    return true;
}

/* As behind the status of a delivery. */
static void set_reason(struct pfx_event *event, const struct recipient *recipient)
{
    struct pfx_reply reply;

    pfx_event_extra(event, PFX_SLICE("queue_reason"), recipient->kind);
    if (!pfx_reply_parse(recipient->reason, &reply)) {
        pfx_event_set(event, PFX_F_mail_response, recipient->reason);
        return;
    }
    pfx_tail_reply(event, recipient->reason);
    if (reply.host.length > 0)
        pfx_capture_replier(event, recipient->reason, reply.host);
}

static void set_one(struct pfx_event *event, const struct recipient *recipient)
{
    if (!has_escapes(recipient->address))
        pfx_event_set(event, PFX_F_to, recipient->address);
    if (!has_escapes(recipient->original))
        pfx_event_set(event, PFX_F_orig_to, recipient->original);
}

/* The rest of the line, from the list on. */
static void take_recipients(struct pfx_event *event, struct pfx_slice text)
{
    struct recipient first, next;
    uint64_t count = 0;
    bool same = true, whole;

    if (take_recipient(&text, &first)) {
        bool room = true;

        next = first;
        do {
            size_t used = event->listed;

            ++count;
            same &= pfx_slice_equal(next.reason, first.reason);
            if (room && !has_escapes(next.address))
                pfx_event_join(event, PFX_F_recipients, next.address);
            room &= event->listed > used || has_escapes(next.address);
        } while (pfx_slice_take(&text, PFX_SLICE(", ")) && take_recipient(&text, &next));
    }
    whole = pfx_slice_equal(text, PFX_SLICE("]}"));
    if (whole)
        pfx_event_number(event, PFX_F_nrcpt, count);
    if (whole && count == 1) {
        pfx_event_unset(event, PFX_F_recipients);
        set_one(event, &first);
    }
    if (whole && count > 0 && same)
        set_reason(event, &first);
}

bool pfx_waiting(struct pfx_event *event, struct pfx_slice text)
{
    static const struct pfx_slice forced = {"\"forced_expire\": ", 17};
    struct pfx_slice sender;

    if (pfx_slice_take(&text, forced)) {
        struct pfx_slice word = pfx_slice_word(text, "");

        pfx_event_extra(event, PFX_SLICE("forced_expire"), word);
        text = pfx_slice_from(text, word.length);
        pfx_slice_take(&text, PFX_SLICE(", "));
    }
    if (!pfx_slice_take(&text, PFX_SLICE("\"sender\": ")) || !take_string(&text, &sender))
        return false;
    if (pfx_slice_equal(sender, PFX_SLICE("MAILER-DAEMON")))
        sender.length = 0; /* <> */
    if (!has_escapes(sender))
        pfx_event_set(event, PFX_F_from, sender);
    if (pfx_slice_take(&text, PFX_SLICE(", \"recipients\": [")))
        take_recipients(event, text);
    return true;
}
