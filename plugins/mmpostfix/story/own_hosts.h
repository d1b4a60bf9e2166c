/* SPDX-License-Identifier: Apache-2.0 */
/* Which hosts are ours, and which names in tags stand for an instance: what a site tells. */
#ifndef PFX_OWN_HOSTS_H
#define PFX_OWN_HOSTS_H

#include "base/value.h"

/* A name and what it stands for. */
struct pfx_own_host {
    struct pfx_own_host *next;
    struct pfx_slice name, host; /* in entry */
    char entry[];
};

struct pfx_own_hosts {
    struct pfx_own_host *relays, *aliases;
};

/* "NAME", "NAME=HOST", "ADDRESS" or "ADDRESS=HOST": a next hop or client that is a host of ours,
 * and what it is called in its own log lines. False when the entry is none, or memory ran out. */
bool pfx_own_hosts_add_relay(struct pfx_own_hosts *own_hosts, const char *entry);
/* "SYSLOG_NAME=INSTANCE". */
bool pfx_own_hosts_add_alias(struct pfx_own_hosts *own_hosts, const char *entry);
void pfx_own_hosts_free(struct pfx_own_hosts *own_hosts);

/* The own host of that address or name, or NULL; what has no address is no host. */
const struct pfx_own_host *pfx_own_hosts_find(const struct pfx_own_hosts *own_hosts,
                                              struct pfx_slice ip, struct pfx_slice name);
/* The instance that a name in a tag stands for: itself, but for aliases. */
struct pfx_slice pfx_own_hosts_instance(const struct pfx_own_hosts *own_hosts,
                                        struct pfx_slice name);
/* Two host names that are the same; no name is none. */
bool pfx_own_hosts_is_same(struct pfx_slice a, struct pfx_slice b);

#endif
