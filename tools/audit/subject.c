/* SPDX-License-Identifier: Apache-2.0 */
/* The subject of an audit; see subject.h. */
#include "audit/subject.h"
#include "base/queue_id.h"
#include "people/terminal.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name, *title;
} kinds[] = {[SUBJECT_USER] = {"user", "user: login name or mail address"},
             [SUBJECT_ADDRESS] = {"address", "address of a client"},
             [SUBJECT_QUEUE_ID] = {"queue-id", "queue id"}};

/* An IPv4 address that is written in IPv6 is the same. */
static int read_ip(const char *text, struct in6_addr *ip_r)
{
    memset(ip_r, 0, sizeof(*ip_r));
    if (inet_pton(AF_INET, text, ip_r) == 1)
        return AF_INET;
    if (inet_pton(AF_INET6, text, ip_r) != 1)
        return 0;
    if (!IN6_IS_ADDR_V4MAPPED(ip_r))
        return AF_INET6;
    memmove(ip_r->s6_addr, ip_r->s6_addr + 12, 4);
    memset(ip_r->s6_addr + 4, 0, 12);
    return AF_INET;
}

/* Kind by the form of the text. */
static enum subject_kind guess(const struct subject *subject)
{
    if (subject->family != 0)
        return SUBJECT_ADDRESS;
    return pfx_is_queue_id(pfx_slice_of(subject->text)) ? SUBJECT_QUEUE_ID : SUBJECT_USER;
}

bool subject_open(struct subject *subject, const char *text, const char *as)
{
    size_t length = strlen(text);

    if (length > 2 && text[0] == '<' && text[length - 1] == '>') {
        ++text;
        length -= 2;
    }
    *subject = (struct subject){.owned = strndup(text, length)};
    subject->text = subject->owned;
    if (subject->owned == NULL) {
        terminal_say("out of memory");
        return false;
    }
    subject->family = read_ip(subject->text, &subject->ip);
    subject->kind = guess(subject);
    for (int kind = SUBJECT_USER; as != NULL && kind <= SUBJECT_QUEUE_ID; ++kind) {
        if (strcmp(as, kinds[kind].name) == 0)
            subject->kind = (enum subject_kind)kind;
    }
    if (subject->kind != SUBJECT_ADDRESS || subject->family != 0)
        return true;
    terminal_say("no IP address: %s", subject->text);
    return false;
}

void subject_close(struct subject *subject)
{
    free(subject->owned);
    *subject = (struct subject){0};
}

const char *subject_kind_name(const struct subject *subject)
{
    return kinds[subject->kind].name;
}

const char *subject_title(const struct subject *subject)
{
    return kinds[subject->kind].title;
}

bool subject_is_user(const struct subject *subject, const char *text)
{
    return subject->kind == SUBJECT_USER && text != NULL && strcasecmp(text, subject->text) == 0;
}

static bool is_ip(const struct subject *subject, const char *text)
{
    struct in6_addr ip;

    return text != NULL && read_ip(text, &ip) == subject->family &&
           memcmp(&ip, &subject->ip, sizeof(ip)) == 0;
}

static bool is_id(const struct subject *subject, const char *text)
{
    return text != NULL && strcmp(text, subject->text) == 0;
}

bool subject_is_in(const struct subject *subject, const char *network)
{
    size_t length = strcspn(network, "/");
    char text[INET6_ADDRSTRLEN];
    struct in6_addr ip;
    unsigned long bits = 128;
    int family;

    if (subject->kind != SUBJECT_ADDRESS || length >= sizeof(text))
        return false;
    memcpy(text, network, length);
    text[length] = '\0';
    family = read_ip(text, &ip);
    if (network[length] == '/')
        bits = strtoul(network + length + 1, NULL, 10);
    else if (family == AF_INET)
        bits = 32;
    if (family == 0 || family != subject->family || bits > (family == AF_INET ? 32 : 128) ||
        memcmp(&ip, &subject->ip, bits / 8) != 0)
        return false;
    return bits % 8 == 0 ||
           ((ip.s6_addr[bits / 8] ^ subject->ip.s6_addr[bits / 8]) >> (8 - bits % 8)) == 0;
}

bool subject_is_named(const struct subject *subject, const char *text)
{
    return strcasecmp(text, subject->text) == 0;
}

unsigned subject_about(const struct subject *subject, const struct view *view)
{
    const char *const *text = view->text;

    if (subject->kind == SUBJECT_QUEUE_ID)
        return is_id(subject, text[PFX_F_queue_id]) ? ABOUT_QUEUE_ID : 0;
    if (subject->kind == SUBJECT_ADDRESS)
        return (is_ip(subject, text[PFX_F_client_ip]) ? ABOUT_CLIENT : 0) |
               (is_ip(subject, text[PFX_F_orig_client_ip]) ? ABOUT_ORIGIN : 0);
    return (subject_is_user(subject, text[PFX_F_sasl_username]) ? ABOUT_LOGIN : 0) |
           (subject_is_user(subject, text[PFX_F_from]) ? ABOUT_SENDER : 0) |
           (subject_is_user(subject, text[PFX_F_to]) ||
                    subject_is_user(subject, text[PFX_F_orig_to])
                ? ABOUT_RECIPIENT
                : 0);
}
