/* SPDX-License-Identifier: Apache-2.0 */
/* Matching in a trie; see matcher.h. */
#include "rules/matcher.h"

static bool is_one_of(char c, const struct pfx_edge *edge)
{
    return memchr(edge->text, c, edge->length) != NULL;
}

/* How much of text the edge takes, or -1 when it does not match. Why each is as it is, liblognorm's
 * parser.c says. */
static ptrdiff_t parse(const struct pfx_edge *edge, struct pfx_slice text)
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
        at = pfx_slice_find(text, PFX_SLICE(" "));
        n = at < 0 ? text.length : (size_t)at;
        return n > 0 ? (ptrdiff_t)n : -1;
    case PFX_PARSE_STRING: /* its search begins at the second byte */
        at = pfx_slice_find(pfx_slice_from(text, 1), wanted);
        return at < 0 || text.length == 0 ? -1 : at + 1;
    case PFX_PARSE_CHAR:
        while (n < text.length && !is_one_of(text.text[n], edge))
            ++n;
        return n == text.length || n == 0 ? -1 : (ptrdiff_t)n;
    case PFX_PARSE_SEP:
        while (n < text.length && !is_one_of(text.text[n], edge))
            ++n;
        return (ptrdiff_t)n;
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
static ptrdiff_t next_end(const struct pfx_edge *edge, struct pfx_slice text, size_t taken)
{
    ptrdiff_t at;

    if (edge->kind == PFX_PARSE_STRING) {
        at = pfx_slice_find(pfx_slice_from(text, taken + 1),
                            (struct pfx_slice){edge->text, edge->length});
        return at < 0 ? -1 : (ptrdiff_t)taken + 1 + at;
    }
    for (++taken; taken < text.length && !is_one_of(text.text[taken], edge);)
        ++taken;
    return taken < text.length ? (ptrdiff_t)taken : -1;
}

static int try_edge(struct search *s, const struct pfx_edge *edge, struct pfx_slice text)
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
    struct search s = {.start = text.text,
                       .longer = longer,
                       .accept = accept,
                       .possible = possible,
                       .cookie = cookie};
    int found;

    s.match.count = 0;
    found = search(&s, trie->root, text);
    *spent_r = longer > 0 && s.longer == 0;
    return found;
}
