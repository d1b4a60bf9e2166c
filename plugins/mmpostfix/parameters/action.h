/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of an action. */
#ifndef PFX_PARAMETERS_ACTION_H
#define PFX_PARAMETERS_ACTION_H

#include "core.h"
#include "parameters/reading.h"

/* A failed action stops neither rsyslogd nor its start: say so. */
#define PFX_GOES_ON "rsyslog goes on without this action"

struct pfx_action_parameters {
    char *rulebasedir;
    char *container; /* as configured: "$!postfix"; rsyslog's calls take it without the '$' */
    int format;      /* enum pfx_format */
    int story;
    int as_text;    /* attached is the JSON as one string */
    int liblognorm; /* it parses, not the matcher */
    size_t maxvalue;
    struct pfx_texts products, localdomains, localnetworks;
    struct pfx_texts properties;      /* names of fields that are attached beside a text, */
    uint64_t fields[PFX_FIELD_WORDS]; /* as bits, */
    char *propertycontainer;          /* and where */
    char *text, *tag, *host, *time;   /* properties that have them, or NULL: the message's own */
    char *country;                    /* the property that has the country of a client, or NULL */
    char *collector;                  /* the name of this host in documents, or NULL */
    int lineid;                       /* they have an id of their line */
    char *tenants;                    /* the table of tenants, or NULL, */
    char *tenant;                     /* whose view it is, or NULL, */
    int strict;                       /* and whether that of all is */
    char *pseudonymize;               /* the file of secrets of pseudonyms, or NULL, */
    struct pfx_texts pseudonymhide;   /* what is hidden how, */
    struct pfx_texts pseudonymkeep;   /* domains and networks in clear, */
    char *pseudonymorigin;            /* the domain of who has none, or NULL, */
    char *pseudonymdelimiter;         /* and what sub-addresses begin with; */
    struct pfx_policy policy;         /* the same, read */
    char *chain;                      /* where the chain of its documents is, or NULL, */
    unsigned chaindocuments;          /* and between two anchors of it, at most */
    unsigned chainseconds;
};

struct nvlst;

/* Fills *given, which is zeroed, and reports what is wrong; the caller frees it in either case. */
rsRetVal pfx_parameters_of_action(struct nvlst *lst, struct pfx_action_parameters *given);
void pfx_parameters_free_action(struct pfx_action_parameters *given);

#endif
