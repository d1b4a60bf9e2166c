/* SPDX-License-Identifier: Apache-2.0 */
/* Mails that come from each other; see flow.h. */
#include "flow.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TIE_IDLE INT64_C(3600000000) /* one end waits so long for the other: an hour */

/* Kinds of keys in the store of ties. */
enum { CHILD = 'c', MESSAGE = 'm', PROXIED = 'x' };

struct pfx_relay {
    struct pfx_relay *next;
    struct pfx_slice name, host; /* in entry */
    char entry[];
};

/* One end of a tie: what the other end has to know. */
struct tie {
    struct pfx_entry entry;
    char id[PFX_ID_SIZE], trace[PFX_ID_SIZE];
    char uid[PFX_NAME_SIZE], host[PFX_NAME_SIZE];
    char pid[PFX_NAME_SIZE]; /* of the session, when it is one */
    enum pfx_link link;
};

static struct pfx_slice slice_of(const char *text)
{
    return (struct pfx_slice){text, strlen(text)};
}

static void release_nothing(void *cookie, struct pfx_entry *entry, enum pfx_leave why)
{
    (void)cookie;
    (void)entry;
    (void)why;
}

bool pfx_flow_open(struct pfx_flow *flow, struct pfx_store *mails, struct pfx_store *sessions,
                   size_t max_ties)
{
    const struct pfx_store_config config = {
        .entry_size = sizeof(struct tie),
        .max_entries = max_ties,
        .max_bytes = max_ties * (sizeof(struct tie) + 100),
        .idle = {TIE_IDLE},
        .release = release_nothing,
    };

    *flow = (struct pfx_flow){.mails = mails, .sessions = sessions, .ties = pfx_store_new(&config)};
    return flow->ties != NULL;
}

static void free_pairs(struct pfx_relay *pair)
{
    while (pair != NULL) {
        struct pfx_relay *next = pair->next;

        free(pair);
        pair = next;
    }
}

void pfx_flow_close(struct pfx_flow *flow)
{
    free_pairs(flow->relays);
    free_pairs(flow->aliases);
    pfx_store_free(&flow->ties);
}

/* "NAME" or "NAME=HOST" in front of a list. */
static bool add_pair(struct pfx_relay **list, const char *entry, bool needs_host)
{
    size_t length = strlen(entry);
    struct pfx_relay *pair = malloc(sizeof(*pair) + length + 1);
    ptrdiff_t equals;

    if (pair == NULL)
        return false;
    memcpy(pair->entry, entry, length + 1);
    pair->name = (struct pfx_slice){pair->entry, length};
    equals = pfx_slice_find(pair->name, PFX_SLICE("="));
    pair->host = equals < 0 ? PFX_NO_SLICE : pfx_slice_from(pair->name, (size_t)equals + 1);
    if (equals >= 0)
        pair->name = pfx_slice_until(pair->name, (size_t)equals);
    if (pair->name.length == 0 || pfx_slice_find(pair->name, PFX_SLICE(" ")) >= 0 ||
        (pair->host.length == 0 && (equals >= 0 || needs_host))) {
        free(pair);
        return false;
    }
    pair->next = *list;
    *list = pair;
    return true;
}

bool pfx_flow_add_relay(struct pfx_flow *flow, const char *entry)
{
    return add_pair(&flow->relays, entry, false);
}

bool pfx_flow_add_alias(struct pfx_flow *flow, const char *entry)
{
    return add_pair(&flow->aliases, entry, true);
}

struct pfx_slice pfx_flow_instance(const struct pfx_flow *flow, struct pfx_slice name)
{
    const struct pfx_relay *alias = flow->aliases;

    while (alias != NULL && !pfx_slice_equal(alias->name, name))
        alias = alias->next;
    return alias != NULL ? alias->host : name;
}

static bool is_same_name(struct pfx_slice a, struct pfx_slice b)
{
    return a.length == b.length && a.length > 0 && strncasecmp(a.text, b.text, a.length) == 0;
}

/* The own host of that address or name, or NULL; what has no address is no host. */
static const struct pfx_relay *find_host(const struct pfx_flow *flow, struct pfx_slice ip,
                                         struct pfx_slice name)
{
    const struct pfx_relay *relay = ip.length > 0 ? flow->relays : NULL;

    while (relay != NULL && !is_same_name(relay->name, ip) && !is_same_name(relay->name, name))
        relay = relay->next;
    return relay;
}

static const struct pfx_relay *find_relay(const struct pfx_flow *flow, const struct pfx_witness *w)
{
    return find_host(flow, w->relay_ip, w->relay_host);
}

struct pfx_slice pfx_flow_key(char room[PFX_KEY_SIZE], char kind, struct pfx_slice host,
                              struct pfx_slice a, struct pfx_slice b)
{
    const struct pfx_slice parts[] = {host, a, b};
    size_t at = 0;

    room[at++] = kind;
    for (size_t i = 0; i < 3; ++i) {
        size_t length = parts[i].length < 300 ? parts[i].length : 300;

        if (length > 0)
            memcpy(room + at, parts[i].text, length);
        at += length;
        room[at++] = '\0';
    }
    return (struct pfx_slice){room, at};
}

struct pfx_mail *pfx_flow_find(const struct pfx_flow *flow, struct pfx_slice host,
                               struct pfx_slice instance, struct pfx_slice queue_id)
{
    char room[PFX_KEY_SIZE];
    struct pfx_entry *entry =
        pfx_store_find(flow->mails, pfx_flow_key(room, 'q', host, queue_id, PFX_NO_SLICE));

    instance = pfx_slice_until(instance, PFX_NAME_SIZE - 1);
    while (entry != NULL && instance.length > 0 &&
           !pfx_slice_equal(slice_of(((struct pfx_mail *)entry)->instance), instance))
        entry = pfx_store_next(flow->mails, entry);
    return (struct pfx_mail *)entry;
}

/* The tie of that key, made when there is none. NULL when memory ran out. */
static struct tie *put_tie(struct pfx_flow *flow, struct pfx_slice key, int64_t now)
{
    struct pfx_entry *entry = pfx_store_find(flow->ties, key);

    if (entry == NULL)
        return (struct tie *)pfx_store_add(flow->ties, key, 0, now);
    pfx_store_touch(flow->ties, entry, 0, now);
    return (struct tie *)entry;
}

/* Links child to a parent unless it has a stronger one; and joins their flows, but for weak links.
 */
static void link_to(struct pfx_mail *child, enum pfx_link link, const char *id, const char *trace,
                    const char *uid, bool join)
{
    if (link < child->link || strcmp(child->id, id) == 0)
        return;
    child->link = link;
    memcpy(child->parent, id, sizeof(child->parent));
    pfx_name_set(child->parent_uid, sizeof(child->parent_uid), slice_of(uid));
    if (join)
        memcpy(child->trace, trace, sizeof(child->trace));
}

/* A mail that went through a filter is still the same: what its way in told holds for it. */
static void inherit(struct pfx_mail *child, const struct pfx_mail *parent)
{
    pfx_facts_merge(&child->facts, &parent->facts, PFX_RANK_PARENT, INT64_MAX);
}

static struct pfx_slice uid_of(const struct pfx_flow *flow, const struct pfx_mail *mail)
{
    struct pfx_slice key = pfx_slice_from(pfx_store_key(flow->mails, &mail->entry), 1);

    key = pfx_slice_from(key, strlen(key.text) + 1);
    return slice_of(key.text);
}

static bool passes_on(enum pfx_link link)
{
    return link == PFX_LINK_FILTER || link == PFX_LINK_PROXY || link == PFX_LINK_REQUEUE;
}

struct pfx_session *pfx_flow_find_session(const struct pfx_flow *flow, struct pfx_slice host,
                                          struct pfx_slice pid, const char *id)
{
    char room[PFX_KEY_SIZE];
    const struct pfx_sessions *sessions = (const struct pfx_sessions *)pfx_store_find(
        flow->sessions, pfx_flow_key(room, 'p', host, pid, PFX_NO_SLICE));
    struct pfx_session *s = sessions != NULL ? sessions->newest : NULL;

    while (s != NULL && strcmp(s->id, id) != 0)
        s = s->older;
    return s;
}

/* A mail that a session handed to a filter: what the session knows holds for it too. */
static void link_to_session(const struct pfx_flow *flow, struct pfx_mail *mail,
                            const struct tie *tie, struct pfx_slice host)
{
    const struct pfx_session *session =
        pfx_flow_find_session(flow, host, slice_of(tie->pid), tie->id);

    link_to(mail, PFX_LINK_PROXY, tie->id, tie->trace, "", true);
    if (session != NULL)
        pfx_facts_merge(&mail->facts, &session->facts, PFX_RANK_PARENT, INT64_MAX);
}

void pfx_flow_find_parent(struct pfx_flow *flow, struct pfx_mail *mail, const struct pfx_witness *w)
{
    char room[PFX_KEY_SIZE], uid[PFX_NAME_SIZE];
    struct tie *tie;

    if (w->client_ip.length > 0) {
        const struct pfx_relay *host = find_host(flow, w->client_ip, w->client_host);

        if (host != NULL)
            pfx_name_set(mail->from_host, sizeof(mail->from_host), host->host);
    }
    if (w->parent.length > 0) {
        struct pfx_mail *parent = pfx_flow_find(flow, w->host, w->instance, w->parent);

        if (parent == NULL) /* another instance on the same host */
            parent = pfx_flow_find(flow, w->host, PFX_NO_SLICE, w->parent);
        if (parent != NULL) {
            pfx_name_set(uid, sizeof(uid), w->parent);
            link_to(mail, w->parent_link, parent->id, parent->trace, uid, true);
            inherit(mail, parent);
            return;
        }
    }
    tie = (struct tie *)pfx_store_find(
        flow->ties, pfx_flow_key(room, CHILD, w->host, w->queue_id, PFX_NO_SLICE));
    if (tie != NULL && tie->link == PFX_LINK_PROXY) {
        link_to_session(flow, mail, tie, w->host);
    } else if (tie != NULL) {
        struct pfx_mail *parent =
            pfx_flow_find(flow, slice_of(tie->host), PFX_NO_SLICE, slice_of(tie->uid));

        link_to(mail, tie->link, tie->id, tie->trace, tie->uid, true);
        if (parent != NULL && passes_on(tie->link))
            inherit(mail, parent);
    }
    if (w->orig_ip.length > 0 || w->orig_host.length > 0) {
        tie = (struct tie *)pfx_store_find(
            flow->ties, pfx_flow_key(room, PROXIED, w->host, w->orig_host, w->orig_ip));
        if (tie != NULL)
            link_to_session(flow, mail, tie, w->host);
    }
}

/* On which host the child would be. False when the next hop is none of ours. */
static bool host_of_child(const struct pfx_flow *flow, const struct pfx_witness *w,
                          struct pfx_slice *host_r)
{
    const struct pfx_relay *relay = find_relay(flow, w);

    *host_r = relay != NULL && relay->host.length > 0 ? relay->host : w->host;
    return relay != NULL || w->child_link != PFX_LINK_FILTER || w->relay_host.length == 0 ||
           pfx_slice_starts(w->relay_ip, PFX_SLICE("127.")) ||
           pfx_slice_equal(w->relay_ip, PFX_SLICE("::1")) || is_same_name(w->relay_host, w->host) ||
           w->relay_ip.length == 0;
}

bool pfx_flow_is_internal(const struct pfx_flow *flow, const struct pfx_witness *w)
{
    struct pfx_slice host;

    if (find_relay(flow, w) != NULL || w->child_link == PFX_LINK_FORWARD)
        return true;
    return w->child.length > 0 && host_of_child(flow, w, &host) &&
           pfx_flow_find(flow, host, PFX_NO_SLICE, w->child) != NULL;
}

const char *pfx_flow_tie_child(struct pfx_flow *flow, const struct pfx_mail *mail,
                               const struct pfx_witness *w, int64_t now, enum pfx_link *link_r)
{
    char room[PFX_KEY_SIZE], uid[PFX_NAME_SIZE];
    enum pfx_link link = w->child_link;
    struct pfx_slice host;
    struct pfx_mail *child;
    struct tie *tie;

    if (!host_of_child(flow, w, &host))
        return NULL;
    if (link == PFX_LINK_FILTER && find_relay(flow, w) != NULL)
        link = PFX_LINK_RELAY;
    pfx_name_set(uid, sizeof(uid), uid_of(flow, mail));
    child = pfx_flow_find(flow, host, PFX_NO_SLICE, w->child);
    if (child == mail)
        return NULL;
    if (child != NULL) {
        link_to(child, link, mail->id, mail->trace, uid, true);
        if (passes_on(link))
            inherit(child, mail);
        *link_r = link;
        return child->id;
    }
    tie = put_tie(flow, pfx_flow_key(room, CHILD, host, w->child, PFX_NO_SLICE), now);
    if (tie != NULL) {
        memcpy(tie->id, mail->id, sizeof(tie->id));
        memcpy(tie->trace, mail->trace, sizeof(tie->trace));
        memcpy(tie->uid, uid, sizeof(tie->uid));
        pfx_name_set(tie->host, sizeof(tie->host), w->host);
        tie->link = link;
    }
    return NULL;
}

void pfx_flow_tie_message(struct pfx_flow *flow, struct pfx_mail *mail, const struct pfx_witness *w,
                          int64_t now)
{
    char room[PFX_KEY_SIZE];
    struct tie *tie;

    if (w->message_id.length == 0)
        return;
    tie =
        put_tie(flow, pfx_flow_key(room, MESSAGE, w->message_id, PFX_NO_SLICE, PFX_NO_SLICE), now);
    if (tie == NULL)
        return;
    if (tie->id[0] != '\0' && mail->link == PFX_LINK_NONE) {
        struct pfx_slice host = slice_of(tie->host);
        bool relayed = is_same_name(host, slice_of(mail->from_host));

        link_to(mail, relayed ? PFX_LINK_RELAY : PFX_LINK_WEAK, tie->id, tie->trace, tie->uid,
                relayed || (mail->from_here &&
                            is_same_name(host, pfx_slice_until(w->host, PFX_NAME_SIZE - 1))));
    }
    memcpy(tie->id, mail->id, sizeof(tie->id));
    memcpy(tie->trace, mail->trace, sizeof(tie->trace));
    pfx_name_set(tie->uid, sizeof(tie->uid), w->queue_id);
    pfx_name_set(tie->host, sizeof(tie->host), w->host);
}

void pfx_flow_expect_proxied(struct pfx_flow *flow, const struct pfx_session *session,
                             const struct pfx_witness *w, int64_t now)
{
    char room[PFX_KEY_SIZE];
    struct tie *tie =
        put_tie(flow, pfx_flow_key(room, PROXIED, w->host, w->client_host, w->client_ip), now);

    if (tie == NULL)
        return;
    memcpy(tie->id, session->id, sizeof(tie->id));
    memcpy(tie->trace, session->trace, sizeof(tie->trace));
    pfx_name_set(tie->pid, sizeof(tie->pid), w->pid);
}

const char *pfx_flow_tie_proxied(struct pfx_flow *flow, const struct pfx_session *session,
                                 const struct pfx_witness *w, int64_t now)
{
    char room[PFX_KEY_SIZE];
    struct pfx_mail *child = pfx_flow_find(flow, w->host, PFX_NO_SLICE, w->child);
    struct tie *tie;

    if (child != NULL) {
        link_to(child, PFX_LINK_PROXY, session->id, session->trace, "", true);
        pfx_facts_merge(&child->facts, &session->facts, PFX_RANK_PARENT, INT64_MAX);
        return child->id;
    }
    tie = put_tie(flow, pfx_flow_key(room, CHILD, w->host, w->child, PFX_NO_SLICE), now);
    if (tie != NULL) {
        memcpy(tie->id, session->id, sizeof(tie->id));
        memcpy(tie->trace, session->trace, sizeof(tie->trace));
        pfx_name_set(tie->pid, sizeof(tie->pid), w->pid);
        tie->link = PFX_LINK_PROXY;
    }
    return NULL;
}
