/* SPDX-License-Identifier: Apache-2.0 */
/* From an event to an observation; see observation.h. */
#include "mail/observation.h"
#include "base/queue_id.h"

#include <string.h>

const char *pfx_link_name(enum pfx_link link)
{
    static const char *const names[] = {"",      "weak",    "bounce", "forward",
                                        "relay", "requeue", "proxy",  "filter"};

    return names[link];
}

static int64_t integer(const struct pfx_event *event, enum pfx_field field, int64_t missing)
{
    int64_t value;

    return pfx_value_integer(pfx_event_get(event, field), &value) ? value : missing;
}

/* The fields by which one mail names another. */
static void take_links(struct pfx_observation *observation, const struct pfx_event *event)
{
    static const struct {
        enum pfx_field field;
        enum pfx_link link;
        bool parent;
    } rows[] = {
        {PFX_F_orig_queue_id, PFX_LINK_FILTER, true}, {PFX_F_orig_id, PFX_LINK_REQUEUE, true},
        {PFX_F_queued_as, PFX_LINK_FILTER, false},    {PFX_F_forwarded_as, PFX_LINK_FORWARD, false},
        {PFX_F_bounce_id, PFX_LINK_BOUNCE, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_slice id = pfx_event_get(event, rows[i].field);

        if (id.length == 0)
            continue;
        if (rows[i].parent) {
            observation->parent = id;
            observation->parent_link = rows[i].link;
        } else {
            observation->child = id;
            observation->child_link = rows[i].link;
        }
    }
    /* A line without a queue id names one: the mail that a filter made of a proxied session. */
    if (observation->child_link == PFX_LINK_FILTER && observation->queue_id.length == 0)
        observation->child_link = PFX_LINK_PROXY;
}

/* The ids of other programs. */
static void take_job(struct pfx_observation *observation, const struct pfx_event *event)
{
    static const struct {
        enum pfx_field field;
        char kind;
    } rows[] = {{PFX_F_amavis_id, 'a'}, {PFX_F_dovecot_session, 'd'}, {PFX_F_rspamd_tag, 'r'}};

    observation->job = PFX_NO_SLICE;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && observation->job.length == 0; ++i) {
        observation->job = pfx_event_get(event, rows[i].field);
        observation->job_kind = rows[i].kind;
    }
}

/* Postfix's own mail is from <> or, to verify an address, from double_bounce_sender. */
static bool is_stranger(const struct pfx_event *event)
{
    struct pfx_slice from = pfx_event_get(event, PFX_F_from);

    return from.length > 0 && !pfx_slice_starts(from, PFX_SLICE("double-bounce@"));
}

void pfx_observation_take(struct pfx_observation *observation, const struct pfx_event *event,
                          struct pfx_time time, enum pfx_fate fate, bool failed)
{
    int64_t repeats = integer(event, PFX_F_repeat_count, 1);
    double delay;

    observation->host = pfx_event_get(event, PFX_F_event_source);
    observation->instance = pfx_event_get(event, PFX_F_instance);
    observation->queue_id = pfx_event_get(event, PFX_F_queue_id);
    observation->pid = pfx_event_get(event, PFX_F_pid);
    observation->client_ip = pfx_event_get(event, PFX_F_client_ip);
    observation->client_host = pfx_event_get(event, PFX_F_client_host);
    observation->client_port = pfx_event_get(event, PFX_F_client_port);
    observation->orig_ip = pfx_event_get(event, PFX_F_orig_client_ip);
    observation->orig_host = pfx_event_get(event, PFX_F_orig_client_host);
    observation->relay_ip = pfx_event_get(event, PFX_F_relay_ip);
    observation->relay_host = pfx_event_get(event, PFX_F_relay_host);
    observation->to = pfx_event_get(event, PFX_F_to);
    observation->orig_to = pfx_event_get(event, PFX_F_orig_to);
    observation->status = pfx_event_get(event, PFX_F_status);
    observation->dsn = pfx_event_get(event, PFX_F_dsn);
    observation->reason = pfx_event_get(event, PFX_F_reason_class);
    observation->message_id = pfx_event_get(event, PFX_F_message_id);
    observation->time = time.seconds * 1000000 + time.microseconds;
    observation->mail_hash = observation->process_hash = 0;
    observation->coarse = false;
    observation->nth = 0;
    observation->roles = event->rule != NULL ? event->rule->roles : 0;
    observation->fate = fate;
    observation->failed = failed;
    observation->times = repeats > 0 && repeats < 1000000 ? (unsigned)repeats : 1;
    observation->outbound =
        pfx_event_has(event, PFX_F_relay_host) || pfx_event_has(event, PFX_F_relay_ip);
    observation->by_socket = pfx_event_has(event, PFX_F_relay_path);
    observation->reused = pfx_event_has(event, PFX_F_conn_use);
    observation->stranger = is_stranger(event);
    observation->has_login = pfx_event_has(event, PFX_F_sasl_username);
    observation->delay = pfx_value_number(pfx_event_get(event, PFX_F_delay), &delay) && delay < 1e9
                             ? (int64_t)(delay * 1e6)
                             : -1;
    observation->nrcpt = integer(event, PFX_F_nrcpt, -1);
    observation->given = pfx_queue_id_time(observation->queue_id);
    observation->parent = observation->child = PFX_NO_SLICE;
    observation->parent_link = observation->child_link = PFX_LINK_NONE;
    take_links(observation, event);
    take_job(observation, event);
    observation->neighbour = observation->job_opens = observation->job_closes = false;
    observation->job_fate = PFX_FATE_NONE;
    observation->piece = PFX_PIECE_NONE;
}

/* The first queue id of "ID/ID/...", as amavis lists them; a reply in its place is none. */
static struct pfx_slice first_id(struct pfx_slice list)
{
    bool is_id;
    struct pfx_slice id = pfx_queue_id_word(list, &is_id);
    struct pfx_slice rest = pfx_slice_from(list, id.length);

    return is_id && (rest.length == 0 || pfx_slice_starts(rest, PFX_SLICE("/"))) ? id
                                                                                 : PFX_NO_SLICE;
}

static enum pfx_piece piece_of(const struct pfx_event *event)
{
    static const struct pfx_slice names[] = {{"", 0}, {"first", 5}, {"middle", 6}, {"last", 4}};
    struct pfx_slice name = PFX_NO_SLICE;

    for (unsigned i = 0; i < event->extras; ++i) {
        if (pfx_slice_equal(event->extra[i].word, PFX_SLICE("continuation")))
            name = event->extra[i].text;
    }
    for (int i = PFX_PIECE_FIRST; i <= PFX_PIECE_LAST; ++i) {
        if (pfx_slice_equal(name, names[i]))
            return (enum pfx_piece)i;
    }
    return PFX_PIECE_NONE;
}

/* What a mailbox server did with a mail that it had taken. */
static bool is_last_word(enum pfx_fate fate)
{
    return fate == PFX_FATE_SENT || fate == PFX_FATE_DROPPED || fate == PFX_FATE_BOUNCED ||
           fate == PFX_FATE_REQUEUED;
}

void pfx_observation_neighbour(struct pfx_observation *observation, const struct pfx_event *event,
                               struct pfx_time time, enum pfx_fate fate)
{
    unsigned roles = event->rule != NULL ? event->rule->roles : 0;

    /* A sender that is left out would be the null sender. */
    if (event->doubtful && (roles & PFX_POLICY_ADD) != 0)
        roles ^= PFX_POLICY_ADD | PFX_PEER_ADD;
    *observation =
        (struct pfx_observation){.host = pfx_event_get(event, PFX_F_event_source),
                                 .time = time.seconds * 1000000 + time.microseconds,
                                 .roles = roles & (PFX_QUEUE_ADD | PFX_PEER_ADD | PFX_POLICY_ADD),
                                 .asked_ip = pfx_event_get(event, PFX_F_client_ip),
                                 .asked_port = pfx_event_get(event, PFX_F_client_port),
                                 .asked_from = pfx_event_get(event, PFX_F_from),
                                 .asked_to = pfx_event_get(event, PFX_F_to),
                                 .times = 1,
                                 .delay = -1,
                                 .nrcpt = -1,
                                 .child = first_id(pfx_event_get(event, PFX_F_queued_as)),
                                 .neighbour = true,
                                 .job_opens = (roles & PFX_SESSION_OPEN) != 0,
                                 .job_closes = (roles & PFX_SESSION_CLOSE) != 0,
                                 .job_fate = is_last_word(fate) ? fate : PFX_FATE_NONE};
    observation->queue_id = pfx_event_get(event, PFX_F_queue_id);
    observation->piece = piece_of(event);
    observation->piece_pid = pfx_event_get(event, PFX_F_pid);
    observation->notice = pfx_event_get(event, PFX_F_bounce_id);
    if (observation->notice.length > 0) /* another mail than the job's */
        observation->child = PFX_NO_SLICE;
    observation->given = pfx_queue_id_time(observation->queue_id);
    take_job(observation, event);
}
