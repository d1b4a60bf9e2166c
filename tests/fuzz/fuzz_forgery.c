/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: sentences made as Postfix makes them, of pieces that a stranger chose. Whatever
 * the pieces are, each field must hold its own and nothing of another; where a piece has a list of
 * its own, all fields of lists may be missing. The first byte chooses the
 * sentence; the pieces are separated by line feeds: text, sender, recipient, HELO name. */
#include "event/fields.h"
#include "event/split.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PIECE 400

struct pieces {
    char text[PIECE], from[PIECE], to[PIECE], helo[PIECE];
    char from_out[2 * PIECE], to_out[2 * PIECE]; /* as info_log_addr_form_external() has them */
};

static struct pfx_event event;
static char line[16 * PIECE];

/* Takes the next piece, as printable() leaves it (util/printable.c). */
static void take(const uint8_t **data, size_t *size, char *out, const char *instead)
{
    size_t n = 0;

    while (*size > 0 && **data != '\n') {
        if (n + 1 < PIECE)
            out[n++] = isprint(**data) ? (char)**data : '?';
        ++*data;
        --*size;
    }
    out[n] = '\0';
    if (n == 0)
        strcpy(out, instead);
    if (*size > 0) {
        ++*data;
        --*size;
    }
}

/* global/quote_822_local.c */
static void quote(const char *local, const char *domain, char *out)
{
    bool needed = local[strcspn(local, " ()<>@,;:\\\".[]")] != '\0';

    if (needed)
        *out++ = '"';
    for (; *local != '\0'; ++local) {
        if (needed && (*local == '"' || *local == '\\'))
            *out++ = '\\';
        *out++ = *local;
    }
    sprintf(out, "%s@%s", needed ? "\"" : "", domain);
}

static void demand(enum pfx_field field, const char *wanted)
{
    struct pfx_slice got = pfx_event_get(&event, field);

    if (got.length == strlen(wanted) &&
        (got.length == 0 || memcmp(got.text, wanted, got.length) == 0))
        return;
    fprintf(stderr, "%s is '%.*s', not '%s', of:\n%s\n", pfx_fields[field].word.text,
            (int)got.length, got.text, wanted, line);
    abort();
}

/* A list begins elsewhere, too. */
static bool has_lists(void)
{
    static const char *const begins[] = {"; from=<", "; to=<", "; proto=", "; helo=<", "; sasl_"};
    unsigned count = 0;

    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); ++i) {
        for (const char *at = line; (at = strstr(at, begins[i])) != NULL; ++at)
            ++count;
    }
    return count > 1;
}

/* Of a field of a list, or of what stands beside it. */
static void demand_listed(enum pfx_field field, const char *wanted)
{
    if (pfx_event_has(&event, field) || !has_lists())
        demand(field, wanted);
}

static void demand_envelope(const struct pieces *p)
{
    if (has_lists() && !pfx_event_has(&event, PFX_F_from) && !pfx_event_has(&event, PFX_F_to) &&
        !pfx_event_has(&event, PFX_F_proto) && !pfx_event_has(&event, PFX_F_helo))
        return;
    demand(PFX_F_from, p->from_out);
    demand(PFX_F_to, p->to_out);
    demand(PFX_F_proto, "ESMTP");
    demand(PFX_F_helo, p->helo);
}

static void split(const char *word)
{
    pfx_event_clear(&event);
    pfx_split(&event, (struct pfx_slice){word, strlen(word)},
              (struct pfx_slice){line, strlen(line)});
}

static void say(unsigned sentence, const struct pieces *p)
{
    char list[8 * PIECE];

    snprintf(list, sizeof(list), "; from=<%s> to=<%s> proto=ESMTP helo=<%s>", p->from_out,
             p->to_out, p->helo);
    switch (sentence % 6) {
    case 0: /* smtpd quotes no address within a reply */
        sprintf(line, "550 5.1.1 <%s@example.com>: Recipient address rejected: %s%s", p->to,
                p->text, list);
        split("envelope");
        demand_envelope(p);
        demand(PFX_F_queued_as, "");
        break;
    case 1:
        sprintf(line, "554 5.7.1 Service unavailable; %s%s sasl_method=PLAIN sasl_username=a b",
                p->text, list);
        split("envelope");
        demand_envelope(p);
        demand_listed(PFX_F_sasl_username, "a b");
        break;
    case 2:
    case 3:
        sprintf(line, "Subject: %.200s from unknown[192.0.2.1]%s%s", p->text, list,
                sentence % 6 == 2 ? "" : ": 5.7.1 a reason");
        split("checked");
        demand_envelope(p);
        demand_listed(PFX_F_client_ip, "192.0.2.1");
        break;
    case 4:
        sprintf(line,
                "<%s>, orig_to=<%s>, relay=mx.example.net[192.0.2.25]:25, delay=1, delays=0/0/0/1, "
                "dsn=5.0.0, status=bounced (host mx.example.net[192.0.2.25] said: 550 5.0.0 %s (in "
                "reply to RCPT TO command))",
                p->to_out, p->from_out, p->text);
        split("delivery");
        demand(PFX_F_to, p->to_out);
        demand(PFX_F_relay_ip, "192.0.2.25");
        demand(PFX_F_dsn, "5.0.0");
        demand(PFX_F_status, "bounced");
        demand(PFX_F_reply_code, "550");
        demand(PFX_F_reply_command, "RCPT TO");
        demand(PFX_F_queued_as, "");
        demand(PFX_F_forwarded_as, "");
        break;
    default:
        sprintf(line, "<%s>, size=77, nrcpt=3 (queue active)", p->from_out);
        split("queue_line");
        demand(PFX_F_from, p->from_out);
        demand(PFX_F_size, "77");
        demand(PFX_F_nrcpt, "3");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pieces p;
    uint8_t sentence;

    if (size == 0)
        return 0;
    sentence = *data++;
    --size;
    pfx_fields_init();
    take(&data, &size, p.text, "x");
    take(&data, &size, p.from, "a");
    take(&data, &size, p.to, "b");
    take(&data, &size, p.helo, "c");
    quote(p.from, "example.org", p.from_out);
    quote(p.to, "example.com", p.to_out);
    for (char *c = p.helo; *c != '\0'; ++c) {
        if (strchr(" <>()\\\";@", *c) != NULL) /* NEUTER_CHARACTERS in smtpd/smtpd.c */
            *c = '?';
    }
    say(sentence, &p);
    return 0;
}
