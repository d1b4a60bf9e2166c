/* SPDX-License-Identifier: Apache-2.0 */
/* Selects the flows to print and prints them when complete; see trace.h. */
#include "trace/trace.h"
#include "people/terminal.h"

#include <stdlib.h>

/* Lines that may wait for the end of an earlier flow; beyond, complete flows are printed first. */
#define HELD_MOST 200000

struct flow {
    uint32_t first;     /* its earliest node: the order of flows */
    size_t from, count; /* of flows->node */
    bool shown;
};

/* A node of a flow, for sorting. */
struct member {
    uint32_t first, flow, node;
};

struct flows {
    struct graph *graph;
    void (*show)(const struct blocks *, size_t);
    uint32_t *node; /* of all flows */
    struct flow *flow;
    size_t count, next, shown;
    size_t held, patience; /* lines that wait, and how many may */
    bool utc, failed;
};

/* Selects the mails of flows with a matching one. */
static size_t choose_mails(struct graph *graph)
{
    size_t chosen = 0;

    for (uint32_t i = 1; i < graph->count; ++i) {
        if (graph->node[i].matched && graph->node[i].kind != NODE_SESSION &&
            graph->node[i].kind != NODE_TASK)
            graph->node[graph_flow(graph, i)].wanted = true;
    }
    for (uint32_t i = 1; i < graph->count; ++i) {
        struct node *node = &graph->node[i];

        if (node->kind == NODE_SESSION || node->kind == NODE_TASK ||
            !graph->node[graph_flow(graph, i)].wanted)
            continue;
        node->selected = true;
        ++chosen;
        graph->node[node->session].users += node->session != 0;
    }
    return chosen;
}

/* Selects matching sessions that no such mail shows. */
static size_t choose_sessions(struct graph *graph)
{
    size_t chosen = 0;

    for (uint32_t i = 1; i < graph->count; ++i) {
        struct node *node = &graph->node[i];

        if (node->kind == NODE_SESSION && node->matched && node->users == 0) {
            node->selected = true;
            ++chosen;
        }
    }
    return chosen;
}

/* Selects matching tasks that are shown with nothing else, and gives those that are tied by a guess
 * to what is shown. */
static size_t choose_tasks(struct graph *graph)
{
    size_t chosen = 0;

    for (uint32_t i = 1; i < graph->count; ++i) {
        struct node *node = &graph->node[i], *owner = &graph->node[node->owner];

        if (node->kind != NODE_TASK || node->given)
            continue;
        if (node->owner != 0 && (owner->selected || owner->users > 0)) {
            ties_give(graph, i);
        } else if (node->matched) {
            node->selected = true;
            ++chosen;
        }
    }
    return chosen;
}

static int by_flow(const void *a, const void *b)
{
    const struct member *x = a, *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->flow != y->flow)
        return x->flow < y->flow ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

/* All nodes to print, in the order of their flows. */
static struct member *gather(struct graph *graph, size_t chosen)
{
    struct member *member = malloc((chosen + 1) * sizeof(*member));
    uint32_t *first = calloc(graph->count, sizeof(*first));
    size_t count = 0;

    for (uint32_t i = 1; member != NULL && first != NULL && i < graph->count; ++i) {
        const struct node *node = &graph->node[i];
        uint32_t flow = graph_flow(graph, i);
        uint32_t begin = node->session != 0 && node->session < i ? node->session : i;

        if (!node->selected)
            continue;
        if (first[flow] == 0 || begin < first[flow])
            first[flow] = begin;
        member[count++] = (struct member){0, flow, i};
    }
    for (size_t i = 0; first != NULL && i < count; ++i)
        member[i].first = first[member[i].flow];
    if (first == NULL) {
        free(member);
        return NULL;
    }
    free(first);
    if (member != NULL)
        qsort(member, count, sizeof(*member), by_flow);
    return member;
}

struct flows *flows_open(struct graph *graph, void (*show)(const struct blocks *, size_t), bool utc)
{
    size_t mails = choose_mails(graph), sessions = choose_sessions(graph);
    size_t chosen = mails + sessions + choose_tasks(graph);
    struct member *member = gather(graph, chosen);
    struct flows *flows = calloc(1, sizeof(*flows));

    if (flows != NULL) {
        *flows = (struct flows){.graph = graph, .show = show, .utc = utc, .patience = HELD_MOST};
        flows->node = malloc((chosen + 1) * sizeof(*flows->node));
        flows->flow = malloc((chosen + 1) * sizeof(*flows->flow));
    }
    if (flows == NULL || member == NULL || flows->node == NULL || flows->flow == NULL) {
        free(member);
        if (flows != NULL)
            flows_close(&flows);
        return NULL;
    }
    for (size_t i = 0; i < chosen; ++i) {
        flows->node[i] = member[i].node;
        if (i == 0 || member[i].flow != member[i - 1].flow)
            flows->flow[flows->count++] = (struct flow){.first = member[i].first, .from = i};
        ++flows->flow[flows->count - 1].count;
    }
    free(member);
    return flows;
}

size_t flows_count(const struct flows *flows)
{
    return flows->count;
}

static bool is_complete(const struct flows *flows, const struct flow *flow)
{
    const struct graph *graph = flows->graph;

    for (size_t i = flow->from; i < flow->from + flow->count; ++i) {
        const struct node *node = &graph->node[flows->node[i]];

        if (node->left > 0 || (node->session != 0 && graph->node[node->session].left > 0))
            return false;
    }
    return true;
}

static void drop_rows(struct flows *flows, struct node *node)
{
    while (node->rows != NULL) {
        struct row *next = node->rows->next;

        free(node->rows);
        node->rows = next;
        --flows->held;
    }
}

static void show(struct flows *flows, struct flow *flow)
{
    struct graph *graph = flows->graph;
    struct blocks blocks;

    flow->shown = true;
    terminal_clear();
    if (blocks_open(&blocks, graph, flows->node + flow->from, flow->count)) {
        blocks.utc = flows->utc;
        flows->show(&blocks, flows->shown++);
    } else {
        flows->failed = true;
    }
    blocks_close(&blocks);
    for (size_t i = flow->from; i < flow->from + flow->count; ++i) {
        struct node *node = &graph->node[flows->node[i]], *session = &graph->node[node->session];

        drop_rows(flows, node);
        if (node->session != 0 && --session->users == 0)
            drop_rows(flows, session);
    }
}

/* Prints complete flows at the front; all complete ones, when too many lines wait. */
static void show_complete(struct flows *flows)
{
    for (; flows->next < flows->count; ++flows->next) {
        struct flow *flow = &flows->flow[flows->next];

        if (!flow->shown && !is_complete(flows, flow))
            break;
        if (!flow->shown)
            show(flows, flow);
    }
    if (flows->held < flows->patience)
        return;
    for (size_t i = flows->next; i < flows->count; ++i) {
        if (!flows->flow[i].shown && is_complete(flows, &flows->flow[i]))
            show(flows, &flows->flow[i]);
    }
    flows->patience = flows->held + HELD_MOST;
}

void flows_add(struct flows *flows, uint32_t number, struct row *row)
{
    struct node *node = &flows->graph->node[number];

    row->next = node->rows;
    node->rows = row;
    ++flows->held;
    if (node->left > 0 && --node->left == 0)
        show_complete(flows);
}

bool flows_finish(struct flows *flows)
{
    for (; flows->next < flows->count; ++flows->next) {
        if (!flows->flow[flows->next].shown)
            show(flows, &flows->flow[flows->next]);
    }
    return !flows->failed;
}

void flows_close(struct flows **flows)
{
    struct flows *old = *flows;

    *flows = NULL;
    if (old == NULL)
        return;
    for (uint32_t i = 1; i < old->graph->count; ++i)
        drop_rows(old, &old->graph->node[i]);
    free(old->node);
    free(old->flow);
    free(old);
}
