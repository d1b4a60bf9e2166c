/* SPDX-License-Identifier: Apache-2.0 */
/* Captured words to fields; see capture.h. */
#include "event/capture.h"
#include "base/queue_id.h"
#include "base/reply.h"

#include <string.h>

/* Words whose text is a host, and where its parts go. */
static const struct {
    struct pfx_slice word;
    enum pfx_field host, ip, port, path;
} peers[] = {
    {{"client", 6}, PFX_F_client_host, PFX_F_client_ip, PFX_F_client_port, PFX_FIELD_NONE},
    {{"orig_client", 11},
     PFX_F_orig_client_host,
     PFX_F_orig_client_ip,
     PFX_F_orig_client_port,
     PFX_FIELD_NONE},
    {{"relay", 5}, PFX_F_relay_host, PFX_F_relay_ip, PFX_F_relay_port, PFX_F_relay_path},
    {{"server", 6}, PFX_FIELD_NONE, PFX_F_server_ip, PFX_F_server_port, PFX_FIELD_NONE},
    {{"host", 4}, PFX_F_hostname, PFX_F_host_ip, PFX_FIELD_NONE, PFX_FIELD_NONE},
};

static void set(struct pfx_event *event, enum pfx_field field, struct pfx_slice text)
{
    if (field != PFX_FIELD_NONE)
        pfx_event_set(event, field, text);
}

/* "a/b/c/d" (global/log_adhoc.c). */
static void capture_delays(struct pfx_event *event, struct pfx_slice text)
{
    static const enum pfx_field parts[] = {PFX_F_delay_before_qmgr, PFX_F_delay_in_qmgr,
                                           PFX_F_delay_conn_setup, PFX_F_delay_transmission};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); ++i) {
        ptrdiff_t slash = pfx_slice_find(text, PFX_SLICE("/"));

        pfx_event_set(event, parts[i], slash < 0 ? text : pfx_slice_until(text, (size_t)slash));
        text = slash < 0 ? PFX_NO_SLICE : pfx_slice_from(text, (size_t)slash + 1);
    }
}

/* The bracket does not close: the line was truncated there. */
static void set_cut_off(struct pfx_event *event, struct pfx_slice text)
{
    ptrdiff_t open = pfx_slice_rfind(text, PFX_SLICE("["));

    if (open >= 0 && pfx_slice_find(pfx_slice_from(text, (size_t)open), PFX_SLICE("]")) < 0)
        pfx_event_set(event, PFX_F_unparsed, pfx_slice_from(text, (size_t)open));
}

/* Bytes that no host, address, port or socket has as Postfix writes them. */
static bool is_foreign_to_peers(char c)
{
    return (unsigned char)c <= ' ' || strchr("\"'<>(),;=", c) != NULL;
}

/* "name[address]:port" in any of its forms, also cut off in the bracket. What stands before a
 * bracket or without one is a name, an address or a path: it has no more than one colon, unless it
 * is an address, and no bracket. */
static bool is_peer(struct pfx_slice text)
{
    ptrdiff_t open = pfx_slice_find(text, PFX_SLICE("["));
    ptrdiff_t close = pfx_slice_find(text, PFX_SLICE("]"));

    if (pfx_slice_ends(text, PFX_SLICE(" []"))) /* of a session without a client, in old releases */
        text.length -= 3;
    for (size_t i = 0; i < text.length; ++i) {
        if (is_foreign_to_peers(text.text[i]))
            return false;
    }
    if (text.length == 0 || (close >= 0 && close < open) || (open < 0 && close >= 0))
        return false;
    return open < 0 ||
           (pfx_slice_find(pfx_slice_from(text, (size_t)open + 1), PFX_SLICE("[")) < 0 &&
            (close < 0 ||
             pfx_slice_find(pfx_slice_from(text, (size_t)close + 1), PFX_SLICE("]")) < 0));
}

static bool is_enhanced(struct pfx_slice text)
{
    return pfx_reply_enhanced(text) == text.length;
}

/* Fields whose text has a form beside that of its type. */
static const struct {
    enum pfx_field field;
    bool (*fits)(struct pfx_slice text);
} forms[] = {
    {PFX_F_dsn, is_enhanced},
    {PFX_F_reply_enhanced, is_enhanced},
};

static bool fits(enum pfx_field field, struct pfx_slice text)
{
    int64_t integer;
    double number;

    switch (pfx_fields[field].type) {
    case PFX_INTEGER:
        return pfx_value_integer(text, &integer);
    case PFX_NUMBER:
        return pfx_value_number(text, &number);
    case PFX_IP:
        return pfx_value_is_ip(text);
    default:
        break;
    }
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); ++i) {
        if (forms[i].field == field)
            return forms[i].fits(text);
    }
    return true;
}

/* What Postfix writes where there is nothing to name: who submits on this host has no client, and a
 * login that failed early no name (smtpd/smtpd_sasl_glue.c). */
static bool is_nothing(struct pfx_slice word, struct pfx_slice text)
{
    static const struct {
        struct pfx_slice word, text;
    } rows[] = {{{"client", 6}, {"local", 5}}, {{"sasl_username", 13}, {"(unavailable)", 13}}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        if (pfx_slice_equal(rows[i].text, text) && pfx_slice_equal(rows[i].word, word))
            return true;
    }
    return false;
}

/* A service of master.cf by its name, however the sentence has it: "private/NAME socket". */
static struct pfx_slice bare_service(struct pfx_slice s)
{
    static const struct pfx_slice private = {"private/", 8}, public = {"public/", 7},
                                  socket = {" socket", 7};

    if (pfx_slice_starts(s, private) || pfx_slice_starts(s, public))
        s = pfx_slice_from(s, pfx_slice_starts(s, public) ? public.length : private.length);
    if (s.length > socket.length && pfx_slice_ends(s, socket))
        s.length -= socket.length;
    return s;
}

bool pfx_capture(struct pfx_event *event, struct pfx_slice word, struct pfx_slice text)
{
    enum pfx_field field = pfx_field_find(word);
    struct pfx_peer peer = field == PFX_F_client_ip ? pfx_value_peer(text) : (struct pfx_peer){0};

    if (is_nothing(word, text))
        return true;
    if (field == PFX_F_service_name)
        text = bare_service(text);
    else if (field == PFX_F_client_ip)
        text = peer.ip;
    if (field == PFX_F_queue_file && pfx_is_queue_id(text))
        pfx_event_set(event, PFX_F_queue_id, text);
    if (field != PFX_FIELD_NONE) {
        if (!fits(field, text))
            return false;
        pfx_event_put(event, field, text, PFX_MARK_SOUND);
        return true;
    }
    for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); ++i) {
        if (!pfx_slice_equal(word, peers[i].word))
            continue;
        if (!is_peer(text))
            return false;
        peer = pfx_value_peer(text);
        set_cut_off(event, text);
        set(event, peers[i].host, peer.host);
        pfx_event_put(event, peers[i].ip, peer.ip, PFX_MARK_SOUND);
        set(event, peers[i].port, peer.port);
        /* Of a client, text that is no address has no field: keep it as unparsed. */
        set(event, peers[i].path != PFX_FIELD_NONE ? peers[i].path : PFX_F_unparsed, peer.path);
        return true;
    }
    if (pfx_slice_equal(word, PFX_SLICE("delays")))
        capture_delays(event, text);
    else
        pfx_event_extra(event, word, text);
    return true;
}

void pfx_capture_replier(struct pfx_event *event, struct pfx_slice text, struct pfx_slice host)
{
    struct pfx_peer peer = pfx_value_peer(host);
    struct pfx_slice front = pfx_slice_until(text, (size_t)(host.text - text.text));
    ptrdiff_t colon = pfx_slice_rfind(front, PFX_SLICE(": "));

    if (colon > 0)
        pfx_event_set(event, PFX_F_mail_response, pfx_slice_until(front, (size_t)colon));
    if (peer.ip.length > 0 ? pfx_slice_equal(peer.ip, pfx_event_get(event, PFX_F_relay_ip))
                           : pfx_slice_equal(peer.host, pfx_event_get(event, PFX_F_relay_host)))
        return;
    pfx_event_set(event, PFX_F_reply_host, peer.host);
    pfx_event_set(event, PFX_F_reply_ip, peer.ip);
}
