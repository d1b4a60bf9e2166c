/* SPDX-License-Identifier: Apache-2.0 */
/* A flow as text; see blocks.h. Text from the log is printed without control characters. */
#include "trace/blocks.h"
#include "people/moment.h"
#include "people/terminal.h"

#include <stdio.h>

#define SECOND INT64_C(1000000)
#define REPLY_MOST 120 /* longest text, in characters */
#define NO_LIMIT 4096

static void put_part(const char *before, const char *text, const char *after, size_t most)
{
    fputs(before, stdout);
    terminal_put(text, most);
    fputs(after, stdout);
}

/* 0.123s, 3m05s, 2h03m, 4d01h, with a plus in front. Returns its length. */
static int write_elapsed(int64_t elapsed, bool fraction, char *room, size_t size)
{
    int64_t seconds = elapsed / SECOND;

    if (seconds >= 86400)
        return snprintf(room, size, "+%lldd%02dh", (long long)(seconds / 86400),
                        (int)(seconds % 86400 / 3600));
    if (seconds >= 3600)
        return snprintf(room, size, "+%dh%02dm", (int)(seconds / 3600), (int)(seconds % 3600 / 60));
    if (seconds >= 60)
        return snprintf(room, size, "+%dm%02ds", (int)(seconds / 60), (int)(seconds % 60));
    if (fraction)
        return snprintf(room, size, "+%d.%03ds", (int)seconds, (int)(elapsed % SECOND / 1000));
    return snprintf(room, size, "+%ds", (int)seconds);
}

/* "name[address]:port", the parts that are known; or a socket as address. */
static void put_peer(const char *label, const char *name, const char *address, const char *port)
{
    if (name == NULL && address == NULL)
        return;
    put_part(label, name != NULL ? name : "", "", NO_LIMIT);
    if (address != NULL && (name == NULL || strcmp(name, address) != 0))
        put_part("[", address, "]", NO_LIMIT);
    if (port != NULL)
        put_part(":", port, "", NO_LIMIT);
}

static void put_peers(const struct view *view)
{
    const char *const *text = view->text;
    const char *relay =
        text[PFX_F_relay_ip] != NULL ? text[PFX_F_relay_ip] : text[PFX_F_relay_path];

    put_peer(" client=", text[PFX_F_client_host], text[PFX_F_client_ip], text[PFX_F_client_port]);
    put_peer(" orig_client=", text[PFX_F_orig_client_host], text[PFX_F_orig_client_ip],
             text[PFX_F_orig_client_port]);
    put_peer(" relay=", text[PFX_F_relay_host], relay, text[PFX_F_relay_port]);
}

/* The output of a line, in this order. */
static const struct part {
    enum pfx_field field;
    const char *before, *after;
    size_t most;
} parts[] = {
    {PFX_F_orig_queue_id, " orig_queue_id=", "", NO_LIMIT},
    {PFX_F_helo, " helo=", "", NO_LIMIT},
    {PFX_F_sasl_username, " user=", "", NO_LIMIT},
    {PFX_F_sasl_method, " sasl=", "", NO_LIMIT},
    {PFX_F_uid, " uid=", "", NO_LIMIT},
    {PFX_F_dnsbl_domain, " dnsbl=", "", NO_LIMIT},
    {PFX_F_dnsbl_rank, " rank=", "", NO_LIMIT},
    {PFX_F_message_id, " message-id=<", ">", NO_LIMIT},
    {PFX_F_resent_message_id, " resent-message-id=<", ">", NO_LIMIT},
    {PFX_F_from, " from=<", ">", NO_LIMIT},
    {PFX_F_to, " to=<", ">", NO_LIMIT},
    {PFX_F_orig_to, " orig_to=<", ">", NO_LIMIT},
    {PFX_F_size, " size=", "", NO_LIMIT},
    {PFX_F_nrcpt, " nrcpt=", "", NO_LIMIT},
    {PFX_F_tls_version, " ", "", NO_LIMIT},
    {PFX_F_tls_cipher, " ", "", NO_LIMIT},
    {PFX_F_relay_tls_version, " ", "", NO_LIMIT},
    {PFX_F_relay_tls_cipher, " ", "", NO_LIMIT},
    {PFX_F_status, " status=", "", NO_LIMIT},
    {PFX_F_hop, " hop=", "", NO_LIMIT},
    {PFX_F_dsn, " dsn=", "", NO_LIMIT},
    {PFX_F_delay, " delay=", "", NO_LIMIT},
    {PFX_F_reason_class, " reason=", "", NO_LIMIT},
    {PFX_F_check_class, " ", "", NO_LIMIT},
    {PFX_F_email_header, " header=", "", NO_LIMIT},
    {PFX_F_email_header_content, " \"", "\"", REPLY_MOST},
    {PFX_F_queued_as, " queued_as=", "", NO_LIMIT},
    {PFX_F_forwarded_as, " forwarded_as=", "", NO_LIMIT},
    {PFX_F_bounce_id, " notice=", "", NO_LIMIT},
    {PFX_F_amavis_id, " id=", "", NO_LIMIT},
    {PFX_F_amavis_mail_id, " mail_id=", "", NO_LIMIT},
    {PFX_F_rspamd_tag, " tag=", "", NO_LIMIT},
    {PFX_F_dovecot_session, " session=", "", NO_LIMIT},
    {PFX_F_filter_verdict, " verdict=", "", NO_LIMIT},
    {PFX_F_filter_action, " asks=", "", NO_LIMIT},
    {PFX_F_filter_actions, " actions=", "", NO_LIMIT},
    {PFX_F_spam_score, " score=", "", NO_LIMIT},
    {PFX_F_virus_name, " virus=", "", NO_LIMIT},
    {PFX_F_banned_name, " banned=", "", REPLY_MOST},
    {PFX_F_quarantine, " quarantine=", "", NO_LIMIT},
    {PFX_F_dkim_result, " dkim=", "", NO_LIMIT},
    {PFX_F_spf_result, " spf=", "", NO_LIMIT},
    {PFX_F_dmarc_result, " dmarc=", "", NO_LIMIT},
    {PFX_F_arc_result, " arc=", "", NO_LIMIT},
    {PFX_F_greylist_action, " greylist=", "", NO_LIMIT},
    {PFX_F_greylist_delay, " greylist_delay=", "", NO_LIMIT},
    {PFX_F_sieve_action, " sieve=", "", NO_LIMIT},
    {PFX_F_mailbox, " mailbox=\"", "\"", REPLY_MOST},
    {PFX_F_reply_code, " ", "", NO_LIMIT},
    {PFX_F_reply_enhanced, " ", "", NO_LIMIT},
    {PFX_F_reply_text, " ", "", REPLY_MOST},
    {PFX_F_mail_response, " ", "", REPLY_MOST},
    {PFX_F_reason, " ", "", REPLY_MOST},
    {PFX_F_text, " \"", "\"", REPLY_MOST},
    {PFX_F_warning, " ", "", REPLY_MOST},
    {PFX_F_unparsed, " ", "", REPLY_MOST},
};

/* The same text is not printed twice. */
static bool is_told(const struct view *view, size_t part)
{
    const char *text = view->text[parts[part].field];

    if (parts[part].most == NO_LIMIT)
        return false;
    for (size_t i = 0; i < part; ++i) {
        const char *other = view->text[parts[i].field];

        if (parts[i].most != NO_LIMIT && other != NULL && strcmp(other, text) == 0)
            return true;
    }
    return false;
}

static void put_details(const struct view *view)
{
    put_peers(view);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); ++i) {
        const char *text = view->text[parts[i].field];

        if (text != NULL && !is_told(view, i))
            put_part(parts[i].before, text, parts[i].after, parts[i].most);
    }
}

static bool has_details(const struct view *view)
{
    bool has = view->text[PFX_F_client_host] != NULL || view->text[PFX_F_client_ip] != NULL ||
               view->text[PFX_F_relay_host] != NULL || view->text[PFX_F_relay_ip] != NULL;

    for (size_t i = 0; !has && i < sizeof(parts) / sizeof(parts[0]); ++i)
        has = view->text[parts[i].field] != NULL;
    return has;
}

static const char *event_of(const struct row *row)
{
    const char *name = row_text(row, PFX_F_event), *dot = strchr(name, '.');

    return dot != NULL ? dot + 1 : name;
}

/* "submission/smtpd"; "dovecot/lmtp" of a program beside Postfix. */
static int name_daemon(const struct row *row, char *room, size_t size)
{
    const char *front = row_text(row, PFX_F_service), *daemon = row_text(row, PFX_F_daemon);

    if (row_is_beside(row))
        front = strcmp(row_text(row, PFX_F_application), daemon) != 0
                    ? row_text(row, PFX_F_application)
                    : "";
    return snprintf(room, size, "%s%s%s", front, front[0] != '\0' ? "/" : "", daemon);
}

static void put_padded(const char *text, size_t width)
{
    terminal_put(text, NO_LIMIT);
    for (size_t i = strlen(text); i < width; ++i)
        putchar(' ');
}

static void indent(unsigned depth)
{
    for (unsigned i = 0; i < depth && i < 20; ++i)
        fputs("    ", stdout);
}

/* The link to the parent. */
static void put_link(const struct block *block)
{
    if (block->link[0] == '\0')
        return;
    if (block->parent != NULL && block->parent->node->kind == NODE_PROXIED) {
        fputs(", from the filter before the queue", stdout);
        return;
    }
    printf(", %s of ", block->link);
    terminal_put(block->parent_uid[0] != '\0' ? block->parent_uid
                 : block->parent != NULL      ? block->parent->queue_id
                                              : block->parent_id,
                 NO_LIMIT);
}

static const char *end_of(const struct block *block)
{
    if (block->verdict[0] != '\0')
        return block->verdict;
    if (block->node->kind == NODE_MAIL && block->node->ended)
        return "ended";
    return block->node->kind == NODE_SESSION ? "no refusal seen" : "no end seen";
}

/* An end of a mail or of a recipient, in its colour. */
static void put_coloured(const char *end)
{
    static const struct {
        const char *end;
        enum colour colour;
    } colours[] = {
        {"delivered", COLOUR_GREEN}, {"sent", COLOUR_GREEN},      {"accept", COLOUR_GREEN},
        {"accepted", COLOUR_GREEN},  {"bounced", COLOUR_RED},     {"undeliverable", COLOUR_RED},
        {"expired", COLOUR_RED},     {"reject", COLOUR_RED},      {"rejected", COLOUR_RED},
        {"partly", COLOUR_YELLOW},   {"deferred", COLOUR_YELLOW}, {"held", COLOUR_YELLOW}};

    for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); ++i) {
        if (strcmp(end, colours[i].end) == 0)
            terminal_colour(colours[i].colour);
    }
    terminal_put(end, NO_LIMIT);
    terminal_colour(COLOUR_NONE);
}

static void put_header(const struct block *block)
{
    static const char *const kinds[] = {[NODE_SESSION] = "session without a mail",
                                        [NODE_PROXIED] = "before the queue",
                                        [NODE_TASK] = ""};
    const struct view *fact = &block->fact;
    const char *name = kinds[block->node->kind];

    if (block->node->kind == NODE_MAIL)
        name = block->queue_id;
    else if (block->node->kind == NODE_TASK && block->rows > 0)
        name = row_text(block->row[0], PFX_F_application);

    indent(block->depth);
    terminal_colour(COLOUR_BOLD);
    terminal_put(name, NO_LIMIT);
    put_part(" on ", block->host, "", NO_LIMIT);
    if (block->node->kind != NODE_TASK)
        put_part("/", block->instance, "", NO_LIMIT);
    put_link(block);
    if (fact->text[PFX_F_from] != NULL)
        put_part(", from=<", fact->text[PFX_F_from], ">", NO_LIMIT);
    if (fact->text[PFX_F_message_id] != NULL)
        put_part(", message-id=<", fact->text[PFX_F_message_id], ">", NO_LIMIT);
    terminal_colour(COLOUR_NONE);
    if (block->node->kind != NODE_TASK) {
        fputs(": ", stdout);
        put_coloured(end_of(block));
    }
    fputs(block->node->incomplete ? ", lines are missing\n" : "\n", stdout);
}

static void put_recipients(const struct block *block)
{
    for (size_t i = 0; i < block->recipients; ++i) {
        const struct row *row = block->recipient[i];
        const char *orig_to = row_text(row, PFX_F_orig_to), *dsn = row_text(row, PFX_F_dsn);

        indent(block->depth);
        put_part("  to <", row_text(row, PFX_F_to), ">", NO_LIMIT);
        if (orig_to[0] != '\0')
            put_part(" (", orig_to, ")", NO_LIMIT);
        fputs(": ", stdout);
        put_coloured(block_status(block, row));
        put_part(" ", dsn[0] != '\0' ? dsn : row_text(row, PFX_F_reply_enhanced), "", NO_LIMIT);
        if (strcmp(row_text(row, PFX_F_hop), "internal") == 0)
            fputs(", handed on", stdout);
        putchar('\n');
    }
}

/* How wide the columns of a block are. */
struct columns {
    size_t elapsed, daemon, event;
    bool fraction;
};

static size_t wider(size_t width, size_t length)
{
    return length > width && length < 40 ? length : width;
}

static struct columns measure(const struct block *block, int64_t start)
{
    struct columns columns = {0};
    char room[256];

    for (size_t i = 0; i < block->rows; ++i)
        columns.fraction |= block->row[i]->time % SECOND != 0;
    for (size_t i = 0; i < block->rows; ++i) {
        const struct row *row = block->row[i];

        columns.elapsed =
            wider(columns.elapsed,
                  (size_t)write_elapsed(row->time - start, columns.fraction, room, sizeof(room)));
        columns.daemon = wider(columns.daemon, (size_t)name_daemon(row, room, sizeof(room)));
        columns.event = wider(columns.event, strlen(event_of(row)));
    }
    return columns;
}

static void put_row(const struct row *row, const struct blocks *blocks,
                    const struct columns *columns)
{
    char time[MOMENT_ROOM], room[256];
    struct view view;

    moment_write(row->time, columns->fraction, blocks->utc, time);
    write_elapsed(row->time - blocks->start, columns->fraction, room, sizeof(room));
    terminal_colour(COLOUR_DIM);
    printf("%s  %*s", time, (int)columns->elapsed, room);
    terminal_colour(COLOUR_NONE);
    name_daemon(row, room, sizeof(room));
    fputs("  ", stdout);
    put_padded(room, columns->daemon);
    fputs("  ", stdout);
    row_view(row, &view);
    put_padded(event_of(row), has_details(&view) ? columns->event : 0);
    put_details(&view);
    if (row->weak)
        fputs(" (perhaps of this mail)", stdout);
    putchar('\n');
}

static void put_block(const struct block *block, const struct blocks *blocks)
{
    struct columns columns = measure(block, blocks->start);

    put_header(block);
    for (size_t i = 0; i < block->rows; ++i) {
        indent(block->depth);
        fputs("  ", stdout);
        put_row(block->row[i], blocks, &columns);
    }
    put_recipients(block);
}

void blocks_text(const struct blocks *blocks, size_t number)
{
    if (number > 0)
        fputs("\n----\n\n", stdout);
    for (size_t i = 0; i < blocks->count; ++i) {
        if (i > 0)
            putchar('\n');
        put_block(blocks->shown[i], blocks);
    }
}
