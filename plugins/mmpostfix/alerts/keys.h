/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of: an address, a user, a domain. Pure.
 */
#ifndef PFX_KEYS_H
#define PFX_KEYS_H

#include "event/event.h"

enum pfx_key_kind {
    PFX_KEY_ADDRESS,      /* of the client; of IPv6 its /64 */
    PFX_KEY_NETWORK,      /* of that address: /24 or /64 */
    PFX_KEY_WIDE_NETWORK, /* /16 or /32 */
    PFX_KEY_USER,
    PFX_KEY_SENDER_DOMAIN,
    PFX_KEY_RECIPIENT_DOMAIN,
    PFX_KEY_NEXT_HOP, /* of a delivery; without one the recipient's domain */
    PFX_KEY_INSTANCE,
    PFX_KEY_DAEMON, /* that the line is about, else that which wrote it */
    PFX_KEY_ALL,
    PFX_KEY_FIELD
};

struct pfx_key {
    enum pfx_key_kind kind;
    enum pfx_field field; /* of PFX_KEY_FIELD */
};

#define PFX_KEY_ROOM 255 /* keys are cut at one less */

/* The key that is called so: address, network, wide_network, user, sender_domain, recipient_domain,
 * next_hop, instance, daemon, all, or a field. False: none is. */
bool pfx_key_read(struct pfx_slice name, struct pfx_key *key_r);

/* The key of a line, in lower case, in room or of the line; empty: it has none. The addresses of
 * this host to itself are none. */
struct pfx_slice pfx_key_take(const struct pfx_key *key, const struct pfx_event *event,
                              char room[PFX_KEY_ROOM]);

/* Whether it is a client's address, or a network of it. */
bool pfx_key_is_client(const struct pfx_key *key);

#endif
