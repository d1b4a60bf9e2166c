/* SPDX-License-Identifier: Apache-2.0 */
/* The search target of a trace; see target.h. */
#include "trace/target.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

static const enum pfx_field queue_ids[] = {
    PFX_F_queue_id,     PFX_F_orig_queue_id,     PFX_F_queued_as,
    PFX_F_forwarded_as, PFX_F_bounce_id,         PFX_F_orig_id,
    PFX_F_message_id,   PFX_F_resent_message_id, PFX_FIELD_NONE};
static const enum pfx_field addresses[] = {PFX_F_from, PFX_F_to, PFX_F_orig_to, PFX_FIELD_NONE};
static const enum pfx_field logins[] = {PFX_F_sasl_username, PFX_F_sasl_sender, PFX_FIELD_NONE};
static const enum pfx_field ips[] = {PFX_F_client_ip, PFX_F_orig_client_ip, PFX_FIELD_NONE};

/* "PID-NUMBER" or "PID-NUMBER-NUMBER". */
static bool is_amavis(const char *text)
{
    unsigned parts = 0;

    do {
        if (!isdigit((unsigned char)*text))
            return false;
        while (isdigit((unsigned char)*text))
            ++text;
        ++parts;
    } while (*text == '-' && *++text != '\0');
    return *text == '\0' && (parts == 2 || parts == 3);
}

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

    if (length >= 2 && id[0] == '<' && id[length - 1] == '>') {
        ++id;
        length -= 2;
    }
    *target = (struct target){.text = strndup(id, length)};
    if (target->text == NULL || length == 0)
        return false;
    target->address = strchr(target->text, '@') != NULL;
    target->amavis = is_amavis(target->text);
    target->family = read_ip(target->text, &target->ip);
    return true;
}

void target_close(struct target *target)
{
    free(target->text);
    target->text = NULL;
}

/* "(13915-15)" or "id=13915-15" in a reply. */
static bool has_amavis_id(const char *line, const char *id)
{
    size_t length = strlen(id);

    for (const char *at = line; (at = strstr(at, id)) != NULL; at += length) {
        bool begins = at > line && (at[-1] == '(' || at[-1] == '=');

        if (begins && !isalnum((unsigned char)at[length]) && at[length] != '-')
            return true;
    }
    return false;
}

bool target_match(const struct target *target, const struct view *view, const char *line)
{
    struct in6_addr ip;

    for (const enum pfx_field *f = queue_ids; *f != PFX_FIELD_NONE; ++f) {
        if (view->text[*f] != NULL && strcmp(view->text[*f], target->text) == 0)
            return true;
    }
    for (const enum pfx_field *f = addresses; target->address && *f != PFX_FIELD_NONE; ++f) {
        if (view->text[*f] != NULL && strcasecmp(view->text[*f], target->text) == 0)
            return true;
    }
    for (const enum pfx_field *f = logins; *f != PFX_FIELD_NONE; ++f) {
        if (view->text[*f] != NULL && strcasecmp(view->text[*f], target->text) == 0)
            return true;
    }
    for (const enum pfx_field *f = ips; target->family != 0 && *f != PFX_FIELD_NONE; ++f) {
        if (view->text[*f] != NULL && read_ip(view->text[*f], &ip) == target->family &&
            memcmp(&ip, &target->ip, sizeof(ip)) == 0)
            return true;
    }
    return target->amavis && has_amavis_id(line, target->text);
}
