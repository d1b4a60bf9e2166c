/* SPDX-License-Identifier: Apache-2.0 */
/* Checks one pattern of a rule against the language of rulebases/README.md, before liblognorm gets
 * it, and takes it apart. */
#ifndef PFX_PATTERN_H
#define PFX_PATTERN_H

#include "base/value.h"

#include <regex.h>

/* Compiles the language; -1 when memory ran out. The caller frees it with regfree(). */
int pfx_pattern_grammar(regex_t *grammar_r);
/* Why a pattern is not of the language, or NULL when it is. The text is valid until the thread's
 * next call. */
const char *pfx_pattern_check(const regex_t *grammar, struct pfx_slice pattern);
/* What an element of a pattern does with a text, as liblognorm 2 defines its parsers. */
enum pfx_parser_kind {
    PFX_PARSE_LITERAL, /* these bytes */
    PFX_PARSE_NUMBER,  /* digits, one at least */
    PFX_PARSE_WORD,    /* up to a blank or the end; not empty */
    PFX_PARSE_STRING,  /* string-to: up to these bytes, which have to come; not empty */
    PFX_PARSE_CHAR,    /* char-to: up to one of these bytes, which has to come; not empty */
    PFX_PARSE_SEP,     /* char-sep: up to one of these bytes or the end; may be empty */
    PFX_PARSE_REST     /* all that is left, also nothing */
};

/* From here on an element is tried after all that do not ask for a priority. */
#define PFX_PRIORITY_LAST (30001u << 8)
/* Bytes of a pattern, and captures in it. */
#define PFX_PATTERN_MAX 2000
#define PFX_CAPTURE_MAX 24

struct pfx_element {
    enum pfx_parser_kind kind;
    struct pfx_slice word; /* capture's name in the pattern; empty: nothing is kept */
    char text[PFX_PATTERN_MAX];
    size_t length;     /* of text */
    bool plain;        /* text as it stands in the pattern, up to the next capture */
    uint32_t priority; /* the lower is tried first, as liblognorm orders its parsers */
};

/* Takes the element at the start of a pattern that pfx_pattern_check() found good; returns what is
 * left of it. A pattern of no bytes has none. */
struct pfx_slice pfx_pattern_take(struct pfx_slice pattern, struct pfx_element *element_r);

/* Length of the element at the start of a pattern, as liblognorm takes it apart: a capture, an
 * escaped character or percent sign, or one character. */
size_t pfx_pattern_element(struct pfx_slice pattern);

#endif
