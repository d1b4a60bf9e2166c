/* SPDX-License-Identifier: Apache-2.0 */
/* Options of pfxlog's verbs, and functions that apply them. */
#ifndef PFXLOG_OPTIONS_H
#define PFXLOG_OPTIONS_H

#include "core.h"
#include "input.h"
#include "selection.h"
#include "people/terminal.h"

#include <stdbool.h>

#define THREADS_MOST 256

struct pfxlog_options {
    const char *rulebasedir; /* NULL: not given */
    const char *list;        /* outcome whose lines coverage shows, or NULL */
    bool json, csv, html, share;
    enum pfx_format format;
    const char *products; /* --products: names with commas between, or "all" */
    bool products_said;
    const char *domain, *network; /* --localdomains, --localnetworks: an entry or a file */
    const char *relays, *aliases; /* --ownrelays, --instancealiases: entries with commas between */
    const char *rules;            /* --rules: a site's own rules of alerts, or NULL */
    const char *anchors, *key;    /* --anchors, --key: of verify and erasure */
    const char *notes, *notes_key, *reason; /* --notes, --notes-key, --reason: the same */
    bool part;
    const char *secrets;            /* --pseudonymize: the file of secrets, or NULL */
    const char *hide, *keep;        /* --hide, --keep: entries with commas between */
    const char *origin, *delimiter; /* --origin, --delimiter */
    const char *collector;          /* --collector */
    bool line_ids;                  /* --line-ids */
    const char *tenants, *tenant;   /* --tenants, --tenant */
    bool strict;                    /* --strict */
    /* --kind, --epoch, --make, --forget: of pseudonym */
    const char *kind, *epoch, *make, *forget;
    bool no_story;
    bool liblognorm;           /* --matcher liblognorm */
    uint64_t max_value;        /* --max-value: bytes of a value */
    uint64_t threads;          /* 0: as many as there are cores */
    const char *since, *until; /* as given */
    struct selection selection;
    bool utc;
    enum colour_when colour;
    bool help, version;
    const char *target; /* what trace and audit look for */
    const char *as;     /* --as: how audit takes it, or NULL */
    uint64_t max_entries;
    uint64_t top;       /* --top: rows of a table in a report, 0: all */
    bool problems_only; /* --problems-only */
    struct sources sources;
};

/* A story that takes its clock from timestamps; jobs: see pfx_story_options. NULL after a message.
 */
struct pfx_story *pfxlog_story(const struct pfxlog_options *options, bool jobs);

/* Has the core count for alerts by the shipped rules and those of --rules, in counts of 256 MB that
 * are as they would be with any seed. NULL after a message; free with pfx_alerts_free(). */
struct pfx_alerts *pfxlog_counts(const struct pfxlog_options *options, struct pfx_core *core);

/* By --hide, --origin and --delimiter. False after a message. */
bool pfxlog_policy(const struct pfxlog_options *options, struct pfx_policy *policy_r);

/* Hands each entry of --keep to add, up to one of which that says that it is none (-1, with an
 * error). False after a message. */
typedef int pfxlog_add(void *cookie, const char *entry, char error_r[PFX_ERROR_SIZE]);
bool pfxlog_keep(const struct pfxlog_options *options, pfxlog_add *add, void *cookie);

/* Has the core tell tenants, and what stores need, as it is asked to. False after a message. */
bool pfxlog_part(const struct pfxlog_options *options, struct pfx_core *core);

/* Has the core hide what it is asked to. False after a message. */
bool pfxlog_hide(const struct pfxlog_options *options, struct pfx_core *core);

/* Reads what depends on the clock, which shows now. alone: of a line nothing is told by lines of
 * another time, so that none of those are read from the journal. False after a message. */
bool pfxlog_date(struct pfxlog_options *options, bool alone, struct pfx_time now);

#endif
