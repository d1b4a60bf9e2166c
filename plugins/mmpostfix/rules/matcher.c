/* SPDX-License-Identifier: Apache-2.0 */
/* Matching in a trie; see matcher.h. */
#include "rules/matcher.h"

#include <string.h>

/* From here on it is remembered what was looked for: what a stranger repeats may be what many rules
 * look for, from many places. */
#define LONG 256

/* Where what ends the captures of an edge stands first in the text, from a place on. */
struct seen {
    const struct pfx_edge *edge;
    const char *from, *at; /* at NULL: nowhere */
};

/* One search: what was captured on the way to here. */
struct search {
    struct pfx_match match;
    const char *start, *end; /* of the text */
    unsigned longer; /* how often a capture may still go beyond the first end that it finds */
    pfx_matcher_accept *accept;
    pfx_matcher_possible *possible;
    void *cookie;
    uint64_t used[PFX_EDGE_SLOTS / 64]; /* of seen */
    struct seen seen[PFX_EDGE_SLOTS];
};

/* Where one of the bytes of an edge stands first, or NULL. */
static const char *look_for_any(const struct pfx_edge *edge, const char *from, const char *to)
{
    uint64_t set[4] = {0};

    for (uint32_t i = 0; i < edge->length; ++i)
        set[(unsigned char)edge->text[i] / 64] |= UINT64_C(1) << (unsigned char)edge->text[i] % 64;
    while (from < to && (set[(unsigned char)*from / 64] >> (unsigned char)*from % 64 & 1) == 0)
        ++from;
    return from < to ? from : NULL;
}

/* Where one of the bytes of an edge, or all in a row as it asks for, stand first; or NULL. */
static inline const char *look(const struct pfx_edge *edge, const char *from, const char *to)
{
    ptrdiff_t at;

    if (edge->kind == PFX_PARSE_STRING) {
        at = pfx_slice_find((struct pfx_slice){from, (size_t)(to - from)},
                            (struct pfx_slice){edge->text, edge->length});
        return at < 0 ? NULL : from + at;
    }
    if (edge->length == 1)
        return from < to ? memchr(from, edge->text[0], (size_t)(to - from)) : NULL;
    return look_for_any(edge, from, to);
}

static bool is_same(const struct pfx_edge *a, const struct pfx_edge *b)
{
    return a == b || (a->kind == b->kind && a->length == b->length &&
                      memcmp(a->text, b->text, a->length) == 0);
}

/* The same up to the end of a long text, of which no part is looked through twice for one thing. */
static const char *end_in_long(struct search *s, const struct pfx_edge *edge, const char *from)
{
    struct seen *seen = &s->seen[edge->slot];
    uint64_t bit = UINT64_C(1) << edge->slot % 64, *used = &s->used[edge->slot / 64];

    if ((*used & bit) == 0 || !is_same(seen->edge, edge) || (seen->at != NULL && from > seen->at)) {
        *used |= bit;
        *seen = (struct seen){edge, from, look(edge, from, s->end)};
    } else if (from < seen->from) {
        size_t left = (size_t)(s->end - seen->from), more = edge->length - 1;
        const char *before = look(edge, from, seen->from + (left < more ? left : more));

        seen->from = from;
        if (before != NULL)
            seen->at = before;
    }
    return seen->at;
}

/* The same up to the end of the text. */
static inline const char *end_of(struct search *s, const struct pfx_edge *edge, const char *from)
{
    if (s->end - from >= LONG)
        return end_in_long(s, edge, from);
    return look(edge, from, s->end);
}

/* How much of text the edge takes, or -1 when it does not match. Why each is as it is, liblognorm's
 * parser.c says. */
static ptrdiff_t parse(struct search *s, const struct pfx_edge *edge, struct pfx_slice text)
{
    const struct pfx_slice wanted = {edge->text, edge->length};
    const char *end;
    size_t n = 0;

    switch ((enum pfx_parser_kind)edge->kind) {
    case PFX_PARSE_LITERAL:
        return pfx_slice_starts(text, wanted) ? (ptrdiff_t)wanted.length : -1;
    case PFX_PARSE_NUMBER:
        while (n < text.length && pfx_is_digit(text.text[n]))
            ++n;
        return n > 0 ? (ptrdiff_t)n : -1;
    case PFX_PARSE_WORD:
        end = text.length == 0 ? NULL : memchr(text.text, ' ', text.length);
        n = end == NULL ? text.length : (size_t)(end - text.text);
        return n > 0 ? (ptrdiff_t)n : -1;
    case PFX_PARSE_STRING: /* its search begins at the second byte */
        end = text.length == 0 ? NULL : end_of(s, edge, text.text + 1);
        return end == NULL ? -1 : end - text.text;
    case PFX_PARSE_CHAR:
        end = text.length == 0 ? NULL : end_of(s, edge, text.text);
        return end == NULL || end == text.text ? -1 : end - text.text;
    case PFX_PARSE_SEP:
        end = text.length == 0 ? NULL : end_of(s, edge, text.text);
        return end == NULL ? (ptrdiff_t)text.length : end - text.text;
    case PFX_PARSE_REST:
        return (ptrdiff_t)text.length;
    }
    return -1;
}

static int search(struct search *search, const struct pfx_node *node, struct pfx_slice text);

static int follow_capture(struct search *s, const struct pfx_edge *edge, struct pfx_slice text,
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
static ptrdiff_t next_end(struct search *s, const struct pfx_edge *edge, struct pfx_slice text,
                          size_t taken)
{
    const char *end = taken < text.length ? end_of(s, edge, text.text + taken + 1) : NULL;

    return end == NULL ? -1 : end - text.text;
}

static int try_edge(struct search *s, const struct pfx_edge *edge, struct pfx_slice text)
{
    ptrdiff_t taken = parse(s, edge, text);
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
        taken = next_end(s, edge, text, (size_t)taken);
    }
    return found;
}

static int try_edges(struct search *s, const struct pfx_node *node, uint32_t from, uint32_t to,
                     struct pfx_slice text)
{
    int found = 0;

    for (uint32_t i = from; i < to && found == 0; ++i)
        found = try_edge(s, &node->edge[i], text);
    return found;
}

static int search(struct search *s, const struct pfx_node *node, struct pfx_slice text)
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
    if (found != 0 || text.length > 0 || node->rule == PFX_NO_RULE)
        return found;
    s->match.rule = node->rule;
    return s->accept(s->cookie, &s->match);
}

int pfx_matcher_match(const struct pfx_trie *trie, struct pfx_slice text, unsigned longer,
                      pfx_matcher_accept *accept, void *cookie)
{
    bool spent;

    return pfx_matcher_search(trie, text, longer, accept, cookie, NULL, &spent);
}

int pfx_matcher_search(const struct pfx_trie *trie, struct pfx_slice text, unsigned longer,
                       pfx_matcher_accept *accept, void *cookie, pfx_matcher_possible *possible,
                       bool *spent_r)
{
    struct search s;
    int found;

    s.match.count = 0;
    s.start = text.text;
    s.end = text.text + text.length;
    s.longer = longer;
    s.accept = accept;
    s.possible = possible;
    s.cookie = cookie;
    memset(s.used, 0, sizeof(s.used));
    found = search(&s, trie->root, text);
    *spent_r = longer > 0 && s.longer == 0;
    return found;
}
