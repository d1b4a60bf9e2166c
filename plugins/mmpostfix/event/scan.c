/* SPDX-License-Identifier: Apache-2.0 */
/* rspamd's scans; see scan.h. */
#include "event/scan.h"
#include "event/capture.h"

static const struct pfx_slice metric_mark = {", (default: ", 12}, tail_mark = {"]), len: ", 9};

/* What stands in front of mark, which is taken off, too; all of it when there is none. */
static struct pfx_slice take_until(struct pfx_slice *s, struct pfx_slice mark)
{
    ptrdiff_t at = pfx_slice_find(*s, mark);
    struct pfx_slice front = at < 0 ? *s : pfx_slice_until(*s, (size_t)at);

    *s = at < 0 ? PFX_NO_SLICE : pfx_slice_from(*s, (size_t)at + mark.length);
    return front;
}

static bool is_once(struct pfx_slice s, struct pfx_slice mark)
{
    ptrdiff_t at = pfx_slice_find(s, mark);

    return at >= 0 && pfx_slice_rfind(s, mark) == at;
}

/* rspamd has no blanks in an id, so that it ends where it seems to. */
static void take_head(struct pfx_event *event, struct pfx_slice *text)
{
    struct pfx_slice id = take_until(text, PFX_SLICE(">, "));

    pfx_slice_take(&id, PFX_SLICE("<"));
    if (!pfx_slice_equal(id, PFX_SLICE("undef")))
        pfx_event_set(event, PFX_F_message_id, id);
    if (pfx_slice_take(text, PFX_SLICE("qid: <")))
        pfx_capture(event, PFX_SLICE("queue_id"), take_until(text, PFX_SLICE(">, ")));
    if (pfx_slice_take(text, PFX_SLICE("ip: ")))
        pfx_capture(event, PFX_SLICE("client_ip"), take_until(text, PFX_SLICE(", ")));
    if (pfx_slice_take(text, PFX_SLICE("user: ")))
        pfx_event_set(event, PFX_F_sasl_username, take_until(text, PFX_SLICE(", ")));
}

/* Names of symbols: in front of a bracket, or of a comma where they have no score. */
static void take_symbols(struct pfx_event *event, struct pfx_slice s)
{
    unsigned depth = 0;
    size_t begin = 0;

    for (size_t i = 0; i <= s.length; ++i) {
        char c = i < s.length ? s.text[i] : ',';

        if (depth == 0 && begin <= i && (c == '(' || c == ',') && i > begin)
            pfx_event_join(event, PFX_F_symbols,
                           pfx_slice_until(pfx_slice_from(s, begin), i - begin));
        if (c == '(' || c == '{') {
            ++depth;
            begin = s.length + 1;
        } else if ((c == ')' || c == '}') && depth > 0) {
            --depth;
        } else if (c == ',' && depth == 0) {
            begin = i + 1;
        }
    }
}

/* "T (add header): [8.50/15.00] [SYMBOLS" */
static void take_metric(struct pfx_event *event, struct pfx_slice s)
{
    struct pfx_slice spam = take_until(&s, PFX_SLICE(" (")),
                     action = take_until(&s, PFX_SLICE("): ["));
    struct pfx_slice score = take_until(&s, PFX_SLICE("/")),
                     limit = take_until(&s, PFX_SLICE("] ["));

    if (spam.length != 1)
        return;
    pfx_event_set(event, PFX_F_is_spam, spam);
    pfx_event_set(event, PFX_F_filter_action, action);
    pfx_capture(event, PFX_SLICE("spam_score"), score);
    pfx_capture(event, PFX_SLICE("spam_threshold"), limit);
    take_symbols(event, s);
}

/* "155, time: 121.526ms, dns req: 19, digest: <..>, rcpts: <a,b>, forced: ..." */
static void take_tail(struct pfx_event *event, struct pfx_slice s)
{
    struct pfx_slice list, name;

    pfx_capture(event, PFX_SLICE("size"), take_until(&s, PFX_SLICE(", time: ")));
    pfx_capture(event, PFX_SLICE("filter_time_ms"), take_until(&s, PFX_SLICE("ms")));
    take_until(&s, PFX_SLICE(", dns req: "));
    pfx_capture(event, PFX_SLICE("dns_requests"), take_until(&s, PFX_SLICE(", digest: <")));
    pfx_event_extra(event, PFX_SLICE("body_digest"), take_until(&s, PFX_SLICE(">")));
    if (pfx_slice_take(&s, PFX_SLICE(", rcpts: <"))) {
        for (list = take_until(&s, PFX_SLICE(">")); list.length > 0;)
            pfx_event_join(event, PFX_F_recipients, take_until(&list, PFX_SLICE(",")));
    }
    if (pfx_slice_take(&s, PFX_SLICE(", mime_rcpts: <")))
        take_until(&s, PFX_SLICE(">"));
    if (pfx_slice_take(&s, PFX_SLICE(", forced: "))) {
        name = take_until(&s, PFX_SLICE(" \""));
        pfx_event_extra(event, PFX_SLICE("forced_action"), name);
        pfx_event_set(event, PFX_F_reason, take_until(&s, PFX_SLICE("\"; score=")));
        take_until(&s, PFX_SLICE("(set by "));
        pfx_event_extra(event, PFX_SLICE("forced_by"), take_until(&s, PFX_SLICE(")")));
    }
    if (pfx_slice_take(&s, PFX_SLICE(", settings_id: ")))
        pfx_event_extra(event, PFX_SLICE("settings_id"), take_until(&s, PFX_SLICE(", ")));
}

bool pfx_scan(struct pfx_event *event, struct pfx_slice text)
{
    ptrdiff_t at;

    if (!pfx_slice_starts(text, PFX_SLICE("<")))
        return false;
    take_head(event, &text);
    if (pfx_slice_find(text, metric_mark) < 0 && !pfx_slice_starts(text, PFX_SLICE("(default: ")))
        return false;
    if (pfx_slice_starts(text, PFX_SLICE("from: <")) && is_once(text, metric_mark)) {
        at = pfx_slice_find(text, metric_mark);
        pfx_event_set(event, PFX_F_from, pfx_slice_until(pfx_slice_from(text, 7), (size_t)at - 8));
        text = pfx_slice_from(text, (size_t)at + metric_mark.length);
    } else if (!pfx_slice_take(&text, PFX_SLICE("(default: ")) ||
               pfx_slice_find(text, metric_mark) >= 0) {
        return true; /* more than one: which one is rspamd's can not be told */
    }
    if (!is_once(text, tail_mark))
        return true;
    at = pfx_slice_find(text, tail_mark);
    take_metric(event, pfx_slice_until(text, (size_t)at));
    take_tail(event, pfx_slice_from(text, (size_t)at + tail_mark.length));
    return true;
}
