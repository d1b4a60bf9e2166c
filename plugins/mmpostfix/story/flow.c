/* SPDX-License-Identifier: Apache-2.0 */
/* Mails that come from each other; see flow.h. */
#include "story/flow.h"

#include <string.h>

#define PENDING_IDLE INT64_C(3600000000) /* how long a link may be pending: an hour */
/* By how much a child may seem younger than the line that names it, by another host's clock. One
 * that is younger still is another life of its queue id. */
#define CHILD_SLACK INT64_C(300000000)

struct pfx_slice pfx_flow_key(char room[PFX_KEY_SIZE], char kind, uint64_t host, struct pfx_slice a,
                              struct pfx_slice b)
{
    size_t at = 1 + sizeof(host);

    room[0] = kind;
    memcpy(room + 1, &host, sizeof(host));
    a = pfx_slice_until(a, PFX_KEY_PART);
    b = pfx_slice_until(b, PFX_KEY_PART);
    if (a.length > 0)
        memcpy(room + at, a.text, a.length);
    at += a.length;
    room[at++] = '\0';
    if (b.length > 0)
        memcpy(room + at, b.text, b.length);
    return (struct pfx_slice){room, at + b.length};
}

uint64_t pfx_flow_hash(const struct pfx_flow *flow, char kind, uint64_t host, struct pfx_slice a,
                       struct pfx_slice b)
{
    char room[PFX_KEY_SIZE];

    return pfx_shards_hash(flow->hold->shards, pfx_flow_key(room, kind, host, a, b));
}

/* The first of the mails of a queue id, by its key; NULL: none. */
static struct pfx_entry *first_of(const struct pfx_flow *flow, struct pfx_slice key, uint64_t hash)
{
    const struct pfx_shard *shard = pfx_hold_shard(flow->hold, hash);

    return shard != NULL ? pfx_store_find(shard->mails, key, hash) : NULL;
}

/* Of those of a queue id in several instances the one that is in the queue, or was. smtpd may have
 * a syslog_name of its own, so that another one is known by its first line alone. NULL: none is, or
 * several are. */
static struct pfx_mail *queued_of(struct pfx_entry *entry)
{
    struct pfx_entry *queued = NULL, *other = NULL;
    unsigned queues = 0, others = 0;

    for (; entry != NULL; entry = pfx_store_next(entry)) {
        const struct pfx_mail *mail = (struct pfx_mail *)entry;

        if (entry->class != PFX_MAIL_GONE && (mail->attempts > 0 || mail->has_message_id)) {
            ++queues;
            queued = entry;
        } else {
            others += entry->class != PFX_MAIL_GONE || other == NULL;
            other = entry;
        }
    }
    if (queues > 1 || (queues == 0 && others > 1))
        return NULL;
    return (struct pfx_mail *)(queues == 1 ? queued : other);
}

/* That of an instance; of one that is not known, if there is none. */
static struct pfx_mail *mail_of_instance(struct pfx_entry *entry, uint64_t instance)
{
    struct pfx_mail *unclaimed = NULL;

    for (; entry != NULL; entry = pfx_store_next(entry)) {
        struct pfx_mail *mail = (struct pfx_mail *)entry;

        if (mail->instance == instance)
            return mail;
        if (mail->instance == 0)
            unclaimed = mail;
    }
    return unclaimed;
}

/* The mails of the line's own queue id. */
static struct pfx_entry *own_mails(const struct pfx_flow *flow, const struct pfx_observation *w)
{
    char room[PFX_KEY_SIZE];

    return first_of(flow, pfx_flow_key(room, PFX_KEY_MAIL, w->host_hash, w->queue_id, PFX_NO_SLICE),
                    w->mail_hash);
}

static struct pfx_entry *mails_of(const struct pfx_flow *flow, uint64_t host,
                                  struct pfx_slice queue_id)
{
    char room[PFX_KEY_SIZE];
    struct pfx_slice key = pfx_flow_key(room, PFX_KEY_MAIL, host, queue_id, PFX_NO_SLICE);

    return first_of(flow, key, pfx_shards_hash(flow->hold->shards, key));
}

bool pfx_flow_is_ambiguous(const struct pfx_flow *flow, const struct pfx_observation *w)
{
    struct pfx_entry *mails = own_mails(flow, w);

    return w->instance_hash == 0 && mails != NULL && queued_of(mails) == NULL;
}

struct pfx_mail *pfx_flow_find(const struct pfx_flow *flow, uint64_t host, uint64_t instance,
                               struct pfx_slice queue_id)
{
    struct pfx_entry *mails = mails_of(flow, host, queue_id);

    return instance != 0 ? mail_of_instance(mails, instance) : queued_of(mails);
}

struct pfx_mail *pfx_flow_find_own(const struct pfx_flow *flow, const struct pfx_observation *w)
{
    struct pfx_entry *mails = own_mails(flow, w);

    return w->instance_hash != 0 ? mail_of_instance(mails, w->instance_hash) : queued_of(mails);
}

/* The pending link of that key and hash, or NULL. */
static struct pfx_pending *find_pending(const struct pfx_flow *flow, struct pfx_slice key,
                                        uint64_t hash)
{
    const struct pfx_shard *shard = pfx_hold_shard(flow->hold, hash);

    return shard != NULL ? (struct pfx_pending *)pfx_store_find(shard->pending, key, hash) : NULL;
}

struct pfx_pending *pfx_flow_pending_client(const struct pfx_flow *flow, struct pfx_slice key)
{
    return find_pending(flow, key, pfx_shards_hash(flow->hold->shards, key));
}

struct pfx_pending *pfx_flow_put_pending(struct pfx_flow *flow, struct pfx_slice key, int64_t now)
{
    uint64_t hash = pfx_shards_hash(flow->hold->shards, key);
    struct pfx_shard *shard = pfx_hold_shard(flow->hold, hash);
    struct pfx_entry *entry = shard != NULL ? pfx_store_find(shard->pending, key, hash) : NULL;

    if (entry != NULL)
        pfx_store_touch(shard->pending, entry, 0, now);
    else if (shard != NULL)
        entry = pfx_store_add(shard->pending, key, hash, 0, now);
    return (struct pfx_pending *)entry;
}

/* Links child to a parent unless it has a stronger link; joins their flows except for weak links.
 */
static void link_to(struct pfx_mail *child, enum pfx_link link, uint64_t id, uint64_t trace,
                    struct pfx_slice uid, bool join)
{
    if (link < child->link || child->id == id)
        return;
    child->link = link;
    child->parent = id;
    pfx_name_set(child->parent_uid, sizeof(child->parent_uid), uid);
    if (join)
        child->trace = trace;
}

/* A mail that went through a filter is still the same: it inherits the facts of its parent. */
static void inherit(struct pfx_mail *child, const struct pfx_mail *parent)
{
    pfx_facts_merge(&child->facts, &parent->facts, PFX_RANK_PARENT, INT64_MAX, true);
}

struct pfx_slice pfx_flow_uid(const struct pfx_mail *mail)
{
    struct pfx_slice key = pfx_store_key(&mail->entry);

    return pfx_slice_of(pfx_slice_from(key, 1 + sizeof(uint64_t)).text);
}

static bool passes_on(enum pfx_link link)
{
    return link == PFX_LINK_FILTER || link == PFX_LINK_PROXY || link == PFX_LINK_REQUEUE;
}

struct pfx_mail *pfx_flow_find_mail_by_id(const struct pfx_flow *flow, uint64_t hash, uint64_t id)
{
    const struct pfx_shard *shard = pfx_hold_shard(flow->hold, hash);
    struct pfx_entry *entry = shard != NULL ? pfx_store_find_hash(shard->mails, hash) : NULL;

    while (entry != NULL && ((struct pfx_mail *)entry)->id != id)
        entry = pfx_store_next_hash(entry);
    return (struct pfx_mail *)entry;
}

struct pfx_session *pfx_flow_find_session(const struct pfx_flow *flow, uint64_t process,
                                          uint64_t id)
{
    const struct pfx_shard *shard = pfx_hold_shard(flow->hold, process);
    const struct pfx_sessions *sessions =
        shard != NULL ? (struct pfx_sessions *)pfx_store_find_hash(shard->sessions, process) : NULL;
    struct pfx_session *s = sessions != NULL ? sessions->newest : NULL;

    while (s != NULL && s->id != id)
        s = s->older;
    return s;
}

/* The flow of the mail that a pending link is of: that may have come to one of its own since. */
static uint64_t trace_of(const struct pfx_flow *flow, const struct pfx_pending *pending)
{
    const struct pfx_mail *mail = pfx_flow_find_mail_by_id(flow, pending->other, pending->id);

    return mail != NULL ? mail->trace : pending->trace;
}

/* A mail that a session handed to a filter: it inherits the facts of the session. */
static void link_to_session(const struct pfx_flow *flow, struct pfx_mail *mail,
                            const struct pfx_pending *pending)
{
    const struct pfx_session *session = pfx_flow_find_session(flow, pending->other, pending->id);

    link_to(mail, PFX_LINK_PROXY, pending->id, pending->trace, PFX_NO_SLICE, true);
    if (session != NULL)
        pfx_facts_merge(&mail->facts, &session->facts, PFX_RANK_PARENT, INT64_MAX, true);
}

bool pfx_flow_is_named(const struct pfx_observation *w, int64_t named)
{
    int64_t arrival = pfx_mail_arrival(w);

    return (arrival != 0 ? arrival : w->time) <= named + CHILD_SLACK;
}

/* The pending link to the mail that the line is of, or NULL: a child is there before it is named.
 */
struct pfx_pending *pfx_flow_pending_child(const struct pfx_flow *flow,
                                           const struct pfx_observation *w)
{
    char room[PFX_KEY_SIZE];
    struct pfx_pending *pending = find_pending(
        flow, pfx_flow_key(room, PFX_KEY_CHILD, w->host_hash, w->queue_id, PFX_NO_SLICE),
        w->mail_hash);

    return pending != NULL && pfx_flow_is_named(w, pending->time) ? pending : NULL;
}

struct pfx_pending *pfx_flow_pending_proxied(const struct pfx_flow *flow,
                                             const struct pfx_observation *w)
{
    char room[PFX_KEY_SIZE];
    struct pfx_slice key =
        pfx_flow_key(room, PFX_KEY_PROXIED, w->host_hash, w->orig_host, w->orig_ip);

    return find_pending(flow, key, pfx_shards_hash(flow->hold->shards, key));
}

void pfx_flow_find_parent(struct pfx_flow *flow, struct pfx_mail *mail,
                          const struct pfx_observation *w)
{
    char name[PFX_HOST_SIZE];
    struct pfx_pending *pending;

    if (w->client_ip.length > 0) {
        const struct pfx_own_host *host =
            pfx_own_hosts_find(flow->own_hosts, w->client_ip, w->client_host);

        if (host != NULL)
            mail->from_host =
                pfx_name_hash(pfx_own_hosts_name(flow->own_hosts, host->host, true, name));
    }
    if (w->parent.length > 0) {
        struct pfx_mail *parent = pfx_flow_find(flow, w->host_hash, w->instance_hash, w->parent);

        if (parent == NULL) /* another instance on the same host */
            parent = pfx_flow_find(flow, w->host_hash, 0, w->parent);
        if (parent != NULL) {
            link_to(mail, w->parent_link, parent->id, parent->trace, w->parent, true);
            inherit(mail, parent);
            pfx_recipients_hand_over(&parent->recipients, w->queue_id);
            return;
        }
    }
    pending = pfx_flow_pending_child(flow, w);
    if (pending != NULL && pending->link == PFX_LINK_PROXY) {
        link_to_session(flow, mail, pending);
    } else if (pending != NULL) {
        struct pfx_mail *parent = pfx_flow_find_mail_by_id(flow, pending->other, pending->id);

        link_to(mail, pending->link, pending->id, trace_of(flow, pending),
                pfx_slice_of(pending->uid), true);
        if (parent != NULL && passes_on(pending->link))
            inherit(mail, parent);
        if (parent != NULL)
            pfx_recipients_hand_over(&parent->recipients, w->queue_id);
    }
    /* Unless a link names this mail: the session that hands this client's mails to a filter. */
    if ((w->orig_ip.length > 0 || w->orig_host.length > 0) && mail->link < PFX_LINK_PROXY) {
        pending = pfx_flow_pending_proxied(flow, w);
        if (pending != NULL)
            link_to_session(flow, mail, pending);
    }
}

/* The next hop, when the site said that it is ours; or NULL. */
static const struct pfx_own_host *own_relay(const struct pfx_flow *flow,
                                            const struct pfx_observation *w)
{
    return pfx_own_hosts_find(flow->own_hosts, w->relay_ip, w->relay_host);
}

struct pfx_slice pfx_flow_own_host(const struct pfx_flow *flow, const struct pfx_observation *w)
{
    const struct pfx_own_host *relay = w->by_socket ? NULL : own_relay(flow, w);

    return relay != NULL ? relay->host : PFX_NO_SLICE;
}

bool pfx_flow_child_host(const struct pfx_flow *flow, const struct pfx_observation *w,
                         uint64_t *host_r)
{
    const struct pfx_own_host *relay = own_relay(flow, w);
    char room[PFX_HOST_SIZE];

    *host_r = w->host_hash;
    if (relay != NULL && relay->host.length > 0)
        *host_r = pfx_name_hash(pfx_own_hosts_name(flow->own_hosts, relay->host, true, room));
    return relay != NULL || w->child_link != PFX_LINK_FILTER || w->relay_ip.length == 0 ||
           pfx_value_is_loopback(w->relay_ip) ||
           (w->host_hash != 0 && pfx_name_hash(pfx_own_hosts_name(flow->own_hosts, w->relay_host,
                                                                  false, room)) == w->host_hash);
}

bool pfx_flow_is_internal(struct pfx_flow *flow, const struct pfx_observation *w)
{
    const struct pfx_own_host *relay = own_relay(flow, w);
    uint64_t host;

    if (w->child_link == PFX_LINK_FORWARD)
        return true;
    /* A socket is named after this host, but it is a mailbox server that listens on it. */
    if (!w->by_socket && relay != NULL)
        return true;
    /* What on this host gives out a queue id has put the mail in again, seen or not yet seen. */
    if (w->child.length > 0 && pfx_value_is_loopback(w->relay_ip))
        return true;
    return w->child.length > 0 && pfx_flow_child_host(flow, w, &host) &&
           mails_of(flow, host, w->child) != NULL;
}

/* The mail of a line is one end of a link. */
static void pend_mail(struct pfx_pending *pending, const struct pfx_mail *mail,
                      const struct pfx_observation *w)
{
    pending->id = mail->id;
    pending->trace = mail->trace;
    pending->other = mail->entry.hash;
    pending->host = w->host_hash;
    pfx_name_set(pending->uid, sizeof(pending->uid), pfx_flow_uid(mail));
}

/* Links the child of that queue id on a host to the mail of the line, now or when it comes. Its id,
 * if it is known. */
static uint64_t link_or_wait(struct pfx_flow *flow, const struct pfx_mail *mail,
                             const struct pfx_observation *w, uint64_t host,
                             struct pfx_slice queue_id, enum pfx_link link, int64_t now)
{
    char room[PFX_KEY_SIZE];
    struct pfx_mail *child = pfx_flow_find(flow, host, 0, queue_id);
    struct pfx_pending *pending;

    if (child == mail)
        return 0;
    if (child != NULL) {
        link_to(child, link, mail->id, mail->trace, pfx_flow_uid(mail), true);
        if (passes_on(link))
            inherit(child, mail);
        return child->id;
    }
    pending = pfx_flow_put_pending(
        flow, pfx_flow_key(room, PFX_KEY_CHILD, host, queue_id, PFX_NO_SLICE), now);
    if (pending != NULL) {
        pend_mail(pending, mail, w);
        pending->link = link;
        pending->time = w->time;
    }
    return 0;
}

uint64_t pfx_flow_link_child(struct pfx_flow *flow, const struct pfx_mail *mail,
                             const struct pfx_observation *w, int64_t now, enum pfx_link *link_r)
{
    const struct pfx_own_host *relay = own_relay(flow, w);
    enum pfx_link link = w->child_link;
    uint64_t host;

    if (!pfx_flow_child_host(flow, w, &host))
        return 0;
    if (link == PFX_LINK_FILTER && relay != NULL)
        link = PFX_LINK_RELAY;
    *link_r = link;
    return link_or_wait(flow, mail, w, host, w->child, link, now);
}

uint64_t pfx_flow_link_notice(struct pfx_flow *flow, const struct pfx_mail *mail,
                              const struct pfx_observation *w, struct pfx_slice notice, int64_t now)
{
    return link_or_wait(flow, mail, w, w->host_hash, notice, PFX_LINK_BOUNCE, now);
}

/* The later of two mails with one message-id comes from the earlier: certainly when the earlier
 * one's host submitted it, likely when somebody on the same host did. */
static void link_message(const struct pfx_flow *flow, struct pfx_mail *young, uint64_t host,
                         const struct pfx_pending *old)
{
    const uint64_t trace = trace_of(flow, old);
    bool relayed = old->host != 0 && old->host == young->from_host;
    bool local = old->host != 0 && old->host == host;

    if (young->link > PFX_LINK_WEAK)
        return;
    link_to(young, relayed ? PFX_LINK_RELAY : PFX_LINK_WEAK, old->id, trace, pfx_slice_of(old->uid),
            relayed || (local && young->from_here));
    if (local)
        young->likely = trace;
}

struct pfx_pending *pfx_flow_pending_message(const struct pfx_flow *flow,
                                             const struct pfx_observation *w)
{
    char room[PFX_KEY_SIZE];
    struct pfx_slice key = pfx_flow_key(room, PFX_KEY_MESSAGE, 0, w->message_id, PFX_NO_SLICE);

    return find_pending(flow, key, pfx_shards_hash(flow->hold->shards, key));
}

void pfx_flow_link_message(struct pfx_flow *flow, struct pfx_mail *mail,
                           const struct pfx_observation *w, int64_t now)
{
    char room[PFX_KEY_SIZE];
    struct pfx_pending *pending, this = {.time = w->time};

    if (w->message_id.length == 0)
        return;
    pending = pfx_flow_put_pending(
        flow, pfx_flow_key(room, PFX_KEY_MESSAGE, 0, w->message_id, PFX_NO_SLICE), now);
    if (pending == NULL)
        return;
    pend_mail(&this, mail, w);
    if (pending->id != 0 && pending->time > w->time) { /* this mail's line was late */
        struct pfx_mail *young = pfx_flow_find_mail_by_id(flow, pending->other, pending->id);

        if (young != NULL && young != mail)
            link_message(flow, young, pending->host, &this);
        return;
    }
    if (pending->id != 0)
        link_message(flow, mail, this.host, pending);
    this.entry = pending->entry;
    *pending = this;
    pending->trace = mail->trace;
}

static void pend_session(struct pfx_pending *pending, const struct pfx_session *session,
                         const struct pfx_observation *w)
{
    pending->id = session->id;
    pending->trace = session->trace;
    pending->other = w->process_hash;
    pending->link = PFX_LINK_PROXY;
    pending->time = w->time;
}

void pfx_flow_expect_proxied(struct pfx_flow *flow, const struct pfx_session *session,
                             const struct pfx_observation *w, int64_t now)
{
    char room[PFX_KEY_SIZE];
    struct pfx_pending *pending = pfx_flow_put_pending(
        flow, pfx_flow_key(room, PFX_KEY_PROXIED, w->host_hash, w->client_host, w->client_ip), now);

    if (pending != NULL)
        pend_session(pending, session, w);
}

uint64_t pfx_flow_link_proxied(struct pfx_flow *flow, const struct pfx_session *session,
                               const struct pfx_observation *w, int64_t now)
{
    char room[PFX_KEY_SIZE];
    struct pfx_mail *child = pfx_flow_find(flow, w->host_hash, 0, w->child);
    struct pfx_pending *pending;

    if (child != NULL) {
        link_to(child, PFX_LINK_PROXY, session->id, session->trace, PFX_NO_SLICE, true);
        pfx_facts_merge(&child->facts, &session->facts, PFX_RANK_PARENT, INT64_MAX, true);
        return child->id;
    }
    pending = pfx_flow_put_pending(
        flow, pfx_flow_key(room, PFX_KEY_CHILD, w->host_hash, w->child, PFX_NO_SLICE), now);
    if (pending != NULL)
        pend_session(pending, session, w);
    return 0;
}
