/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of counts; see keys.h. */
#include "alerts/keys.h"

#include <arpa/inet.h>
#include <string.h>

static const char *const names[] = {
    [PFX_KEY_ADDRESS] = "address",
    [PFX_KEY_NETWORK] = "network",
    [PFX_KEY_WIDE_NETWORK] = "wide_network",
    [PFX_KEY_USER] = "user",
    [PFX_KEY_SENDER_DOMAIN] = "sender_domain",
    [PFX_KEY_RECIPIENT_DOMAIN] = "recipient_domain",
    [PFX_KEY_NEXT_HOP] = "next_hop",
    [PFX_KEY_INSTANCE] = "instance",
    [PFX_KEY_DAEMON] = "daemon",
    [PFX_KEY_ALL] = "all",
};

bool pfx_key_read(struct pfx_slice name, struct pfx_key *key_r)
{
    *key_r = (struct pfx_key){PFX_KEY_FIELD, PFX_FIELD_NONE};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); ++i) {
        if (pfx_slice_equal(name, pfx_slice_of(names[i]))) {
            key_r->kind = (enum pfx_key_kind)i;
            return true;
        }
    }
    key_r->field = pfx_field_either(name);
    return key_r->field != PFX_FIELD_NONE;
}

bool pfx_key_is_client(const struct pfx_key *key)
{
    return key->kind <= PFX_KEY_WIDE_NETWORK;
}

static struct pfx_slice fold(struct pfx_slice text, char room[PFX_KEY_ROOM])
{
    size_t length = text.length < PFX_KEY_ROOM ? text.length : PFX_KEY_ROOM - 1;

    for (size_t i = 0; i < length; ++i)
        room[i] = pfx_lower(text.text[i]);
    return (struct pfx_slice){room, length};
}

static struct pfx_slice join(struct pfx_slice start, struct pfx_slice end, char room[PFX_KEY_ROOM])
{
    memcpy(room, start.text, start.length);
    memcpy(room + start.length, end.text, end.length);
    return (struct pfx_slice){room, start.length + end.length};
}

/* How long the first so many parts of an address are, between which that stands; 0: it has an empty
 * one. */
static size_t parts_of(struct pfx_slice ip, char between, unsigned parts)
{
    for (size_t i = 0; i < ip.length; ++i) {
        if (ip.text[i] == between && (i == 0 || ip.text[i - 1] == between))
            return 0;
        if (ip.text[i] == between && --parts == 0)
            return i;
    }
    return 0;
}

/* Of IPv4: whole, or its first parts and zeros. */
static struct pfx_slice network4_of(struct pfx_slice ip, unsigned bits, char room[PFX_KEY_ROOM])
{
    if (bits == 32)
        return ip;
    return join(pfx_slice_until(ip, parts_of(ip, '.', bits / 8)),
                bits == 24 ? PFX_SLICE(".0/24") : PFX_SLICE(".0.0/16"), room);
}

/* The /64 of IPv6 that is as inet_ntop() writes it and has four parts before any zeros that are
 * left out; else an empty one. */
static struct pfx_slice network64_of(struct pfx_slice ip, char room[PFX_KEY_ROOM])
{
    struct pfx_slice start = pfx_slice_until(ip, parts_of(ip, ':', 4));

    if (start.length == 0 || pfx_slice_ends(start, PFX_SLICE(":0")))
        return PFX_NO_SLICE;
    for (size_t i = 0; i < start.length; ++i) {
        char c = start.text[i];

        if (!pfx_is_digit(c) && c != ':' && (c < 'a' || c > 'f'))
            return PFX_NO_SLICE;
        if (c == '0' && i > 0 && start.text[i - 1] == ':' && start.text[i + 1] != ':')
            return PFX_NO_SLICE; /* a zero in front, which inet_ntop() leaves out */
    }
    return join(start, PFX_SLICE("::/64"), room);
}

static char *put_hex(char *at, unsigned group)
{
    int shift = 12;

    while (shift > 0 && group >> shift == 0)
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[group >> shift & 15];
    return at;
}

/* The first groups of an IPv6 address, at most four, as inet_ntop() writes them in front of zeros.
 */
static struct pfx_slice network6_of(const unsigned char raw[16], unsigned groups,
                                    char room[PFX_KEY_ROOM])
{
    const char *bits = groups == 4 ? "::/64" : "::/32";
    char *at = room;

    while (groups > 0 && raw[2 * groups - 2] == 0 && raw[2 * groups - 1] == 0)
        --groups;
    for (unsigned i = 0; i < groups; ++i) {
        if (i > 0)
            *at++ = ':';
        at = put_hex(at, raw[2 * i] * 256u + raw[2 * i + 1]);
    }
    memcpy(at, bits, strlen(bits));
    return (struct pfx_slice){room, (size_t)(at - room) + strlen(bits)};
}

/* The first bits of an address; an IPv4 address mapped into IPv6 is that address. */
static struct pfx_slice network_of(const struct pfx_event *event, unsigned bits4, unsigned bits6,
                                   char room[PFX_KEY_ROOM])
{
    char text[INET6_ADDRSTRLEN] = "";
    unsigned char raw[16] = {0};
    struct pfx_slice network, ip = pfx_event_get(event, PFX_F_client_ip);

    if (ip.length == 0 || (event->mark[PFX_F_client_ip] != PFX_MARK_SOUND && !pfx_value_is_ip(ip)))
        return PFX_NO_SLICE;
    pfx_slice_take(&ip, PFX_SLICE("::ffff:"));
    if (ip.length >= sizeof(text) || pfx_value_is_loopback(ip))
        return PFX_NO_SLICE;
    if (memchr(ip.text, ':', ip.length) == NULL)
        return network4_of(ip, bits4, room);
    if (bits6 == 64 && (network = network64_of(ip, room)).length > 0)
        return network;
    memcpy(text, ip.text, ip.length);
    if (inet_pton(AF_INET6, text, raw) != 1)
        return PFX_NO_SLICE;
    return network6_of(raw, bits6 / 16, room);
}

static struct pfx_slice domain_of(struct pfx_slice address, char room[PFX_KEY_ROOM])
{
    ptrdiff_t at = pfx_address_at(address);

    return at < 0 ? PFX_NO_SLICE : fold(pfx_slice_from(address, (size_t)at + 1), room);
}

/* The first of these fields that the line has. */
static struct pfx_slice first_of(const struct pfx_event *event, const enum pfx_field *field,
                                 unsigned fields, char room[PFX_KEY_ROOM])
{
    for (unsigned i = 0; i < fields; ++i) {
        /* "relay=none" is no next hop */
        if (pfx_event_has(event, field[i]) &&
            !pfx_slice_equal(pfx_event_get(event, field[i]), PFX_SLICE("none")))
            return fold(pfx_event_get(event, field[i]), room);
    }
    return PFX_NO_SLICE;
}

struct pfx_slice pfx_key_take(const struct pfx_key *key, const struct pfx_event *event,
                              char room[PFX_KEY_ROOM])
{
    static const enum pfx_field hops[] = {PFX_F_nexthop, PFX_F_relay_host, PFX_F_relay_ip};
    static const enum pfx_field daemons[] = {PFX_F_child_command, PFX_F_service_name, PFX_F_daemon};
    static const enum pfx_field users[] = {PFX_F_sasl_username};
    static const enum pfx_field instances[] = {PFX_F_instance};
    struct pfx_slice hop;

    switch (key->kind) {
    case PFX_KEY_ADDRESS:
        return network_of(event, 32, 64, room);
    case PFX_KEY_NETWORK:
        return network_of(event, 24, 64, room);
    case PFX_KEY_WIDE_NETWORK:
        return network_of(event, 16, 32, room);
    case PFX_KEY_USER:
        return first_of(event, users, 1, room);
    case PFX_KEY_SENDER_DOMAIN:
        return domain_of(pfx_event_get(event, PFX_F_from), room);
    case PFX_KEY_RECIPIENT_DOMAIN:
        return domain_of(pfx_event_get(event, PFX_F_to), room);
    case PFX_KEY_NEXT_HOP:
        hop = first_of(event, hops, 3, room);
        return hop.length > 0 ? hop : domain_of(pfx_event_get(event, PFX_F_to), room);
    case PFX_KEY_INSTANCE:
        return first_of(event, instances, 1, room);
    case PFX_KEY_DAEMON:
        return first_of(event, daemons, 3, room);
    case PFX_KEY_ALL:
        return PFX_SLICE("all");
    default:
        return fold(pfx_event_get(event, key->field), room);
    }
}
