/* SPDX-License-Identifier: Apache-2.0 */
/* injection RULEBASEDIR [PAYLOADS-A-FIELD]: log injection. Every sentence of the samples is put
 * into every text that strangers write in every other sentence. The event has to stay what it was,
 * and no field may come, go or change but the text itself and what is cut from it.
 */
#include "event/event.h"
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
    return pfx_fields[field].privacy == PFX_PRIVACY_TEXT;
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

static void read_samples(const char *path)
{
    const char *slash = strrchr(path, '/');
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

/* Parses a message as core does; false when no rule fits. */
static bool parse(struct pfx_parser *parser, const char *daemon, struct pfx_slice text,
                  struct pfx_event *event)
{
    struct pfx_head head = pfx_program_head(text);
    struct pfx_speaker speaker =
        pfx_rules_speaker(pfx_parser_rules(parser), 0, pfx_slice_of(daemon));

    pfx_event_clear(event);
    if (pfx_parser_parse(parser, &speaker, head.rest, event) <= 0)
        return false;
    pfx_event_set(event, PFX_F_queue_id, head.queue_id);
    return true;
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

        if (is_text(field) || (is_of_reply(field) && into == PFX_F_mail_response) ||
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

static void inject(struct pfx_parser *parser, const struct sample *s, struct pfx_slice front,
                   struct pfx_slice back, const struct pfx_event *before, enum pfx_field into)
{
    static char text[65536];
    static struct pfx_event after;
    unsigned told = 0;

    for (size_t i = 0; i < samples; ++i) {
        struct pfx_slice payload = pfx_slice_of(sample[i].text);
        size_t length = front.length + payload.length + back.length;
        const char *what;

        if (length >= sizeof(text))
            continue;
        memcpy(text, front.text, front.length);
        memcpy(text + front.length, payload.text, payload.length);
        memcpy(text + front.length + payload.length, back.text, back.length);
        text[length] = '\0';
        ++tries;
        parse(parser, s->daemon, (struct pfx_slice){text, length}, &after);
        what = flip(before, &after, into);
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
                read_samples(found.gl_pathv[i]);
            globfree(&found);
        }
    }
    for (size_t i = 0; i < samples; ++i) {
        struct pfx_slice text = pfx_slice_of(sample[i].text);

        if (!hears_strangers(sample[i].daemon) || !parse(parser, sample[i].daemon, text, &before) ||
            is_configuration(&before))
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
