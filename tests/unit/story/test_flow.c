/* SPDX-License-Identifier: Apache-2.0 */
/* Each kind of link, with the parent's line first and with the child's. */
#include "unit/unit.h"
#include "base/hash.h"

#include "story/flow.h"

#include <stdlib.h>

static struct pfx_shards shards;
static struct pfx_hold hold;
static struct pfx_own_hosts own_hosts;
static struct pfx_flow flow;

static void release(void *cookie, struct pfx_entry *entry, enum pfx_leave why)
{
    (void)why;
    if (cookie == &shards)
        pfx_mail_clear((struct pfx_mail *)entry);
}

static struct pfx_store *new_store(size_t entry_size, void *cookie)
{
    struct pfx_store_config config = {.entry_size = entry_size,
                                      .max_entries = 100,
                                      .max_bytes = 1 << 20,
                                      .release = release,
                                      .cookie = cookie};

    return pfx_store_new(&config);
}

static void open_flow(void)
{
    struct pfx_shard *shard;

    CHECK(pfx_shards_open(&shards, 1) && pfx_own_hosts_open(&own_hosts));
    shard = shards.shard;
    shard->mails = new_store(sizeof(struct pfx_mail), &shards);
    shard->sessions = new_store(sizeof(struct pfx_sessions), NULL);
    shard->pending = new_store(sizeof(struct pfx_pending), NULL);
    CHECK(shard->mails != NULL && shard->sessions != NULL && shard->pending != NULL);
    pfx_hold_all(&hold, &shards);
    flow = (struct pfx_flow){&hold, &own_hosts};
}

static void close_flow(void)
{
    pfx_hold_end(&hold);
    pfx_store_free(&shards.shard->mails);
    pfx_store_free(&shards.shard->sessions);
    pfx_store_free(&shards.shard->pending);
    pfx_shards_close(&shards);
    pfx_own_hosts_free(&own_hosts);
}

static struct pfx_observation line(const char *host, const char *id)
{
    return (struct pfx_observation){.host = unit_slice(host),
                                    .host_hash = pfx_name_hash(unit_slice(host)),
                                    .instance = PFX_SLICE("postfix"),
                                    .queue_id = unit_slice(id),
                                    .pid = PFX_SLICE("1"),
                                    .time = 1};
}

/* The mail of a line, as a story makes it. */
static struct pfx_mail *mail_of(const struct pfx_observation *said)
{
    struct pfx_observation w = *said;
    char room[PFX_KEY_SIZE];
    struct pfx_slice key = pfx_flow_key(room, PFX_KEY_MAIL, w.host_hash, w.queue_id, PFX_NO_SLICE);
    struct pfx_mail *mail;

    w.mail_hash = pfx_shards_hash(&shards, key);
    w.instance_hash = pfx_name_hash(w.instance);
    mail = pfx_flow_find_own(&flow, &w);
    if (mail != NULL)
        return mail;
    mail = (struct pfx_mail *)pfx_store_add(shards.shard->mails, key, w.mail_hash, 0, 0);
    CHECK(mail != NULL);
    mail->instance = w.instance_hash;
    mail->id = pfx_hash(w.queue_id, w.host.length);
    mail->trace = mail->id;
    pfx_flow_find_parent(&flow, mail, &w);
    return mail;
}

/* The parent's line: it hands a mail on. */
static struct pfx_mail *parent_line(enum pfx_link link, const char *relay, const char *ip)
{
    struct pfx_observation w = line("a", "PARENT");
    enum pfx_link found = PFX_LINK_NONE;
    struct pfx_mail *mail;

    w.child = PFX_SLICE("CHILD");
    w.child_link = link;
    w.relay_host = unit_slice(relay);
    w.relay_ip = unit_slice(ip);
    mail = mail_of(&w);
    pfx_facts_put(&mail->facts, PFX_F_sasl_username, PFX_SLICE("alice"), PFX_RANK_LINE, 1);
    pfx_flow_link_child(&flow, mail, &w, 0, &found);
    return mail;
}

static void links_work_in_both_orders(void)
{
    static const struct {
        const char *what;
        enum pfx_link said;
        const char *relay, *ip, *host; /* of the child */
        enum pfx_link link;            /* NONE: it is not ours */
        bool inherits;
    } rows[] = {
        {"filter by socket", PFX_LINK_FILTER, "", "", "a", PFX_LINK_FILTER, true},
        {"filter", PFX_LINK_FILTER, "localhost", "127.0.0.1", "a", PFX_LINK_FILTER, true},
        {"filter over IPv6", PFX_LINK_FILTER, "localhost", "::1", "a", PFX_LINK_FILTER, true},
        {"a stranger", PFX_LINK_FILTER, "mx", "198.51.100.25", "a", PFX_LINK_NONE, false},
        {"own host", PFX_LINK_FILTER, "b.example.com", "192.0.2.32", "b", PFX_LINK_RELAY, false},
        {"own host by name", PFX_LINK_FILTER, "C.example.com", "192.0.2.9", "c", PFX_LINK_RELAY,
         false},
        {"forward", PFX_LINK_FORWARD, "local", "", "a", PFX_LINK_FORWARD, false},
        {"bounce", PFX_LINK_BOUNCE, "", "", "a", PFX_LINK_BOUNCE, false},
    };

    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); ++i) {
        bool child_first = i % 2;
        struct pfx_observation w = line(rows[i / 2].host, "CHILD");
        struct pfx_mail *parent, *child;
        struct pfx_slice user;

        unit_row = rows[i / 2].what;
        open_flow();
        CHECK(pfx_own_hosts_add_relay(&own_hosts, "192.0.2.32=b") &&
              pfx_own_hosts_add_relay(&own_hosts, "c.example.com=c"));
        if (child_first)
            mail_of(&w);
        parent = parent_line(rows[i / 2].said, rows[i / 2].relay, rows[i / 2].ip);
        child = mail_of(&w);
        CHECK(child->link == rows[i / 2].link);
        CHECK((child->trace == parent->trace) == (rows[i / 2].link != PFX_LINK_NONE));
        if (rows[i / 2].link != PFX_LINK_NONE) {
            CHECK(child->parent == parent->id);
            CHECK_TEXT(unit_slice(child->parent_uid), "PARENT");
        }
        CHECK(pfx_facts_get(&child->facts, PFX_F_sasl_username, &user) == rows[i / 2].inherits);
        close_flow();
    }
    unit_row = "";
}

/* The child names its parent: XFORWARD IDENT, or a requeue. */
static void a_child_may_name_its_parent(void)
{
    static const enum pfx_link links[] = {PFX_LINK_FILTER, PFX_LINK_REQUEUE};

    for (size_t i = 0; i < 2; ++i) {
        struct pfx_observation w = line("a", "CHILD");
        struct pfx_mail *parent, *child;

        open_flow();
        parent = parent_line(PFX_LINK_NONE, "", "");
        w.parent = PFX_SLICE("PARENT");
        w.parent_link = links[i];
        child = mail_of(&w);
        CHECK(child->link == links[i]);
        CHECK(child->trace == parent->trace);
        close_flow();
    }
}

static void a_stronger_link_wins(void)
{
    struct pfx_observation w = line("a", "CHILD"), p = line("a", "PARENT");
    struct pfx_mail *parent, *child;

    open_flow();
    w.message_id = p.message_id = PFX_SLICE("1@example.com");
    parent = mail_of(&p);
    pfx_flow_link_message(&flow, parent, &p, 0);
    child = mail_of(&w);
    pfx_flow_link_message(&flow, child, &w, 0);
    CHECK(child->link == PFX_LINK_WEAK && parent->link == PFX_LINK_NONE);
    CHECK(child->trace != parent->trace); /* a stranger may use any message-id */
    parent_line(PFX_LINK_FORWARD, "local", "");
    CHECK(child->link == PFX_LINK_FORWARD);
    CHECK(child->trace == parent->trace);
    pfx_flow_link_message(&flow, child, &w, 0);
    CHECK(child->link == PFX_LINK_FORWARD);
    close_flow();
}

static void instances_and_hosts_have_ids_of_their_own(void)
{
    struct pfx_observation w = line("a", "SAME"), other = line("a", "SAME"),
                           far = line("b", "SAME");
    struct pfx_mail *mail;

    open_flow();
    other.instance = PFX_SLICE("postfix-out");
    mail = mail_of(&w);
    CHECK(mail_of(&other) != mail && mail_of(&far) != mail && mail_of(&far) != mail_of(&other));
    CHECK(mail_of(&w) == mail);
    CHECK(pfx_flow_find(&flow, pfx_name_hash(PFX_SLICE("c")), 0, PFX_SLICE("SAME")) == NULL);
    CHECK(pfx_flow_find(&flow, pfx_name_hash(PFX_SLICE("b")), 0, PFX_SLICE("SAME")) ==
          mail_of(&far));
    close_flow();
}

/* Who says "queued as" does not say in which instance. */
static void what_two_instances_have_is_of_none(void)
{
    struct pfx_observation w = line("a", "CHILD"), other = line("a", "CHILD");
    struct pfx_mail *mails[2];

    open_flow();
    other.instance = PFX_SLICE("postfix-out");
    mails[0] = mail_of(&w);
    mails[1] = mail_of(&other);
    pfx_store_touch(shards.shard->mails, &mails[0]->entry, PFX_MAIL_OPENED, 0);
    pfx_store_touch(shards.shard->mails, &mails[1]->entry, PFX_MAIL_OPENED, 0);
    for (unsigned queued = 0; queued < 2; ++queued) {
        parent_line(PFX_LINK_FILTER, "127.0.0.1", "127.0.0.1");
        CHECK(mails[0]->link == PFX_LINK_NONE && mails[1]->link == PFX_LINK_NONE);
        mails[0]->has_message_id = mails[1]->has_message_id = true;
    }
    mails[0]->has_message_id = false; /* smtpd's own syslog_name */
    parent_line(PFX_LINK_FILTER, "127.0.0.1", "127.0.0.1");
    CHECK(mails[0]->link == PFX_LINK_NONE && mails[1]->link == PFX_LINK_FILTER);
    close_flow();
}

/* A session hands a mail to a filter before the queue; "proxy-accept" may come before or after the
 * filter's mail. */
static void proxied_mails_are_of_a_session(void)
{
    for (unsigned order = 0; order < 2; ++order) {
        struct pfx_observation outer = line("a", ""), inner = line("a", "CHILD");
        struct pfx_session session = {.id = 77, .trace = 88};
        struct pfx_mail *child;

        open_flow();
        outer.child = PFX_SLICE("CHILD");
        outer.child_link = PFX_LINK_PROXY;
        pfx_facts_put(&session.facts, PFX_F_helo, PFX_SLICE("client"), PFX_RANK_LINE, 1);
        if (order == 1)
            CHECK(pfx_flow_link_proxied(&flow, &session, &outer, 0) == 0);
        child = mail_of(&inner);
        if (order == 0)
            CHECK(pfx_flow_link_proxied(&flow, &session, &outer, 0) == child->id);
        CHECK(child->link == PFX_LINK_PROXY);
        CHECK(child->trace == 88 && child->parent == 77);
        pfx_facts_free(&session.facts);
        close_flow();
    }
}

static void a_relay_is_a_name(void)
{
    static const struct {
        const char *entry;
        bool good;
    } rows[] = {{"mx.example.com", true},
                {"192.0.2.1=mx", true},
                {"2001:db8::1=mx", true},
                {"", false},
                {"=mx", false},
                {"mx=", false},
                {"a b", false}};

    open_flow();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].entry;
        CHECK(pfx_own_hosts_add_relay(&own_hosts, rows[i].entry) == rows[i].good);
    }
    unit_row = "";
    close_flow();
}

int main(void)
{
    pfx_fields_init();
    links_work_in_both_orders();
    a_child_may_name_its_parent();
    a_stronger_link_wins();
    instances_and_hosts_have_ids_of_their_own();
    what_two_instances_have_is_of_none();
    proxied_mails_are_of_a_session();
    a_relay_is_a_name();
    return UNIT_END();
}
