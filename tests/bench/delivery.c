/* SPDX-License-Identifier: Apache-2.0 */
/* From the queue to the mailbox, the next host, or back; see site.h. */
#include "site.h"

#include <string.h>

/* What a delivery ends with: its status, and the text of the server. */
struct answer {
    const char *status, *dsn, *text; /* text holds one %s, the server */
};

static const struct answer sent[] = {
    {"sent", "2.0.0", "250 2.0.0 Ok: queued as "},
    {"sent", "2.6.0", "250 2.6.0 <202608210801@example.net> Queued mail for delivery"},
    {"sent", "2.0.0", "250 2.0.0 OK  1787270461 ffacd0b85a97d-3b8a2fd4-u12 - gsmtp"},
};
static const struct answer deferred[] = {
    {"deferred", "4.2.2", "host %s said: 452 4.2.2 Mailbox full (in reply to RCPT TO command)"},
    {"deferred", "4.7.1",
     "host %s said: 451 4.7.1 Greylisted, please try again later (in reply to RCPT TO command)"},
    {"deferred", "4.4.1", "connect to %s:25: Connection timed out"},
    {"deferred", "4.4.3",
     "Host or domain name not found. Name service error for name=%s "
     "type=MX: Host not found, try again"},
};
static const struct answer bounced[] = {
    {"bounced", "5.1.1",
     "host %s said: 550 5.1.1 User unknown in virtual mailbox table (in reply to RCPT TO command)"},
    {"bounced", "5.7.1",
     "host %s said: 554 5.7.1 Message rejected as spam (in reply to end of DATA command)"},
    {"bounced", "5.4.4",
     "Host or domain name not found. Name service error for name=%s "
     "type=A: Host not found"},
};

#define PICK(stream, rows) (&(rows)[stream_random(stream, sizeof(rows) / sizeof((rows)[0]))])

static const struct answer *choose(struct stream *stream, const struct mail *mail, bool again)
{
    unsigned ok = mail->outward ? 86 : 93, later = mail->outward ? 9 : 4;
    unsigned n = (unsigned)stream_random(stream, 100);

    if (again) /* most of what was deferred gets through in the end */
        return n < 55   ? PICK(stream, sent)
               : n < 90 ? PICK(stream, deferred)
                        : PICK(stream, bounced);
    return n < ok           ? PICK(stream, sent)
           : n < ok + later ? PICK(stream, deferred)
                            : PICK(stream, bounced);
}

/* The end of a line of log_adhoc(). */
static void say_delivery(struct stream *stream, int64_t at, const struct mail *mail,
                         const struct recipient *to, const char *tag, unsigned pid,
                         const char *relay, const char *text)
{
    unsigned sending = 4 + (unsigned)stream_random(stream, 30);
    /* From its arrival on, however often it was deferred since; the first part has the rest. */
    unsigned total = (unsigned)((at - mail->arrived) / (SECOND / 100));
    unsigned waited = total > sending + 3 ? total - sending - 3 : 0;
    const char *tls = mail->outward && stream_chance(stream, 30) ? " tls=TLSv1.3," : "";

    stream_say(stream, at, mail->host->name, tag, pid,
               "%s: to=<%s>,%s relay=%s, delay=%u.%02u, delays=%u.%02u/0.01/0.02/0.%02u,%s dsn=%s, "
               "status=%s (%s)",
               mail->id, to->address, "", relay, total / 100, total % 100, waited / 100,
               waited % 100, sending, tls, to->dsn, to->status, text);
}

static void deliver(struct site *site, struct host *host, struct mail *mail, struct recipient *to,
                    int64_t at, bool again)
{
    struct stream *stream = site->stream;
    const struct answer *answer = choose(stream, mail, again);
    bool inside = !mail->outward && strcmp(answer->status, "sent") == 0;
    bool home = inside && stream_chance(stream, 30);
    struct pool *pool = home ? &host->local : inside ? &host->lmtp : &host->smtp;
    unsigned pid = site_process(site, host, pool, at, at + 2 * SECOND);
    unsigned n = (unsigned)stream_random(stream, 200) + 1;
    char name[64], relay[128], text[256];

    to->status = answer->status;
    to->dsn = answer->dsn;
    ++to->attempts;
    to->done = strcmp(answer->status, "deferred") != 0;
    snprintf(name, sizeof(name), "mx%u.example.org[203.0.113.%u]", n, n);
    snprintf(text, sizeof(text), answer->text, name);
    if (strstr(text, "queued as ") != NULL) /* the next host's queue id */
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%010X",
                 (unsigned)stream_random(stream, UINT32_MAX));
    snprintf(relay, sizeof(relay), "%s:25", name);
    if (home) {
        snprintf(relay, sizeof(relay), "local");
        snprintf(text, sizeof(text), "delivered to maildir");
    } else if (inside) {
        snprintf(relay, sizeof(relay), "mail.example.com[private/dovecot-lmtp]");
        snprintf(text, sizeof(text), "250 2.0.0 <%s> %08x%08xgQ0gAA Saved", to->address, n * 7919,
                 n * 104729);
    } else if (strstr(answer->dsn, ".4.") != NULL) {
        snprintf(relay, sizeof(relay), "none");
    } else if (stream_chance(stream, 80)) {
        stream_say(stream, at, host->name, pool->tag, pid,
                   "Untrusted TLS connection established to %s:25: TLSv1.3 with cipher "
                   "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature "
                   "ECDSA (prime256v1) server-digest SHA256",
                   name);
    }
    if (strncmp(text, "connect to ", 11) == 0)
        stream_say(stream, at + 10, host->name, pool->tag, pid, "%s", text);
    say_delivery(stream, at + SECOND / 2, mail, to, pool->tag, pid, relay, text);
}

static void write_truth(FILE *out, const struct mail *mail)
{
    if (out == NULL)
        return;
    fprintf(out,
            "{\"host\":\"%s\",\"queue_id\":\"%s\",\"origin\":\"%s\",\"from\":\"%s\",\"size\":%u,"
            "\"client_host\":\"%s\",\"client_ip\":\"%s\",\"sasl_username\":\"%s\","
            "\"tls_version\":\"%s\",\"message_id\":\"%s\",\"attempts\":%u,\"recipients\":[",
            mail->host->name, mail->id, mail->origin, mail->from, mail->size, mail->client.host,
            mail->client.ip, mail->sasl, mail->tls, mail->message_id, mail->attempts);
    for (unsigned r = 0; r < mail->recipients; ++r) {
        const struct recipient *to = &mail->to[r];

        fprintf(out, "%s{\"to\":\"%s\",\"status\":\"%s\",\"dsn\":\"%s\",\"attempts\":%u}",
                r > 0 ? "," : "", to->address, to->status, to->dsn, to->attempts);
    }
    fprintf(out, "]}\n");
}

/* The sender hears of what failed, by a mail of its own. */
static void notify(struct site *site, struct host *host, const struct mail *mail, int64_t at)
{
    struct stream *stream = site->stream;
    struct mail notice = {.host = host, .origin = "bounce", .tls = "", .recipients = 1};
    unsigned pid = site_process(site, host, &host->cleanup, at, at + SECOND);

    notice.size = mail->size + 2300;
    notice.outward = !mail->outward;
    snprintf(notice.to[0].address, sizeof(notice.to[0].address), "%s", mail->from);
    site_queue_id(host, at, notice.id, sizeof(notice.id));
    snprintf(notice.message_id, sizeof(notice.message_id), "20260821.%s@%s.example.com", notice.id,
             host->name);
    stream_say(stream, at, host->name, host->cleanup.tag, pid, "%s: message-id=<%s>", notice.id,
               notice.message_id);
    pid = site_process(site, host, &host->bounce, at, at + SECOND);
    stream_say(stream, at + 900, host->name, host->bounce.tag, pid,
               "%s: sender non-delivery notification: %s", mail->id, notice.id);
    delivery_run(site, &notice, at + 1500);
}

void delivery_run(struct site *site, struct mail *mail, int64_t at)
{
    struct stream *stream = site->stream;
    struct host *host = (struct host *)mail->host;
    bool failed = false;

    if (mail->arrived == 0)
        mail->arrived = at;
    for (unsigned left = mail->recipients; left > 0;) {
        stream_say(stream, at, host->name, "postfix/qmgr", host->qmgr,
                   "%s: from=<%s>, size=%u, nrcpt=%u (queue active)", mail->id, mail->from,
                   mail->size, left);
        for (unsigned r = 0; r < mail->recipients; ++r) {
            struct recipient *to = &mail->to[r];
            bool again = mail->attempts > 0;

            if (to->done)
                continue;
            deliver(site, host, mail, to, at + 20000 + r * 1000, again);
            left -= to->done;
            failed |= strcmp(to->status, "bounced") == 0;
        }
        ++mail->attempts;
        at += 2 * SECOND;
        /* A notice that can not be delivered itself is not told of. */
        if (left == 0 && failed && mail->from[0] != '\0')
            notify(site, host, mail, at - SECOND / 2);
        if (left > 0)
            at += (int64_t)mail->attempts * 300 * SECOND +
                  (int64_t)stream_random(stream, 60 * SECOND);
    }
    stream_say(stream, at, host->name, "postfix/qmgr", host->qmgr, "%s: removed", mail->id);
    write_truth(site->truth, mail);
}
