/* SPDX-License-Identifier: Apache-2.0 */
/* injection RULEBASEDIR: log injection. Every sentence of the samples is put into every text that
 * strangers write in every other sentence. The event has to stay what it was,
 * and no field may come, go or change but the text itself and what is cut from it. Of a neighbour's
 * sentence, into which those of its product go, facts may vanish, and none may come or change.
 */
#include "event/capture.h"
#include "event/event.h"
#include "line/front.h"
#include "line/program.h"
#include "rules/rulebase.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_MAX 8192

struct sample {
    char *text; /* the message */
    char daemon[64];
    unsigned product;
};

static struct sample sample[SAMPLES_MAX];
static size_t samples;
static unsigned long tries, flips;

/* Fields that strangers write: what a client, a server, a header or a user chose. The words of the
 * others are Postfix's own, its configuration's or the operating system's. */
static bool is_strangers(enum pfx_field field)
{
    static const enum pfx_field fields[] = {
        PFX_F_text,          PFX_F_subject,   PFX_F_email_header_content, PFX_F_reply_text,
        PFX_F_mail_response, PFX_F_tls_error, PFX_F_milter_data,
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); ++i) {
        if (fields[i] == field)
            return true;
    }
    return false;
}

/* Fields that are the text itself, or cut out of it as text. */
static bool is_text(enum pfx_field field)
{
    return PFX_IS_TEXT(pfx_fields[field].privacy);
}

/* What a status text may hold by its nature: the reply of a server, as text and as its codes. They
 * stand in the field of a line that tells no reply else. */
static bool is_of_reply(enum pfx_field field)
{
    return field >= PFX_F_reply_code && field <= PFX_F_reply_command;
}

/* Cut out of a reply that is another server's or a policy's own words; what became of a mail only
 * out of one of this machine. */
static bool is_of_reply_text(const struct pfx_event *event, enum pfx_field field)
{
    return (field == PFX_F_disposition &&
            pfx_value_is_loopback(pfx_event_get(event, PFX_F_relay_ip))) ||
           field == PFX_F_queued_as || field == PFX_F_dnsbl_domain || field == PFX_F_reply_command;
}

static bool is_of_list(enum pfx_field field)
{
    return field == PFX_F_from || field == PFX_F_to || field == PFX_F_helo ||
           field == PFX_F_proto || pfx_fields[field].scope == PFX_CLIENT ||
           (field >= PFX_F_sasl_method && field <= PFX_F_sasl_sender);
}

/* Programs that strangers talk to, or whose mail they handle. What the others print of a text is
 * from the administrator's files and command lines. */
static bool hears_strangers(const char *daemon)
{
    static const char *const daemons[] = {"smtpd",   "smtp",     "lmtp",   "cleanup",  "postscreen",
                                          "dnsblog", "tlsproxy", "qmqpd",  "local",    "pipe",
                                          "virtual", "bounce",   "pickup", "sendmail", "postdrop",
                                          "qmgr",    "proxymap"};

    for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); ++i) {
        if (strcmp(daemons[i], daemon) == 0)
            return true;
    }
    return false;
}

/* About tables and parameters: their texts are the administrator's. */
static bool is_configuration(const struct pfx_event *event)
{
    for (unsigned k = 0; k < event->rule->kinds; ++k) {
        if (pfx_slice_equal(event->rule->kind[k], PFX_SLICE("config.problem")) ||
            pfx_slice_equal(event->rule->kind[k], PFX_SLICE("table.problem")))
            return true;
    }
    return false;
}

/* The product of a file of samples, by its folder; 0 for Postfix. */
static unsigned product_of(struct pfx_rules *rules, const char *path)
{
    const struct pfx_products *products = pfx_rules_products(rules);
    struct pfx_slice folder =
        pfx_slice_until(pfx_slice_of(path), (size_t)(strrchr(path, '/') - path));

    for (unsigned i = 1; i < products->rows; ++i) {
        if (pfx_slice_ends(folder, products->row[i].name) &&
            folder.text[folder.length - products->row[i].name.length - 1] == '/')
            return i;
    }
    return 0;
}

static void read_samples(struct pfx_rules *rules, const char *path)
{
    const char *slash = strrchr(path, '/');
    unsigned product = product_of(rules, path);
    FILE *in = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t got;

    while (in != NULL && (got = getline(&line, &size, in)) > 0 && samples < SAMPLES_MAX) {
        struct sample *s = &sample[samples];
        char *text = line;

        if (line[0] == '#' || got < 2)
            continue;
        line[got - 1] = '\0';
        s->product = product;
        snprintf(s->daemon, sizeof(s->daemon), "%.*s", (int)strcspn(slash + 1, "."), slash + 1);
        if (strncmp(line, "postfix", 7) == 0 && strstr(line, "]: ") != NULL) {
            char *end = strchr(line, '[');
            char *begin = end;

            if (end == NULL || end > strstr(line, "]: "))
                continue;
            while (begin > line && begin[-1] != '/')
                --begin;
            snprintf(s->daemon, sizeof(s->daemon), "%.*s", (int)(end - begin), begin);
            text = strstr(line, "]: ") + 3;
        }
        s->text = strdup(text);
        ++samples;
    }
    free(line);
    if (in != NULL)
        fclose(in);
}

/* As parse(), of a neighbour. */
static bool parse_neighbour(struct pfx_parser *parser, unsigned number, struct pfx_slice text,
                            struct pfx_event *event)
{
    struct pfx_rules *rules = pfx_parser_rules(parser);
    const struct pfx_product *product = &pfx_rules_products(rules)->row[number];
    struct pfx_front front = pfx_front_take(pfx_front_form(product->front), &product->levels, text);
    struct pfx_speaker speaker = pfx_rules_speaker(rules, number, product->name);

    if (pfx_parser_parse(parser, &speaker, front.rest, event) <= 0)
        return false;
    pfx_event_set(event, PFX_F_queue_id, front.queue_id);
    for (unsigned i = 0; i < front.parts; ++i) {
        enum pfx_field field = pfx_field_find(front.part[i].word);

        if (field == PFX_FIELD_NONE || !pfx_event_has(event, field))
            pfx_capture(event, front.part[i].word, front.part[i].text);
    }
    return true;
}

/* Parses a message as core does; false when no rule fits. */
static bool parse(struct pfx_parser *parser, const struct sample *s, struct pfx_slice text,
                  struct pfx_event *event)
{
    struct pfx_head head = pfx_program_head(text);
    struct pfx_speaker speaker =
        pfx_rules_speaker(pfx_parser_rules(parser), 0, pfx_slice_of(s->daemon));

    pfx_event_clear(event);
    if (s->product > 0)
        return parse_neighbour(parser, s->product, text, event);
    if (pfx_parser_parse(parser, &speaker, head.rest, event) <= 0)
        return false;
    pfx_event_set(event, PFX_F_queue_id, head.queue_id);
    return true;
}

/* As flip(), of a neighbour: a fact that went is no lie. */
static const char *flip_neighbour(const struct pfx_event *before, const struct pfx_event *after,
                                  enum pfx_field into)
{
    if (after->rule == NULL)
        return NULL;
    if (!pfx_slice_equal(before->rule->event, after->rule->event))
        return "(event)";
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        enum pfx_field field = (enum pfx_field)f;

        if (field == into || is_text(field) || !pfx_event_has(after, field) ||
            (is_of_reply(field) && into == PFX_F_reply_text))
            continue;
        if (!pfx_slice_equal(pfx_event_get(before, field), pfx_event_get(after, field)))
            return pfx_fields[f].name;
    }
    return NULL;
}

/* What the payload made of the event, or NULL: the name of the first field. */
static const char *flip(const struct pfx_event *before, const struct pfx_event *after,
                        enum pfx_field into)
{
    if (after->rule == NULL)
        return "(no rule)";
    if (!pfx_slice_equal(before->rule->event, after->rule->event))
        return "(event)";
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        enum pfx_field field = (enum pfx_field)f;

        if (is_text(field) ||
            (is_of_reply(field) && (into == PFX_F_mail_response || into == PFX_F_reply_text)) ||
            (is_of_reply_text(after, field) && into == PFX_F_reply_text) ||
            (field == PFX_F_forwarded_as && into == PFX_F_mail_response))
            continue;
        /* Where it can not be told which of two lists is Postfix's, none is taken: that is no lie.
         */
        if ((is_of_list(field) || is_of_reply(field)) && !pfx_event_has(after, field))
            continue;
        if (pfx_event_has(before, field) != pfx_event_has(after, field) ||
            !pfx_slice_equal(pfx_event_get(before, field), pfx_event_get(after, field)))
            return pfx_fields[f].name;
    }
    return NULL;
}

/* An address of an envelope, which SMTP quotes. */
static bool is_path(enum pfx_field field)
{
    return field == PFX_F_from || field == PFX_F_to || field == PFX_F_address ||
           field == PFX_F_replacement || field == PFX_F_sieve_address;
}

/* "\"PAYLOAD\"@example.org" with what has to be escaped; its length. */
static size_t quote(char *out, struct pfx_slice payload)
{
    static const char domain[] = "\"@example.org";
    size_t n = 0;

    out[n++] = '"';
    for (size_t i = 0; i < payload.length; ++i) {
        if (payload.text[i] == '"' || payload.text[i] == '\\')
            out[n++] = '\\';
        out[n++] = payload.text[i];
    }
    memcpy(out + n, domain, sizeof(domain) - 1);
    return n + sizeof(domain) - 1;
}

static void inject(struct pfx_parser *parser, const struct sample *s, struct pfx_slice front,
                   struct pfx_slice back, const struct pfx_event *before, enum pfx_field into)
{
    static char text[65536 * 3];
    static struct pfx_event after;
    unsigned told = 0;

    for (size_t i = 0; i < samples; ++i) {
        struct pfx_slice payload = pfx_slice_of(sample[i].text);
        size_t length = front.length + payload.length + back.length;
        const char *what;

        if (length >= sizeof(text) / 3 || (s->product > 0 && sample[i].product != s->product))
            continue;
        memcpy(text, front.text, front.length);
        memcpy(text + front.length, payload.text, payload.length);
        length = front.length + payload.length;
        if (s->product > 0 && is_path(into))
            length = front.length + quote(text + front.length, payload);
        if (length + back.length >= sizeof(text))
            continue;
        memcpy(text + length, back.text, back.length);
        length += back.length;
        text[length] = '\0';
        ++tries;
        parse(parser, s, (struct pfx_slice){text, length}, &after);
        what = s->product > 0 ? flip_neighbour(before, &after, into) : flip(before, &after, into);
        if (what == NULL)
            continue;
        ++flips;
        if (told++ < 2)
            printf("%s into %s: %s [%.*s]\n  %s\n", s->daemon, pfx_fields[into].name, what,
                   after.rule == NULL ? 0 : (int)after.rule->event.length,
                   after.rule == NULL ? "" : after.rule->event.text, text);
    }
    if (told > 2)
        printf("  and %u more\n", told - 2);
}

/* Sentences of programs that print what they were given in ways that no reading can tell apart;
 * doc/reliability.md has them among its limits. */
static bool is_open(const struct sample *s, const struct pfx_event *event, enum pfx_field field)
{
    static const char *const daemons[] = {"spampd", "postsrsd", "milter-greylist", "clamsmtpd",
                                          "mailman3"};

    for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); ++i) {
        if (strcmp(s->daemon, daemons[i]) == 0)
            return true;
    }
    return pfx_slice_equal(event->rule->event, PFX_SLICE("amavis.verdict_recipient")) ||
           pfx_slice_equal(event->rule->event, PFX_SLICE("postfwd.note")) ||
           (strcmp(s->daemon, "dovecot") == 0 && field == PFX_F_sasl_username &&
            strstr(s->text, "proxy(") != NULL) ||
           field == PFX_F_tls_error || field == PFX_F_dkim_error || field == PFX_F_unparsed;
}

/* Of a neighbour: reasons are its own words, what a policy service answers its administrator's,
 * names of hosts are checked by Postfix before it tells them, ids have no blanks in rspamd's lines,
 * and who logs in to spamd or amavis is an administrator. */
static bool strangers_part_of_neighbour(const struct sample *s, enum pfx_field field)
{
    static const char *const logins[] = {"dovecot", "auth", "nginx", "saslauthd", "cyrus"};

    if (field == PFX_F_reason || field == PFX_F_warning || field == PFX_F_disconnect_reason ||
        field == PFX_F_text || (field == PFX_F_message_id && strcmp(s->daemon, "rspamd") == 0) ||
        (field == PFX_F_reply_text &&
         (strcmp(s->daemon, "postfwd") == 0 || strcmp(s->daemon, "policyd-weight") == 0)) ||
        strcmp(s->daemon, "pfx-queue") == 0) /* in JSON no text ends its string */
        return false;
    /* Who has a mailbox process is known to the administrator; who asks for one may be anybody. */
    if (field == PFX_F_sasl_username && strcmp(s->daemon, "dovecot") == 0 &&
        strstr(s->text, "user=<") == NULL)
        return false;
    for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); ++i) {
        if (field == PFX_F_sasl_username && strncmp(s->daemon, logins[i], strlen(logins[i])) == 0)
            return true;
    }
    return is_text(field) || pfx_fields[field].privacy == PFX_PRIVACY_ADDRESS ||
           pfx_fields[field].privacy == PFX_PRIVACY_MESSAGE || field == PFX_F_helo;
}

/* What of a field a stranger wrote; empty: nothing. Replies of smtpd and postscreen are Postfix's
 * own or its administrator's, but for the address or name in front; what cleanup adds to a check is
 * from the administrator's table. */
static struct pfx_slice strangers_part(const struct sample *s, const struct pfx_event *event,
                                       enum pfx_field field)
{
    bool own = strcmp(s->daemon, "smtpd") == 0 || strcmp(s->daemon, "postscreen") == 0;
    bool cleanup = strcmp(s->daemon, "cleanup") == 0;
    struct pfx_slice part = pfx_event_get(event, field);
    ptrdiff_t end;

    if (s->product > 0)
        return strangers_part_of_neighbour(s, field) && !is_open(s, event, field) ? part
                                                                                  : PFX_NO_SLICE;
    if (!is_strangers(field) ||
        (field == PFX_F_tls_error && pfx_slice_find(part, PFX_SLICE("issuer")) < 0) ||
        (cleanup && !pfx_event_has(event, PFX_F_from) && field == PFX_F_email_header_content) ||
        (cleanup && field == PFX_F_reply_text) || ((own || cleanup) && field == PFX_F_milter_data))
        return PFX_NO_SLICE;
    if (!own || field != PFX_F_reply_text)
        return part;
    end = pfx_slice_find(part, PFX_SLICE(">: "));
    if (end < 0 || !pfx_slice_starts(part, PFX_SLICE("<")))
        return PFX_NO_SLICE;
    return pfx_slice_from(pfx_slice_until(part, (size_t)end), 1);
}

static bool within(struct pfx_slice part, struct pfx_slice whole)
{
    return part.length > 0 && part.text >= whole.text &&
           part.text + part.length <= whole.text + whole.length;
}

int main(int argc, char **argv)
{
    static const char *const patterns[] = {"%s/*/*.samples", "%s/*/*/*.samples"};
    static struct pfx_event before;
    char error[512], pattern[4096];
    struct pfx_rules *rules =
        argc > 1 ? pfx_rules_read(argv[1], NULL, NULL, error, sizeof(error)) : NULL;
    struct pfx_parser *parser = rules != NULL ? pfx_parser_new(rules, PFX_MATCHER_OWN) : NULL;

    if (parser == NULL) {
        fprintf(stderr, "%s\n", argc > 1 ? error : "usage: injection RULEBASEDIR");
        return 2;
    }
    for (size_t p = 0; p < 2; ++p) {
        glob_t found;

        snprintf(pattern, sizeof(pattern), patterns[p], argv[1]);
        if (glob(pattern, 0, NULL, &found) == 0) {
            for (size_t i = 0; i < found.gl_pathc; ++i)
                read_samples(rules, found.gl_pathv[i]);
            globfree(&found);
        }
    }
    for (size_t i = 0; i < samples; ++i) {
        struct pfx_slice text = pfx_slice_of(sample[i].text);

        if (sample[i].product == 0 && !hears_strangers(sample[i].daemon))
            continue;
        if (!parse(parser, &sample[i], text, &before) || is_configuration(&before))
            continue;
        for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
            struct pfx_slice part = strangers_part(&sample[i], &before, (enum pfx_field)f);

            if (!within(part, text))
                continue;
            inject(parser, &sample[i], pfx_slice_until(text, (size_t)(part.text - text.text)),
                   pfx_slice_from(text, (size_t)(part.text - text.text) + part.length), &before,
                   (enum pfx_field)f);
        }
    }
    printf("%zu sentences, %lu lines, %lu flips\n", samples, tries, flips);
    for (size_t i = 0; i < samples; ++i)
        free(sample[i].text);
    pfx_parser_free(&parser);
    pfx_rules_unref(&rules);
    return flips > 0 || tries == 0;
}
