/* SPDX-License-Identifier: Apache-2.0 */
/* Building a trie of rules; see trie.h. */
#include "rules/trie.h"
#include "base/hash.h"
#include "base/rows.h"

#include <stdlib.h>

/* Of a literal that does not ask for another; nothing else has it. */
#define LITERAL_PRIORITY (30000u << 8 | 4)
/* Nodes with more literals than this find them by their first byte. */
#define FEW_LITERALS 6

static struct pfx_node *new_node(void)
{
    struct pfx_node *node = calloc(1, sizeof(*node));

    if (node != NULL)
        node->rule = PFX_NO_RULE;
    return node;
}

static void free_node(struct pfx_node *node)
{
    if (node == NULL)
        return;
    for (uint32_t i = 0; i < node->edges; ++i) {
        free_node(node->edge[i].node);
        free(node->edge[i].text);
    }
    free(node->edge);
    free(node->index);
    free(node);
}

struct pfx_trie *pfx_trie_new(void)
{
    struct pfx_trie *trie = calloc(1, sizeof(*trie));

    if (trie != NULL && (trie->root = new_node()) == NULL)
        pfx_trie_free(&trie);
    return trie;
}

void pfx_trie_free(struct pfx_trie **trie)
{
    struct pfx_trie *old = *trie;

    *trie = NULL;
    if (old == NULL)
        return;
    if (old->block == NULL)
        free_node(old->root);
    free(old->block);
    free(old);
}

/* Room for one more edge of a node, at the end; NULL when memory ran out. */
static struct pfx_edge *more_room(struct pfx_node *node)
{
    struct pfx_edge *grown = pfx_rows_grow(node->edge, node->edges, sizeof(*grown));

    if (grown == NULL)
        return NULL;
    node->edge = grown;
    return &grown[node->edges];
}

/* Adds an edge to a new node, which is returned; NULL when memory ran out. */
static struct pfx_node *add_edge(struct pfx_node *node, const struct pfx_element *element,
                                 struct pfx_slice text)
{
    struct pfx_edge *edge = more_room(node);

    if (edge == NULL)
        return NULL;
    *edge = (struct pfx_edge){.node = new_node(),
                              .word = element->word,
                              .text = malloc(text.length + 1),
                              .length = (uint32_t)text.length,
                              .priority = element->priority,
                              .kind = (uint8_t)element->kind,
                              .plain = element->plain,
                              .slot = (uint8_t)(pfx_slice_hash(text) % PFX_EDGE_SLOTS)};
    if (edge->node == NULL || edge->text == NULL) {
        free(edge->node);
        free(edge->text);
        return NULL;
    }
    memcpy(edge->text, text.text, text.length);
    if (edge->word.length > 0)
        edge->id = pfx_split_find(edge->word);
    ++node->edges;
    return edge->node;
}

/* Puts a node into an edge of plain text, behind so much of it. False when memory ran out. */
static bool part(struct pfx_edge *edge, uint32_t length)
{
    struct pfx_node *between = new_node();
    struct pfx_edge *rest = between == NULL ? NULL : more_room(between);
    char *text = rest == NULL ? NULL : malloc(edge->length - length);

    if (text == NULL) {
        free_node(between);
        return false;
    }
    *rest = *edge;
    rest->text = memcpy(text, edge->text + length, edge->length - length);
    rest->length -= length;
    between->edges = 1;
    edge->length = length;
    edge->node = between;
    return true;
}

static uint32_t in_common(const struct pfx_edge *edge, struct pfx_slice text)
{
    uint32_t n = 0;

    while (n < edge->length && n < text.length && edge->text[n] == text.text[n])
        ++n;
    return n;
}

/* The node behind plain text, made when it is new; NULL when memory ran out. */
static struct pfx_node *follow_text(struct pfx_node *node, const struct pfx_element *element)
{
    struct pfx_slice text = {element->text, element->length};

    while (text.length > 0) {
        struct pfx_edge *edge;
        uint32_t at = 0, common;

        while (at < node->edges &&
               !(node->edge[at].plain && node->edge[at].text[0] == text.text[0]))
            ++at;
        if (at == node->edges)
            return add_edge(node, element, text);
        edge = &node->edge[at];
        common = in_common(edge, text);
        if (common < edge->length && !part(edge, common))
            return NULL;
        text = pfx_slice_from(text, common);
        node = edge->node;
    }
    return node;
}

static bool is_same(const struct pfx_edge *edge, const struct pfx_element *element)
{
    return edge->kind == (uint8_t)element->kind && !edge->plain &&
           edge->length == element->length && edge->priority == element->priority &&
           pfx_slice_equal(edge->word, element->word) &&
           (edge->length == 0 || memcmp(edge->text, element->text, edge->length) == 0);
}

/* The node behind a capture, made when it is new; NULL when memory ran out. */
static struct pfx_node *follow_capture(struct pfx_node *node, const struct pfx_element *element)
{
    for (uint32_t i = 0; i < node->edges; ++i) {
        if (is_same(&node->edge[i], element))
            return node->edge[i].node;
    }
    return add_edge(node, element, (struct pfx_slice){element->text, element->length});
}

bool pfx_trie_add(struct pfx_trie *trie, struct pfx_slice pattern, size_t rule)
{
    struct pfx_node *node = trie->root;
    struct pfx_element element;

    while (pattern.length > 0) {
        pattern = pfx_pattern_take(pattern, &element);
        node = element.plain ? follow_text(node, &element) : follow_capture(node, &element);
        if (node == NULL)
            return false;
    }
    if (node->rule == PFX_NO_RULE)
        node->rule = rule;
    return true;
}

static unsigned first_byte(const struct pfx_edge *edge)
{
    return (unsigned char)edge->text[0];
}

/* By priority; literals of one also by their first byte: of those with different ones at most one
 * can match, so that their order means nothing. */
static bool comes_after(const struct pfx_edge *a, const struct pfx_edge *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    return a->kind == PFX_PARSE_LITERAL && b->kind == PFX_PARSE_LITERAL &&
           first_byte(a) > first_byte(b);
}

static void sort_edges(struct pfx_node *node)
{
    for (uint32_t i = 1; i < node->edges; ++i) { /* stable, as liblognorm's order is */
        struct pfx_edge edge = node->edge[i];
        uint32_t at = i;

        for (; at > 0 && comes_after(&node->edge[at - 1], &edge); --at)
            node->edge[at] = node->edge[at - 1];
        node->edge[at] = edge;
    }
    while (node->literal < node->edges && node->edge[node->literal].priority < LITERAL_PRIORITY)
        ++node->literal;
    node->after = node->literal;
    while (node->after < node->edges && node->edge[node->after].priority == LITERAL_PRIORITY)
        ++node->after;
}

static bool index_literals(struct pfx_node *node)
{
    uint32_t at = node->literal;

    if (node->after - node->literal <= FEW_LITERALS)
        return true;
    if (node->edges > UINT16_MAX || (node->index = calloc(257, sizeof(*node->index))) == NULL)
        return false;
    for (unsigned byte = 0; byte <= 256; ++byte) {
        while (at < node->after && first_byte(&node->edge[at]) < byte)
            ++at;
        node->index[byte] = (uint16_t)at;
    }
    return true;
}

static bool finish(struct pfx_node *node)
{
    for (uint32_t i = 0; i < node->edges; ++i) {
        if (!finish(node->edge[i].node))
            return false;
    }
    sort_edges(node);
    return index_literals(node);
}

#define ALIGNED(size) (((size) + 7) / 8 * 8)
#define INDEX_SIZE (257 * sizeof(uint16_t))

static size_t size_of(const struct pfx_node *node)
{
    size_t size = ALIGNED(sizeof(*node)) + ALIGNED(node->edges * sizeof(*node->edge)) +
                  (node->index != NULL ? ALIGNED(INDEX_SIZE) : 0);

    for (uint32_t i = 0; i < node->edges; ++i)
        size += ALIGNED(node->edge[i].length) + size_of(node->edge[i].node);
    return size;
}

static void *put(char **at, const void *from, size_t size)
{
    void *to = *at;

    if (size > 0)
        memcpy(to, from, size);
    *at += ALIGNED(size);
    return to;
}

/* Copies a node and all behind it to *at, near each other as they are visited. */
static struct pfx_node *pack(const struct pfx_node *node, char **at)
{
    struct pfx_node *packed = put(at, node, sizeof(*node));

    packed->edge = put(at, node->edge, node->edges * sizeof(*node->edge));
    if (node->index != NULL)
        packed->index = put(at, node->index, INDEX_SIZE);
    for (uint32_t i = 0; i < node->edges; ++i)
        packed->edge[i].text = put(at, node->edge[i].text, node->edge[i].length);
    for (uint32_t i = 0; i < node->edges; ++i)
        packed->edge[i].node = pack(node->edge[i].node, at);
    return packed;
}

bool pfx_trie_finish(struct pfx_trie *trie)
{
    struct pfx_node *loose = trie->root;
    char *at;

    /* In one block, so that rules that go leave no holes, however often they are reloaded. */
    if (!finish(loose) || (trie->block = malloc(size_of(loose))) == NULL)
        return false;
    at = trie->block;
    trie->root = pack(loose, &at);
    free_node(loose);
    return true;
}
