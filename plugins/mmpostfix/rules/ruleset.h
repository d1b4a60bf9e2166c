/* SPDX-License-Identifier: Apache-2.0 */
/* A set of rules as it stands in memory. Only for the rooms beside this one. */
#ifndef PFX_RULESET_H
#define PFX_RULESET_H

#include "event/event.h"
#include "rules/kinds.h"
#include "rules/matcher.h"
#include "rules/pattern.h"
#include "rules/products.h"
#include "rules/reasons.h"

#define KINDS "kinds.tsv"
#define PRODUCTS "products.tsv" /* there may be none: Postfix alone */
#define CLASSES "reason_classes.tsv"
#define REASONS "reasons.tsv"
#define LOCAL "reasons.local.tsv" /* the site's own rows, read first; there may be none */
#define DIGEST "rulebases.digest" /* what was installed, see referee.h; there may be none */
/* Folders: of Postfix, and in it */
#define POSTFIX "postfix"
#define SHARED "shared"   /* in the context of every daemon */
#define LIBRARY "library" /* only in that of all rules */

struct file {
    char *path;
    char *daemon; /* whose rules they are; SHARED: of all */
    char *text;
    unsigned product; /* of rules */
};

struct rule {
    struct pfx_rule rule; /* first: a pfx_rule of the set is a rule */
    struct pfx_slice pattern;
    size_t file;
    unsigned product, line;
    bool repeated; /* a rule before it has the same pattern */
    bool named;    /* it begins with a capture of a name, see rulebase.c */
    bool last;     /* it begins with any text: tried after all others, those of other daemons too */
    struct pfx_trie *alone; /* this rule and no other; see context.h */
};

/* The rules of one of Postfix's daemons with the shared ones, of all of them, or of another
 * product; see context.h. */
struct context {
    unsigned product;
    struct pfx_slice daemon; /* ends in NUL; PFX_NO_SLICE: all of the product */
    struct pfx_trie *trie;   /* see context.h */
};
#define PFX_CONTEXT_SLOTS 512

/* Immutable after reading but for the count of references, and tries, which are made when they are
 * first asked for. */
struct pfx_rules {
    int references; /* atomic */
    size_t root;    /* length of the directory's name and a slash, in each path */
    struct file *file;
    size_t file_count;
    struct rule *rule;
    size_t rule_count;
    struct pfx_classes classes;
    struct pfx_kinds kinds;
    struct pfx_reasons reasons;
    struct pfx_products products;
    bool alone; /* there is no table of products */
    struct context *context;
    size_t contexts;
    uint16_t slot[PFX_CONTEXT_SLOTS]; /* a hash of daemons: context + 1, 0 for none */
};

struct reader {
    struct pfx_rules *rules;
    struct pfx_selection wanted;
    char *error;
    size_t size;
    regex_t grammar; /* while pfx_ruleset_read() is at work */
    struct pfx_element element;
};

/* Reads directory into reader->rules. -1 and an error on failure; the caller then frees what was
 * read. */
int pfx_ruleset_read(struct reader *reader, const char *directory);
/* "FILE:LINE" of a rule of this set. */
void pfx_ruleset_locate(const struct pfx_rules *rules, const struct rule *rule, char *out,
                        size_t size);
/* A table, not rules. */
bool pfx_ruleset_is_table(const struct file *file);
/* Both were read from the same files, of the same bytes. */
bool pfx_ruleset_same(const struct pfx_rules *a, const struct pfx_rules *b);
/* -1 and an error when a file of the set before is missing now. */
int pfx_ruleset_check_files(struct reader *reader, const struct pfx_rules *before);

#endif
