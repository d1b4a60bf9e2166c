/* SPDX-License-Identifier: Apache-2.0 */
/* Captured words to fields; see capture.h. */
#include "event/capture.h"
#include "base/queue_id.h"
#include "base/reply.h"
#include "event/login.h"

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

typedef signed char block __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

static bool is_any(block found)
{
    halves both = (halves)found;

    return (both[0] | both[1]) != 0;
}

/* Set where a byte is that no host, address, port or socket has as Postfix writes them. */
static block foreign_to_peers(block c)
{
    block blank = (block)((c >= 0) & (c <= ' '));
    block quote = (block)(c == '"') | (block)((c >= '\'') & (c <= ')')); /* ' ( ) */
    block mark = (block)(c == ',') | (block)((c >= ';') & (c <= '>'));   /* ; < = > */

    return blank | quote | mark;
}

/* "name[address]:port" in any of its forms, also cut off in the bracket. What stands before a
 * bracket or without one is a name, an address or a path: it has no bracket. */
static bool is_peer(struct pfx_slice text)
{
    block c, found = {0};
    const char *open, *close, *end;

    if (pfx_slice_ends(text, PFX_SLICE(" []"))) /* of a session without a client, in old releases */
        text.length -= 3;
    for (size_t at = 0; at < text.length; at += sizeof(c)) {
        memset(&c, 'x', sizeof(c));
        memcpy(&c, text.text + at, text.length - at < sizeof(c) ? text.length - at : sizeof(c));
        found |= foreign_to_peers(c);
    }
    if (text.length == 0 || is_any(found))
        return false;
    end = text.text + text.length;
    open = memchr(text.text, '[', text.length);
    close = memchr(text.text, ']', text.length);
    if (open == NULL || (close != NULL && close < open))
        return open == NULL && close == NULL;
    return memchr(open + 1, '[', (size_t)(end - open - 1)) == NULL &&
           (close == NULL || memchr(close + 1, ']', (size_t)(end - close - 1)) == NULL);
}

static bool is_enhanced(struct pfx_slice text)
{
    return pfx_reply_enhanced(text) == text.length;
}

/* One word. */
static bool is_token(struct pfx_slice text)
{
    return text.length > 0 && memchr(text.text, ' ', text.length) == NULL;
}

/* No blank at its ends. */
static bool is_name(struct pfx_slice text)
{
    return text.length == 0 || (text.text[0] != ' ' && text.text[text.length - 1] != ' ');
}

/* Of fields whose text has a form beside that of its type. */
static bool (*const forms[PFX_FIELD_COUNT])(struct pfx_slice text) = {
    [PFX_F_dsn] = is_enhanced,
    [PFX_F_reply_enhanced] = is_enhanced,
    [PFX_F_queue_id] = pfx_is_queue_id,
    [PFX_F_sasl_method] = is_token,
    [PFX_F_proxied_user] = is_token,
    [PFX_F_proxy_server] = is_token,
    [PFX_F_url] = is_token,
    [PFX_F_filter_verdict] = is_token,
    [PFX_F_pam_service] = is_token,
    [PFX_F_sasl_username] = is_name,
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
        return forms[field] == NULL || forms[field](text);
    }
}

bool pfx_capture_fits(struct pfx_slice word, struct pfx_slice text)
{
    enum pfx_field field = pfx_field_find(word);

    if (field == PFX_F_client_ip)
        text = pfx_value_peer(text).ip;
    return field == PFX_FIELD_NONE || fits(field, text);
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

#define PEERS (sizeof(peers) / sizeof(peers[0]))
#define PEER_FIRST PFX_FIELD_COUNT /* ids: of fields, of peers, and these two */
#define DELAYS (PEER_FIRST + PEERS)
#define UNKNOWN (DELAYS + 1)
_Static_assert(UNKNOWN < PFX_WORD_IDS, "more ids");

pfx_word_id pfx_capture_find(struct pfx_slice word)
{
    enum pfx_field field = pfx_field_find(word);

    if (field != PFX_FIELD_NONE)
        return (pfx_word_id)field;
    for (size_t i = 0; i < PEERS; ++i) {
        if (pfx_slice_equal(word, peers[i].word))
            return (pfx_word_id)(PEER_FIRST + i);
    }
    return pfx_slice_equal(word, PFX_SLICE("delays")) ? DELAYS : UNKNOWN;
}

static bool capture_field(struct pfx_event *event, enum pfx_field field, struct pfx_slice text)
{
    if (field == PFX_F_service_name)
        text = bare_service(text);
    else if (field == PFX_F_client_ip)
        text = pfx_value_peer(text).ip;
    else if (field == PFX_F_from && pfx_slice_equal(text, PFX_SLICE("<>")))
        text.length = 0; /* the null sender */
    else if (field == PFX_F_queue_file && pfx_is_queue_id(text))
        pfx_event_set(event, PFX_F_queue_id, text);
    else if (field == PFX_F_sasl_username && pfx_slice_equal(text, PFX_SLICE("(unavailable)")))
        return true; /* a login that failed early (smtpd/smtpd_sasl_glue.c) */
    if (!fits(field, text))
        return false;
    if (pfx_fields[field].type == PFX_NUMBER || pfx_fields[field].type == PFX_INTEGER)
        text = pfx_value_bare_zero(text);
    pfx_event_put(event, field, text, PFX_MARK_SOUND);
    if (field == PFX_F_dovecot_session)
        pfx_login_port(event);
    return true;
}

static bool capture_peer(struct pfx_event *event, size_t row, struct pfx_slice text)
{
    struct pfx_peer peer;

    /* Who submits on this host has no client. */
    if (peers[row].ip == PFX_F_client_ip && pfx_slice_equal(text, PFX_SLICE("local")))
        return true;
    if (!is_peer(text))
        return false;
    peer = pfx_value_peer(text);
    if (text.text[text.length - 1] != ']' && peer.port.length == 0)
        set_cut_off(event, text);
    set(event, peers[row].host, peer.host);
    pfx_event_put(event, peers[row].ip, peer.ip, PFX_MARK_SOUND);
    set(event, peers[row].port, peer.port);
    /* Of a client, text that is no address has no field: keep it as unparsed. */
    set(event, peers[row].path != PFX_FIELD_NONE ? peers[row].path : PFX_F_unparsed, peer.path);
    return true;
}

bool pfx_capture_as(struct pfx_event *event, pfx_word_id id, struct pfx_slice word,
                    struct pfx_slice text)
{
    if (id < PEER_FIRST)
        return capture_field(event, (enum pfx_field)id, text);
    if (id < DELAYS)
        return capture_peer(event, id - PEER_FIRST, text);
    if (id == DELAYS)
        capture_delays(event, text);
    else /* policyd-spf ends its lines with a blank */
        pfx_event_extra(event, word, pfx_slice_trim(text));
    return true;
}

bool pfx_capture(struct pfx_event *event, struct pfx_slice word, struct pfx_slice text)
{
    return pfx_capture_as(event, pfx_capture_find(word), word, text);
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
