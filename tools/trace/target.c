/* SPDX-License-Identifier: Apache-2.0 */
/* The search target of a trace; see target.h. */
#include "trace/target.h"
#include "trace/ids.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const enum pfx_field queue_ids[] = {
    PFX_F_queue_id,     PFX_F_orig_queue_id,     PFX_F_queued_as,
    PFX_F_forwarded_as, PFX_F_bounce_id,         PFX_F_orig_id,
    PFX_F_message_id,   PFX_F_resent_message_id, PFX_FIELD_NONE};
static const enum pfx_field ids[] = {
    PFX_F_amavis_id,  PFX_F_amavis_mail_id,  PFX_F_amavis_parent_mail_id,
    PFX_F_rspamd_tag, PFX_F_dovecot_session, PFX_FIELD_NONE};
static const enum pfx_field addresses[] = {PFX_F_from, PFX_F_to, PFX_F_orig_to, PFX_FIELD_NONE};
static const enum pfx_field logins[] = {PFX_F_sasl_username, PFX_F_sasl_sender, PFX_FIELD_NONE};
static const enum pfx_field hosts[] = {PFX_F_client_host, PFX_F_orig_client_host, PFX_F_relay_host,
                                       PFX_FIELD_NONE};
static const enum pfx_field ips[] = {PFX_F_client_ip, PFX_F_orig_client_ip, PFX_F_relay_ip,
                                     PFX_FIELD_NONE};

static int read_ip(const char *text, struct in6_addr *ip_r)
{
    memset(ip_r, 0, sizeof(*ip_r));
    if (inet_pton(AF_INET6, text, ip_r) == 1)
        return AF_INET6;
    return inet_pton(AF_INET, text, ip_r) == 1 ? AF_INET : 0;
}

bool target_open(struct target *target, const char *id)
{
    size_t length = strlen(id);
    ptrdiff_t at;

    if (length > 2 && id[0] == '<' && id[length - 1] == '>') {
        ++id;
        length -= 2;
    }
    *target = (struct target){.text = strndup(id, length)};
    if (target->text == NULL || length == 0)
        return false;
    at = pfx_address_at(pfx_slice_of(target->text));
    target->word = at < 0;
    target->null = strcmp(id, "<>") == 0;
    target->address = at >= 0 ? at > 0 && target->text[at + 1] != '\0' : target->null;
    target->domain = at <= 0;
    target->local = at < 0 || target->text[at + 1] == '\0';
    target->begin = at == 0;
    target->length = length - (at >= 0);
    target->family = read_ip(target->text, &target->ip);
    if (target->family != 0)
        target->domain = target->local = false;
    return true;
}

void target_kinds(const struct target *target, char room[TARGET_KINDS_ROOM])
{
    const struct {
        bool may;
        const char *name;
    } kinds[] = {{target->word && target->family == 0, "queue id"},
                 {target->begin == 0 && target->family == 0, "message-id"},
                 {target->address, "sender or recipient"},
                 {target->local, "local part of one"},
                 {target->domain, "domain of one"},
                 {target->begin == 0 && target->family == 0, "login"},
                 {target->word && target->domain, "host"},
                 {target->family != 0, "address of a client or next hop"},
                 {target->word && target->family == 0, "id of a filter or mailbox session"}};
    size_t length = 0;

    room[0] = '\0';
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); ++i) {
        if (kinds[i].may)
            length += (size_t)snprintf(room + length, TARGET_KINDS_ROOM - length, "%s%s",
                                       length > 0 ? ", " : "", kinds[i].name);
    }
}

void target_close(struct target *target)
{
    free(target->text);
    target->text = NULL;
}

static bool is_text(const char *text, const char *other)
{
    return text != NULL && strcasecmp(text, other) == 0;
}

/* The part of an address that the target may be. */
static bool has_part(const struct target *target, const char *address)
{
    ptrdiff_t at = address != NULL ? pfx_address_at(pfx_slice_of(address)) : -1;
    const char *part = target->text + target->begin;

    if (at < 0)
        return target->local && is_text(address, part);
    if (target->local && (size_t)at == target->length &&
        strncasecmp(address, part, target->length) == 0)
        return true;
    return target->domain && strlen(address + at + 1) == target->length &&
           strncasecmp(address + at + 1, part, target->length) == 0;
}

static bool is_ip(const struct target *target, const char *text)
{
    struct in6_addr ip;

    return text != NULL && read_ip(text, &ip) == target->family &&
           memcmp(&ip, &target->ip, sizeof(ip)) == 0;
}

/* An id that a program beside Postfix gave; also in a reply that Postfix logs. */
static bool has_id(const struct target *target, const struct view *view)
{
    struct pfx_slice id = pfx_slice_of(target->text);

    for (const enum pfx_field *f = ids; *f != PFX_FIELD_NONE; ++f) {
        if (view->text[*f] != NULL && strcmp(view->text[*f], target->text) == 0)
            return true;
    }
    return pfx_slice_equal(ids_amavis(view), id) || pfx_slice_equal(ids_session(view), id);
}

bool target_match(const struct target *target, const struct view *view)
{
    const char *const *text = view->text;

    for (const enum pfx_field *f = queue_ids; *f != PFX_FIELD_NONE; ++f) {
        if (text[*f] != NULL && strcmp(text[*f], target->text) == 0)
            return true;
    }
    if (target->null && is_text(text[PFX_F_from], ""))
        return true;
    for (const enum pfx_field *f = addresses; *f != PFX_FIELD_NONE; ++f) {
        if ((target->address && is_text(text[*f], target->text)) ||
            ((target->local || target->domain) && has_part(target, text[*f])))
            return true;
    }
    for (const enum pfx_field *f = logins; *f != PFX_FIELD_NONE; ++f) {
        if (is_text(text[*f], target->text) || (target->domain && has_part(target, text[*f])))
            return true;
    }
    for (const enum pfx_field *f = hosts; target->word && *f != PFX_FIELD_NONE; ++f) {
        if (is_text(text[*f], target->text))
            return true;
    }
    for (const enum pfx_field *f = ips; target->family != 0 && *f != PFX_FIELD_NONE; ++f) {
        if (is_ip(target, text[*f]))
            return true;
    }
    return target->word && has_id(target, view);
}
