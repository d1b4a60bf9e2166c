/* SPDX-License-Identifier: Apache-2.0 */
/* The rulebases: what Postfix and its neighbours can say, as files. Reads a directory into an
 * immutable set of rules, builds matchers of them, parses texts.
 *
 *   DIR/products.tsv                   whose lines there are, see products.h
 *   DIR/kinds.tsv                      meaning of each kind, see kinds.h
 *   DIR/reasons.tsv                    reason classes, see reasons.h
 *   DIR/postfix/shared/NAME.rulebase   messages of several daemons in the mail flow
 *   DIR/postfix/library/NAME.rulebase  messages of Postfix's libraries, in any daemon
 *   DIR/postfix/DAEMON.rulebase        messages of one daemon
 *   DIR/PRODUCT/NAME.rulebase          messages of another product
 *
 * A set is shared by threads and counted. A text is tried with the rules of its daemon and the
 * shared ones, then with those of all, for a sentence that turns up under a daemon which is not
 * known to say it; one of another product with all rules of that product. A parser belongs to
 * one thread.
 */
#ifndef PFX_RULEBASE_H
#define PFX_RULEBASE_H

#include "event/event.h"
#include "rules/kinds.h"
#include "rules/products.h"
#include "rules/reasons.h"

struct pfx_rules;
struct pfx_parser;
struct context;

/* Who says a text: a product, its daemon, and the rules of that daemon alone (NULL: none). */
struct pfx_speaker {
    unsigned product;
    struct pfx_slice daemon;
    const struct context *own;
};

/* Reads and checks all files. NULL on failure, then error says "FILE:LINE: reason". What liblognorm
 * thinks of the patterns is for pfx_rules_check(). The caller holds one reference.
 * wanted: the products to read; NULL: all. before: NULL, or rules of the same directory that these
 * are to replace. All of their files must still be there: half of a directory that is just being
 * replaced would silently explain less. When they are the same to the byte, it is before itself
 * that comes back. */
struct pfx_rules *pfx_rules_read(const char *directory, const struct pfx_selection *wanted,
                                 struct pfx_rules *before, char *error, size_t size);
struct pfx_rules *pfx_rules_ref(struct pfx_rules *rules);
void pfx_rules_unref(struct pfx_rules **rules);
const struct pfx_kinds *pfx_rules_kinds(const struct pfx_rules *rules);
const struct pfx_reasons *pfx_rules_reasons(const struct pfx_rules *rules);
struct pfx_products *pfx_rules_products(struct pfx_rules *rules);
/* There is no table of products, so these are Postfix's alone. */
bool pfx_rules_alone(const struct pfx_rules *rules);
/* The product of the program of that name; 0: none, or Postfix. rules: a struct pfx_rules. */
unsigned pfx_rules_product(const void *rules, struct pfx_slice name, bool *sure_r);
struct pfx_speaker pfx_rules_speaker(const struct pfx_rules *rules, unsigned product,
                                     struct pfx_slice daemon);
/* True when there is a rulebase of that name. rules: a struct pfx_rules. */
bool pfx_rules_know(const void *rules, struct pfx_slice daemon);
/* The daemon whose file a rule stands in; empty for NULL and for rules of several daemons. */
struct pfx_slice pfx_rules_owner(const struct pfx_rules *rules, const struct pfx_rule *rule);
/* A rule of that daemon, or one of those that several daemons say in the flow of mail. */
bool pfx_rules_say(const struct pfx_rules *rules, const struct pfx_rule *rule,
                   struct pfx_slice daemon);
/* "FILE:LINE" of a rule of this set. */
void pfx_rules_locate(const struct pfx_rules *rules, const struct pfx_rule *rule, char *out,
                      size_t size);

/* Has liblognorm compile all rules, unless they are known to be good (pfx_referee_knows()). False
 * when it refuses one, then error says "FILE:LINE: reason". */
bool pfx_rules_check(struct pfx_rules *rules, char *error, size_t size);

/* What matches: our matcher, or liblognorm, which can not try the next rule when a capture has not
 * the form of its word. */
enum pfx_matcher_kind { PFX_MATCHER_OWN, PFX_MATCHER_LIBLOGNORM };

/* A parser with these rules, of which it takes a reference. NULL when memory ran out. */
struct pfx_parser *pfx_parser_new(struct pfx_rules *rules, enum pfx_matcher_kind kind);
void pfx_parser_free(struct pfx_parser **parser);
/* The rules that it uses. */
struct pfx_rules *pfx_parser_rules(const struct pfx_parser *parser);

/* Parses text and fills event: its rule and fields. Their slices point into text, with liblognorm
 * into the parser until its next call. 1: a rule matched. 0: none. -1: out of memory. */
int pfx_parser_parse(struct pfx_parser *parser, const struct pfx_speaker *speaker,
                     struct pfx_slice text, struct pfx_event *event);

#endif
