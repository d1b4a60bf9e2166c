/* SPDX-License-Identifier: Apache-2.0 */
/* A flow as JSON, one object a flow, or as CSV (RFC 4180), one row a line; see blocks.h. */
#include "trace/blocks.h"
#include "people/escape.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>

/* The output of a line, in this order, by the words of fields.def. */
static const enum pfx_field line_fields[] = {PFX_F_action,
                                             PFX_F_level,
                                             PFX_F_event_outcome,
                                             PFX_F_reason_class,
                                             PFX_F_reason,
                                             PFX_F_warning,
                                             PFX_F_message_id,
                                             PFX_F_resent_message_id,
                                             PFX_F_from,
                                             PFX_F_to,
                                             PFX_F_orig_to,
                                             PFX_F_size,
                                             PFX_F_nrcpt,
                                             PFX_F_uid,
                                             PFX_F_client_host,
                                             PFX_F_client_ip,
                                             PFX_F_client_port,
                                             PFX_F_orig_client_host,
                                             PFX_F_orig_client_ip,
                                             PFX_F_orig_client_port,
                                             PFX_F_orig_queue_id,
                                             PFX_F_helo,
                                             PFX_F_proto,
                                             PFX_F_sasl_method,
                                             PFX_F_sasl_username,
                                             PFX_F_stage,
                                             PFX_F_tls_trustlevel,
                                             PFX_F_tls_version,
                                             PFX_F_tls_cipher,
                                             PFX_F_dnsbl_rank,
                                             PFX_F_dnsbl_domain,
                                             PFX_F_relay_host,
                                             PFX_F_relay_ip,
                                             PFX_F_relay_port,
                                             PFX_F_relay_path,
                                             PFX_F_relay_tls_trustlevel,
                                             PFX_F_relay_tls_version,
                                             PFX_F_relay_tls_cipher,
                                             PFX_F_status,
                                             PFX_F_hop,
                                             PFX_F_dsn,
                                             PFX_F_delay,
                                             PFX_F_reply_code,
                                             PFX_F_reply_enhanced,
                                             PFX_F_reply_text,
                                             PFX_F_reply_command,
                                             PFX_F_mail_response,
                                             PFX_F_queued_as,
                                             PFX_F_forwarded_as,
                                             PFX_F_bounce_id,
                                             PFX_F_notification,
                                             PFX_F_check_class,
                                             PFX_F_email_header,
                                             PFX_F_email_header_content,
                                             PFX_F_milter,
                                             PFX_F_amavis_id,
                                             PFX_F_amavis_mail_id,
                                             PFX_F_amavis_parent_mail_id,
                                             PFX_F_rspamd_tag,
                                             PFX_F_dovecot_session,
                                             PFX_F_filter_verdict,
                                             PFX_F_filter_action,
                                             PFX_F_filter_actions,
                                             PFX_F_spam_score,
                                             PFX_F_spam_threshold,
                                             PFX_F_spam_tests,
                                             PFX_F_virus_name,
                                             PFX_F_banned_name,
                                             PFX_F_quarantine,
                                             PFX_F_dkim_result,
                                             PFX_F_dkim_domain,
                                             PFX_F_spf_result,
                                             PFX_F_spf_domain,
                                             PFX_F_dmarc_result,
                                             PFX_F_dmarc_domain,
                                             PFX_F_arc_result,
                                             PFX_F_greylist_action,
                                             PFX_F_greylist_delay,
                                             PFX_F_disposition,
                                             PFX_F_mailbox,
                                             PFX_F_mailbox_action,
                                             PFX_F_sieve_action,
                                             PFX_F_sieve_address,
                                             PFX_F_login_state,
                                             PFX_F_disconnect_reason,
                                             PFX_F_text,
                                             PFX_F_unparsed};
static const enum pfx_field recipient_fields[] = {
    PFX_F_to,         PFX_F_orig_to,        PFX_F_dsn,        PFX_F_hop,
    PFX_F_relay_host, PFX_F_relay_ip,       PFX_F_relay_port, PFX_F_reason_class,
    PFX_F_reply_code, PFX_F_reply_enhanced, PFX_F_reply_text};
/* Who wrote it. */
static const struct {
    enum pfx_field field;
    const char *name;
} head_fields[] = {{PFX_F_event_source, "host"}, {PFX_F_instance, "instance"},
                   {PFX_F_service, "service"},   {PFX_F_daemon, "daemon"},
                   {PFX_F_pid, "pid"},           {PFX_F_event, "event"},
                   {PFX_F_product, "product"}};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add_text(struct fjson_object *object, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0')
        fjson_object_object_add(object, name, fjson_object_new_string(text));
}

/* A field in its type. */
static void add_field(struct fjson_object *object, enum pfx_field field, const char *text)
{
    enum pfx_type type = pfx_fields[field].type;

    if (text == NULL || text[0] == '\0')
        return;
    if (type == PFX_INTEGER)
        fjson_object_object_add(object, pfx_fields[field].word.text,
                                fjson_object_new_int64(strtoll(text, NULL, 10)));
    else if (type == PFX_NUMBER)
        fjson_object_object_add(object, pfx_fields[field].word.text,
                                fjson_object_new_double_s(strtod(text, NULL), text));
    else
        add_text(object, pfx_fields[field].word.text, text);
}

static void add_elapsed(struct fjson_object *object, int64_t elapsed)
{
    char room[40];

    snprintf(room, sizeof(room), "%lld.%06d", (long long)(elapsed / 1000000),
             (int)(elapsed % 1000000));
    fjson_object_object_add(object, "elapsed",
                            fjson_object_new_double_s((double)elapsed / 1e6, room));
}

static struct fjson_object *line_object(const struct row *row, int64_t start)
{
    struct fjson_object *line = fjson_object_new_object();
    struct view view;

    row_view(row, &view);
    add_text(line, "time", view.text[PFX_F_event_created]);
    add_elapsed(line, row->time - start);
    for (size_t i = 0; i < COUNT(head_fields); ++i)
        add_text(line, head_fields[i].name, view.text[head_fields[i].field]);
    for (size_t i = 0; i < COUNT(line_fields); ++i)
        add_field(line, line_fields[i], view.text[line_fields[i]]);
    if (row->weak)
        fjson_object_object_add(line, "weak", fjson_object_new_boolean(1));
    return line;
}

static struct fjson_object *recipient_object(const struct block *block, const struct row *row)
{
    struct fjson_object *recipient = fjson_object_new_object();

    for (size_t i = 0; i < COUNT(recipient_fields); ++i)
        add_field(recipient, recipient_fields[i], row_text(row, recipient_fields[i]));
    add_text(recipient, "status", block_status(block, row));
    return recipient;
}

static struct fjson_object *mail_object(const struct block *block, int64_t start)
{
    struct fjson_object *mail = fjson_object_new_object();
    struct fjson_object *facts = fjson_object_new_object();
    struct fjson_object *recipients = fjson_object_new_array(), *lines = fjson_object_new_array();
    const char *parent_uid = block->parent_uid;

    if (parent_uid[0] == '\0' && block->parent != NULL)
        parent_uid = block->parent->queue_id;
    add_text(mail, "kind", block->kind);
    add_text(mail, "mail_id", block->id);
    add_text(mail, "session_id", block->session_id);
    add_text(mail, "queue_id", block->queue_id);
    add_text(mail, "host", block->host);
    add_text(mail, "instance", block->instance);
    add_text(mail, "link", block->link);
    add_text(mail, "parent_mail_id", block->parent_id);
    add_text(mail, "parent_uid", parent_uid);
    add_text(mail, "verdict", block->verdict);
    if (block->node->kind == NODE_MAIL)
        fjson_object_object_add(mail, "ended", fjson_object_new_boolean(block->node->ended));
    if (block->node->incomplete)
        fjson_object_object_add(mail, "incomplete", fjson_object_new_boolean(1));
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f)
        add_field(facts, (enum pfx_field)f, block->fact.text[f]);
    for (size_t i = 0; i < block->recipients; ++i)
        fjson_object_array_add(recipients, recipient_object(block, block->recipient[i]));
    for (size_t i = 0; i < block->rows; ++i)
        fjson_object_array_add(lines, line_object(block->row[i], start));
    fjson_object_object_add(mail, "facts", facts);
    fjson_object_object_add(mail, "recipients", recipients);
    fjson_object_object_add(mail, "lines", lines);
    return mail;
}

/* Escapes DEL and the control characters above it, which JSON allows and terminals execute. */
static void put_json(const char *json)
{
    for (; *json != '\0'; ++json) {
        unsigned char c = (unsigned char)*json, next = (unsigned char)json[1];

        if (c == 0x7f)
            fputs("\\u007f", stdout);
        else if (c == 0xc2 && next >= 0x80 && next < 0xa0)
            printf("\\u00%02x", (unsigned char)*++json);
        else
            putchar(c);
    }
    putchar('\n');
}

void blocks_json(const struct blocks *blocks, size_t number)
{
    struct fjson_object *flow = fjson_object_new_object(), *mails = fjson_object_new_array();

    (void)number;
    add_text(flow, "trace_id", blocks->trace);
    for (size_t i = 0; i < blocks->count; ++i)
        fjson_object_array_add(mails, mail_object(blocks->shown[i], blocks->start));
    fjson_object_object_add(flow, "mails", mails);
    put_json(fjson_object_to_json_string_ext(flow, FJSON_TO_STRING_PLAIN));
    fjson_object_put(flow);
}

/* A value, after a comma except the first. */
static void put_value(const char *text, bool first)
{
    if (!first)
        putchar(',');
    if (text != NULL)
        escape_csv(text);
}

static void put_csv_header(void)
{
    fputs("trace_id,mail_id,queue_id,link,parent_mail_id,verdict,time,elapsed", stdout);
    for (size_t i = 0; i < COUNT(head_fields); ++i)
        printf(",%s", head_fields[i].name);
    for (size_t i = 0; i < COUNT(line_fields); ++i)
        printf(",%s", pfx_fields[line_fields[i]].word.text);
    fputs(",weak\r\n", stdout);
}

static void put_csv_row(const struct blocks *blocks, const struct block *block,
                        const struct row *row)
{
    int64_t elapsed = row->time - blocks->start;
    char room[40];
    struct view view;

    row_view(row, &view);
    put_value(blocks->trace, true);
    put_value(block->id, false);
    put_value(block->queue_id, false);
    put_value(block->link, false);
    put_value(block->parent_id, false);
    put_value(block->verdict, false);
    put_value(view.text[PFX_F_event_created], false);
    snprintf(room, sizeof(room), "%lld.%06d", (long long)(elapsed / 1000000),
             (int)(elapsed % 1000000));
    put_value(room, false);
    for (size_t i = 0; i < COUNT(head_fields); ++i)
        put_value(view.text[head_fields[i].field], false);
    for (size_t i = 0; i < COUNT(line_fields); ++i)
        put_value(view.text[line_fields[i]], false);
    put_value(row->weak ? "true" : "", false);
    fputs("\r\n", stdout);
}

void blocks_csv(const struct blocks *blocks, size_t number)
{
    if (number == 0)
        put_csv_header();
    for (size_t i = 0; i < blocks->count; ++i) {
        const struct block *block = blocks->shown[i];

        for (size_t k = 0; k < block->rows; ++k)
            put_csv_row(blocks, block, block->row[k]);
    }
}
