/* SPDX-License-Identifier: Apache-2.0 */
/* Captured words to fields; see capture.h. */
#include "event/capture.h"
#include "base/queue_id.h"

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

/* A bracket that does not close: the line was cut there. */
static void set_cut_off(struct pfx_event *event, struct pfx_slice text)
{
    ptrdiff_t open = pfx_slice_rfind(text, PFX_SLICE("["));

    if (open >= 0 && pfx_slice_find(pfx_slice_from(text, (size_t)open), PFX_SLICE("]")) < 0)
        pfx_event_set(event, PFX_F_unparsed, pfx_slice_from(text, (size_t)open));
}

void pfx_capture(struct pfx_event *event, struct pfx_slice word, struct pfx_slice text)
{
    enum pfx_field field = pfx_field_find(word);

    if (field == PFX_F_queue_file && pfx_is_queue_id(text))
        pfx_event_set(event, PFX_F_queue_id, text);
    if (field != PFX_FIELD_NONE) {
        pfx_event_set(event, field, text);
        return;
    }
    for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); ++i) {
        struct pfx_peer peer;

        if (!pfx_slice_equal(word, peers[i].word))
            continue;
        peer = pfx_value_peer(text);
        set_cut_off(event, text);
        set(event, peers[i].host, peer.host);
        set(event, peers[i].ip, peer.ip);
        set(event, peers[i].port, peer.port);
        /* What is no address has no field with a client: it is not lost. */
        set(event, peers[i].path != PFX_FIELD_NONE ? peers[i].path : PFX_F_unparsed, peer.path);
        return;
    }
    if (pfx_slice_equal(word, PFX_SLICE("delays")))
        capture_delays(event, text);
    else
        pfx_event_extra(event, word, text);
}
