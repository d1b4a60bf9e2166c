/* SPDX-License-Identifier: Apache-2.0 */
/* Which hosts are ours, and which names in tags stand for an instance: what a site tells; and one
 * name for each host that logs, however its lines spell it. */
#ifndef PFX_OWN_HOSTS_H
#define PFX_OWN_HOSTS_H

#include "base/value.h"

/* A name and its host or instance. */
struct pfx_own_host {
    struct pfx_own_host *next;
    struct pfx_slice name, host; /* in entry */
    char entry[];
};

/* More labels than this are not shortened. */
#define PFX_OWN_LABELS 4096
/* Room for the name of a host (RFC 1035, 2.3.4). */
#define PFX_HOST_SIZE 256

/* The full name that a label was first seen with, by hash; see pfx_own_hosts_name(). Atomic. */
struct pfx_label {
    uint64_t label, full;
    bool ambiguous;
};

/* Instances whose queues are told apart, in the order in which they were seen; the hash is claimed
 * before there is a name. Atomic. */
#define PFX_INSTANCES 16
struct pfx_instance {
    uint64_t hash; /* pfx_name_hash() */
    bool named;
    char name[64];
};

struct pfx_own_hosts {
    struct pfx_instance instance[PFX_INSTANCES];
    struct pfx_own_host *relays, *aliases;
    struct pfx_label *labels;
    unsigned changes; /* atomic: how often labels did, and so names that were given */
};

/* What hosts and instances are called, as far as one worker was told. */
#define PFX_NAMES 32
#define PFX_NAMED_SIZE 64
struct pfx_names {
    unsigned changes;
    struct pfx_named {
        uint64_t hash;               /* pfx_name_hash() of name */
        unsigned char length, given; /* of name and of text */
        char text[PFX_NAMED_SIZE], name[PFX_NAMED_SIZE];
    } host[PFX_NAMES], instance[PFX_NAMES];
};

/* Room for labels, before any is learned or remembered. False when memory ran out. */
bool pfx_own_hosts_open(struct pfx_own_hosts *own_hosts);
/* "NAME", "NAME=HOST", "ADDRESS" or "ADDRESS=HOST": a next hop or client that is a host of ours,
 * and what it is called in its own log lines. False when the entry is none, or memory ran out. */
bool pfx_own_hosts_add_relay(struct pfx_own_hosts *own_hosts, const char *entry);
/* "SYSLOG_NAME=INSTANCE". */
bool pfx_own_hosts_add_alias(struct pfx_own_hosts *own_hosts, const char *entry);
void pfx_own_hosts_free(struct pfx_own_hosts *own_hosts);

/* The own host, filter or transport of that address or name, or NULL. */
const struct pfx_own_host *pfx_own_hosts_find(const struct pfx_own_hosts *own_hosts,
                                              struct pfx_slice ip, struct pfx_slice name);
/* The instance of a name in a tag: the name itself, unless it is an alias. */
struct pfx_slice pfx_own_hosts_instance(const struct pfx_own_hosts *own_hosts,
                                        struct pfx_slice name);
/* The one name of the host of a line: lower case, without the domain while no other host of that
 * label is known, so that "MX1", "mx1" and "mx1.example.com" are one. A second host keeps its whole
 * name; a label that two hosts have is then a third. Addresses are whole. learn: of a line; without
 * it, as for a next hop, the name is only looked up. The name is in room, or host when nothing
 * is changed. Any thread. */
struct pfx_slice pfx_own_hosts_name(struct pfx_own_hosts *own_hosts, struct pfx_slice host,
                                    bool learn, char room[static PFX_HOST_SIZE]);
/* A label as it was known before a restart; a label that is already known stays as it is. */
void pfx_own_hosts_remember(struct pfx_own_hosts *own_hosts, const struct pfx_label *known);
/* The names of the host and the instance of a line, as above, and their hashes, from what names has
 * of them; it begins with zeros. room: for one that is too long for that. */
struct pfx_slice pfx_own_hosts_speaker(struct pfx_own_hosts *own_hosts, struct pfx_names *names,
                                       struct pfx_slice host, char room[static PFX_HOST_SIZE],
                                       uint64_t *hash_r);
struct pfx_slice pfx_own_hosts_speaking(const struct pfx_own_hosts *own_hosts,
                                        struct pfx_names *names, struct pfx_slice instance,
                                        uint64_t *hash_r);
/* An instance that has mails. A name that is longer or has other characters than syslog_name has by
 * right, and one more than there is room for, is not kept. Any thread. */
void pfx_own_hosts_note(struct pfx_own_hosts *own_hosts, struct pfx_slice instance, uint64_t hash);
/* The place of the instance of that hash; PFX_INSTANCES: it has none. Any thread. */
unsigned pfx_own_hosts_place(const struct pfx_own_hosts *own_hosts, uint64_t hash);
/* The name at a place, which stays as it is; NULL: there is none yet. Any thread. */
const char *pfx_own_hosts_noted(const struct pfx_own_hosts *own_hosts, unsigned place);
/* Two host names that are the same; no name is none. */
bool pfx_own_hosts_is_same(struct pfx_slice a, struct pfx_slice b);

#endif
