/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as a trie; see matcher.h. */
#include "rules/matcher.h"

#include <stdlib.h>

#define NO_RULE SIZE_MAX
/* Of a literal that does not ask for another; nothing else has it. */
#define LITERAL_PRIORITY (30000u << 8 | 4)
/* Nodes with more literals than this find them by their first byte. */
#define FEW_LITERALS 6

struct edge {
    struct node *node;     /* where it leads */
    struct pfx_slice word; /* of a capture; empty: nothing is kept */
    char *text;            /* what the parser looks for */
    uint32_t length;       /* of text */
    uint32_t priority;
    pfx_word_id id; /* of word */
    uint8_t kind;   /* enum pfx_parser_kind */
};

/* Edges in the order in which they are tried: those that a rule wants first, literals by their
 * first byte, the others. */
struct node {
    struct edge *edge;
    uint32_t edges;
    uint32_t literal, after; /* the first literal, the first edge behind them */
    uint16_t *index; /* by byte the first literal that begins with it or a later one; NULL: few */
    size_t rule;     /* that ends here */
};

struct pfx_matcher {
    struct node *root;
    char *block; /* that the finished nodes lie in, or NULL */
};

static struct node *new_node(void)
{
    struct node *node = calloc(1, sizeof(*node));

    if (node != NULL)
        node->rule = NO_RULE;
    return node;
}

static void free_node(struct node *node)
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

struct pfx_matcher *pfx_matcher_new(void)
{
    struct pfx_matcher *matcher = calloc(1, sizeof(*matcher));

    if (matcher != NULL && (matcher->root = new_node()) == NULL)
        pfx_matcher_free(&matcher);
    return matcher;
}

void pfx_matcher_free(struct pfx_matcher **matcher)
{
    struct pfx_matcher *old = *matcher;

    *matcher = NULL;
    if (old == NULL)
        return;
    if (old->block == NULL)
        free_node(old->root);
    free(old->block);
    free(old);
}

static bool is_same(const struct edge *edge, const struct pfx_element *element)
{
    return edge->kind == (uint8_t)element->kind && edge->length == element->length &&
           edge->priority == element->priority && pfx_slice_equal(edge->word, element->word) &&
           (edge->length == 0 || memcmp(edge->text, element->text, edge->length) == 0);
}

/* The node behind the edge for an element, made when it is new; NULL when memory ran out. */
static struct node *follow(struct node *node, const struct pfx_element *element)
{
    struct edge *grown, *edge;

    for (uint32_t i = 0; i < node->edges; ++i) {
        if (is_same(&node->edge[i], element))
            return node->edge[i].node;
    }
    grown = realloc(node->edge, (node->edges + 1) * sizeof(*grown));
    if (grown == NULL)
        return NULL;
    node->edge = grown;
    edge = &grown[node->edges];
    *edge = (struct edge){.node = new_node(),
                          .word = element->word,
                          .id = pfx_split_find(element->word),
                          .text = malloc(element->length + 1),
                          .length = (uint32_t)element->length,
                          .priority = element->priority,
                          .kind = (uint8_t)element->kind};
    if (edge->node == NULL || edge->text == NULL) {
        free(edge->node);
        free(edge->text);
        return NULL;
    }
    memcpy(edge->text, element->text, element->length);
    ++node->edges;
    return edge->node;
}

bool pfx_matcher_add(struct pfx_matcher *matcher, struct pfx_slice pattern, size_t rule)
{
    struct node *node = matcher->root;
    struct pfx_element element;

    while (pattern.length > 0) {
        pattern = pfx_pattern_take(pattern, &element);
        node = follow(node, &element);
        if (node == NULL)
            return false;
    }
    if (node->rule == NO_RULE)
        node->rule = rule;
    return true;
}

/* Plain literals that nothing parts become one: as an edge is compared at once, and the node
 * between is gone. */
static bool join_literals(struct edge *edge)
{
    struct node *next = edge->node;

    while (edge->kind == PFX_PARSE_LITERAL && edge->word.length == 0 && next->edges == 1 &&
           next->rule == NO_RULE && next->edge[0].kind == PFX_PARSE_LITERAL &&
           next->edge[0].word.length == 0 && next->edge[0].priority == edge->priority) {
        struct edge *more = &next->edge[0];
        char *grown = realloc(edge->text, edge->length + more->length);

        if (grown == NULL)
            return false;
        memcpy(grown + edge->length, more->text, more->length);
        edge->text = grown;
        edge->length += more->length;
        edge->node = more->node;
        free(more->text);
        free(next->edge);
        free(next);
        next = edge->node;
    }
    return true;
}

static unsigned first_byte(const struct edge *edge)
{
    return (unsigned char)edge->text[0];
}

/* By priority; literals of one also by their first byte: of those with different ones at most one
 * can match, so that their order means nothing. */
static bool comes_after(const struct edge *a, const struct edge *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    return a->kind == PFX_PARSE_LITERAL && b->kind == PFX_PARSE_LITERAL &&
           first_byte(a) > first_byte(b);
}

static void sort_edges(struct node *node)
{
    for (uint32_t i = 1; i < node->edges; ++i) { /* stable, as liblognorm's order is */
        struct edge edge = node->edge[i];
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

static bool index_literals(struct node *node)
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

static bool finish(struct node *node)
{
    for (uint32_t i = 0; i < node->edges; ++i) {
        if (!join_literals(&node->edge[i]) || !finish(node->edge[i].node))
            return false;
    }
    sort_edges(node);
    return index_literals(node);
}

#define ALIGNED(size) (((size) + 7) / 8 * 8)
#define INDEX_SIZE (257 * sizeof(uint16_t))

static size_t size_of(const struct node *node)
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
static struct node *pack(const struct node *node, char **at)
{
    struct node *packed = put(at, node, sizeof(*node));

    packed->edge = put(at, node->edge, node->edges * sizeof(*node->edge));
    if (node->index != NULL)
        packed->index = put(at, node->index, INDEX_SIZE);
    for (uint32_t i = 0; i < node->edges; ++i)
        packed->edge[i].text = put(at, node->edge[i].text, node->edge[i].length);
    for (uint32_t i = 0; i < node->edges; ++i)
        packed->edge[i].node = pack(node->edge[i].node, at);
    return packed;
}

bool pfx_matcher_finish(struct pfx_matcher *matcher)
{
    struct node *loose = matcher->root;
    char *at;

    /* In one block, so that rules that go leave no holes, however often they are reloaded. */
    if (!finish(loose) || (matcher->block = malloc(size_of(loose))) == NULL)
        return false;
    at = matcher->block;
    matcher->root = pack(loose, &at);
    free_node(loose);
    return true;
}

/* Where a byte is in text from a place on, or the end. */
static size_t find_in(struct pfx_slice text, char byte, size_t from)
{
    const char *at = from < text.length ? memchr(text.text + from, byte, text.length - from) : NULL;

    return at != NULL ? (size_t)(at - text.text) : text.length;
}

/* The same of the first of the edge's bytes. */
static size_t find_byte(const struct edge *edge, struct pfx_slice text, size_t from)
{
    if (edge->length == 1) /* as in nearly all rules */
        return find_in(text, edge->text[0], from);
    while (from < text.length && memchr(edge->text, text.text[from], edge->length) == NULL)
        ++from;
    return from < text.length ? from : text.length;
}

/* How much of text the edge takes, or -1 when it does not match. Why each is as it is, liblognorm's
 * parser.c says. */
static ptrdiff_t parse(const struct edge *edge, struct pfx_slice text)
{
    const struct pfx_slice wanted = {edge->text, edge->length};
    ptrdiff_t at;
    size_t n = 0;

    switch ((enum pfx_parser_kind)edge->kind) {
    case PFX_PARSE_LITERAL:
        return pfx_slice_starts(text, wanted) ? (ptrdiff_t)wanted.length : -1;
    case PFX_PARSE_NUMBER:
        while (n < text.length && pfx_is_digit(text.text[n]))
            ++n;
        return n > 0 ? (ptrdiff_t)n : -1;
    case PFX_PARSE_WORD:
        n = find_in(text, ' ', 0);
        return n > 0 ? (ptrdiff_t)n : -1;
    case PFX_PARSE_STRING: /* its search begins at the second byte */
        at = pfx_slice_find(pfx_slice_from(text, 1), wanted);
        return at < 0 || text.length == 0 ? -1 : at + 1;
    case PFX_PARSE_CHAR:
        n = find_byte(edge, text, 0);
        return n == text.length || n == 0 ? -1 : (ptrdiff_t)n;
    case PFX_PARSE_SEP:
        return (ptrdiff_t)find_byte(edge, text, 0);
    case PFX_PARSE_REST:
        return (ptrdiff_t)text.length;
    }
    return -1;
}

/* One search: what was captured on the way to here. */
struct search {
    struct pfx_match match;
    const char *start;
    unsigned longer; /* how often a capture may still go beyond the first end that it finds */
    pfx_matcher_accept *accept;
    pfx_matcher_possible *possible;
    void *cookie;
};

static int search(struct search *search, const struct node *node, struct pfx_slice text);

static int follow_capture(struct search *s, const struct edge *edge, struct pfx_slice text,
                          size_t taken)
{
    struct pfx_match *match = &s->match;
    size_t count = match->count;
    int found;

    if (edge->word.length > 0 && count < PFX_CAPTURE_MAX) {
        match->word[count] = edge->word;
        match->id[count] = edge->id;
        match->text[count] = pfx_slice_until(text, taken);
        ++match->count;
    }
    found = search(s, edge->node, pfx_slice_from(text, taken));
    match->count = count;
    return found;
}

/* The next place at which the capture of an edge may end, behind the one that was tried; or -1. */
static ptrdiff_t next_end(const struct edge *edge, struct pfx_slice text, size_t taken)
{
    ptrdiff_t at;

    if (edge->kind == PFX_PARSE_STRING) {
        at = pfx_slice_find(pfx_slice_from(text, taken + 1),
                            (struct pfx_slice){edge->text, edge->length});
        return at < 0 ? -1 : (ptrdiff_t)taken + 1 + at;
    }
    taken = find_byte(edge, text, taken + 1);
    return taken < text.length ? (ptrdiff_t)taken : -1;
}

static int try_edge(struct search *s, const struct edge *edge, struct pfx_slice text)
{
    ptrdiff_t taken = parse(edge, text);
    int found = 0;

    while (taken >= 0 && found == 0) {
        bool possible = s->possible == NULL || edge->word.length == 0 ||
                        s->possible(edge->word, pfx_slice_until(text, (size_t)taken));

        if (possible)
            found = follow_capture(s, edge, text, (size_t)taken);
        /* What begins a text is a name, and ends at its first blank at the latest. */
        if (found != 0 || s->longer == 0 || text.text == s->start ||
            (edge->kind != PFX_PARSE_STRING && edge->kind != PFX_PARSE_CHAR))
            break;
        s->longer -= possible;
        taken = next_end(edge, text, (size_t)taken);
    }
    return found;
}

static int try_edges(struct search *s, const struct node *node, uint32_t from, uint32_t to,
                     struct pfx_slice text)
{
    int found = 0;

    for (uint32_t i = from; i < to && found == 0; ++i)
        found = try_edge(s, &node->edge[i], text);
    return found;
}

static int search(struct search *s, const struct node *node, struct pfx_slice text)
{
    uint32_t from = node->literal, to = node->after;
    int found = try_edges(s, node, 0, from, text);

    if (node->index != NULL && text.length > 0) {
        from = node->index[(unsigned char)text.text[0]];
        to = node->index[(unsigned char)text.text[0] + 1];
    }
    if (found == 0 && text.length > 0)
        found = try_edges(s, node, from, to, text);
    if (found == 0)
        found = try_edges(s, node, node->after, node->edges, text);
    /* Edges first: a rest that matches nothing goes before the end, as liblognorm has it. */
    if (found != 0 || text.length > 0 || node->rule == NO_RULE)
        return found;
    s->match.rule = node->rule;
    return s->accept(s->cookie, &s->match);
}

int pfx_matcher_match(const struct pfx_matcher *matcher, struct pfx_slice text, unsigned longer,
                      pfx_matcher_accept *accept, void *cookie)
{
    bool spent;

    return pfx_matcher_search(matcher, text, longer, accept, cookie, NULL, &spent);
}

int pfx_matcher_search(const struct pfx_matcher *matcher, struct pfx_slice text, unsigned longer,
                       pfx_matcher_accept *accept, void *cookie, pfx_matcher_possible *possible,
                       bool *spent_r)
{
    struct search s = {.start = text.text,
                       .longer = longer,
                       .accept = accept,
                       .possible = possible,
                       .cookie = cookie};
    int found;

    s.match.count = 0;
    found = search(&s, matcher->root, text);
    *spent_r = longer > 0 && s.longer == 0;
    return found;
}
