/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of policy services, and connections by address; see answers.h. */
#include "story/answers.h"
#include "story/jobs.h"

#include <string.h>

#define SECOND INT64_C(1000000)
/* A mail's first recipient is asked about before it has a queue id, its others later. */
#define ANSWER_TIME (300 * SECOND)
#define NEAR (30 * SECOND)
#define IP_MAX 64
#define ADDRESS_MAX (PFX_KEY_PART - IP_MAX - 1)

/* Whom an answer is about. */
struct question {
    struct pfx_slice ip, from, to;
};

/* Whether the text of an address is that of no other. A key has its beginning only; and what is
 * quoted here, a service may have been asked about without its quotes, as another's address. */
static bool is_of_one(struct pfx_slice address)
{
    return address.length <= ADDRESS_MAX &&
           (address.length == 0 || (memchr(address.text, '"', address.length) == NULL &&
                                    memchr(address.text, '\\', address.length) == NULL));
}

/* The key of an answer; addresses in lower case, as some of these programs write them. */
static struct pfx_slice answer_key(char room[PFX_KEY_SIZE], uint64_t host,
                                   const struct question *question)
{
    char text[PFX_KEY_PART];
    struct pfx_slice key;
    size_t at = question->ip.length < IP_MAX ? question->ip.length : IP_MAX;
    size_t from = question->from.length < ADDRESS_MAX ? question->from.length : ADDRESS_MAX;

    memcpy(text, question->ip.text != NULL ? question->ip.text : "", at);
    text[at++] = ' ';
    if (from > 0)
        memcpy(text + at, question->from.text, from);
    key =
        pfx_flow_key(room, PFX_KEY_ANSWER, host, (struct pfx_slice){text, at + from}, question->to);
    for (size_t i = 1 + sizeof(host); i < key.length; ++i)
        room[i] = pfx_lower(room[i]);
    return key;
}

static bool is_asked(const struct pfx_observation *w)
{
    return w->neighbour && (w->roles & PFX_POLICY_ADD) != 0 && w->queue_id.length == 0 &&
           w->asked_ip.length > 0 && is_of_one(w->asked_from) && is_of_one(w->asked_to);
}

static bool is_of_client(const struct pfx_observation *w)
{
    return w->neighbour && (w->roles & (PFX_POLICY_ADD | PFX_PEER_ADD)) != 0 &&
           w->queue_id.length == 0 && w->job.length == 0 && w->asked_ip.length > 0;
}

/* What the mail was asked about as, if the line is one at which its answers are looked for: of its
 * sender when the queue manager takes it up, of a recipient when that one's delivery is told. How
 * many questions: up to 2. */
static unsigned questions_of(const struct pfx_merge *m, const struct pfx_mail *mail,
                             struct question question_r[2])
{
    const struct pfx_observation *w = m->observation;
    struct question asked = {PFX_NO_SLICE, PFX_NO_SLICE, PFX_NO_SLICE};

    if (!m->answers || (w->fate != PFX_FATE_ACTIVE && w->to.length == 0) ||
        !pfx_record_asked(mail, m->event, &asked.ip, &asked.from) || !is_of_one(asked.from))
        return 0;
    question_r[0] = question_r[1] = asked;
    question_r[1].to = w->orig_to.length > 0 ? w->orig_to : w->to;
    return question_r[1].to.length > 0 && is_of_one(question_r[1].to) ? 2 : 1;
}

static struct pfx_job *find_answer(const struct pfx_merge *m, struct pfx_slice key, uint64_t hash)
{
    const struct pfx_shard *shard = pfx_hold_shard(&m->hold, hash);

    return shard != NULL ? (struct pfx_job *)pfx_store_find(shard->jobs, key, hash) : NULL;
}

void pfx_answers_give(struct pfx_merge *m, struct pfx_mail *mail)
{
    struct question question[2];
    unsigned count = questions_of(m, mail, question);

    for (unsigned i = 0; i < count; ++i) {
        char room[PFX_KEY_SIZE];
        struct pfx_slice key = answer_key(room, m->observation->host_hash, &question[i]);
        const struct pfx_job *answer = find_answer(m, key, pfx_shards_hash(m->hold.shards, key));

        if (answer != NULL && answer->opened >= mail->first - ANSWER_TIME &&
            answer->opened <= m->observation->time)
            pfx_facts_merge(&mail->facts, &answer->facts, PFX_RANK_LINE, INT64_MAX, true);
    }
}

static void keep_answer(struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;
    const struct question question = {w->asked_ip, w->asked_from, w->asked_to};
    char room[PFX_KEY_SIZE];
    struct pfx_slice key = answer_key(room, w->host_hash, &question);
    uint64_t hash = pfx_shards_hash(m->hold.shards, key);
    struct pfx_shard *shard = pfx_hold_shard(&m->hold, hash);
    struct pfx_job *answer = find_answer(m, key, hash);

    if (answer == NULL && shard != NULL) {
        answer = (struct pfx_job *)pfx_store_add(shard->jobs, key, hash, PFX_JOB_TASK, m->now);
        if (answer != NULL)
            answer->facts.pool = shard->pool;
    }
    if (answer == NULL || w->time < answer->opened)
        return;
    if (w->time > answer->opened) { /* another question: nothing of the last one is told */
        pfx_facts_free(&answer->facts);
        answer->facts.pool = shard->pool; /* of one that was restored: none */
    }
    answer->opened = w->time;
    pfx_facts_learn(&answer->facts, m->event, pfx_scope_mail, PFX_RANK_LINE, w->time);
    pfx_store_touch(shard->jobs, &answer->entry, PFX_JOB_TASK, m->now);
    pfx_store_account(shard->jobs, &answer->entry, pfx_pool_cost(answer->facts.size));
}

/* The connection of a client that is known by its address. */
static struct pfx_slice client_key(char room[PFX_KEY_SIZE], const struct pfx_observation *w,
                                   struct pfx_slice ip)
{
    return pfx_flow_key(room, PFX_KEY_CLIENT, w->host_hash, ip, PFX_NO_SLICE);
}

/* A client comes or goes. */
static bool connects(const struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;

    return m->answers && !w->neighbour && !w->outbound && w->client_ip.length > 0 &&
           (w->roles & (PFX_SESSION_OPEN | PFX_SESSION_CLOSE)) != 0;
}

/* The pending entry's uid is the port, its host the number of connections that are open. */
void pfx_answers_connected(struct pfx_merge *m, const struct pfx_session *session)
{
    const struct pfx_observation *w = m->observation;
    bool opens = (w->roles & PFX_SESSION_OPEN) != 0;
    struct pfx_pending *pending;
    char room[PFX_KEY_SIZE];

    if (m->duplicate || !connects(m))
        return;
    pending = pfx_flow_put_pending(&m->flow, client_key(room, w, w->client_ip), m->now);
    if (pending == NULL)
        return;
    if (opens)
        ++pending->host;
    else if (pending->host > 0)
        --pending->host;
    if (w->time < pending->time)
        return;
    pending->time = w->time;
    if (!opens)
        return;
    pending->id = session->id;
    pending->trace = session->trace;
    pfx_name_set(pending->uid, sizeof(pending->uid), pfx_slice_of(session->port));
}

static void tell_client(struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;
    char room[PFX_KEY_SIZE];
    struct pfx_slice key = client_key(room, w, w->asked_ip);
    const struct pfx_pending *pending = pfx_flow_pending_client(&m->flow, key);
    bool ports, same_port, only;
    int64_t age;

    if (pending == NULL || pending->id == 0)
        return;
    ports = w->asked_port.length > 0 && pending->uid[0] != '\0';
    same_port = ports && pfx_name_is(pending->uid, w->asked_port);
    age = w->time > pending->time ? w->time - pending->time : pending->time - w->time;
    only = pending->host == 1 ? age <= ANSWER_TIME : pending->host == 0 && age <= NEAR;
    if (same_port || (!ports && only))
        pfx_record_tell_client(pending->id, pending->trace, !same_port, m->event, m->scratch);
}

void pfx_answers_take(struct pfx_merge *m)
{
    const struct pfx_observation *w = m->observation;

    if (!is_of_client(w))
        return;
    __atomic_store_n(&m->story->answers, true, __ATOMIC_RELAXED);
    if (is_asked(w) && !m->duplicate)
        keep_answer(m);
    tell_client(m);
}

static bool hold(struct pfx_merge *m, struct pfx_slice key)
{
    return pfx_hold_take(&m->hold, pfx_shards_hash(m->hold.shards, key));
}

bool pfx_answers_hold(struct pfx_merge *m, const struct pfx_mail *mail)
{
    const struct pfx_observation *w = m->observation;
    struct question question[2];
    char room[PFX_KEY_SIZE];
    bool kept = true;

    if (is_of_client(w)) {
        kept &= hold(m, client_key(room, w, w->asked_ip));
        if (is_asked(w)) {
            question[0] = (struct question){w->asked_ip, w->asked_from, w->asked_to};
            kept &= hold(m, answer_key(room, w->host_hash, &question[0]));
        }
        return kept;
    }
    if (connects(m))
        kept &= hold(m, client_key(room, w, w->client_ip));
    if (mail != NULL) {
        for (unsigned i = 0, n = questions_of(m, mail, question); i < n; ++i)
            kept &= hold(m, answer_key(room, w->host_hash, &question[i]));
    }
    return kept;
}
