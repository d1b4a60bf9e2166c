/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that end a sentence; see envelope.h. */
#include "event/envelope.h"
#include "base/reply.h"
#include "event/capture.h"
#include "event/tail.h"

#include <string.h>

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
static size_t exact_value(struct pfx_slice key, struct pfx_slice s, bool commas, bool *internal_r)
{
    bool open = pfx_slice_starts(s, PFX_SLICE("<")), sound;
    bool login = pfx_slice_starts(key, PFX_SLICE("sasl_"));
    bool helo = pfx_slice_equal(key, PFX_SLICE("helo"));
    bool address = pfx_slice_equal(key, PFX_SLICE("from")) || pfx_slice_equal(key, PFX_SLICE("to"));
    struct pfx_slice value = open ? pfx_slice_from(s, 1) : s;
    ptrdiff_t end;

    if (helo && commas) /* postscreen's: the last key; its client's words end at a blank */
        return open && pfx_slice_ends(s, PFX_SLICE(">")) && !holds(s, " ") ? s.length : 0;
    if (open)
        end = address ? pfx_value_address(value) : pfx_slice_find(value, PFX_SLICE(">"));
    else
        end = pfx_slice_find(value, login ? PFX_SLICE(" sasl_") : PFX_SLICE(" "));
    if (end < 0 && open)
        return 0;
    value = pfx_slice_until(value, end < 0 ? value.length : (size_t)end);
    if (address && !is_external(value))
        *internal_r = true;
    if (address)
        sound = is_external(value);
    else
        sound = !holds(value, helo ? " <>()\\\";@" : "<>\"");
    return sound ? value.length + (open ? 2 : 0) : 0;
}

/* Length of "key=" at the start of s, or 0. */
static size_t starts_key(struct pfx_slice s, struct pfx_slice key)
{
    return s.length > key.length && s.text[key.length] == '=' && pfx_slice_starts(s, key)
               ? key.length + 1
               : 0;
}

/* ": DATA", what an administrator's table adds: it holds no part of a list. What does is of the
 * list that begins within this one. */
static bool is_data(struct pfx_slice s)
{
    static const struct pfx_slice parts[] = {{"; from=<", 8}, {" to=<", 5}, {" proto=", 7}};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); ++i) {
        if (pfx_slice_find(s, parts[i]) >= 0)
            return false;
    }
    return pfx_slice_starts(s, PFX_SLICE(": "));
}

/* What is left of a key or a value where the line was cut: no blank, and no end of a value. */
static bool is_cut(struct pfx_slice s)
{
    return !holds(s, " >:") && pfx_slice_find(s, PFX_SLICE("=")) < 0;
}

enum pfx_list pfx_envelope_list(struct pfx_slice s, bool local, bool data, size_t *length_r)
{
    static const struct pfx_slice keys[] = {
        {"from", 4},           {"to", 2},          {"proto", 5}, {"helo", 4}, {"sasl_method", 11},
        {"sasl_username", 13}, {"sasl_sender", 11}};
    const char *start = s.text;
    bool proto = false, internal = false, commas = false;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); ++i) {
        size_t key = starts_key(s, keys[i]), n;

        if (key == 0)
            continue;
        n = exact_value(keys[i], pfx_slice_from(s, key), commas, &internal);
        if (n == 0 && !internal && is_cut(pfx_slice_from(s, key)))
            return PFX_LIST_CUT;
        if (n == 0)
            return internal ? PFX_LIST_INTERNAL : PFX_LIST_NONE;
        proto |= i > 1;
        s = pfx_slice_from(s, key + n);
        commas = pfx_slice_starts(s, PFX_SLICE(", "));
        if (commas)
            s = pfx_slice_from(s, 2);
        else if (pfx_slice_starts(s, PFX_SLICE(" ")))
            s = pfx_slice_from(s, 1);
        else
            break;
    }
    if (s.text != start && (s.length > 0 || (!proto && !local)) && is_cut(s))
        return PFX_LIST_CUT;
    /* Who submits on this host has no protocol; who does not has one. */
    if (s.text == start || proto == local)
        return PFX_LIST_NONE;
    if (s.length > 0 && !(data && is_data(s)))
        return PFX_LIST_NONE;
    *length_r = (size_t)(s.text - start);
    return PFX_LIST_EXACT;
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

/* Offset of the next "; key=" at or behind from, or -1. */
static ptrdiff_t next_list(struct pfx_slice s, size_t from)
{
    for (ptrdiff_t at; from < s.length; from += (size_t)at + 1) {
        at = pfx_slice_find(pfx_slice_from(s, from), PFX_SLICE("; "));
        if (at < 0)
            return -1;
        if (starts_envelope(pfx_slice_from(s, from + (size_t)at)))
            return (ptrdiff_t)from + at;
    }
    return -1;
}

/* Where the list begins: the only one that is exact, else the only one there is. -1: there is none,
 * or which of several is Postfix's can not be told. *first_r: the first of all, or -1. */
static ptrdiff_t envelope_start(struct pfx_slice s, ptrdiff_t *first_r, bool *exact_r)
{
    ptrdiff_t at = next_list(s, 0), exact = -1;
    unsigned count = 0, exacts = 0;
    size_t length;

    for (*first_r = at; at >= 0 && count < PFX_LISTS_MAX; at = next_list(s, (size_t)at + 1)) {
        ++count;
        if (pfx_envelope_list(pfx_slice_from(s, (size_t)at + 2), false, false, &length) !=
            PFX_LIST_EXACT)
            continue;
        ++exacts;
        exact = at;
    }
    *exact_r = exacts == 1 && count < PFX_LISTS_MAX;
    return *exact_r ? exact : count == 1 ? *first_r : -1;
}

/* "<NAME>: Helo command rejected: ...; proto=P helo=<NAME>" (smtpd/smtpd_check.c reject_helo):
 * the name is the client's and taken as it came, since smtpd makes it harmless only after these
 * checks. So it may hold a list; but it stands there twice, and no login can have been before it.
 */
static bool take_helo(struct pfx_event *event, struct pfx_slice text)
{
    static const struct pfx_slice mark = {" helo=<", 7};
    struct pfx_reply reply = {.text = PFX_NO_SLICE};
    ptrdiff_t at = pfx_slice_find(text, PFX_SLICE("; proto="));
    bool quoted;

    pfx_reply_parse(text, &reply);
    quoted = pfx_slice_starts(reply.text, PFX_SLICE("<"));
    for (unsigned tries = 0; at >= 0 && tries < PFX_LISTS_MAX; ++tries) {
        struct pfx_slice proto = pfx_slice_from(text, (size_t)at + 8);
        ptrdiff_t blank = pfx_slice_find(proto, PFX_SLICE(" ")), next;
        struct pfx_slice name = blank < 0 ? PFX_NO_SLICE : pfx_slice_from(proto, (size_t)blank);

        if (pfx_slice_starts(name, mark) && pfx_slice_ends(name, PFX_SLICE(">"))) {
            name = pfx_slice_from(name, mark.length);
            --name.length;
            if (!quoted ||
                (pfx_slice_starts(pfx_slice_from(reply.text, 1), name) &&
                 pfx_slice_starts(pfx_slice_from(reply.text, name.length + 1), PFX_SLICE(">: ")))) {
                pfx_event_set(event, PFX_F_proto, pfx_slice_until(proto, (size_t)blank));
                pfx_event_set(event, PFX_F_helo, name);
                pfx_tail_reply(event, pfx_slice_until(text, (size_t)at));
                return true;
            }
        }
        next = pfx_slice_find(pfx_slice_from(text, (size_t)at + 1), PFX_SLICE("; proto="));
        at = next < 0 ? -1 : at + 1 + next;
    }
    return false;
}

static bool is_helo_stage(const struct pfx_event *event)
{
    struct pfx_slice stage = pfx_event_get(event, PFX_F_stage);

    return pfx_slice_equal(stage, PFX_SLICE("HELO")) || pfx_slice_equal(stage, PFX_SLICE("EHLO"));
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

/* What may stand in another value of a list is no login. */
static void drop_login(struct pfx_event *event)
{
    static const enum pfx_field fields[] = {PFX_F_sasl_method, PFX_F_sasl_username,
                                            PFX_F_sasl_sender};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); ++i)
        pfx_event_unset(event, fields[i]);
}

/* "from=<ADDRESS>[, to=<ADDRESS>]" and nothing else. */
static bool are_addresses(struct pfx_slice s)
{
    static const struct pfx_slice from = {"from=<", 6}, to = {">, to=<", 7};
    struct pfx_slice value = pfx_slice_from(s, from.length);
    ptrdiff_t end = pfx_slice_starts(s, from) ? pfx_value_address(value) : -1;

    if (end < 0 || !is_external(pfx_slice_until(value, (size_t)end)))
        return false;
    s = pfx_slice_from(value, (size_t)end);
    if (pfx_slice_starts(s, to)) {
        value = pfx_slice_from(s, to.length);
        end = pfx_value_address(value);
        if (end < 0 || !is_external(pfx_slice_until(value, (size_t)end)))
            return false;
        s = pfx_slice_from(value, (size_t)end);
    }
    return pfx_slice_equal(s, PFX_SLICE(">"));
}

/* postscreen takes addresses of any form, "s@example.org>, to=<x" among them
 * (psc_extract_addr() in postscreen_smtpd.c), so a list that is not exact is read from its end,
 * ", proto=P, helo=<NAME>", where NAME has no blank. What is before that is taken if it can be but
 * two addresses. False when the list has no such end. */
static bool take_screened(struct pfx_event *event, struct pfx_slice list)
{
    static const struct pfx_slice helo = {", helo=<", 8}, proto = {", proto=", 8};
    ptrdiff_t at = pfx_slice_rfind(list, helo), begin;
    struct pfx_slice name = pfx_slice_from(list, at < 0 ? 0 : (size_t)at + helo.length), front;

    if (at < 0 || !pfx_slice_ends(name, PFX_SLICE(">")) || holds(name, " "))
        return false;
    front = pfx_slice_until(list, (size_t)at);
    begin = pfx_slice_rfind(front, proto);
    if (begin < 0 || holds(pfx_slice_from(front, (size_t)begin + proto.length), " <>,"))
        return false;
    pfx_tail_spaced(event, pfx_slice_from(list, (size_t)begin + 2));
    front = pfx_slice_until(list, (size_t)begin);
    if (are_addresses(front))
        pfx_tail_spaced(event, front);
    else
        pfx_event_set(event, PFX_F_unparsed, front);
    return true;
}

void pfx_envelope(struct pfx_event *event, struct pfx_slice text)
{
    ptrdiff_t at, first;
    bool exact;

    if (is_helo_stage(event)) {
        if (!take_helo(event, text))
            pfx_event_set(event, PFX_F_reply_text, text);
        return;
    }
    at = envelope_start(text, &first, &exact);
    if (!exact && first >= 0 && take_screened(event, pfx_slice_from(text, (size_t)first + 2))) {
        at = first;
    } else if (at >= 0) {
        struct pfx_slice left = pfx_tail_spaced(event, pfx_slice_from(text, (size_t)at + 2));

        pfx_event_set(event, PFX_F_unparsed, left);
        if (!exact)
            drop_login(event);
    } else if (first >= 0) {
        pfx_event_set(event, PFX_F_unparsed, pfx_slice_from(text, (size_t)first + 2));
        at = first;
    }
    if (at >= 0)
        text = pfx_slice_until(text, (size_t)at);
    else if (pfx_slice_ends(text, PFX_SLICE(";")))
        --text.length;
    pfx_tail_reply(event, text);
    set_named(event, text);
}
