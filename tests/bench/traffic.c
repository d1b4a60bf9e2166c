/* SPDX-License-Identifier: Apache-2.0 */
/* What clients do, and what the daemons say besides; see site.h. */
#include "site.h"

#include <string.h>

static const char *const names[] = {"alice", "bob",   "carol", "dave",  "erin",  "frank",
                                    "grace", "heidi", "ivan",  "judy",  "news",  "office",
                                    "ops",   "peggy", "sales", "trent", "victor"};

/* An address here, or somewhere else. */
static void make_address(struct stream *stream, bool here, char *out, size_t size)
{
    const char *name = names[stream_random(stream, sizeof(names) / sizeof(names[0]))];
    unsigned n = (unsigned)stream_random(stream, 900);

    if (here)
        snprintf(out, size, "%s%u@example.com", name, n % 50);
    else
        snprintf(out, size, "%s@%s%u.example.%s", name, n % 5 == 0 ? "lists" : "d", n,
                 n % 2 == 0 ? "org" : "net");
}

static void say_tls(struct site *site, int64_t at, const struct host *host, const char *tag,
                    unsigned pid, const struct client *client, const char *tls)
{
    if (strcmp(tls, "TLSv1.3") == 0)
        stream_say(site->stream, at, host->name, tag, pid,
                   "Anonymous TLS connection established from %s: TLSv1.3 with cipher "
                   "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature "
                   "RSA-PSS (2048 bits) server-digest SHA256",
                   client->name);
    else if (tls[0] != '\0')
        stream_say(site->stream, at, host->name, tag, pid,
                   "Anonymous TLS connection established from %s: %s with cipher "
                   "ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)",
                   client->name, tls);
}

static void say_postscreen(struct site *site, int64_t at, const struct host *host,
                           const struct client *client)
{
    unsigned port = 1024 + (unsigned)stream_random(site->stream, 60000);

    stream_say(site->stream, at, host->name, "postfix/postscreen", host->postscreen,
               "CONNECT from [%s]:%u to [192.0.2.25]:25", client->ip, port);
    stream_say(site->stream, at + 9000, host->name, "postfix/postscreen", host->postscreen,
               "PASS %s [%s]:%u", stream_chance(site->stream, 90) ? "OLD" : "NEW", client->ip,
               port);
}

static void say_reject(struct site *site, int64_t at, const struct host *host, const char *tag,
                       unsigned pid, const struct client *client)
{
    struct stream *stream = site->stream;
    char from[64], to[64];
    unsigned kind = (unsigned)stream_random(stream, 10);

    make_address(stream, false, from, sizeof(from));
    make_address(stream, kind != 3, to, sizeof(to));
    if (kind < 3)
        stream_say(stream, at, host->name, tag, pid,
                   "NOQUEUE: reject: RCPT from %s: 554 5.7.1 Service unavailable; Client host "
                   "[%s] blocked using dnsbl.example.net; listed; from=<%s> to=<%s> proto=ESMTP "
                   "helo=<%s>",
                   client->name, client->ip, from, to, client->host);
    else if (kind == 3)
        stream_say(stream, at, host->name, tag, pid,
                   "NOQUEUE: reject: RCPT from %s: 454 4.7.1 <%s>: Relay access denied; from=<%s> "
                   "to=<%s> proto=ESMTP helo=<%s>",
                   client->name, to, from, to, client->host);
    else
        stream_say(stream, at, host->name, tag, pid,
                   "NOQUEUE: reject: RCPT from %s: 550 5.1.1 <%s>: Recipient address rejected: "
                   "User unknown in virtual mailbox table; from=<%s> to=<%s> proto=ESMTP "
                   "helo=<%s>",
                   client->name, to, from, to, client->host);
}

/* One mail that a session or pickup hands to the queue. */
static void bring_mail(struct site *site, struct host *host, struct mail *mail, int64_t at,
                       const char *tag, unsigned pid)
{
    struct stream *stream = site->stream;
    unsigned cleanup = site_process(site, host, &host->cleanup, at, at + SECOND);
    bool outward = mail->sasl[0] != '\0' || pid == 0;

    mail->host = host;
    mail->outward = outward;
    mail->size = 900 + (unsigned)stream_random(stream, 60000);
    mail->recipients =
        stream_chance(stream, 85) ? 1 : 2 + (unsigned)stream_random(stream, RECIPIENTS - 1);
    make_address(stream, outward, mail->from, sizeof(mail->from));
    for (unsigned r = 0; r < mail->recipients; ++r) {
        bool again = true;

        while (again) { /* each recipient once */
            make_address(stream, !outward, mail->to[r].address, sizeof(mail->to[r].address));
            again = false;
            for (unsigned before = 0; before < r; ++before)
                again |= strcmp(mail->to[before].address, mail->to[r].address) == 0;
        }
    }
    site_queue_id(host, at, mail->id, sizeof(mail->id));
    snprintf(mail->message_id, sizeof(mail->message_id), "%08x.%s@%s",
             (unsigned)stream_random(stream, UINT32_MAX), mail->id, strchr(mail->from, '@') + 1);
    if (pid == 0)
        stream_say(stream, at, host->name, tag, site_process(site, host, &host->pickup, at, at),
                   "%s: uid=1000 from=<%s>", mail->id, mail->from);
    else if (mail->sasl[0] != '\0')
        stream_say(stream, at, host->name, tag, pid,
                   "%s: client=%s, sasl_method=PLAIN, sasl_username=%s", mail->id,
                   mail->client.name, mail->sasl);
    else
        stream_say(stream, at, host->name, tag, pid, "%s: client=%s", mail->id, mail->client.name);
    stream_say(stream, at + 60000, host->name, host->cleanup.tag, cleanup, "%s: message-id=<%s>",
               mail->id, mail->message_id);
    delivery_run(site, mail, at + 120000);
    ++site->mails;
}

unsigned traffic_session(struct site *site, int64_t at, uint64_t most)
{
    struct stream *stream = site->stream;
    struct host *host = &site->host[stream_random(stream, HOSTS)];
    unsigned kind = (unsigned)stream_random(stream, 100), count = 1, pid, rejects;
    bool login = kind < 25;
    struct pool *pool = login ? &host->submission : &host->smtpd;
    struct mail first = {.origin = "smtpd", .tls = "", .client = site_client(site)};

    if (kind >= 95) {
        struct mail mail = {.origin = "pickup", .tls = ""};

        bring_mail(site, host, &mail, at, host->pickup.tag, 0);
        return 1;
    }
    if (stream_chance(stream, 5))
        count = 2 + (unsigned)stream_random(stream, 2);
    if (count > most)
        count = (unsigned)most;
    if (login)
        snprintf(first.sasl, sizeof(first.sasl), "%s", names[stream_random(stream, 17)]);
    if (login || stream_chance(stream, 80))
        first.tls = stream_chance(stream, 75) ? "TLSv1.3" : "TLSv1.2";
    if (!login)
        say_postscreen(site, at - 100000, host, &first.client);
    rejects = !login && stream_chance(stream, 4);
    pid = site_process(site, host, pool, at, at + (count + 1) * SECOND);
    stream_say(stream, at, host->name, pool->tag, pid, "connect from %s", first.client.name);
    say_tls(site, at + 50000, host, pool->tag, pid, &first.client, first.tls);
    if (rejects)
        say_reject(site, at + 100000, host, pool->tag, pid, &first.client);
    for (unsigned m = 0; m < count; ++m) {
        struct mail mail = first;

        bring_mail(site, host, &mail, at + 200000 + m * SECOND, pool->tag, pid);
    }
    stream_say(stream, at + count * SECOND, host->name, pool->tag, pid,
               "disconnect from %s ehlo=%u%s%s mail=%u rcpt=%u%s data=%u quit=1 commands=%u%s",
               first.client.name, first.tls[0] != '\0' ? 2 : 1,
               first.tls[0] != '\0' ? " starttls=1" : "", login ? " auth=1" : "", count, count,
               rejects ? "/2" : "", count, 4 + 3 * count, rejects ? "/12" : "");
    return count;
}

/* A client that has nothing to bring. */
static void refuse(struct site *site, int64_t at, struct host *host)
{
    struct stream *stream = site->stream;
    struct client client = site_client(site);
    unsigned pid = site_process(site, host, &host->smtpd, at, at + SECOND);
    const char *tag = host->smtpd.tag;

    say_postscreen(site, at - 100000, host, &client);
    if (strcmp(client.host, "unknown") == 0)
        stream_say(stream, at - 100, host->name, tag, pid,
                   "warning: hostname mail.example.net does not resolve to address %s", client.ip);
    stream_say(stream, at, host->name, tag, pid, "connect from %s", client.name);
    if (stream_chance(stream, 25)) {
        stream_say(stream, at + 90000, host->name, tag, pid,
                   "warning: %s: SASL LOGIN authentication failed: UGFzc3dvcmQ6", client.name);
        stream_say(stream, at + 100000, host->name, tag, pid, "lost connection after AUTH from %s",
                   client.name);
        stream_say(stream, at + 100100, host->name, tag, pid,
                   "disconnect from %s ehlo=1 auth=0/1 commands=1/2", client.name);
        return;
    }
    say_reject(site, at + 90000, host, tag, pid, &client);
    stream_say(stream, at + 100000, host->name, tag, pid,
               "disconnect from %s ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4", client.name);
}

/* postscreen keeps one off by itself. */
static void block(struct site *site, int64_t at, const struct host *host)
{
    struct stream *stream = site->stream;
    struct client client = site_client(site);
    unsigned port = 1024 + (unsigned)stream_random(stream, 60000), pid = host->postscreen;
    const char *tag = "postfix/postscreen";
    char to[64];

    make_address(stream, true, to, sizeof(to));
    stream_say(stream, at, host->name, tag, pid, "CONNECT from [%s]:%u to [192.0.2.25]:25",
               client.ip, port);
    stream_say(stream, at + 30000, host->name, "postfix/dnsblog", pid + 50 + port % 5,
               "addr %s listed by domain dnsbl.example.net as 127.0.0.4", client.ip);
    if (stream_chance(stream, 20))
        stream_say(stream, at + 40000, host->name, tag, pid,
                   "PREGREET 14 after 0.12 from [%s]:%u: EHLO client\\r\\n", client.ip, port);
    stream_say(stream, at + SECOND, host->name, tag, pid, "DNSBL rank 4 for [%s]:%u", client.ip,
               port);
    stream_say(stream, at + SECOND + 100000, host->name, tag, pid,
               "NOQUEUE: reject: RCPT from [%s]:%u: 550 5.7.1 Service unavailable; client [%s] "
               "blocked using dnsbl.example.net; from=<spam@example.net>, to=<%s>, proto=ESMTP, "
               "helo=<%s>",
               client.ip, port, client.ip, to, client.host);
    stream_say(stream, at + SECOND + 110000, host->name, tag, pid,
               "HANGUP after 0.8 from [%s]:%u in tests after SMTP handshake", client.ip, port);
    stream_say(stream, at + SECOND + 120000, host->name, tag, pid, "DISCONNECT [%s]:%u", client.ip,
               port);
}

void traffic_noise(struct site *site, int64_t at)
{
    struct stream *stream = site->stream;
    struct host *host = &site->host[stream_random(stream, HOSTS)];
    unsigned kind = (unsigned)stream_random(stream, 100);
    struct client client;

    if (kind < 60) {
        refuse(site, at, host);
    } else if (kind < 92) {
        block(site, at, host);
    } else if (kind < 97) {
        client = site_client(site);
        stream_say(stream, at, host->name, "postfix/anvil", host->anvil,
                   "statistics: max connection rate 4/60s for (smtp:%s) at Aug 21 08:41:05",
                   client.ip);
        stream_say(stream, at + 10, host->name, "postfix/anvil", host->anvil,
                   "statistics: max connection count 2 for (smtp:%s) at Aug 21 08:41:05",
                   client.ip);
        stream_say(stream, at + 20, host->name, "postfix/anvil", host->anvil,
                   "statistics: max cache size 12 at Aug 21 08:43:11");
    } else if (kind < 99) {
        stream_say(stream, at, host->name, "postfix/scache", host->scache,
                   "statistics: domain lookup hits=3 miss=9 success=25%%");
        stream_say(stream, at + 10, host->name, "postfix/qmgr", host->qmgr,
                   "warning: mail for [127.0.0.1]:10024 is using up 4001 of 9001 active queue "
                   "entries");
    } else { /* what no rule knows */
        stream_say(stream, at, host->name, "postfix/smtpd", host->anvil,
                   "warning: a sentence of a patch of this site, %u",
                   (unsigned)stream_random(stream, 1000));
    }
}
