/* SPDX-License-Identifier: Apache-2.0 */
/* Tails of messages; see tail.h. */
#include "event/tail.h"
#include "base/queue_id.h"
#include "base/reply.h"
#include "base/value.h"
#include "event/capture.h"

#include <string.h>

/* The word of a list's key, where it is not the key itself. */
static struct pfx_slice word_of(struct pfx_slice key)
{
    return pfx_slice_equal(key, PFX_SLICE("tls")) ? PFX_SLICE("tls_policy") : key;
}

/* Length of the key at the start of s when "key=" stands there, or 0. */
static size_t key_length(struct pfx_slice s)
{
    size_t n = 0;

    while (n < s.length &&
           ((s.text[n] >= 'a' && s.text[n] <= 'z') || s.text[n] == '_' || s.text[n] == '-'))
        ++n;
    return n < s.length && s.text[n] == '=' ? n : 0;
}

/* The queue id that ends a text behind mark: "queued as ID", "forwarded as ID", perhaps with a full
 * stop or a bracket; amavis may add ", but 1 REJECT" of recipients that it did not pass on. Not
 * within <> or quotes, where an address stands that a stranger chose. */
static void set_next_id(struct pfx_event *event, enum pfx_field field, struct pfx_slice text,
                        struct pfx_slice mark)
{
    ptrdiff_t at = pfx_slice_rfind(text, mark);
    struct pfx_slice id;
    ptrdiff_t but;
    unsigned open = 0, quotes = 0;

    if (at < 0)
        return;
    id = pfx_slice_from(text, (size_t)at + mark.length);
    but = pfx_slice_find(id, PFX_SLICE(", but "));
    if (but > 0)
        id.length = (size_t)but;
    while (id.length > 0 && strchr(".)", id.text[id.length - 1]) != NULL)
        --id.length;
    for (ptrdiff_t i = 0; i < at; ++i) {
        open += text.text[i] == '<';
        open -= text.text[i] == '>' && open > 0;
        quotes += text.text[i] == '"';
    }
    if (open == 0 && quotes % 2 == 0 && pfx_is_queue_id(id))
        pfx_event_set(event, field, id);
}

void pfx_tail_reply(struct pfx_event *event, struct pfx_slice text)
{
    struct pfx_reply reply;

    if (pfx_reply_parse(text, &reply)) {
        pfx_event_set(event, PFX_F_reply_code, reply.code);
        pfx_event_set(event, PFX_F_reply_command, reply.command);
        if (reply.enhanced.length > 0) {
            ptrdiff_t dot = pfx_slice_rfind(reply.enhanced, PFX_SLICE("."));
            struct pfx_slice status = pfx_slice_from(reply.enhanced, 2);

            pfx_event_set(event, PFX_F_reply_enhanced, reply.enhanced);
            pfx_event_set(event, PFX_F_reply_class, pfx_slice_until(reply.enhanced, 1));
            pfx_event_set(event, PFX_F_reply_status, status);
            pfx_event_set(event, PFX_F_reply_subject, pfx_slice_until(status, (size_t)dot - 2));
        }
    }
    pfx_event_set(event, PFX_F_reply_text, pfx_slice_trim(reply.text));
    /* A refusal has no next hop, but may quote an address that says so. What listens on a socket in
     * the file system is no Postfix. Where somebody "said" it, a command's text or output does: the
     * SMTP client logs what took a mail without that. */
    if (pfx_slice_starts(reply.code, PFX_SLICE("2")) && reply.host.length == 0 &&
        !pfx_event_has(event, PFX_F_relay_path))
        set_next_id(event, PFX_F_queued_as, text, PFX_SLICE("queued as "));
}

/* discard(8), or a tag that names no daemon. */
static bool is_discard(struct pfx_slice daemon)
{
    return daemon.length == 0 || pfx_slice_equal(daemon, PFX_SLICE("discard")) ||
           pfx_slice_equal(daemon, PFX_SLICE("postfix"));
}

/* What a next hop took and did not deliver: amavis says so in its reply, "Ok, discarded, id=..."
 * and "Ok, id=..., BOUNCE" (amavisd's do_log and one_response); and discard(8) sends
 * to no relay. Another machine may say what it likes: its word is taken on this one alone, over
 * loopback or a socket. */
static void set_disposition(struct pfx_event *event, struct pfx_slice reply)
{
    struct pfx_slice ip = pfx_event_get(event, PFX_F_relay_ip);
    bool here = ip.length == 0 || pfx_value_is_loopback(ip);

    if (!pfx_slice_equal(pfx_event_get(event, PFX_F_status), PFX_SLICE("sent")))
        return;
    if ((pfx_slice_equal(pfx_event_get(event, PFX_F_relay_host), PFX_SLICE("none")) &&
         is_discard(event->daemon)) ||
        (here && pfx_slice_starts(reply, PFX_SLICE("Ok, discarded"))))
        pfx_event_set(event, PFX_F_disposition, PFX_SLICE("discarded"));
    else if (here && pfx_slice_starts(reply, PFX_SLICE("Ok, ")) &&
             pfx_slice_find(reply, PFX_SLICE(", BOUNCE")) >= 0)
        pfx_event_set(event, PFX_F_disposition, PFX_SLICE("bounced"));
}

/* The text without the parenthesis that closes it and the line (global/log_adhoc.c). The log may
 * have cut it off, or a relay of syslog put a number behind the line. */
static struct pfx_slice close_text(struct pfx_slice text)
{
    size_t end = text.length;

    while (end > 0 && pfx_is_digit(text.text[end - 1]))
        --end;
    if (end < text.length && end > 0 && text.text[end - 1] == ' ')
        --end;
    else
        end = text.length;
    if (end > 0 && text.text[end - 1] == ')')
        text.length = end - 1;
    return text;
}

/* "WORD (TEXT)" after status=. */
static void set_status(struct pfx_event *event, struct pfx_slice s)
{
    ptrdiff_t open = pfx_slice_find(s, PFX_SLICE(" ("));
    struct pfx_slice text;
    struct pfx_reply reply;

    pfx_event_set(event, PFX_F_status, pfx_slice_until(s, open < 0 ? s.length : (size_t)open));
    if (open < 0)
        return;
    text = close_text(pfx_slice_from(s, (size_t)open + 2));
    if (pfx_reply_parse(text, &reply)) {
        pfx_tail_reply(event, text);
        if (reply.host.length > 0)
            pfx_capture_replier(event, text, reply.host);
    } else {
        pfx_event_set(event, PFX_F_mail_response, text);
        reply.text = PFX_NO_SLICE;
    }
    set_disposition(event, reply.text);
    /* All that local says; in the text of another host it means nothing. */
    if (pfx_slice_starts(text, PFX_SLICE("forwarded as ")))
        set_next_id(event, PFX_F_forwarded_as, text, PFX_SLICE("forwarded as "));
}

/* Takes the value at the start of *s: an address in <>, or all up to ", ". False when brackets do
 * not close, which shows a truncated line. */
static bool take_listed(struct pfx_slice *s, struct pfx_slice *value_r)
{
    ptrdiff_t end;

    if (pfx_slice_starts(*s, PFX_SLICE("<"))) {
        end = pfx_value_address(pfx_slice_from(*s, 1));
        if (end < 0)
            return false;
        *value_r = (struct pfx_slice){s->text + 1, (size_t)end};
        *s = pfx_slice_from(*s, (size_t)end + 2);
        return true;
    }
    end = pfx_slice_find(*s, PFX_SLICE(", "));
    *value_r = end < 0 ? *s : pfx_slice_until(*s, (size_t)end);
    *s = pfx_slice_from(*s, value_r->length);
    return true;
}

/* " (TEXT)" at the end of the last value of the queue manager's line. */
static void take_remark(struct pfx_event *event, struct pfx_slice *value)
{
    ptrdiff_t open = pfx_slice_find(*value, PFX_SLICE(" ("));
    struct pfx_slice remark;

    if (open < 0 || !pfx_slice_ends(*value, PFX_SLICE(")")))
        return;
    remark = pfx_slice_from(*value, (size_t)open + 2);
    --remark.length;
    pfx_event_set(event, PFX_F_qmgr_action, remark);
    *value = pfx_slice_until(*value, (size_t)open);
}

bool pfx_tail_attributes(struct pfx_event *event, struct pfx_slice first, struct pfx_slice text)
{
    struct pfx_slice key = first, value, rest = text;

    for (bool begun = false;; begun = true) {
        struct pfx_slice here = rest;
        size_t n = key.length > 0 ? 0 : key_length(rest);

        if (key.length == 0 && n == 0) {
            if (!begun)
                return false;
            /* "status=expired, returned to sender" */
            if (pfx_slice_equal(rest, PFX_SLICE("returned to sender")))
                pfx_event_set(event, PFX_F_qmgr_action, rest);
            else
                pfx_event_set(event, PFX_F_unparsed, rest);
            return true;
        }
        if (n > 0) {
            key = pfx_slice_until(rest, n);
            rest = pfx_slice_from(rest, n + 1);
        }
        if (pfx_slice_equal(key, PFX_SLICE("status")) &&
            pfx_slice_find(rest, PFX_SLICE(" (")) >= 0) {
            set_status(event, rest);
            return true;
        }
        if (!take_listed(&rest, &value)) {
            pfx_event_set(event, PFX_F_unparsed, here);
            return begun;
        }
        if (pfx_slice_equal(key, PFX_SLICE("nrcpt")))
            take_remark(event, &value);
        if (!pfx_capture(event, word_of(key), value))
            pfx_event_set(event, PFX_F_unparsed, value); /* of a damaged line */
        key = PFX_NO_SLICE;
        if (rest.length == 0)
            return true;
        if (!pfx_slice_starts(rest, PFX_SLICE(", "))) {
            pfx_event_set(event, PFX_F_unparsed, rest);
            return true;
        }
        rest = pfx_slice_from(rest, 2);
    }
}

/* Where helo's value ends, s beginning after "helo=<": at the last '>', but for what smtpd adds
 * behind it: sasl_*= and, in milter and proxy lines, sasl_username=<>. */
static ptrdiff_t helo_end(struct pfx_slice s)
{
    ptrdiff_t sasl = pfx_slice_rfind(s, PFX_SLICE("> sasl_"));
    struct pfx_slice after = sasl < 0 ? PFX_NO_SLICE : pfx_slice_from(s, (size_t)sasl + 1);

    if (sasl >= 0 &&
        (!pfx_slice_ends(after, PFX_SLICE(">")) || pfx_slice_find(after, PFX_SLICE("=<")) >= 0))
        return sasl;
    return pfx_slice_rfind(s, PFX_SLICE(">"));
}

/* Takes the value of key at the start of *s in a blank-separated list. False: it does not close. */
static bool take_spaced(struct pfx_slice key, struct pfx_slice *s, struct pfx_slice *value_r)
{
    struct pfx_slice inside = pfx_slice_from(*s, 1);
    ptrdiff_t end;

    if (pfx_slice_starts(*s, PFX_SLICE("<"))) {
        end =
            pfx_slice_equal(key, PFX_SLICE("helo")) ? helo_end(inside) : pfx_value_address(inside);
        if (end < 0)
            return false;
        *value_r = pfx_slice_until(inside, (size_t)end);
        *s = pfx_slice_from(inside, (size_t)end + 1);
        return true;
    }
    /* A login name may hold blanks; the next key ends it. Its sender is the last one. */
    end = pfx_slice_equal(key, PFX_SLICE("sasl_sender"))
              ? -1
              : pfx_slice_find(*s, pfx_slice_equal(key, PFX_SLICE("sasl_username"))
                                       ? PFX_SLICE(" sasl_sender=")
                                       : PFX_SLICE(" "));
    *value_r = end < 0 ? *s : pfx_slice_until(*s, (size_t)end);
    *s = pfx_slice_from(*s, value_r->length);
    if (pfx_slice_ends(*value_r, PFX_SLICE(",")))
        --value_r->length;
    return true;
}

struct pfx_slice pfx_tail_spaced(struct pfx_event *event, struct pfx_slice s)
{
    while (s.length > 0) {
        size_t n = key_length(s);
        struct pfx_slice key = pfx_slice_until(s, n), value;
        struct pfx_slice rest = pfx_slice_from(s, n + 1);

        if (n == 0 || !take_spaced(key, &rest, &value))
            break;
        if (event != NULL)
            pfx_capture(event, key, value);
        s = rest;
        if (pfx_slice_starts(s, PFX_SLICE(",")))
            s = pfx_slice_from(s, 1);
        if (pfx_slice_starts(s, PFX_SLICE(" ")))
            s = pfx_slice_from(s, 1);
        else
            break;
    }
    return s;
}
