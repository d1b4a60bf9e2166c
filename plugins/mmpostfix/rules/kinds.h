/* SPDX-License-Identifier: Apache-2.0 */
/* The meaning of each kind of event: the table kinds.tsv beside the rulebases. A site may edit it.
 *
 * One row a kind, columns separated by tabs, "-" for none:
 *   kind  code  vendor_action  action  outcome  reason  fate
 * kind           name that rules use as a tag; "mail.*" serves any mail.<word> without a row
 * code           GIM event type code, see gim.c
 * vendor_action  vendor_event_action; "-" takes the last part of the event's name
 * action         event_action
 * outcome        event_outcome: success or failure
 * reason         vendor_reason, a class of reason_classes.tsv; "*" asks reasons.tsv
 * fate           what becomes of the mail or of one of its recipients, see enum pfx_fate
 * Immutable once read.
 */
#ifndef PFX_KINDS_H
#define PFX_KINDS_H

#include "event/event.h"
#include "rules/classes.h"

/* What an event means for its mail. */
enum pfx_fate {
    PFX_FATE_NONE,
    /* a recipient */
    PFX_FATE_SENT,
    PFX_FATE_DEFERRED,
    PFX_FATE_BOUNCED,
    PFX_FATE_EXPIRED,
    PFX_FATE_PROBED,  /* asked about, nothing was delivered */
    PFX_FATE_DROPPED, /* taken by the next hop, and thrown away */
    /* the mail, which goes on */
    PFX_FATE_IDENTIFIED, /* cleanup read its header */
    PFX_FATE_ACTIVE,     /* the queue manager took it up */
    PFX_FATE_HELD,
    PFX_FATE_RELEASED,
    /* the mail, which ends */
    PFX_FATE_REJECTED,
    PFX_FATE_DISCARDED,
    PFX_FATE_DELETED,
    PFX_FATE_CANCELED,
    PFX_FATE_REQUEUED,
    /* a session */
    PFX_FATE_REFUSED, /* a command or recipient was refused */
    PFX_FATE_DENIED,  /* a login failed */
    PFX_FATE_PASSED,  /* postscreen passed the client to smtpd */
    PFX_FATES
};

struct pfx_kind {
    struct pfx_slice name;
    struct pfx_slice code;
    struct pfx_slice vendor_action;
    struct pfx_slice action;
    struct pfx_slice outcome;
    struct pfx_slice reason;
    enum pfx_fate fate;
    unsigned line; /* of the table */
};

struct pfx_kinds {
    struct pfx_kind *row;
    size_t rows;
    uint32_t *slot; /* a hash of names: row + 1, 0 for none */
    size_t slots;   /* a power of two */
};

/* Reads the table from text, which must live as long as the result. A reason has to be one of
 * classes, unless that is NULL. On failure -1, then *line_r and *reason_r (static text) say where
 * and why. Free with pfx_kinds_free(). */
int pfx_kinds_read(struct pfx_slice text, const struct pfx_classes *classes,
                   struct pfx_kinds *kinds_r, unsigned *line_r, const char **reason_r);
void pfx_kinds_free(struct pfx_kinds *kinds);

/* The fate of that name, PFX_FATE_NONE for an empty one, or -1. */
int pfx_fate_find(struct pfx_slice name);

/* The row of that name, else the row "PREFIX.*", else NULL. */
const struct pfx_kind *pfx_kinds_find(const struct pfx_kinds *kinds, struct pfx_slice name);

/* Finds what the names of a rule lead to, as far as they hold no field: its kinds, and the words of
 * its event's last part, "lost connection" of "smtpd.lost_connection". What is found lives as long
 * as kinds and, for the words, until pfx_kinds_release(). */
void pfx_kinds_resolve(const struct pfx_kinds *kinds, struct pfx_rule *rule);
void pfx_kinds_release(struct pfx_rule *rule);

#endif
