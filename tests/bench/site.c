/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts, processes, clients and queue ids; see site.h. */
#include "site.h"

#include <string.h>

void site_open(struct site *site, struct stream *stream, FILE *truth)
{
    static const char *const names[HOSTS] = {"mx1", "mx2", "out1"};

    memset(site, 0, sizeof(*site));
    site->stream = stream;
    site->truth = truth;
    for (unsigned h = 0; h < HOSTS; ++h) {
        struct host *host = &site->host[h];

        host->name = names[h];
        host->long_ids = h != 1;
        host->pid = 1000 * (h + 1);
        host->inode = 0x10000u * (h + 1);
        host->master = ++host->pid;
        host->qmgr = ++host->pid;
        host->postscreen = ++host->pid;
        host->anvil = ++host->pid;
        host->scache = ++host->pid;
        host->smtpd.tag = "postfix/smtpd";
        host->submission.tag = "postfix/submission/smtpd";
        host->smtp.tag = "postfix/smtp";
        host->lmtp.tag = "postfix/lmtp";
        host->local.tag = "postfix/local";
        host->cleanup.tag = "postfix/cleanup";
        host->bounce.tag = "postfix/bounce";
        host->dnsblog.tag = "postfix/dnsblog";
        host->pickup.tag = "postfix/pickup";
    }
}

unsigned site_process(struct site *site, struct host *host, struct pool *pool, int64_t from,
                      int64_t until)
{
    struct process *process = NULL;

    if (from > site->now + 10 * SECOND)
        return host->pid += 1 + (unsigned)stream_random(site->stream, 9);
    for (unsigned i = 0; i < pool->count && process == NULL; ++i) {
        if (pool->process[i].busy_until < from)
            process = &pool->process[i];
    }
    if (process == NULL) /* all of them busy for ever: share the last one */
        process = &pool->process[pool->count < PROCESSES ? pool->count++ : PROCESSES - 1];
    if (process->pid == 0 || process->uses++ > 100) { /* max_use */
        host->pid += 1 + (unsigned)stream_random(site->stream, 9);
        *process = (struct process){.pid = host->pid};
    }
    process->busy_until = until;
    return process->pid;
}

struct client site_client(struct site *site)
{
    struct stream *stream = site->stream;
    unsigned n = (unsigned)stream_random(stream, 3000);
    struct client client;

    if (n % 7 == 0)
        snprintf(client.ip, sizeof(client.ip), "2001:db8:%x::%x", n / 7, n % 97 + 1);
    else
        snprintf(client.ip, sizeof(client.ip), "%s.%u", n % 2 == 0 ? "198.51.100" : "203.0.113",
                 n % 254 + 1);
    if (n % 11 == 0)
        snprintf(client.host, sizeof(client.host), "unknown");
    else
        snprintf(client.host, sizeof(client.host), "mail%u.%s", n,
                 n % 3 == 0 ? "lists.example.org" : "example.net");
    snprintf(client.name, sizeof(client.name), "%s[%s]", client.host, client.ip);
    return client;
}

void site_queue_id(struct host *host, int64_t at, char *out, size_t size)
{
    static const char digits[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    char number[16];
    uint64_t parts[] = {(uint64_t)(at / SECOND), (uint64_t)(at % SECOND)};
    uint32_t inode = ++host->inode;
    size_t n = 0;

    if (!host->long_ids) {
        snprintf(out, size, "%05X%X", (unsigned)(at % SECOND), inode);
        return;
    }
    for (unsigned part = 0; part < 2; ++part) { /* seconds in 6 digits, microseconds in 4 */
        size_t width = part == 0 ? 6 : 4;

        for (size_t i = 0; i < width; ++i, parts[part] /= 52)
            number[width - 1 - i] = digits[parts[part] % 52];
        memcpy(out + n, number, width);
        n += width;
    }
    out[n++] = 'z';
    for (; inode > 0 && n + 1 < size; inode /= 51)
        out[n++] = digits[inode % 51];
    out[n] = '\0';
}
