/* SPDX-License-Identifier: Apache-2.0 */
/* The first pass: which mails and sessions are about the subject; see audit.h. */
#include "audit/audit.h"
#include "trace/ids.h"

#include <stdlib.h>
#include <string.h>

static uint64_t id_of(const char *text)
{
    return text != NULL ? strtoull(text, NULL, 16) : 0;
}

/* The mail goes on as that of the link: a forwarded mail and a notice are others. */
static bool is_same(enum pfx_link link)
{
    return link == PFX_LINK_FILTER || link == PFX_LINK_REQUEUE || link == PFX_LINK_RELAY;
}

static enum pfx_link link_of(const char *name)
{
    return name != NULL ? graph_link(name) : PFX_LINK_NONE;
}

static void join(struct graph *graph, uint32_t child, enum pfx_link link, uint64_t parent_id)
{
    uint32_t parent = is_same(link) ? graph_node(graph, NODE_MAIL, parent_id, true) : 0;

    if (child != 0 && parent != 0)
        graph_set_parent(graph, child, link, parent);
}

/* A session is that of the subject: its client, or who logged in there. */
static bool is_its_session(const struct audit *audit, const struct view *view, unsigned about)
{
    const struct subject *subject = &audit->subject;

    return (subject->kind == SUBJECT_ADDRESS && (about & ABOUT_CLIENT) != 0) ||
           (subject->kind == SUBJECT_USER && (about & ABOUT_LOGIN) != 0 &&
            login_of(view) == LOGIN_SUCCEEDED);
}

void audit_learn(struct audit *audit, const struct view *view, int64_t time)
{
    struct graph *graph = &audit->graph;
    const char *host = view->text[PFX_F_event_source], *instance = view->text[PFX_F_instance];
    bool selected =
        selection_fits(audit->selection, time, host != NULL ? pfx_slice_of(host) : PFX_NO_SLICE,
                       instance != NULL ? pfx_slice_of(instance) : PFX_NO_SLICE);
    unsigned about = selected ? subject_about(&audit->subject, view) : 0;
    uint64_t id = id_of(view->text[PFX_F_mail_id]);
    uint64_t session_id = id_of(view->text[PFX_F_session_id]);
    uint64_t child_id = id_of(view->text[PFX_F_child_mail_id]);
    enum pfx_link link = link_of(view->text[PFX_F_link]);
    uint32_t mail = id != 0 ? graph_node(graph, NODE_MAIL, id, true) : 0, session = 0;

    if (session_id != 0)
        session = graph_node(graph, NODE_SESSION, session_id, true);
    audit->entries.failed |= (id != 0 && mail == 0) || (session_id != 0 && session == 0);
    if (selected && time != 0) {
        audit->first = audit->first == 0 || time < audit->first ? time : audit->first;
        audit->last = time > audit->last ? time : audit->last;
    }
    if (mail != 0) {
        graph->node[mail].matched |= about != 0 && !ids_beside(view);
        join(graph, mail, link, id_of(view->text[PFX_F_parent_mail_id]));
    }
    if (mail != 0 && session != 0 && !is_same(link))
        graph->node[mail].session = session;
    if (session != 0)
        graph->node[session].matched |= is_its_session(audit, view, about);
    if (mail != 0 && child_id != 0 && is_same(link_of(view->text[PFX_F_child_link])))
        join(graph, graph_node(graph, NODE_MAIL, child_id, true),
             link_of(view->text[PFX_F_child_link]), id);
}

void audit_join(struct audit *audit)
{
    struct graph *graph = &audit->graph;

    graph_join(graph);
    for (uint32_t i = 1; i < graph->count; ++i) {
        if (graph->node[i].matched)
            graph->node[graph_flow(graph, i)].wanted = true;
    }
    /* The session that a queue id came in by. */
    for (uint32_t i = 1; audit->subject.kind == SUBJECT_QUEUE_ID && i < graph->count; ++i) {
        if (graph->node[i].kind == NODE_MAIL && graph->node[graph_flow(graph, i)].wanted)
            graph->node[graph->node[i].session].wanted = true;
    }
}

/* A node of that kind when it is wanted, else 0. */
static uint32_t wanted(struct audit *audit, enum node_kind kind, const char *text)
{
    uint64_t id = id_of(text);
    uint32_t node = id != 0 ? graph_node(&audit->graph, kind, id, false) : 0;

    return node != 0 && audit->graph.node[graph_flow(&audit->graph, node)].wanted ? node : 0;
}

uint32_t audit_mail(struct audit *audit, const struct view *view)
{
    return wanted(audit, NODE_MAIL, view->text[PFX_F_mail_id]);
}

uint32_t audit_session(struct audit *audit, const struct view *view)
{
    return wanted(audit, NODE_SESSION, view->text[PFX_F_session_id]);
}
