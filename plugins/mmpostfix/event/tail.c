/* SPDX-License-Identifier: Apache-2.0 */
/* Tails of sentences; see tail.h. */
#include "event/tail.h"
#include "base/queue_id.h"
#include "base/reply.h"
#include "event/capture.h"

#include <string.h>

/* The word under which a key of a list is known, where it is not the key itself. */
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

/* The word after mark in text when it is a queue id: "queued as ID", "forwarded as ID". Last
 * occurrence: what stands before is quoted from further away. */
static void set_next_id(struct pfx_event *event, enum pfx_field field, struct pfx_slice text,
                        struct pfx_slice mark)
{
    ptrdiff_t at = pfx_slice_rfind(text, mark);
    struct pfx_slice id;
    size_t n = 0;

    if (at < 0)
        return;
    id = pfx_slice_from(text, (size_t)at + mark.length);
    while (n < id.length && strchr(" ).,;", id.text[n]) == NULL)
        ++n;
    id = pfx_slice_until(id, n);
    if (pfx_is_queue_id(id))
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
    /* A refusal has no next hop, but may quote an address that says so. */
    if (pfx_slice_starts(reply.code, PFX_SLICE("2")))
        set_next_id(event, PFX_F_queued_as, text, PFX_SLICE("queued as "));
}

/* "WORD (TEXT)" after status=; the log may have cut the last parenthesis off. */
static void set_status(struct pfx_event *event, struct pfx_slice s)
{
    ptrdiff_t open = pfx_slice_find(s, PFX_SLICE(" ("));
    struct pfx_slice text;
    struct pfx_reply reply;

    pfx_event_set(event, PFX_F_status, pfx_slice_until(s, open < 0 ? s.length : (size_t)open));
    if (open < 0)
        return;
    text = pfx_slice_from(s, (size_t)open + 2);
    if (pfx_slice_ends(text, PFX_SLICE(")")))
        --text.length;
    if (pfx_reply_parse(text, &reply))
        pfx_tail_reply(event, text);
    else
        pfx_event_set(event, PFX_F_mail_response, text);
    /* All that local says; in the text of another host it means nothing. */
    if (pfx_slice_starts(text, PFX_SLICE("forwarded as ")))
        set_next_id(event, PFX_F_forwarded_as, text, PFX_SLICE("forwarded as "));
}

/* Takes the value at the start of *s: an address in <>, or all up to ", ". False when brackets do
 * not close, which is the mark of a line that was cut. */
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

/* Takes the value of key at the start of *s, where blanks separate. False: it does not close. */
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

static bool holds(struct pfx_slice s, const char *any)
{
    for (size_t i = 0; i < s.length; ++i) {
        if (strchr(any, s.text[i]) != NULL)
            return true;
    }
    return false;
}

/* An address in its external form: at most one quoted string, in front. */
static bool is_external(struct pfx_slice s)
{
    if (pfx_slice_starts(s, PFX_SLICE("\""))) {
        size_t i = 1;

        while (i < s.length && s.text[i] != '"')
            i += s.text[i] == '\\' ? 2 : 1;
        if (i >= s.length || (i + 1 < s.length && s.text[i + 1] != '@'))
            return false;
        s = pfx_slice_from(s, i + 1);
    }
    return !holds(s, "\"\\<> ");
}

/* Length of the value of key at the start of s when it is one that can not hold more than Postfix
 * means by it, else 0: addresses are quoted, smtpd takes these characters out of a HELO name
 * (NEUTER_CHARACTERS in smtpd/smtpd.c), logins have no brackets but those around. */
static size_t exact_value(struct pfx_slice key, struct pfx_slice s)
{
    bool open = pfx_slice_starts(s, PFX_SLICE("<")), sound;
    bool login = pfx_slice_starts(key, PFX_SLICE("sasl_"));
    bool address = pfx_slice_equal(key, PFX_SLICE("from")) || pfx_slice_equal(key, PFX_SLICE("to"));
    struct pfx_slice value = open ? pfx_slice_from(s, 1) : s;
    ptrdiff_t end;

    if (open)
        end = address ? pfx_value_address(value) : pfx_slice_find(value, PFX_SLICE(">"));
    else
        end = pfx_slice_find(value, login ? PFX_SLICE(" sasl_") : PFX_SLICE(" "));
    if (end < 0 && open)
        return 0;
    value = pfx_slice_until(value, end < 0 ? value.length : (size_t)end);
    if (address)
        sound = is_external(value);
    else
        sound = !holds(value, pfx_slice_equal(key, PFX_SLICE("helo")) ? " <>()\\\";@" : "<>\"");
    return sound ? value.length + (open ? 2 : 0) : 0;
}

size_t pfx_tail_exact(struct pfx_slice s, bool data)
{
    const char *start = s.text;
    static const struct pfx_slice keys[] = {
        {"from", 4},           {"to", 2},          {"proto", 5}, {"helo", 4}, {"sasl_method", 11},
        {"sasl_username", 13}, {"sasl_sender", 11}};
    bool proto = false;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); ++i) {
        struct pfx_slice rest = pfx_slice_from(s, keys[i].length + 1);
        size_t n = key_length(s);

        if (n != keys[i].length || !pfx_slice_starts(s, keys[i]))
            continue;
        n = exact_value(keys[i], rest);
        if (n == 0)
            return 0;
        proto = proto || i == 2;
        s = pfx_slice_from(rest, n);
        if (pfx_slice_starts(s, PFX_SLICE(", ")))
            s = pfx_slice_from(s, 2);
        else if (pfx_slice_starts(s, PFX_SLICE(" ")))
            s = pfx_slice_from(s, 1);
        else
            break;
    }
    if (!proto || (s.length > 0 && !(data && pfx_slice_starts(s, PFX_SLICE(": ")) &&
                                     pfx_slice_find(s, PFX_SLICE(" proto=")) < 0)))
        return 0;
    return (size_t)(s.text - start);
}

static bool starts_envelope(struct pfx_slice s)
{
    static const struct pfx_slice keys[] = {
        {"; from=<", 8}, {"; to=<", 6}, {"; proto=", 8}, {"; helo=<", 8}, {"; sasl_", 7}};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); ++i) {
        if (pfx_slice_starts(s, keys[i]))
            return true;
    }
    return false;
}

/* Places that are tried at most: texts of strangers shall not cost more than others. No more find
 * room in a line of Postfix, which has 2000 bytes. */
#define TRIES 256

/* The "; key=" whose list reaches to the end: one that no stranger can have made, else the first,
 * else the first at all, as in a line that was cut; or -1. */
static ptrdiff_t envelope_start(struct pfx_slice s)
{
    ptrdiff_t first = -1, whole = -1;
    int tries = 0;

    for (size_t at = 0; at < s.length && tries < TRIES; ++at) {
        struct pfx_slice list = pfx_slice_from(s, at + 2);

        if (s.text[at] != ';' || !starts_envelope(pfx_slice_from(s, at)))
            continue;
        ++tries;
        if (first < 0)
            first = (ptrdiff_t)at;
        if (whole < 0 && pfx_tail_spaced(NULL, list).length == 0)
            whole = (ptrdiff_t)at;
        if (pfx_tail_exact(list, false) > 0)
            return (ptrdiff_t)at;
    }
    return whole >= 0 ? whole : first;
}

/* What a text of smtpd_check.c or postscreen names: "... triggers REDIRECT target", "...
 * [address] blocked using domain; ...". Not within the "<ADDRESS>: " that may begin the text. */
static void set_named(struct pfx_event *event, struct pfx_slice text)
{
    static const struct pfx_slice triggers = {" triggers ", 10}, blocked = {"] blocked using ", 16};
    ptrdiff_t quote = pfx_slice_rfind(text, PFX_SLICE(">: ")), at, end;
    struct pfx_slice value;

    if (quote >= 0)
        text = pfx_slice_from(text, (size_t)quote + 3);
    at = pfx_slice_rfind(text, triggers);
    if (at >= 0) {
        value = pfx_slice_from(text, (size_t)at + triggers.length);
        end = pfx_slice_find(value, PFX_SLICE(" "));
        value = end < 0 ? PFX_NO_SLICE : pfx_slice_from(value, (size_t)end + 1);
        if (!pfx_slice_equal(value, PFX_SLICE("action")))
            pfx_event_set(event, PFX_F_milter_data, value);
    }
    at = pfx_slice_find(text, blocked);
    if (at >= 0) {
        size_t n = 0;

        value = pfx_slice_from(text, (size_t)at + blocked.length);
        while (n < value.length && strchr("; ,", value.text[n]) == NULL)
            ++n;
        pfx_event_set(event, PFX_F_dnsbl_domain, pfx_slice_until(value, n));
    }
}

void pfx_tail_envelope(struct pfx_event *event, struct pfx_slice text)
{
    ptrdiff_t at = envelope_start(text);

    if (at >= 0) {
        struct pfx_slice left = pfx_tail_spaced(event, pfx_slice_from(text, (size_t)at + 2));

        pfx_event_set(event, PFX_F_unparsed, left);
        text = pfx_slice_until(text, (size_t)at);
    } else if (pfx_slice_ends(text, PFX_SLICE(";"))) {
        --text.length;
    }
    pfx_tail_reply(event, text);
    set_named(event, text);
}
