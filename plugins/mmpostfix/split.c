/* SPDX-License-Identifier: Apache-2.0 */
/* Compound captures; see split.h. */
#include "split.h"
#include "capture.h"
#include "tail.h"

#include <string.h>

/* Sets cmd_NAME, and cmd_NAME_accepted where there is one. A command that is not in the
 * vocabulary is none that smtpd counts. */
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
    pfx_capture(event, argument, pfx_slice_until(text, end));
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

/* "STAGE[ (N bytes)] from CLIENT" (smtpd/smtpd.c): the client last, so cut from the right. */
static bool split_stage_client(struct pfx_event *event, struct pfx_slice text,
                               struct pfx_slice argument)
{
    static const struct pfx_slice bytes = {" bytes)", 7};
    ptrdiff_t from = pfx_slice_rfind(text, PFX_SLICE(" from "));
    struct pfx_slice stage;
    ptrdiff_t open;

    if (from < 0)
        return false;
    pfx_capture(event, argument, pfx_slice_from(text, (size_t)from + 6));
    stage = pfx_slice_until(text, (size_t)from);
    open = pfx_slice_rfind(stage, PFX_SLICE(" ("));
    if (open >= 0 && pfx_slice_ends(stage, bytes)) {
        struct pfx_slice count = pfx_slice_from(stage, (size_t)open + 2);

        count.length -= bytes.length;
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

/* "VALUE, key=value, ...": VALUE belongs to the key given as argument. */
static bool split_list(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument)
{
    return pfx_tail_attributes(event, argument, text);
}

static bool split_envelope(struct pfx_event *event, struct pfx_slice text,
                           struct pfx_slice argument)
{
    (void)argument;
    pfx_tail_envelope(event, text);
    return true;
}

static bool split_checked(struct pfx_event *event, struct pfx_slice text,
                          struct pfx_slice argument)
{
    (void)argument;
    return pfx_tail_checked(event, text);
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
    pfx_capture(event, argument, peer);
    if (colon >= 0)
        pfx_tail_tls(event, pfx_slice_from(text, (size_t)colon + 2));
    return colon >= 0;
}

#define WORD(literal) {literal, sizeof(literal) - 1}

static const struct {
    struct pfx_slice word;
    bool (*split)(struct pfx_event *event, struct pfx_slice text, struct pfx_slice argument);
    struct pfx_slice argument; /* word of the host, or of the first value of a list */
} splitters[] = {
    {WORD("session_end"), split_session_end, WORD("client")},
    {WORD("stage_client"), split_stage_client, WORD("client")},
    {WORD("reply"), split_reply, WORD("")},
    {WORD("delivery"), split_list, WORD("to")},
    {WORD("queue_line"), split_list, WORD("from")},
    {WORD("smtpd_client"), split_list, WORD("client")},
    {WORD("attributes"), split_list, WORD("")},
    {WORD("envelope"), split_envelope, WORD("")},
    {WORD("checked"), split_checked, WORD("")},
    {WORD("tls_client"), split_tls, WORD("client")},
    {WORD("tls_relay"), split_tls, WORD("relay")},
};

bool pfx_split(struct pfx_event *event, struct pfx_slice word, struct pfx_slice text)
{
    for (size_t i = 0; i < sizeof(splitters) / sizeof(splitters[0]); ++i) {
        if (pfx_slice_equal(splitters[i].word, word))
            return splitters[i].split(event, text, splitters[i].argument);
    }
    pfx_capture(event, word, text);
    return true;
}
