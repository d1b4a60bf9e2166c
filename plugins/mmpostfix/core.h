/* SPDX-License-Identifier: Apache-2.0 */
/* The public interface: a log line in, a JSON tree of named and categorized fields out.
 *
 * A core is shared by any number of threads; a worker belongs to one thread at a time and holds
 * what it writes to. Nothing here blocks on anything but the short lock of a reload,
 * calls time(), aborts or exits.
 */
#ifndef PFX_CORE_H
#define PFX_CORE_H

#include "base/readfile.h"
#include "document/limit.h"
#include "event/fields.h"
#include "line/line.h"
#include "privacy/policy.h"

#include <stdbool.h>
#include <stddef.h>

struct fjson_object;
struct pfx_core;
struct pfx_story;
struct pfx_alerts;
struct pfx_chain;
struct pfx_alert_rules;
struct pfx_alerts_told;
struct pfx_worker;
struct pfx_secrets;

enum pfx_outcome {
    PFX_FOREIGN,   /* not a line of Postfix or of a product: no tree */
    PFX_MATCHED,   /* a specific rule matched */
    PFX_GENERIC,   /* only level and queue id are known, the text is in vendor_unparsed */
    PFX_UNMATCHED, /* a tag without any text */
    PFX_NO_MEMORY  /* no tree; the line has to pass unchanged */
};

/* The name of an outcome in lower case, for counters and reports. */
const char *pfx_outcome_name(enum pfx_outcome outcome);

/* Reads and compiles every rulebase under rulebasedir. NULL on failure, then error_r names file,
 * line and reason. Free with pfx_core_close() after the last worker. */
struct pfx_core *pfx_core_open(const char *rulebasedir, char error_r[PFX_ERROR_SIZE]);

/* The same with only these products, of which postfix has to be one; "all" alone: with all. */
struct pfx_core *pfx_core_open_products(const char *rulebasedir, const char *const *product,
                                        int products, char error_r[PFX_ERROR_SIZE]);

/* True when there is no table of products, so that lines of Postfix alone are understood. */
bool pfx_core_alone(const struct pfx_core *core);

/* Adds a domain or network of the site, for email_direction; entries as in direction.h. Before the
 * first worker is made. -1: error_r says what is wrong. */
int pfx_core_add_domain(struct pfx_core *core, const char *entry, char error_r[PFX_ERROR_SIZE]);
int pfx_core_add_network(struct pfx_core *core, const char *entry, char error_r[PFX_ERROR_SIZE]);

/* Has liblognorm parse lines instead of the matcher; see rulebase.h. Before the first worker. */
void pfx_core_use_liblognorm(struct pfx_core *core);

/* Reads the rules of alerts: alerts.tsv beside the rulebases and the file site, unless that is
 * NULL. Before the first worker is made. -1: error_r says what is wrong. */
int pfx_core_use_alerts(struct pfx_core *core, const char *site, char error_r[PFX_ERROR_SIZE]);
/* How many of them there are. */
unsigned pfx_core_alert_rules(struct pfx_core *core);

/* Gives each document its place in a chain, which outlives the core. Before the first worker. */
void pfx_core_use_chain(struct pfx_core *core, struct pfx_chain *chain);

/* Has each document name its collector, unless that is NULL, and with line_ids an id of its line.
 * Before the first worker. False when memory ran out. */
bool pfx_core_use_storing(struct pfx_core *core, const char *collector, bool line_ids);

/* Has personal values hidden in all that is made of a line, by the secrets of a file and as policy
 * says, whose own and keep are not looked at: own are the domains of pfx_core_add_domain(). Before
 * the first worker. -1: error_r says what is wrong with the file. */
int pfx_core_use_pseudonyms(struct pfx_core *core, const char *keyfile,
                            const struct pfx_policy *policy, char error_r[PFX_ERROR_SIZE]);
/* Leaves a domain or a network in clear; entries as in direction.h. As pfx_core_add_domain(). */
int pfx_core_add_kept(struct pfx_core *core, const char *entry, char error_r[PFX_ERROR_SIZE]);
/* Tells whose lines are whose, by a table as tenants.h has it. tenant: documents are made of that
 * tenant's lines alone, and as it may see them; or NULL. strict: lines of several tenants tell
 * nothing of recipients. Before the first worker. -1: error_r says what is wrong with the table. */
int pfx_core_use_tenants(struct pfx_core *core, const char *path, const char *tenant, bool strict,
                         char error_r[PFX_ERROR_SIZE]);
/* A reference to the secrets in use, NULL when nothing is hidden. Any thread. */
struct pfx_secrets *pfx_core_secrets(struct pfx_core *core);
/* What the key of an event at that time is called, "2026-11:1f0c88ab"; "" when nothing is hidden.
 */
void pfx_core_key_name(const struct pfx_core *core, int64_t seconds, char *name, size_t size);

/* Accepts NULL inside; clears the pointer. */
void pfx_core_close(struct pfx_core **core);

/* Reads the rulebases again. 0: each worker uses them from its next line. 1: they are unchanged,
 * and nothing else happens, as when logrotate sends a HUP to the daemon. -1: error_r is set and the
 * rules in use stay, also when one of their files is missing. May be called from any thread while
 * workers run. */
int pfx_core_reload(struct pfx_core *core, char error_r[PFX_ERROR_SIZE]);

/* By enum pfx_format, up to a NULL. */
extern const char *const pfx_format_names[];
/* The format of that name in any case, or -1. */
int pfx_format_find(const char *name);

/* A worker of this core that makes trees of that format and merges lines into that story, which has
 * to outlive it; a NULL story: no correlation. NULL when memory ran out. */
struct pfx_worker *pfx_worker_new(struct pfx_core *core, enum pfx_format format,
                                  struct pfx_story *story);
void pfx_worker_free(struct pfx_worker **worker);

/* Bounds what the worker makes from here on; those of pfx_limits_default() without it. */
void pfx_worker_limit(struct pfx_worker *worker, const struct pfx_limits *limits);

/* Has the worker count lines for alerts, in counts that outlive it. Only with a story, which knows
 * what came before; without rules of alerts nothing happens. */
void pfx_worker_alert(struct pfx_worker *worker, struct pfx_alerts *alerts);

/* Normalizes one line. On MATCHED, GENERIC and UNMATCHED *tree_r is a new tree that shares no
 * memory with worker, core or line and is the caller's to free (fjson_object_put); else it is
 * NULL. A text without a Postfix tag may carry a syslog header of its own, see header.h. */
enum pfx_outcome pfx_normalize(struct pfx_worker *worker, const struct pfx_line *line,
                               struct fjson_object **tree_r);

/* The same as JSON text, which ends in NUL, belongs to the worker and is valid until its next call:
 * the bytes that the tree would print, spaced as rsyslog prints a tree or without any space. A
 * third of the cost of a tree that is made, printed and freed. */
enum pfx_outcome pfx_normalize_text(struct pfx_worker *worker, const struct pfx_line *line,
                                    bool spaced, const char **text_r, size_t *length_r);

/* The same without a document, for who only counts or selects lines: the line goes into the story,
 * as far as there is one, and the worker knows what the line says itself; what follows from that,
 * categories and the direction, is not found out. */
enum pfx_outcome pfx_classify(struct pfx_worker *worker, const struct pfx_line *line);

/* The text of a field of the last line, which was neither FOREIGN nor NO_MEMORY: as it came, not
 * cut and maybe no UTF-8; a slice without text where the line has no such field. Valid until the
 * worker's next call, and as long as the line is. */
struct pfx_slice pfx_worker_field(const struct pfx_worker *worker, enum pfx_field field);

/* All that the last line told, which the fields of alerts have the first of; NULL where it has no
 * alert. Valid until the worker's next call. */
const struct pfx_alerts_told *pfx_worker_told(const struct pfx_worker *worker);

/* Some fields of the last line that pfx_normalize_text() made a document of, under their plain
 * names, whatever the format: those whose bits are in fields, as far as the line has them. A tree
 * as that of pfx_normalize(); NULL when memory ran out. */
struct fjson_object *pfx_worker_fields(struct pfx_worker *worker,
                                       const uint64_t fields[PFX_FIELD_WORDS]);

/* The place of the rule that matched the last line of this worker, as "FILE:LINE"; "" when none
 * did. For checks of the rulebases; valid until the worker's next call. */
const char *pfx_worker_rule(struct pfx_worker *worker);

#endif
