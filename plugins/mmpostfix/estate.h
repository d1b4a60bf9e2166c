/* SPDX-License-Identifier: Apache-2.0 */
/* Which hosts are ours, and which names in tags stand for an instance: what a site tells. */
#ifndef PFX_ESTATE_H
#define PFX_ESTATE_H

#include "value.h"

/* A name and what it stands for. */
struct pfx_own {
    struct pfx_own *next;
    struct pfx_slice name, host; /* in entry */
    char entry[];
};

struct pfx_estate {
    struct pfx_own *relays, *aliases;
};

/* "NAME", "NAME=HOST", "ADDRESS" or "ADDRESS=HOST": a next hop or client that is a host of ours,
 * and what it is called in its own log lines. False when the entry is none, or memory ran out. */
bool pfx_estate_add_relay(struct pfx_estate *estate, const char *entry);
/* "SYSLOG_NAME=INSTANCE". */
bool pfx_estate_add_alias(struct pfx_estate *estate, const char *entry);
void pfx_estate_free(struct pfx_estate *estate);

/* The own host of that address or name, or NULL; what has no address is no host. */
const struct pfx_own *pfx_estate_find(const struct pfx_estate *estate, struct pfx_slice ip,
                                      struct pfx_slice name);
/* The instance that a name in a tag stands for: itself, but for aliases. */
struct pfx_slice pfx_estate_instance(const struct pfx_estate *estate, struct pfx_slice name);
/* Two host names that are the same; no name is none. */
bool pfx_estate_is_same(struct pfx_slice a, struct pfx_slice b);

#endif
