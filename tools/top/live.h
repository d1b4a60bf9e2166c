/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of the lines that come: at once, while a report waits until a mail has ended. */
#ifndef PFXLOG_LIVE_H
#define PFXLOG_LIVE_H

#include "core.h"
#include "counting/table.h"

enum rate {
    RATE_RECEIVED,
    RATE_DELIVERED,
    RATE_DEFERRED,
    RATE_BOUNCED,
    RATE_REFUSED,
    RATE_LOGIN_FAILED,
    RATE_LINES,
    RATES
};

#define LIVE_ALERTS 8 /* that are kept, the last ones */
#define LIVE_SEEN 65536

struct live {
    uint64_t count[RATES];
    struct table senders, reasons, hops; /* hops: deferrals and bounces */
    uint64_t *seen;                      /* ids of mails whose sender was counted, the last ones */
    struct {
        int64_t time; /* microseconds */
        char severity[64], rules[240], key[360];
    } alert[LIVE_ALERTS]; /* a ring */
    unsigned alerts;
    bool failed; /* memory ran out */
};

/* False when memory ran out. */
bool live_open(struct live *live);
void live_close(struct live *live);
/* A line that was parsed. */
void live_take(struct live *live, const struct pfx_worker *worker);

#endif
