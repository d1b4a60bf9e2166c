/* SPDX-License-Identifier: Apache-2.0 */
/* The first pass: adds mails and sessions of a line to the graph; see trace.h. */
#include "trace/trace.h"
#include "trace/ids.h"
#include "people/moment.h"

#include <stdlib.h>

static uint64_t id_of(const char *text)
{
    return text != NULL ? strtoull(text, NULL, 16) : 0;
}

static bool is_text(const char *text, const char *other)
{
    return text != NULL && strcmp(text, other) == 0;
}

/* What a session hands to a filter in a flow. */
static uint32_t proxied_node(struct graph *graph, uint64_t session, uint64_t trace, bool make)
{
    uint32_t of = graph_node(graph, NODE_SESSION, session, make);
    uint32_t node = graph_node(graph, NODE_PROXIED, graph_proxied_id(session, trace), make);

    if (node != 0 && of != 0) {
        graph->node[node].session = of;
        graph->node[node].trace = trace;
    }
    return node;
}

/* A line of a session that names no mail: of what it hands to a filter, or of the session. */
static uint32_t learn_session(struct graph *graph, const struct view *view)
{
    uint64_t id = id_of(view->text[PFX_F_session_id]), trace = id_of(view->text[PFX_F_flow_id]);
    uint32_t session = graph_node(graph, NODE_SESSION, id, true), node;
    bool answers = is_text(view->text[PFX_F_child_link], "proxy") ||
                   (view->text[PFX_F_queued_as] != NULL && view->text[PFX_F_queue_id] == NULL);
    bool names = view->text[PFX_F_from] != NULL || view->text[PFX_F_to] != NULL;

    if (is_text(view->text[PFX_F_event], "smtpd.client")) {
        node = proxied_node(graph, id, trace, true);
        graph->node[session].current = node;
        return node != 0 ? node : session;
    }
    if (!names && !answers)
        return session;
    node = answers ? proxied_node(graph, id, trace, true) : graph->node[session].current;
    if (is_text(view->text[PFX_F_stage], "END-OF-MESSAGE"))
        graph->node[session].current = 0;
    return node != 0 ? node : session;
}

static uint32_t learn_mail(struct graph *graph, const struct view *view)
{
    uint32_t mail = graph_node(graph, NODE_MAIL, id_of(view->text[PFX_F_mail_id]), true);
    enum pfx_link link = graph_link(view->text[PFX_F_link] ? view->text[PFX_F_link] : "");
    uint64_t from = id_of(view->text[PFX_F_parent_mail_id]);
    uint64_t trace = id_of(view->text[PFX_F_flow_id]);
    uint32_t parent = 0;

    if (mail == 0)
        return 0;
    graph->node[mail].trace = trace;
    if (view->text[PFX_F_session_id] != NULL) {
        uint32_t session =
            graph_node(graph, NODE_SESSION, id_of(view->text[PFX_F_session_id]), true);

        graph->node[mail].session = session;
    }
    if (view->text[PFX_F_verdict] != NULL)
        graph_set_verdict(graph, mail, view->text[PFX_F_verdict]);
    if (view->text[PFX_F_mail_record] != NULL) {
        graph->node[mail].ended = true;
        graph->node[mail].incomplete = is_text(view->text[PFX_F_incomplete], "true");
    }
    if (link == PFX_LINK_PROXY)
        parent = proxied_node(graph, from, trace, true);
    else if (link != PFX_LINK_NONE)
        parent = graph_node(graph, NODE_MAIL, from, true);
    graph_set_parent(graph, mail, link, parent);
    return mail;
}

static struct pfx_slice slice_of(const struct view *view, enum pfx_field field)
{
    return view->text[field] != NULL ? pfx_slice_of(view->text[field]) : PFX_NO_SLICE;
}

/* Counts a line; true when it is one of those that are to be looked at. */
static bool look(struct trace *trace, const struct view *view, int64_t time)
{
    struct looked *looked = &trace->looked;
    bool selected = selection_fits(trace->selection, time, slice_of(view, PFX_F_event_source),
                                   slice_of(view, PFX_F_instance));

    looked->ours += !ids_beside(view);
    looked->beside += ids_beside(view);
    looked->selected += selected;
    if (selected && time != 0) {
        looked->first = looked->first == 0 || time < looked->first ? time : looked->first;
        looked->last = time > looked->last ? time : looked->last;
    }
    return selected;
}

/* The node of a line of Postfix, or 0. */
static uint32_t learn_postfix(struct graph *graph, const struct view *view)
{
    uint32_t node = 0;

    if (view->text[PFX_F_mail_id] != NULL)
        node = learn_mail(graph, view);
    else if (view->text[PFX_F_session_id] != NULL)
        node = learn_session(graph, view);
    if (node != 0 && view->text[PFX_F_child_mail_id] != NULL &&
        view->text[PFX_F_child_link] != NULL) {
        uint32_t child = graph_node(graph, NODE_MAIL, id_of(view->text[PFX_F_child_mail_id]), true);

        graph_set_parent(graph, child, graph_link(view->text[PFX_F_child_link]), node);
    }
    return node;
}

uint32_t trace_learn(struct trace *trace, const struct view *view)
{
    struct graph *graph = &trace->graph;
    int64_t time = moment_created(view->text[PFX_F_event_created]);
    bool matched = look(trace, view, time) && target_match(&trace->target, view);
    bool beside = ids_beside(view);
    uint32_t node = beside ? trace_beside(trace, view, time, matched) : learn_postfix(graph, view);

    if (node == 0)
        return !beside && view->text[PFX_F_queue_id] == NULL &&
                       (view->text[PFX_F_relay_ip] != NULL || view->text[PFX_F_relay_host] != NULL)
                   ? TRACE_OUTBOUND
                   : 0;
    if (!beside)
        trace_offer(trace, view, time, node);
    ++graph->node[node].left;
    graph->node[node].matched |= matched;
    return node;
}
