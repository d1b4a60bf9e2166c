/* SPDX-License-Identifier: Apache-2.0 */
/* Ties of tasks to mails; see ties.h. */
#include "trace/ties.h"
#include "base/hash.h"

#include <ctype.h>
#include <stdlib.h>
#include <sys/random.h>

#define SECOND INT64_C(1000000)
#define HOST_ROOM 256

/* How far apart the two lines may be, in seconds. Ids recur, and mails wait on hold. */
static const int64_t window[TIE_KINDS] = {
    [TIE_ENVELOPE] = 2, [TIE_MESSAGE_ID] = 60, [TIE_QUEUED_AS] = 600,
    [TIE_REPLY] = 600,  [TIE_SESSION] = 86400, [TIE_QUEUE_ID] = 3600};

bool ties_open(struct ties *ties)
{
    *ties = (struct ties){.count = 1, .size = 1024};
    ties->tie = calloc(ties->size, sizeof(*ties->tie));
    if (getrandom(&ties->seed, sizeof(ties->seed), GRND_NONBLOCK) < 0)
        ties->seed = (uint64_t)(uintptr_t)ties->tie;
    return ties->tie != NULL;
}

void ties_close(struct ties *ties)
{
    free(ties->tie);
    *ties = (struct ties){0};
}

uint64_t ties_key(const struct ties *ties, unsigned kind, const char *host, struct pfx_slice id)
{
    char lower[HOST_ROOM];
    struct pfx_slice name = {lower, 0};

    for (; host != NULL && host[name.length] != '\0' && name.length < sizeof(lower); ++name.length)
        lower[name.length] = (char)tolower((unsigned char)host[name.length]);
    return pfx_hash(id, pfx_hash(name, ties->seed + kind));
}

static void add(struct ties *ties, struct tie tie)
{
    if (tie.node == 0 || ties->failed)
        return;
    if (ties->count == ties->size) {
        struct tie *grown = ties->count < UINT32_MAX / 2
                                ? realloc(ties->tie, ties->size * 2 * sizeof(*grown))
                                : NULL;

        ties->failed = grown == NULL;
        if (grown == NULL)
            return;
        ties->tie = grown;
        ties->size *= 2;
    }
    ties->tie[ties->count++] = tie;
}

void ties_ask(struct ties *ties, enum tie_kind kind, uint64_t key, int64_t time, uint32_t task)
{
    add(ties, (struct tie){key, time, task, 0, (uint8_t)kind, true});
}

void ties_offer(struct ties *ties, uint64_t key, int64_t time, uint32_t node)
{
    add(ties, (struct tie){key, time, node, 0, TIE_NONE, false});
}

static int by_key(const void *a, const void *b)
{
    const struct tie *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

static int64_t apart(const struct tie *a, const struct tie *b)
{
    return a->time < b->time ? b->time - a->time : a->time - b->time;
}

/* What a filter got a queue id for came in by the mail's parent. */
static uint32_t owner_of(const struct graph *graph, enum tie_kind kind, uint32_t node)
{
    const struct node *mail = &graph->node[node];

    if (kind == TIE_QUEUED_AS && mail->parent != 0 &&
        (mail->link == PFX_LINK_FILTER || mail->link == PFX_LINK_PROXY))
        return mail->parent;
    return node;
}

static void settle(const struct tie *tie, const struct tie *offer, struct graph *graph)
{
    struct node *task = &graph->node[tie->node];

    if (tie->kind <= task->tie || apart(tie, offer) > window[tie->kind] * SECOND)
        return;
    task->tie = tie->kind;
    task->owner = owner_of(graph, (enum tie_kind)tie->kind, offer->node);
}

/* Whether the offer after it fits better than the one before. Ids recur: a queue id is that of the
 * mail that was the last to get it, but for lines that come a little out of order. */
static bool is_later(const struct tie *tie, const struct tie *before, const struct tie *after)
{
    int64_t wait = apart(tie, after);

    if (tie->found == 0)
        return true;
    if (tie->kind == TIE_QUEUE_ID || tie->kind == TIE_QUEUED_AS)
        return wait <= SECOND || apart(tie, before) > window[tie->kind] * SECOND;
    return wait < apart(tie, before);
}

/* Each that asks gets the offer of its key that fits best in time. */
static void match(struct ties *ties, struct graph *graph)
{
    struct tie *tie = ties->tie;
    size_t last = 0;

    for (size_t i = 1; i < ties->count; ++i) {
        if (!tie[i].asks)
            last = i;
        else if (last != 0 && tie[last].key == tie[i].key)
            tie[i].found = (uint32_t)last;
    }
    last = 0;
    for (size_t i = ties->count; i-- > 1;) {
        const struct tie *before = &tie[tie[i].found];
        bool after = last != 0 && tie[last].key == tie[i].key;

        if (!tie[i].asks)
            last = i;
        else if (after && is_later(&tie[i], before, &tie[last]))
            settle(&tie[i], &tie[last], graph);
        else if (tie[i].found != 0)
            settle(&tie[i], before, graph);
    }
}

void ties_give(struct graph *graph, uint32_t number)
{
    struct node *task = &graph->node[number], *owner = &graph->node[task->owner];

    owner->left += task->left;
    task->given = true;
    task->selected = false;
}

void ties_join(struct ties *ties, struct graph *graph)
{
    if (ties->count > 1)
        qsort(ties->tie + 1, ties->count - 1, sizeof(*ties->tie), by_key);
    match(ties, graph);
    for (uint32_t i = 1; i < graph->count; ++i) {
        struct node *task = &graph->node[i];

        if (task->kind != NODE_TASK || task->tie <= TIE_WEAKEST)
            continue;
        graph->node[task->owner].matched |= task->matched;
        task->matched = false;
        ties_give(graph, i);
    }
    ties_close(ties);
}

uint32_t ties_owner(const struct graph *graph, uint32_t node)
{
    return graph->node[node].given ? graph->node[node].owner : node;
}
