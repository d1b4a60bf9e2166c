/* SPDX-License-Identifier: Apache-2.0 */
/* amavis' verdict; see verdict.h. */
#include "event/verdict.h"
#include "base/queue_id.h"

#include <string.h>

static struct pfx_slice take_word(struct pfx_slice *s, const char *others)
{
    struct pfx_slice word = pfx_slice_word(*s, others);

    *s = pfx_slice_from(*s, word.length);
    return word;
}

/* The length of "<ADDRESS>" at the start of s, or 0. amavis quotes as SMTP does, so that quotes
 * close. */
static size_t path_length(struct pfx_slice s)
{
    bool quoted = false;

    if (!pfx_slice_starts(s, PFX_SLICE("<")))
        return 0;
    for (size_t i = 1; i < s.length; ++i) {
        char c = s.text[i];

        if (quoted && c == '\\')
            ++i;
        else if (c == '"')
            quoted = !quoted;
        else if (c == '>' && !quoted)
            return i + 1;
    }
    return 0;
}

static struct pfx_slice bare(struct pfx_slice path)
{
    return pfx_slice_until(pfx_slice_from(path, 1), path.length - 2);
}

/* The length of "<FROM> -> <TO>,<TO>", or 0. *to_r: the recipients as they stand; *from_length_r:
 * of the path. */
static size_t envelope_length(struct pfx_slice s, size_t *from_length_r, struct pfx_slice *to_r)
{
    size_t from = path_length(s), at = from + 4, to;

    if (from == 0 || !pfx_slice_starts(pfx_slice_from(s, from), PFX_SLICE(" -> ")))
        return 0;
    for (;;) {
        to = path_length(pfx_slice_from(s, at));
        if (to == 0)
            break;
        at += to;
        if (!pfx_slice_starts(pfx_slice_from(s, at), PFX_SLICE(",<")))
            break;
        ++at;
    }
    *from_length_r = from;
    *to_r = pfx_slice_until(pfx_slice_from(s, from + 4), at - from - 4);
    if (pfx_slice_ends(*to_r, PFX_SLICE(","))) /* the line is cut in the next one */
        --to_r->length;
    return to_r->length == 0 ? 0 : at;
}

bool pfx_verdict_path(struct pfx_event *event, enum pfx_field field, struct pfx_slice text)
{
    if (text.length == 0 || path_length(text) != text.length)
        return false;
    pfx_event_set(event, field, bare(text));
    return true;
}

bool pfx_verdict_envelope(struct pfx_event *event, struct pfx_slice *text)
{
    struct pfx_slice to;
    size_t from, length = envelope_length(*text, &from, &to);

    if (length == 0)
        return false;
    pfx_event_set(event, PFX_F_from, bare(pfx_slice_until(*text, from)));
    if (path_length(to) == to.length)
        pfx_event_set(event, PFX_F_to, bare(to));
    else
        pfx_event_extra(event, PFX_SLICE("to_list"), to);
    *text = pfx_slice_from(*text, length);
    return true;
}

/* "[ADDRESS]", "[ADDRESS]:PORT", or without an address. */
static bool take_client(struct pfx_event *event, struct pfx_slice token, bool first)
{
    ptrdiff_t close = pfx_slice_find(token, PFX_SLICE("]"));
    struct pfx_slice ip, port;

    if (!pfx_slice_starts(token, PFX_SLICE("[")) || close < 0)
        return false;
    ip = pfx_slice_until(pfx_slice_from(token, 1), (size_t)close - 1);
    port = pfx_slice_from(token, (size_t)close + 1);
    pfx_slice_take(&ip, PFX_SLICE("IPv6:"));
    if ((ip.length > 0 && !pfx_value_is_ip(ip)) ||
        (port.length > 0 &&
         (!pfx_slice_take(&port, PFX_SLICE(":")) || pfx_slice_word(port, "").length < port.length)))
        return false;
    if (event != NULL) {
        pfx_event_set(event, first ? PFX_F_client_ip : PFX_F_origin_ip, ip);
        if (first)
            pfx_event_set(event, PFX_F_client_port, port);
    }
    return true;
}

static size_t blank_length(struct pfx_slice s)
{
    if (pfx_slice_starts(s, PFX_SLICE(" ")))
        return 1;
    return pfx_slice_starts(s, PFX_SLICE("\xc2\xa0")) ? 2 : 0;
}

/* "BANKS LOCAL [CLIENT]:PORT [ORIGIN] PROTOCOL/PROTOCOL <FROM> -> <TO>" at the start of *text;
 * without an event it is only looked whether it is one. */
static bool take_parties(struct pfx_event *event, struct pfx_slice *text)
{
    struct pfx_slice rest = *text, banks = PFX_NO_SLICE, to;
    unsigned clients = 0;
    size_t from, n;

    while (rest.length > 0 && rest.text[0] != '<') {
        struct pfx_slice token;

        for (n = 0; n < rest.length && blank_length(pfx_slice_from(rest, n)) == 0; ++n)
            ;
        token = pfx_slice_until(rest, n);
        if (n == rest.length || n == 0)
            return false;
        if (token.text[0] == '[') {
            if (clients == 2 || !take_client(event, token, clients == 0))
                return false;
            ++clients;
        } else if (pfx_slice_word(token, "-_./+").length < n) {
            return false;
        } else if (clients > 0) {
            if (event != NULL)
                pfx_event_set(event, PFX_F_proto, pfx_slice_word(token, ""));
        } else if (!pfx_slice_equal(token, PFX_SLICE("LOCAL"))) {
            banks = banks.length == 0
                        ? token
                        : (struct pfx_slice){banks.text, (size_t)(token.text + n - banks.text)};
        }
        rest = pfx_slice_from(rest, n);
        while ((n = blank_length(rest)) > 0)
            rest = pfx_slice_from(rest, n);
    }
    n = envelope_length(rest, &from, &to);
    if (n == 0)
        return false;
    if (event != NULL) {
        if (banks.length > 0)
            pfx_event_extra(event, PFX_SLICE("policy_bank"), banks);
        pfx_verdict_envelope(event, &rest);
    } else {
        rest = pfx_slice_from(rest, n);
    }
    *text = rest;
    return true;
}

bool pfx_verdict_parties(struct pfx_event *event, struct pfx_slice text)
{
    return take_parties(event, &text) && text.length == 0;
}

/* Where the parties begin behind names in brackets, which hold what a stranger likes: behind ")
 * {ACTIONS}, " or "), ", where parties follow. -1 when that is nowhere, at more than one place, or
 * behind more places than MAX_PARTIES, as each may cost the rest of the line. */
enum { MAX_PARTIES = 64 };

static ptrdiff_t find_parties(struct pfx_slice s, struct pfx_slice *names_r,
                              struct pfx_slice *actions_r)
{
    ptrdiff_t found = -1;
    size_t end = 0, tried = 0;

    for (size_t i = 0; i < s.length; ++i) {
        struct pfx_slice rest = pfx_slice_from(s, i), actions = PFX_NO_SLICE;

        if (i < end || !pfx_slice_take(&rest, PFX_SLICE(")")))
            continue;
        if (pfx_slice_take(&rest, PFX_SLICE(" {"))) {
            actions = take_word(&rest, ",");
            if (!pfx_slice_take(&rest, PFX_SLICE("}")))
                continue;
        }
        if (!pfx_slice_take(&rest, PFX_SLICE(", ")))
            continue;
        struct pfx_slice parties = rest;
        if (++tried > MAX_PARTIES)
            return -1;
        if (!take_parties(NULL, &parties))
            continue;
        if (found >= 0)
            return -1;
        found = rest.text - s.text;
        end = (size_t)(parties.text - s.text);
        *names_r = pfx_slice_until(s, i);
        *actions_r = actions;
    }
    return found;
}

static bool has_action(struct pfx_slice actions, const char *word)
{
    return pfx_slice_find(actions, pfx_slice_of(word)) >= 0;
}

void pfx_verdict_actions(struct pfx_event *event, struct pfx_slice actions)
{
    static const struct {
        const char *word;
        struct pfx_slice direction;
    } ways[] = {
        {"Inbound", {"inbound", 7}}, {"Outbound", {"outbound", 8}}, {"Internal", {"lateral", 7}}};

    pfx_event_set(event, PFX_F_filter_actions, actions);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); ++i) {
        if (has_action(actions, ways[i].word)) {
            pfx_event_set(event, PFX_F_direction, ways[i].direction);
            break;
        }
    }
}

/* The last words: ", 1944 ms". */
static void take_elapsed(struct pfx_event *event, struct pfx_slice *text)
{
    ptrdiff_t comma = pfx_slice_rfind(*text, PFX_SLICE(", "));
    struct pfx_slice last = comma < 0 ? PFX_NO_SLICE : pfx_slice_from(*text, (size_t)comma + 2);
    struct pfx_slice number = take_word(&last, "");

    if (comma < 0 || !pfx_slice_equal(last, PFX_SLICE(" ms")))
        return;
    pfx_event_set(event, PFX_F_elapsed_ms, number);
    *text = pfx_slice_until(*text, (size_t)comma);
}

/* The last words: ", dkim_sd=SELECTOR:DOMAIN", of signatures that are good. */
static void take_signature(struct pfx_event *event, struct pfx_slice *text)
{
    ptrdiff_t comma = pfx_slice_rfind(*text, PFX_SLICE(", "));
    struct pfx_slice last = comma < 0 ? PFX_NO_SLICE : pfx_slice_from(*text, (size_t)comma + 2);
    struct pfx_slice selector, domain;

    if (!pfx_slice_take(&last, PFX_SLICE("dkim_sd=")) ||
        pfx_slice_word(last, "-_.:,").length < last.length)
        return;
    selector = take_word(&last, "-_.");
    pfx_slice_take(&last, PFX_SLICE(":"));
    domain = take_word(&last, "-_.");
    pfx_event_set(event, PFX_F_dkim_result, PFX_SLICE("pass"));
    pfx_event_set(event, PFX_F_dkim_selector, selector);
    pfx_event_set(event, PFX_F_dkim_domain, domain);
    *text = pfx_slice_until(*text, (size_t)comma);
    comma = pfx_slice_rfind(*text, PFX_SLICE(", dkim_i="));
    last = comma < 0 ? PFX_NO_SLICE : pfx_slice_from(*text, (size_t)comma + 9);
    if (comma < 0 || pfx_slice_word(last, "-_.@").length < last.length)
        return;
    pfx_event_extra(event, PFX_SLICE("dkim_identity"), last);
    *text = pfx_slice_until(*text, (size_t)comma);
}

/* The number at the start of *text, moved past it: digits, a point, a minus in front. */
static struct pfx_slice take_number(struct pfx_slice *text)
{
    struct pfx_slice s = *text;
    size_t n = s.length > 0 && s.text[0] == '-';

    while (n < s.length && (pfx_is_digit(s.text[n]) ||
                            (s.text[n] == '.' && n + 1 < s.length && pfx_is_digit(s.text[n + 1]))))
        ++n;
    *text = pfx_slice_from(s, n);
    return pfx_value_bare_zero(pfx_slice_until(s, n));
}

static void take_hits(struct pfx_event *event, struct pfx_slice *text)
{
    double number;
    struct pfx_slice low = take_number(text);

    if (pfx_value_number(low, &number))
        pfx_event_set(event, PFX_F_spam_score, low);
    if (pfx_slice_take(text, PFX_SLICE("..")))
        pfx_event_set(event, PFX_F_spam_score_max, take_number(text));
    else if (pfx_slice_starts(*text, PFX_SLICE("-"))) /* of old: the points of a list of names */
        take_word(text, "-.");
}

/* ", KEY: VALUE" at the start of *text, which is moved past it. */
static bool take_value(struct pfx_slice *text, struct pfx_slice key, const char *others,
                       struct pfx_slice *value_r)
{
    struct pfx_slice rest = *text;

    if (!pfx_slice_take(&rest, PFX_SLICE(", ")) || !pfx_slice_take(&rest, key))
        return false;
    *value_r = take_word(&rest, others);
    if (value_r->length == 0 || (rest.length > 0 && !pfx_slice_starts(rest, PFX_SLICE(", "))))
        return false;
    *text = rest;
    return true;
}

static unsigned count(struct pfx_slice s, struct pfx_slice needle)
{
    unsigned found = 0;

    for (ptrdiff_t at; (at = pfx_slice_find(s, needle)) >= 0 && found < 2; ++found)
        s = pfx_slice_from(s, (size_t)at + needle.length);
    return found;
}

static void set_message_id(struct pfx_event *event, struct pfx_slice text)
{
    static const struct pfx_slice keys[] = {{", Message-ID: ", 14}, {", Message-Id=", 13}};
    ptrdiff_t end;

    for (size_t i = 0; i < 2; ++i) {
        if (!pfx_slice_take(&text, keys[i]))
            continue;
        end = pfx_slice_find(text, PFX_SLICE(", Resent-Message-ID: "));
        if (end >= 0)
            text = pfx_slice_until(text, (size_t)end);
        if (pfx_slice_starts(text, PFX_SLICE("<")) && pfx_slice_ends(text, PFX_SLICE(">")))
            text = bare(text);
        pfx_event_set(event, PFX_F_message_id, text);
    }
}

/* "ID/ID", as far as these are ids. */
static struct pfx_slice take_ids(struct pfx_slice *text)
{
    struct pfx_slice rest = *text;
    size_t length = 0;

    for (;;) {
        struct pfx_slice id = take_word(&rest, "");

        if (id.length == 0 || (rest.length > 0 && rest.text[0] != '/' && rest.text[0] != ','))
            break;
        length = (size_t)(rest.text - text->text);
        if (!pfx_slice_take(&rest, PFX_SLICE("/")))
            break;
    }
    struct pfx_slice ids = pfx_slice_until(*text, length);

    *text = pfx_slice_from(*text, length);
    return ids;
}

/* "Subject: "TEXT"", quotes within doubled, "From: <ADDRESS>", "helo=NAME", "Tests: [...]", of the
 * verbose template: each only where the one before ends. */
static void take_verbose(struct pfx_event *event, struct pfx_slice text)
{
    struct pfx_slice value;
    size_t n = 0;
    ptrdiff_t end;

    if (pfx_slice_take(&text, PFX_SLICE(", Subject: \""))) {
        while (n < text.length &&
               (text.text[n] != '"' || (n + 1 < text.length && text.text[n + 1] == '"')))
            n += text.text[n] == '"' ? 2 : 1;
        pfx_event_set(event, PFX_F_subject, pfx_slice_until(text, n));
        text = pfx_slice_from(text, n + 1);
    }
    if (!pfx_slice_take(&text, PFX_SLICE(", From: ")) || (n = path_length(text)) == 0)
        return;
    pfx_event_set(event, PFX_F_header_from, bare(pfx_slice_until(text, n)));
    text = pfx_slice_from(text, n);
    if (pfx_slice_take(&text, PFX_SLICE(" (dkim:"))) {
        take_word(&text, "");
        pfx_slice_take(&text, PFX_SLICE(")"));
    }
    if (take_value(&text, PFX_SLICE("helo="), "-_.:[]", &value))
        pfx_event_set(event, PFX_F_helo, value);
    if (!pfx_slice_take(&text, PFX_SLICE(", Tests: [")) ||
        (end = pfx_slice_find(text, PFX_SLICE("]"))) < 0)
        return;
    pfx_event_set(event, PFX_F_spam_tests, pfx_slice_until(text, (size_t)end));
}

/* Behind what strangers wrote, in the order in which they stand: each where the one before ends. */
static void take_facts(struct pfx_event *event, struct pfx_slice text)
{
    struct pfx_slice value;

    take_value(&text, PFX_SLICE("b: "), "-_+/=", &value);
    if (pfx_slice_starts(text, PFX_SLICE(", Hits: "))) {
        text = pfx_slice_from(text, 8);
        if (!pfx_slice_take(&text, PFX_SLICE("-, ")))
            take_hits(event, &text);
        else
            text = (struct pfx_slice){text.text - 2, text.length + 2};
    }
    if (take_value(&text, PFX_SLICE("size: "), "", &value))
        pfx_event_set(event, PFX_F_size, value);
    take_value(&text, PFX_SLICE("pt: "), "", &value);
    if (pfx_slice_take(&text, PFX_SLICE(", queued_as: "))) /* or the reply that refused it */
        pfx_event_set(event, PFX_F_queued_as, take_ids(&text));
    take_verbose(event, text);
}

/* Behind the recipients. What stands in front of the Message-ID is amavis' own; what follows is
 * found by its one mail_id: where there are two, a stranger wrote one. */
static void take_tail(struct pfx_event *event, struct pfx_slice text)
{
    static const struct pfx_slice mail_id = {", mail_id: ", 11}, hits = {", Hits: ", 8};
    struct pfx_slice value, rest;
    ptrdiff_t at;

    if (pfx_slice_ends(text, PFX_SLICE("..."))) { /* its last value may lack its end */
        at = pfx_slice_rfind(text, PFX_SLICE(", "));
        text = pfx_slice_until(text, at < 0 ? 0 : (size_t)at);
    }
    take_elapsed(event, &text);
    take_signature(event, &text);
    if (pfx_slice_starts(text, PFX_SLICE(", ("))) { /* the next hop's protocol, address, port */
        at = pfx_slice_find(text, PFX_SLICE("), "));
        if (at > 0)
            text = pfx_slice_from(text, (size_t)at + 1);
    }
    if (take_value(&text, PFX_SLICE("quarantine: "), "-_./@+", &value) ||
        take_value(&text, PFX_SLICE("quarantine "), "-_./@+", &value))
        pfx_event_set(event, PFX_F_quarantine, value);
    if (take_value(&text, PFX_SLICE("Queue-ID: "), "", &value) && pfx_is_queue_id(value))
        pfx_event_set(event, PFX_F_queue_id, value);
    if (count(text, mail_id) > 1 || count(text, hits) > 1)
        return;
    at = pfx_slice_find(text, mail_id);
    if (at >= 0) {
        rest = pfx_slice_from(text, (size_t)at + mail_id.length);
        pfx_event_set(event, PFX_F_amavis_mail_id, take_word(&rest, "-_+"));
    } else if (count(text, hits) == 1) {
        at = pfx_slice_find(text, hits);
        rest = pfx_slice_from(text, (size_t)at);
    } else {
        return;
    }
    set_message_id(event, pfx_slice_until(text, (size_t)at));
    take_facts(event, rest);
}

/* What becomes of a mail that did not pass. */
static struct pfx_slice fate_of(struct pfx_slice actions)
{
    if (has_action(actions, "Quarantined"))
        return PFX_SLICE("quarantined");
    if (has_action(actions, "Discarded"))
        return PFX_SLICE("discarded");
    if (has_action(actions, "TempFailed"))
        return PFX_SLICE("tempfailed");
    return PFX_SLICE("blocked");
}

bool pfx_verdict(struct pfx_event *event, struct pfx_slice text, bool passed)
{
    struct pfx_slice category = PFX_NO_SLICE, names = PFX_NO_SLICE, actions = PFX_NO_SLICE;
    ptrdiff_t at;

    if (pfx_slice_take(&text, PFX_SLICE(" ")))
        category = take_word(&text, "-");
    while (pfx_slice_starts(category, PFX_SLICE("BAD-HEADER-")) && category.length > 10)
        --category.length; /* what is bad about it follows as a digit */
    pfx_event_set(event, PFX_F_filter_verdict, category);
    if (pfx_slice_equal(category, PFX_SLICE("INFECTED")))
        pfx_event_set(event, PFX_F_threat_detected, PFX_SLICE("true"));
    if (pfx_slice_take(&text, PFX_SLICE(" ("))) {
        at = find_parties(text, &names, &actions);
        if (at < 0) {
            if (!passed)
                pfx_event_set(event, PFX_F_disposition, fate_of(PFX_NO_SLICE));
            take_elapsed(event, &text);
            pfx_event_set(event, PFX_F_unparsed, text);
            return category.length > 0;
        }
        text = pfx_slice_from(text, (size_t)at);
        pfx_event_set(event,
                      pfx_slice_equal(category, PFX_SLICE("INFECTED")) ? PFX_F_virus_name
                                                                       : PFX_F_banned_name,
                      names);
    } else {
        if (pfx_slice_take(&text, PFX_SLICE(" {"))) {
            actions = take_word(&text, ",");
            if (!pfx_slice_take(&text, PFX_SLICE("}")))
                return false;
        }
        if (!pfx_slice_take(&text, PFX_SLICE(", ")))
            return false;
    }
    if (actions.length > 0)
        pfx_verdict_actions(event, actions);
    if (!passed)
        pfx_event_set(event, PFX_F_disposition, fate_of(actions));
    if (!take_parties(event, &text))
        return false;
    take_tail(event, text);
    return true;
}
