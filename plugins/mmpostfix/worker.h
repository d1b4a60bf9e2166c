/* SPDX-License-Identifier: Apache-2.0 */
/* What a core and a worker hold; for the stages of a line alone, see core.h. */
#ifndef PFX_WORKER_H
#define PFX_WORKER_H

#include "alerts/alerts.h"
#include "document/document.h"
#include "evidence/chain.h"
#include "line/calendar.h"
#include "line/stage.h"
#include "meaning/gim.h"
#include "meaning/tenants.h"
#include "privacy/veil.h"
#include "rules/rulebase.h"
#include "story/story.h"
#include "whole.h"

#include <pthread.h>

/* Room for the place of a rule: "FILE:LINE". */
#define PFX_PLACE_SIZE 512

/* What a site may change while workers run; see published.h. */
struct pfx_in_use {
    struct pfx_rules *rules;
    struct pfx_alert_rules *alert_rules; /* NULL: none are wanted, as of what follows */
    struct pfx_secrets *secrets;
    struct pfx_tenants *tenants;
};

struct pfx_core {
    char *directory;
    char **product; /* that are wanted, up to a NULL; none: all */
    struct pfx_direction *direction;
    enum pfx_matcher_kind matcher;
    struct pfx_story *story; /* that reader is of */
    unsigned reader;
    pthread_mutex_t lock; /* of what is in use */
    struct pfx_in_use used;
    bool alerting;
    char *site;                 /* its rules of alerts, or NULL */
    unsigned generation;        /* atomic; counts reloads */
    char *keyfile;              /* of pseudonyms, or NULL: nothing is hidden */
    struct pfx_policy policy;   /* of them, */
    char *delimiter, *origin;   /* with its texts */
    struct pfx_direction *kept; /* what stays in clear */
    char *tenantfile;           /* whose lines are whose, or NULL */
    char *tenant;               /* whose view is made, or NULL: that of all */
    bool strict;                /* that shows no recipients of several tenants */
    struct pfx_chain *chain;    /* of its documents, or NULL */
    char *collector;            /* what each document says of who made it, or NULL */
    bool line_ids;              /* and that it has an id of its line */
};

struct pfx_worker {
    struct pfx_core *core;
    enum pfx_format format;
    struct pfx_story *story;        /* shared; NULL when lines stand alone */
    struct pfx_story_worker teller; /* to it */
    struct pfx_scratch scratch;
    struct pfx_parser *parser;
    unsigned generation;
    char rule[PFX_PLACE_SIZE];
    /* Texts of the last line that are in no buffer of others. */
    struct pfx_date date;
    char name[96], action[PFX_GIM_SCRATCH];
    struct pfx_stage_rooms rooms;
    struct pfx_event event, own;  /* own: of a neighbour's line what it says itself */
    struct pfx_whole *whole;      /* NULL until a line needs it */
    struct pfx_alerts *alerts;    /* shared; NULL when nothing is counted */
    struct pfx_in_use used;       /* of the parser's generation; the rules are the parser's */
    struct pfx_narrowed narrowed; /* of these */
    struct pfx_alerts_told told;
    uint32_t lines;            /* that nobody counted yet, */
    int64_t minute;            /* and when: the minute of the last line begins then, in seconds */
    struct pfx_hasher *hasher; /* of a chain and of ids of lines */
    char line_id[PFX_ID_DIGITS];
    struct pfx_veil *veil; /* NULL: nothing is hidden, or memory ran out */
    char tenants[PFX_TENANTS_MOST * PFX_TENANT_NAME]; /* of the last line */
    bool shared;                                      /* it is of several, and of a strict view */
    char *lists;                                      /* its lists, as a tenant may see them */
    size_t lists_size;
    struct pfx_limits limits;
    struct pfx_text text; /* of the last line that was rendered as text */
};

#endif
