/* SPDX-License-Identifier: Apache-2.0 */
/* Ids in replies; see receipt.h. */
#include "event/receipt.h"

#include <string.h>

#define ID_MAX 100

/* Sent by a filter or server here. What smtpd itself says has no next hop. */
static bool is_from_here(const struct pfx_event *event)
{
    struct pfx_slice ip = pfx_event_get(event, PFX_F_relay_ip);

    if (pfx_event_has(event, PFX_F_relay_path))
        return true;
    return ip.length > 0 ? pfx_value_is_loopback(ip) : !pfx_event_has(event, PFX_F_relay_host);
}

/* The id at the front, as far as it has letters, digits and the like. */
static struct pfx_slice take_id(struct pfx_slice s, const char *others)
{
    size_t n = 0;

    while (n < s.length && n < ID_MAX &&
           (pfx_is_digit(s.text[n]) || (unsigned)((s.text[n] | 0x20) - 'a') < 26 ||
            (s.text[n] != '\0' && strchr(others, s.text[n]) != NULL)))
        ++n;
    return pfx_slice_until(s, n);
}

/* Dovecot's session, the base64 of 12 bytes and more, with the number of the recipient behind it.
 * The recipient stands before it and may have a ">" in its quotes. A refusal, whose words may be a
 * stranger's (the exp= of SPF), is none. */
static void take_session(struct pfx_event *event, struct pfx_slice text)
{
    ptrdiff_t close =
        text.length > 0 && text.text[0] == '<' ? pfx_slice_rfind(text, PFX_SLICE("> ")) : -1;
    struct pfx_slice id;

    if (close < 0 || !pfx_slice_equal(pfx_event_get(event, PFX_F_status), PFX_SLICE("sent")))
        return;
    text = pfx_slice_from(text, (size_t)close + 2);
    id = take_id(text, "+/:_-");
    if (id.length >= 16 && pfx_slice_equal(pfx_slice_from(text, id.length), PFX_SLICE(" Saved")))
        pfx_event_default(event, PFX_F_dovecot_session, id, PFX_MARK_NONE);
}

/* amavis' task: digits, "-" and digits, maybe "-" and digits again. */
static void take_task(struct pfx_event *event, struct pfx_slice text)
{
    static const struct pfx_slice fronts[] = {
        {"Reject, id=", 11}, {"Ok, discarded, id=", 18}, {"Ok, id=", 7}, {"Bounce, id=", 11}};

    for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); ++i) {
        struct pfx_slice rest = pfx_slice_from(text, fronts[i].length), id;

        if (!pfx_slice_starts(text, fronts[i]))
            continue;
        id = take_id(rest, "-");
        rest = pfx_slice_from(rest, id.length);
        if (id.length >= 8 && pfx_slice_find(id, PFX_SLICE("-")) >= 5 &&
            (rest.length == 0 || rest.text[0] == ' ' || rest.text[0] == ','))
            pfx_event_default(event, PFX_F_amavis_id, id, PFX_MARK_NONE);
        return;
    }
}

void pfx_receipt_take(struct pfx_event *event)
{
    struct pfx_slice text = pfx_event_get(event, PFX_F_reply_text);

    if (text.length == 0 || !is_from_here(event))
        return;
    take_session(event, text);
    take_task(event, text);
}
