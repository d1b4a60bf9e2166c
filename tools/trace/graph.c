/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of mails and sessions; see graph.h. */
#include "trace/graph.h"

#include <stdlib.h>
#include <string.h>

static uint32_t slot_of(const struct graph *graph, enum node_kind kind, uint64_t id)
{
    uint64_t hash = (id + kind) * UINT64_C(0x9e3779b97f4a7c15);

    return (uint32_t)(hash >> 32) & (graph->slots - 1);
}

/* The slot of a node, or the free one where it belongs. */
static uint32_t find_slot(const struct graph *graph, enum node_kind kind, uint64_t id)
{
    uint32_t at = slot_of(graph, kind, id);

    while (graph->slot[at] != 0 &&
           (graph->node[graph->slot[at]].id != id || graph->node[graph->slot[at]].kind != kind))
        at = (at + 1) & (graph->slots - 1);
    return at;
}

static bool grow_slots(struct graph *graph)
{
    uint32_t *old = graph->slot;

    if (graph->slots >= UINT32_C(1) << 31)
        return false;
    graph->slot = calloc((size_t)graph->slots * 2, sizeof(*graph->slot));
    if (graph->slot == NULL) {
        graph->slot = old;
        return false;
    }
    graph->slots *= 2;
    free(old);
    for (uint32_t i = 1; i < graph->count; ++i) {
        const struct node *node = &graph->node[i];

        graph->slot[find_slot(graph, node->kind, node->id)] = i;
    }
    return true;
}

bool graph_open(struct graph *graph)
{
    *graph = (struct graph){.count = 1, .size = 1024, .slots = 4096};
    graph->node = calloc(graph->size, sizeof(*graph->node));
    graph->slot = calloc(graph->slots, sizeof(*graph->slot));
    graph->verdict[0] = strdup("");
    if (graph->node != NULL && graph->slot != NULL && graph->verdict[0] != NULL)
        return true;
    graph_close(graph);
    return false;
}

void graph_close(struct graph *graph)
{
    for (unsigned i = 0; i < GRAPH_VERDICTS; ++i)
        free(graph->verdict[i]);
    free(graph->node);
    free(graph->slot);
    *graph = (struct graph){0};
}

uint32_t graph_node(struct graph *graph, enum node_kind kind, uint64_t id, bool make)
{
    uint32_t at = find_slot(graph, kind, id);

    if (graph->slot[at] != 0 || !make)
        return graph->slot[at];
    if (graph->count >= graph->slots / 2) {
        if (!grow_slots(graph))
            return 0;
        at = find_slot(graph, kind, id);
    }
    if (graph->count == graph->size) {
        struct node *grown = realloc(graph->node, (size_t)graph->size * 2 * sizeof(*grown));

        if (grown == NULL)
            return 0;
        graph->node = grown;
        graph->size *= 2;
    }
    graph->slot[at] = graph->count;
    graph->node[graph->count] =
        (struct node){.id = id, .kind = (uint8_t)kind, .flow = graph->count};
    return graph->count++;
}

uint64_t graph_proxied_id(uint64_t session, uint64_t trace)
{
    return (session ^ trace >> 29) * UINT64_C(0xbf58476d1ce4e5b9) + trace;
}

void graph_set_parent(struct graph *graph, uint32_t child, enum pfx_link link, uint32_t parent)
{
    struct node *node = &graph->node[child], *old = &graph->node[node->parent];

    if (parent == 0 || parent == child || child == 0 || link == PFX_LINK_NONE)
        return;
    if (link < node->link) {
        /* An own host sent it through a filter before the queue of the next host. */
        if (link != PFX_LINK_WEAK && node->link == PFX_LINK_PROXY && old->parent == 0 &&
            node->parent != parent) {
            old->parent = parent;
            old->link = (uint8_t)link;
        }
        return;
    }
    if (link == PFX_LINK_PROXY && node->link > PFX_LINK_WEAK && node->link < link &&
        graph->node[parent].parent == 0 && node->parent != parent) {
        graph->node[parent].parent = node->parent;
        graph->node[parent].link = node->link;
    }
    node->parent = parent;
    node->link = (uint8_t)link;
}

void graph_set_verdict(struct graph *graph, uint32_t node, const char *verdict)
{
    unsigned i = 0;

    while (i < GRAPH_VERDICTS && graph->verdict[i] != NULL &&
           strcmp(graph->verdict[i], verdict) != 0)
        ++i;
    if (i == GRAPH_VERDICTS)
        return;
    if (graph->verdict[i] == NULL)
        graph->verdict[i] = strdup(verdict);
    if (graph->verdict[i] != NULL)
        graph->node[node].verdict = (uint8_t)i;
}

enum pfx_link graph_link(const char *name)
{
    for (enum pfx_link link = PFX_LINK_FILTER; link > PFX_LINK_NONE; --link) {
        if (strcmp(pfx_link_name(link), name) == 0)
            return link;
    }
    return PFX_LINK_NONE;
}

uint32_t graph_flow(struct graph *graph, uint32_t node)
{
    while (graph->node[node].flow != node) {
        uint32_t next = graph->node[node].flow;

        graph->node[node].flow = graph->node[next].flow;
        node = next;
    }
    return node;
}

void graph_join(struct graph *graph)
{
    for (uint32_t i = 1; i < graph->count; ++i) {
        const struct node *node = &graph->node[i], *parent = &graph->node[node->parent];
        uint32_t a, b;

        /* Only the same message-id: no common flow, unless the story found one. */
        if (node->parent == 0 || (node->link == PFX_LINK_WEAK && node->trace != parent->trace))
            continue;
        a = graph_flow(graph, i);
        b = graph_flow(graph, node->parent);
        graph->node[a > b ? a : b].flow = a > b ? b : a;
    }
}
