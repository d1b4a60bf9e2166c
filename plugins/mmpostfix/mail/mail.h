/* SPDX-License-Identifier: Apache-2.0 */
/* One life of a queue file: what its lines have said so far, and what follows from it. Merging the
 * same lines in any order gives the same mail. Pure: knows no other mail, no session and no lock.
 */
#ifndef PFX_MAIL_H
#define PFX_MAIL_H

#include "mail/facts.h"
#include "mail/ids.h"
#include "mail/observation.h"
#include "mail/recipients.h"
#include "base/store.h"

/* Classes of the store: the cheapest, which is evicted first, comes first. */
enum pfx_mail_class {
    PFX_MAIL_GONE,    /* ended and recorded; only the name is kept, for late lines */
    PFX_MAIL_ENDED,   /* late lines may still amend it */
    PFX_MAIL_OPENED,  /* one line is known, none proves that it got into the queue */
    PFX_MAIL_UNKNOWN, /* lines were there, but none of cleanup or the queue manager */
    PFX_MAIL_ACTIVE,  /* in the queue */
    PFX_MAIL_HELD     /* in the hold queue, for weeks maybe */
};

/* What facts of a mail come from; the higher rank wins. */
enum pfx_rank {
    PFX_RANK_PARENT,
    PFX_RANK_SESSION,
    PFX_RANK_LINE,
    PFX_RANK_OPEN, /* the line that it began with */
    PFX_RANK_QUEUE /* the queue manager's */
};

struct pfx_mail {
    struct pfx_entry entry;
    uint64_t instance;  /* pfx_name_hash() of its name */
    uint64_t from_host; /* of the own host that submitted it */
    /* ids, 0: none */
    uint64_t id;     /* of this life of the queue id */
    uint64_t trace;  /* of the flow */
    uint64_t likely; /* the flow it belongs to if it was submitted on this host */
    uint64_t parent;
    uint64_t session, process; /* the session it began in, and the hash of that process' key */
    char parent_uid[PFX_UID_SIZE];
    enum pfx_link link; /* to the parent */
    struct pfx_facts facts;
    struct pfx_recipients recipients;
    /* times in microseconds, 0 when unknown */
    int64_t first, last;
    int64_t opened;  /* time of the line that says who submitted it */
    int64_t arrival; /* as Postfix counts it */
    int64_t closed;
    int64_t watched; /* when the story began, if that is just before its first line */
    int64_t held, released;
    int64_t active[4]; /* times of the last activations, to recognize duplicate lines */
    uint32_t attempts;
    int64_t nrcpt; /* the most recipients it had, negative when not known */
    uint32_t records;
    uint64_t amender; /* hash of the last session line that amended the record */
    uint8_t end;      /* enum pfx_fate that ended it, when known */
    bool expired;
    bool has_message_id;
    bool aborted;   /* the client went away before it was in the queue */
    bool from_here; /* no stranger put it in */
    bool coarse;    /* some of its stamps tell full seconds */
    bool stranger;  /* its sender is none that Postfix itself has */
};

/* Merges what a line says. internal: its recipient was handed over to another mail of our own.
 * False when memory ran out; then part of it is missing. */
bool pfx_mail_merge(struct pfx_mail *mail, const struct pfx_observation *observation,
                    const struct pfx_event *event, bool internal);
/* Merges a fate that was logged before the mail had a queue id. */
void pfx_mail_set_fate(struct pfx_mail *mail, enum pfx_fate fate, int64_t time);
/* Frees what it holds. */
void pfx_mail_clear(struct pfx_mail *mail);
/* The store class of the mail as it is now. */
enum pfx_mail_class pfx_mail_class_of(const struct pfx_mail *mail);
/* Bytes that it holds beside itself. */
size_t pfx_mail_bytes(const struct pfx_mail *mail);

/* True when a line can not be of this life of the queue id, because the id was reused. linger is
 * how late a line may be, in microseconds. */
bool pfx_mail_is_other_life(const struct pfx_mail *mail, const struct pfx_observation *observation,
                            int64_t linger);
/* True when a line was written before the file arrived: the clock of the host was set back. */
bool pfx_mail_is_set_back(const struct pfx_mail *mail, const struct pfx_observation *observation);
/* When the file arrived, in microseconds: from a long queue id, else from a line's delay; else 0.
 */
int64_t pfx_mail_arrival(const struct pfx_observation *observation);

/* What became of it: "delivered", "partly", "bounced", "expired", "rejected", "discarded",
 * "deleted", "quarantined", "handed_over", "canceled", "probed"; "" while it is not known. */
const char *pfx_mail_verdict(const struct pfx_mail *mail, const struct pfx_tally *tally);
/* What ended it: "removed", "rejected", "discarded", "deleted", "canceled", "requeued". */
const char *pfx_mail_end_reason(const struct pfx_mail *mail);
/* Lines were missing. */
bool pfx_mail_is_incomplete(const struct pfx_mail *mail, const struct pfx_tally *tally);
/* The larger of the recipients' delays, negative when none is known. */
int64_t pfx_mail_delay(const struct pfx_mail *mail);

#endif
