/* SPDX-License-Identifier: Apache-2.0 */
/* The recipients of one mail and the status of each: the line with the latest timestamp counts, in
 * any order of arrival. A recipient is identified by address and the address before rewriting:
 * several that were rewritten to one address are several (global/log_adhoc.c prints both).
 */
#ifndef PFX_RECIPIENTS_H
#define PFX_RECIPIENTS_H

#include "base/pool.h"
#include "rules/kinds.h"

/* Kept with their texts; of those beyond only what they count as is known, and beyond the second
 * bound only how many lines there were. */
#define PFX_RECIPIENTS_MAX 1000
#define PFX_RECIPIENTS_REST_MAX 200000

enum pfx_recipient_text {
    PFX_RCPT_TO,
    PFX_RCPT_ORIG,
    PFX_RCPT_STATUS,
    PFX_RCPT_DSN,
    PFX_RCPT_RELAY,
    PFX_RCPT_REASON,
    PFX_RCPT_CHILD, /* queue id or other id that the next hop gave it */
    PFX_RCPT_OWN,   /* own host that it went to */
    PFX_RCPT_TEXTS
};

struct pfx_recipient {
    char *text; /* all texts, one after the other */
    uint16_t end[PFX_RCPT_TEXTS];
    int64_t time;  /* timestamp of the line, microseconds */
    int64_t delay; /* delay= of the delivery, or negative */
    uint32_t attempts;
    uint8_t fate;  /* enum pfx_fate */
    bool internal; /* handed over to another mail of our own */
};

/* One of which no text is kept. */
struct pfx_rest {
    uint64_t key;   /* hash of its addresses, never 0 */
    uint64_t child; /* hash of the queue id that the next hop gave it */
    int64_t time;
    uint8_t fate;
    bool internal;
};

/* How many of each fate there are. */
struct pfx_tally {
    uint32_t all, sent, internal, deferred, bounced, expired, probed, dropped;
};

struct pfx_recipients {
    struct pfx_recipient *row; /* ordered by address */
    uint32_t rows, size;
    struct pfx_rest *rest; /* open addressing by key */
    uint32_t rests, slots;
    uint32_t beyond; /* lines about recipients that had no room at all */
    int64_t delay;   /* the longest of those without texts */
    struct pfx_tally tally;
    size_t bytes;
    struct pfx_pool *pool; /* that rows and texts are of, or NULL */
};

/* What a line says about a recipient. */
struct pfx_delivery {
    struct pfx_slice text[PFX_RCPT_TEXTS];
    int64_t time, delay;
    enum pfx_fate fate;
    bool internal;
};

/* False when memory ran out. */
bool pfx_recipients_put(struct pfx_recipients *recipients, const struct pfx_delivery *delivery);
/* Marks recipients that were handed over to that queue id as internal. */
void pfx_recipients_hand_over(struct pfx_recipients *recipients, struct pfx_slice child);
/* What a mailbox server or filter that gave it that id did with it: dropped, bounced, sent on
 * (requeued), or delivered after all (sent). */
void pfx_recipients_correct(struct pfx_recipients *recipients, struct pfx_slice id,
                            enum pfx_fate fate);
/* The status of that, as a record tells it. */
struct pfx_slice pfx_recipients_status(enum pfx_fate fate);
void pfx_recipients_free(struct pfx_recipients *recipients);
struct pfx_slice pfx_recipient_text(const struct pfx_recipient *recipient,
                                    enum pfx_recipient_text which);
/* Their counts; what is deferred counts as expired once the mail is. */
struct pfx_tally pfx_recipients_count(const struct pfx_recipients *recipients, bool expired);
/* Takes one of which no text was kept, as it was; for the state file. False when memory ran out. */
bool pfx_recipients_put_rest(struct pfx_recipients *recipients, const struct pfx_rest *rest);

#endif
