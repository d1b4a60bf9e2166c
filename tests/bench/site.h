/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up mail site: hosts, processes, clients, queue ids and what goes on there. */
#ifndef BENCH_SITE_H
#define BENCH_SITE_H

#include "stream.h"

#define PROCESSES 512
#define RECIPIENTS 5

/* Processes of one service; one serves one session at a time. */
struct pool {
    const char *tag;
    struct process {
        unsigned pid, uses;
        int64_t busy_until;
    } process[PROCESSES];
    unsigned count;
};

struct host {
    const char *name;
    bool long_ids; /* enable_long_queue_ids */
    unsigned pid;  /* the last one given out */
    uint32_t inode;
    unsigned qmgr, postscreen, anvil, scache, master;
    struct pool smtpd, submission, smtp, lmtp, local, cleanup, bounce, dnsblog, pickup;
};

struct client {
    char host[64], ip[48], name[128]; /* name: "host[ip]" */
};

struct recipient {
    char address[64];
    const char *status, *dsn;
    unsigned attempts;
    bool done;
};

/* One queue file, and what is true of it. */
struct mail {
    int64_t arrived; /* microseconds; 0 until it is in the queue */
    const struct host *host;
    const char *origin; /* smtpd, pickup or bounce */
    char id[32], from[64], message_id[96], sasl[32];
    const char *tls;
    struct client client;
    struct recipient to[RECIPIENTS];
    unsigned recipients, size, attempts;
    bool outward;
};

#define HOSTS 3

struct site {
    struct stream *stream;
    FILE *truth; /* or NULL */
    struct host host[HOSTS];
    int64_t now;    /* what begins, begins now */
    uint64_t mails; /* mails of clients so far */
};

void site_open(struct site *site, struct stream *stream, FILE *truth);

/* A process of the pool that is free from that time on, and busy until the other; a fresh one for
 * what is still to come. */
unsigned site_process(struct site *site, struct host *host, struct pool *pool, int64_t from,
                      int64_t until);
struct client site_client(struct site *site);
/* A queue id of that host, never the same twice. */
void site_queue_id(struct host *host, int64_t at, char *out, size_t size);

/* traffic.c: one session that brings mail, and up to that many mails; how many it were. */
unsigned traffic_session(struct site *site, int64_t at, uint64_t most);
/* What else goes on: clients that are refused, statistics, warnings. */
void traffic_noise(struct site *site, int64_t at);

/* delivery.c: what becomes of a mail that is in the queue at that time, up to its end; writes its
 * truth. */
void delivery_run(struct site *site, struct mail *mail, int64_t at);

#endif
