/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "mail/session.h"

static struct pfx_event event;

/* Adds what a line says, as a story does: opening lines look for one that waits for them. */
static struct pfx_session *say(struct pfx_sessions *all, int64_t time, unsigned roles,
                               const char *ip, const char *port)
{
    struct pfx_observation w = {.time = time,
                                .roles = roles,
                                .times = 1,
                                .client_ip = unit_slice(ip),
                                .client_port = unit_slice(port)};
    struct pfx_session *s = (roles & PFX_SESSION_OPEN) != 0 ? pfx_session_pick_open(all, &w)
                                                            : pfx_session_pick(all, &w);

    if (s == NULL)
        s = pfx_session_add(all, &w);
    CHECK(s != NULL && pfx_session_merge(all, s, &w, &event));
    return s;
}

/* Two connections of one client to one process: each line finds its own by its time. */
static void lines_find_their_connection(void)
{
    struct pfx_sessions all = {0};
    struct pfx_session *one, *two;

    one = say(&all, 10, PFX_SESSION_OPEN, "192.0.2.10", "");
    CHECK(say(&all, 11, PFX_SESSION_ADD | PFX_QUEUE_OPEN, "192.0.2.10", "") == one);
    CHECK(say(&all, 12, PFX_SESSION_CLOSE, "192.0.2.10", "") == one);
    two = say(&all, 20, PFX_SESSION_OPEN, "192.0.2.10", "");
    CHECK(two != one);
    CHECK(say(&all, 21, PFX_SESSION_ADD | PFX_QUEUE_OPEN, "192.0.2.10", "") == two);
    CHECK(say(&all, 11, PFX_SESSION_ADD, "192.0.2.10", "") == one); /* late */
    CHECK(say(&all, 22, PFX_SESSION_ADD, "", "") == two);           /* names nobody */
    CHECK(one->mails == 1 && two->mails == 1);
    CHECK(pfx_sessions_class_of(&all) == PFX_SESSION_IDLE);
    CHECK(say(&all, 23, PFX_SESSION_CLOSE, "192.0.2.10", "") == two);
    CHECK(pfx_sessions_class_of(&all) == PFX_SESSION_CLOSED);
    CHECK(pfx_sessions_bytes(&all) >= 2 * sizeof(*one));
    pfx_sessions_clear(&all);
    CHECK(all.newest == NULL);
}

/* The line that opens comes behind others of its session. */
static void an_opening_line_may_be_late(void)
{
    struct pfx_sessions all = {0};
    struct pfx_session *s = say(&all, 12, PFX_SESSION_ADD | PFX_QUEUE_OPEN, "192.0.2.10", "");

    CHECK(say(&all, 11, PFX_SESSION_ADD, "192.0.2.10", "") == s);
    CHECK(say(&all, 13, PFX_SESSION_CLOSE, "192.0.2.10", "") == s);
    CHECK(say(&all, 10, PFX_SESSION_OPEN, "192.0.2.10", "") == s);
    CHECK(s->opened == 10 && s->closed == 13 && s->first == 10 && s->mails == 1);
    CHECK(say(&all, 14, PFX_SESSION_OPEN, "192.0.2.10", "") != s);
    pfx_sessions_clear(&all);
}

static void ports_tell_clients_apart(void)
{
    struct pfx_sessions all = {0};
    struct pfx_session *one = say(&all, 10, PFX_PEER_OPEN | PFX_SESSION_OPEN, "192.0.2.10", "1");
    struct pfx_session *two = say(&all, 11, PFX_PEER_OPEN | PFX_SESSION_OPEN, "192.0.2.10", "2");

    CHECK(one != two);
    CHECK(say(&all, 12, PFX_PEER_ADD, "192.0.2.10", "1") == one);
    CHECK(say(&all, 12, PFX_PEER_ADD, "192.0.2.10", "2") == two);
    CHECK(say(&all, 13, PFX_PEER_CLOSE, "192.0.2.10", "1") == one);
    CHECK(say(&all, 14, PFX_PEER_ADD, "192.0.2.10", "") == two); /* the one that is there */
    pfx_sessions_clear(&all);
}

static void only_some_are_kept(void)
{
    struct pfx_sessions all = {0};
    unsigned count = 0;

    for (int64_t n = 0; n < 100; ++n) {
        say(&all, 10 * n, PFX_SESSION_OPEN, "192.0.2.10", "");
        say(&all, 10 * n + 1, PFX_SESSION_CLOSE, "192.0.2.10", "");
    }
    for (const struct pfx_session *s = all.newest; s != NULL; s = s->older)
        ++count;
    CHECK(count == PFX_SESSIONS_MAX && all.newest->opened == 990);
    pfx_sessions_clear(&all);
}

static void repeats_and_fates_are_counted(void)
{
    static const struct {
        enum pfx_fate fate;
        unsigned times, refused, denied;
    } rows[] = {{PFX_FATE_REFUSED, 1, 1, 0},
                {PFX_FATE_REFUSED, 4, 5, 0},
                {PFX_FATE_REJECTED, 1, 6, 0},
                {PFX_FATE_DENIED, 2, 6, 2},
                {PFX_FATE_NONE, 9, 6, 2}};
    struct pfx_sessions all = {0};
    struct pfx_session *s = say(&all, 10, PFX_SESSION_OPEN, "192.0.2.10", "");

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_observation w = {.time = 11 + (int64_t)i,
                                    .roles = PFX_SESSION_ADD,
                                    .fate = rows[i].fate,
                                    .times = rows[i].times};

        CHECK(pfx_session_merge(&all, s, &w, &event));
        CHECK(s->refused == rows[i].refused && s->denied == rows[i].denied);
    }
    pfx_sessions_clear(&all);
}

int main(void)
{
    pfx_fields_init();
    pfx_event_clear(&event);
    lines_find_their_connection();
    an_opening_line_may_be_late();
    ports_tell_clients_apart();
    only_some_are_kept();
    repeats_and_fates_are_counted();
    return UNIT_END();
}
