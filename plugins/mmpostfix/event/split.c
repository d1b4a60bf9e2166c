/* SPDX-License-Identifier: Apache-2.0 */
/* Compound captures; see split.h. */
#include "event/split.h"
#include "base/reply.h"
#include "event/capture.h"
#include "event/content_check.h"
#include "event/envelope.h"
#include "event/login.h"
#include "event/report.h"
#include "event/scan.h"
#include "event/tail.h"
#include "event/verdict.h"
#include "event/waiting.h"

#include <string.h>

/* Sets cmd_NAME, and cmd_NAME_accepted where there is one. A command that is not in
 * fields.def is none that smtpd counts. */
static void set_counter(struct pfx_event *event, struct pfx_slice name, struct pfx_slice value)
{
    char word[64];
    ptrdiff_t slash = pfx_slice_find(value, PFX_SLICE("/"));
    struct pfx_slice key = {word, 4 + name.length};
    enum pfx_field field;

    if (name.length > sizeof(word) - sizeof("cmd__accepted"))
        return;
    memcpy(word, "cmd_", 4);
    memcpy(word + 4, name.text, name.length);
    field = pfx_field_find(key);
    if (field == PFX_FIELD_NONE)
        return;
    pfx_event_set(event, field, slash < 0 ? value : pfx_slice_from(value, (size_t)slash + 1));
    if (slash >= 0) {
        memcpy(word + key.length, "_accepted", 9);
        key.length += 9;
        pfx_event_set(event, pfx_field_find(key), pfx_slice_until(value, (size_t)slash));
    }
}

/* "CLIENT[ ehlo=1 auth=0/2 ... commands=5/8[ notes=bare_lf]]" (smtpd/smtpd.c). */
static bool split_session_end(struct pfx_event *event, struct pfx_slice text,
                              struct pfx_slice argument)
{
    ptrdiff_t close = pfx_slice_rfind(text, PFX_SLICE("]"));
    size_t end = close < 0 ? text.length : (size_t)close;
    struct pfx_slice rest;

    while (end < text.length && text.text[end] != ' ')
        ++end;
    if (!pfx_capture(event, argument, pfx_slice_until(text, end)))
        return false;
    for (rest = pfx_slice_trim(pfx_slice_from(text, end)); rest.length > 0;) {
        ptrdiff_t space = pfx_slice_find(rest, PFX_SLICE(" "));
        struct pfx_slice pair = space < 0 ? rest : pfx_slice_until(rest, (size_t)space);
        ptrdiff_t equals = pfx_slice_find(pair, PFX_SLICE("="));

        if (equals <= 0) {
            pfx_event_set(event, PFX_F_unparsed, rest);
            break;
        }
        struct pfx_slice name = pfx_slice_until(pair, (size_t)equals);
        struct pfx_slice value = pfx_slice_from(pair, (size_t)equals + 1);

        if (pfx_slice_equal(name, PFX_SLICE("notes")))
            pfx_event_set(event, PFX_F_notes, value);
        else
            set_counter(event, name, value);
        rest = pfx_slice_trim(pfx_slice_from(rest, pair.length));
    }
    return true;
}

/* "STAGE[ ([approximately ]N bytes)] from CLIENT" (smtpd/smtpd.c): the client last, so cut from the
 * right. */
static bool split_stage_client(struct pfx_event *event, struct pfx_slice text,
                               struct pfx_slice argument)
{
    static const struct pfx_slice bytes = {" bytes)", 7}, about = {"approximately ", 14};
    ptrdiff_t from = pfx_slice_rfind(text, PFX_SLICE(" from "));
    struct pfx_slice stage;
    ptrdiff_t open;

    if (from < 0 || !pfx_capture(event, argument, pfx_slice_from(text, (size_t)from + 6)))
        return false;
    stage = pfx_slice_until(text, (size_t)from);
    open = pfx_slice_rfind(stage, PFX_SLICE(" ("));
    if (open >= 0 && pfx_slice_ends(stage, bytes)) {
        struct pfx_slice count = pfx_slice_from(stage, (size_t)open + 2);

        count.length -= bytes.length;
        if (pfx_slice_starts(count, about))
            count = pfx_slice_from(count, about.length);
        pfx_event_set(event, PFX_F_bytes, count);
        stage = pfx_slice_until(stage, (size_t)open);
    }
    pfx_event_set(event, PFX_F_stage, stage);
    return true;
}

/* "550 5.7.1 text", or "5.7.1 text" as a milter's reply is logged. */
static bool split_reply(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    (void)argument;
    pfx_tail_reply(event, text);
    return true;
}

/* The reply to a notice about a mail: the queue id in it is the notice's. */
static bool split_notice(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    (void)argument;
    pfx_tail_reply(event, text);
    pfx_event_set(event, PFX_F_bounce_id, pfx_event_get(event, PFX_F_queued_as));
    return true;
}

/* "REPLY (in reply to COMMAND command)" after "host X said: " (smtp/smtp_trouble.c). */
static bool split_said(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    struct pfx_slice command = PFX_NO_SLICE;

    (void)argument;
    text = pfx_reply_take_command(text, &command);
    pfx_event_set(event, PFX_F_reply_command, command);
    pfx_tail_reply(event, text);
    return true;
}

/* "key=value key=<value> ..." (pickup/pickup.c). */
static bool split_spaced(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    struct pfx_slice left = pfx_tail_spaced(event, text);

    (void)argument;
    pfx_event_set(event, PFX_F_unparsed, left);
    return left.length < text.length;
}

/* "VALUE, key=value, ...": VALUE belongs to the key given as argument. */
static bool split_list(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    return pfx_tail_attributes(event, argument, text);
}

static bool split_envelope(struct pfx_event *event, struct pfx_slice text,
                           struct pfx_slice argument)
{
    (void)argument;
    pfx_envelope(event, text);
    return true;
}

static bool split_checked(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    (void)argument;
    return pfx_content_check(event, text);
}

/* "WORD[ (DETAIL)]" after mark in text: set as one value. */
static void set_feature(struct pfx_event *event, enum pfx_field field, struct pfx_slice text,
                        struct pfx_slice mark)
{
    ptrdiff_t at = pfx_slice_find(text, mark), end;
    struct pfx_slice value;

    if (at < 0)
        return;
    value = pfx_slice_from(text, (size_t)at + mark.length);
    end = pfx_slice_find(value, PFX_SLICE(" "));
    if (end >= 0 && pfx_slice_starts(pfx_slice_from(value, (size_t)end), PFX_SLICE(" ("))) {
        end = pfx_slice_find(value, PFX_SLICE(")"));
        if (end >= 0)
            ++end;
    }
    pfx_event_set(event, field, end < 0 ? value : pfx_slice_until(value, (size_t)end));
}

/* "PROTOCOL with cipher NAME (n/m bits)[ key-exchange K (..)][ server-signature S (..)]...". */
static void split_summary(struct pfx_event *event, struct pfx_slice text)
{
    static const struct pfx_slice with = {" with cipher ", 13};
    ptrdiff_t at = pfx_slice_find(text, with), open, close;
    struct pfx_slice cipher;

    if (at < 0) {
        pfx_event_set(event, PFX_F_unparsed, text);
        return;
    }
    pfx_event_set(event, PFX_F_tls_version, pfx_slice_until(text, (size_t)at));
    cipher = pfx_slice_from(text, (size_t)at + with.length);
    open = pfx_slice_find(cipher, PFX_SLICE(" ("));
    close = pfx_slice_find(cipher, PFX_SLICE(" bits)"));
    if (open < 0 || close < open) {
        pfx_event_set(event, PFX_F_unparsed, cipher);
        return;
    }
    pfx_event_set(event, PFX_F_tls_cipher, pfx_slice_until(cipher, (size_t)open));
    pfx_event_set(event, PFX_F_tls_cipher_size,
                  (struct pfx_slice){cipher.text + open + 2, (size_t)(close - open - 2)});
    text = pfx_slice_from(cipher, (size_t)close + 6);
    set_feature(event, PFX_F_tls_key_exchange, text, PFX_SLICE(" key-exchange "));
    set_feature(event, PFX_F_tls_server_signature, text, PFX_SLICE(" server-signature "));
    set_feature(event, PFX_F_tls_server_digest, text, PFX_SLICE(" server-digest "));
    set_feature(event, PFX_F_tls_client_signature, text, PFX_SLICE(" client-signature "));
    set_feature(event, PFX_F_tls_client_digest, text, PFX_SLICE(" client-digest "));
}

/* "PEER[ to SNI]: SUMMARY" (tls/tls_misc.c tls_log_summary). */
static bool split_tls(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    ptrdiff_t colon = pfx_slice_find(text, PFX_SLICE(": "));
    struct pfx_slice peer = pfx_slice_until(text, colon < 0 ? text.length : (size_t)colon);
    ptrdiff_t to = pfx_slice_find(peer, PFX_SLICE(" to "));

    if (to >= 0) {
        pfx_event_set(event, PFX_F_tls_sni, pfx_slice_from(peer, (size_t)to + 4));
        peer = pfx_slice_until(peer, (size_t)to);
    }
    if (!pfx_capture(event, argument, peer))
        return false;
    if (colon >= 0)
        split_summary(event, pfx_slice_from(text, (size_t)colon + 2));
    return colon >= 0;
}

/* "<ID>" of a header, which may be truncated or hold anything. */
static bool split_bracketed(struct pfx_event *event, struct pfx_slice text,
                            struct pfx_slice argument)
{
    if (pfx_slice_starts(text, PFX_SLICE("<")))
        text = pfx_slice_from(text, 1);
    if (pfx_slice_ends(text, PFX_SLICE(">")))
        --text.length;
    return pfx_capture(event, argument, text);
}

/* "<ID>" or an id, as a parser of headers leaves it: one word. */
static bool split_mid(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    (void)argument;
    if (pfx_slice_equal(text, PFX_SLICE("unspecified")))
        return true; /* Dovecot's word for none (lda/mail-deliver.c), without brackets */
    if (pfx_slice_starts(text, PFX_SLICE("<")) && pfx_slice_ends(text, PFX_SLICE(">")))
        text = pfx_slice_until(pfx_slice_from(text, 1), text.length - 2);
    for (size_t i = 0; i < text.length; ++i) {
        if (strchr(" <>", text.text[i]) != NULL)
            return false;
    }
    return pfx_capture(event, PFX_SLICE("message_id"), text);
}

/* Client text up to the last quote, since the text may contain quotes itself. */
static bool split_quoted(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    if (pfx_slice_ends(text, PFX_SLICE("'")) || pfx_slice_ends(text, PFX_SLICE("\"")))
        --text.length;
    return pfx_capture(event, argument, text);
}

/* "SERVICE:ADDRESS" (anvil/anvil.c), both of which may contain colons: the longest valid
 * address counts, and without one the last colon separates. */
static bool split_anvil(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    ptrdiff_t colon = pfx_slice_rfind(text, PFX_SLICE(":"));
    ptrdiff_t bracket = pfx_slice_find(text, PFX_SLICE("]:")); /* "[::1]:2525:ADDRESS" */

    if (colon < 0)
        return false;
    for (size_t i = (size_t)(bracket < 0 ? 0 : bracket + 2); i < text.length; ++i) {
        if (text.text[i] == ':' && pfx_value_is_ip(pfx_slice_from(text, i + 1))) {
            colon = (ptrdiff_t)i;
            break;
        }
    }
    pfx_event_set(event, PFX_F_service, pfx_slice_until(text, (size_t)colon));
    return pfx_capture(event, argument, pfx_slice_from(text, (size_t)colon + 1));
}

/* A host that is client or server, which only its port shows: below 1024 it is a server. */
static bool split_peer(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    struct pfx_slice port = pfx_value_peer(text).port;

    (void)argument;
    return pfx_capture(event,
                       port.length > 0 && port.length <= 4 &&
                               !(port.length == 4 && memcmp(port.text, "1023", 4) > 0)
                           ? PFX_SLICE("relay")
                           : PFX_SLICE("client"),
                       text);
}

static bool split_login(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    return argument.length > 0 ? pfx_login_failure(event, text) : pfx_login(event, text);
}

static bool split_verdict(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    return pfx_verdict(event, text, argument.length > 0);
}

static bool split_path(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    return pfx_verdict_path(event, pfx_field_find(argument), text);
}

/* "<FROM> -> <TO>,<TO>", and nothing behind it. */
static bool split_paths(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    (void)argument;
    return pfx_verdict_envelope(event, &text) && text.length == 0;
}

static bool split_scan(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    (void)argument;
    return pfx_scan(event, text);
}

/* "ADDRESS:PORT", of an IPv6 address also in brackets. */
static bool split_endpoint(struct pfx_event *event, struct pfx_slice text,
                           struct pfx_slice argument)
{
    static const struct {
        struct pfx_slice word;
        enum pfx_field ip, port;
    } ends[] = {{{"client", 6}, PFX_F_client_ip, PFX_F_client_port},
                {{"destination", 11}, PFX_F_destination_ip, PFX_F_destination_port},
                {{"relay", 5}, PFX_F_relay_ip, PFX_F_relay_port}};
    ptrdiff_t colon = pfx_slice_rfind(text, PFX_SLICE(":"));
    struct pfx_slice ip = pfx_slice_until(text, colon < 0 ? 0 : (size_t)colon);
    struct pfx_slice port = pfx_slice_from(text, (size_t)(colon + 1));
    int64_t number;

    if (pfx_slice_starts(ip, PFX_SLICE("[")) && pfx_slice_ends(ip, PFX_SLICE("]")))
        ip = pfx_slice_until(pfx_slice_from(ip, 1), ip.length - 2);
    if (colon < 0 || !pfx_value_is_ip(ip) || !pfx_value_integer(port, &number) || number < 0)
        return false;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); ++i) {
        if (pfx_slice_equal(ends[i].word, argument)) {
            pfx_event_set(event, ends[i].ip, ip);
            pfx_event_set(event, ends[i].port, port);
        }
    }
    return true;
}

static bool split_report(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    (void)argument;
    return pfx_report(event, text);
}

static bool split_waiting(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    (void)argument;
    return pfx_waiting(event, text);
}

static bool split_parties(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    (void)argument;
    return pfx_verdict_parties(event, text);
}

/* "<FROM> -> <TO>,<TO>[ SIZE=N][ ...]": what follows is the sender's. */
static bool split_task(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    static const struct pfx_slice size = {" SIZE=", 6};
    ptrdiff_t end;

    (void)argument;
    if (!pfx_verdict_envelope(event, &text))
        return false;
    if (pfx_slice_starts(text, size)) {
        text = pfx_slice_from(text, size.length);
        end = pfx_slice_find(text, PFX_SLICE(" "));
        pfx_capture(event, PFX_SLICE("size"), end < 0 ? text : pfx_slice_until(text, (size_t)end));
    }
    return true;
}

/* Seconds, such as 0.25. */
static bool split_seconds(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    double seconds;

    (void)argument;
    if (!pfx_value_number(text, &seconds) || seconds < 0)
        return false;
    if (seconds < 1e8)
        pfx_event_number(event, PFX_F_elapsed_ms, (uint64_t)(seconds * 1000 + 0.5));
    return true;
}

/* Hours, minutes and seconds: 00:05:21. */
static bool split_delay(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    int64_t part, seconds = 0;

    (void)argument;
    for (int i = 0; i < 3; ++i) {
        ptrdiff_t colon = pfx_slice_find(text, PFX_SLICE(":"));

        if ((colon < 0) != (i == 2) ||
            !pfx_value_integer(colon < 0 ? text : pfx_slice_until(text, (size_t)colon), &part) ||
            part < 0 || part > 100000)
            return false;
        seconds = seconds * 60 + part;
        text = pfx_slice_from(text, (size_t)colon + 1);
    }
    pfx_event_number(event, PFX_F_greylist_delay, (uint64_t)seconds);
    return true;
}

/* Versions of clang-format disagree on this one. */
/* clang-format off */
#define WORD(literal) {literal, sizeof(literal) - 1}
/* clang-format on */

static const struct {
    struct pfx_slice word;
    bool (*split)(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument);
    struct pfx_slice argument; /* word of the host, or of the first value of a list */
} splitters[] = {
    {WORD("session_end"), split_session_end, WORD("client")},
    {WORD("stage_client"), split_stage_client, WORD("client")},
    {WORD("reply"), split_reply, WORD("")},
    {WORD("notice"), split_notice, WORD("")},
    {WORD("said"), split_said, WORD("")},
    {WORD("spaced"), split_spaced, WORD("")},
    {WORD("delivery"), split_list, WORD("to")},
    {WORD("queue_line"), split_list, WORD("from")},
    {WORD("smtpd_client"), split_list, WORD("client")},
    {WORD("attributes"), split_list, WORD("")},
    {WORD("envelope"), split_envelope, WORD("")},
    {WORD("checked"), split_checked, WORD("")},
    {WORD("tls_client"), split_tls, WORD("client")},
    {WORD("tls_relay"), split_tls, WORD("relay")},
    {WORD("peer"), split_peer, WORD("")},
    {WORD("quoted"), split_quoted, WORD("text")},
    {WORD("mailbox_quoted"), split_quoted, WORD("mailbox")},
    {WORD("anvil_client"), split_anvil, WORD("client")},
    {WORD("bracketed"), split_bracketed, WORD("text")},
    {WORD("message_id"), split_bracketed, WORD("message_id")},
    {WORD("mid"), split_mid, WORD("")},
    {WORD("resent_message_id"), split_bracketed, WORD("resent_message_id")},
    {WORD("login"), split_login, WORD("")},
    {WORD("login_failure"), split_login, WORD("failure")},
    {WORD("verdict"), split_verdict, WORD("")},
    {WORD("passed"), split_verdict, WORD("passed")},
    {WORD("paths"), split_paths, WORD("")},
    {WORD("path_from"), split_path, WORD("from")},
    {WORD("path_to"), split_path, WORD("to")},
    {WORD("parties"), split_parties, WORD("")},
    {WORD("elapsed"), split_seconds, WORD("")},
    {WORD("delay_time"), split_delay, WORD("")},
    {WORD("scan"), split_scan, WORD("")},
    {WORD("source_end"), split_endpoint, WORD("client")},
    {WORD("destination_end"), split_endpoint, WORD("destination")},
    {WORD("next_end"), split_endpoint, WORD("relay")},
    {WORD("report"), split_report, WORD("")},
    {WORD("task"), split_task, WORD("")},
    {WORD("waiting"), split_waiting, WORD("")},
};

#define SPLITTERS (sizeof(splitters) / sizeof(splitters[0]))

pfx_word_id pfx_split_find(struct pfx_slice word)
{
    for (size_t i = 0; i < SPLITTERS; ++i) {
        if (pfx_slice_equal(splitters[i].word, word))
            return (pfx_word_id)(PFX_WORD_IDS + i);
    }
    return pfx_capture_find(word);
}

bool pfx_split_as(struct pfx_event *event, pfx_word_id id, struct pfx_slice word,
                  struct pfx_slice text)
{
    if (id < PFX_WORD_IDS)
        return pfx_capture_as(event, id, word, text);
    return splitters[id - PFX_WORD_IDS].split(event, text, splitters[id - PFX_WORD_IDS].argument);
}

bool pfx_split(struct pfx_event *event, struct pfx_slice word, struct pfx_slice text)
{
    return pfx_split_as(event, pfx_split_find(word), word, text);
}

bool pfx_split_is(struct pfx_slice word)
{
    for (size_t i = 0; i < sizeof(splitters) / sizeof(splitters[0]); ++i) {
        if (pfx_slice_equal(splitters[i].word, word))
            return true;
    }
    return false;
}
