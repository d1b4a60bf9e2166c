/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the programs beside Postfix in the first pass: filters, milters, policy services,
 * mailboxes.
 *
 * A line that names a mail by its queue id is a line of that mail. Other ones are tasks, one for
 * each id that the program gives: a task of amavis or rspamd, a session of Dovecot. Such ids recur,
 * so a task ends when its lines do for a while, and when one has another mail. A line without an id
 * is a task by itself, where it may be tied by a guess, or is what is looked for. See ties.h.
 */
#include "trace/ids.h"
#include "trace/trace.h"
#include "people/moment.h"

#include <stdlib.h>

#define PATIENCE (INT64_C(600) * 1000000) /* how long a task may be silent, microseconds */

/* After so many lines, of Postfix alone, nothing is kept for guesses. */
#define ALONE_MOST 10000

/* What keys are made of, so that different ids are not equal. */
enum key_kind { KEY_QUEUE, KEY_REPLY, KEY_SESSION, KEY_MESSAGE, KEY_ENVELOPE, KEY_NAME, KEY_TASK };

static uint64_t key_of(const struct trace *trace, enum key_kind kind, const struct view *view,
                       const char *id)
{
    return ties_key(&trace->ties, kind, view->text[PFX_F_event_source], pfx_slice_of(id));
}

/* Of an id that is unique on all hosts. */
static uint64_t name_of(const struct trace *trace, enum key_kind kind, const char *id)
{
    return ties_key(&trace->ties, kind, NULL, pfx_slice_of(id));
}

/* Of client, sender and that field, the recipient or the HELO name; false where one is missing.
 * Addresses are compared as they stand. */
static bool envelope(const struct trace *trace, const struct view *view, enum pfx_field field,
                     uint64_t *key_r)
{
    const char *ip = view->text[PFX_F_client_ip], *from = view->text[PFX_F_from];
    const char *third = view->text[field];

    if (ip == NULL || from == NULL || third == NULL)
        return false;
    *key_r = key_of(trace, KEY_ENVELOPE, view, ip) * 3 + name_of(trace, KEY_ENVELOPE, from) * 5 +
             name_of(trace, KEY_ENVELOPE, third) * 7 + (uint64_t)field;
    return true;
}

/* Of a line that asks: with the recipient, where it tells one. */
static bool own_envelope(const struct trace *trace, const struct view *view, uint64_t *key_r)
{
    return envelope(trace, view, PFX_F_to, key_r) || envelope(trace, view, PFX_F_helo, key_r);
}

/* What else the line calls the task: amavis' id of the mail, or the queue id. 0: nothing. */
static uint64_t other_name(const struct trace *trace, const struct view *view)
{
    const char *parent = view->text[PFX_F_amavis_parent_mail_id];
    const char *name = parent != NULL ? parent : view->text[PFX_F_amavis_mail_id];

    if (view->text[PFX_F_amavis_id] == NULL)
        name = view->text[PFX_F_queue_id];
    return name != NULL ? name_of(trace, KEY_NAME, name) : 0;
}

/* The id of the task, which is at a place where only the program writes. */
static uint64_t task_key(const struct trace *trace, const struct view *view)
{
    static const enum pfx_field own[] = {PFX_F_amavis_id, PFX_F_rspamd_tag, PFX_F_queue_id};

    if (view->text[PFX_F_dovecot_session] != NULL)
        return name_of(trace, KEY_TASK, view->text[PFX_F_dovecot_session]);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); ++i) {
        if (view->text[own[i]] != NULL)
            return key_of(trace, KEY_TASK + i, view, view->text[own[i]]) ^
                   name_of(trace, KEY_TASK, view->text[PFX_F_product]);
    }
    return 0;
}

static bool is_same(const struct node *task, uint32_t mail, uint64_t name, int64_t time,
                    bool recurs)
{
    if (task->left == 0)
        return true;
    if (task->tie == TIE_MAIL && mail != 0 && task->owner != mail)
        return false;
    if (!recurs)
        return true;
    return (task->name == 0 || name == 0 || task->name == name) && time - task->time <= PATIENCE &&
           task->time - time <= PATIENCE;
}

/* The task of the line, a new one where the last of its id is another. */
static uint32_t find_task(struct trace *trace, const struct view *view, uint32_t mail, int64_t time)
{
    struct graph *graph = &trace->graph;
    bool recurs = view->text[PFX_F_dovecot_session] == NULL;
    uint64_t key = task_key(trace, view), name = other_name(trace, view);
    uint32_t head, task;

    if (key == 0) /* never the same again */
        return graph_node(graph, NODE_TASK, graph_proxied_id(trace->ties.seed, graph->count), true);
    head = graph_node(graph, NODE_TASK, key, true);
    if (head == 0)
        return 0;
    task = graph->node[head].current != 0 ? graph->node[head].current : head;
    if (!is_same(&graph->node[task], mail, name, time, recurs)) {
        task = graph_node(graph, NODE_TASK, graph_proxied_id(key, graph->count), true);
        graph->node[head].current = task;
    }
    if (task != 0 && name != 0)
        graph->node[task].name = name;
    return task;
}

/* The queue ids that amavis got for a mail that it handed back to this host. */
static void ask_queued(struct trace *trace, const struct view *view, int64_t time, uint32_t task)
{
    const char *ip = view->text[PFX_F_relay_ip], *host = view->text[PFX_F_event_source];
    struct pfx_slice rest, id;

    if (view->text[PFX_F_queued_as] == NULL || view->text[PFX_F_amavis_id] == NULL ||
        view->text[PFX_F_amavis_parent_mail_id] != NULL)
        return; /* a notice is another mail */
    if (ip != NULL && strncmp(ip, "127.", 4) != 0 && strcmp(ip, "::1") != 0)
        return;
    rest = pfx_slice_of(view->text[PFX_F_queued_as]);
    while ((id = ids_queued(&rest)).length > 0)
        ties_ask(&trace->ties, TIE_QUEUED_AS, ties_key(&trace->ties, KEY_QUEUE, host, id), time,
                 task);
}

/* Whether it is the session of somebody who reads mails: those are not its own. */
static bool is_reader(const struct view *view)
{
    static const char *const delivers[] = {"lmtp", "lda", "deliver"};
    const char *daemon = view->text[PFX_F_daemon];

    for (size_t i = 0; daemon != NULL && i < sizeof(delivers) / sizeof(delivers[0]); ++i) {
        if (strcmp(daemon, delivers[i]) == 0)
            return false;
    }
    return view->text[PFX_F_dovecot_session] != NULL;
}

static void ask(struct trace *trace, const struct view *view, int64_t time, uint32_t task)
{
    struct ties *ties = &trace->ties;
    const char *const *text = view->text;
    bool first = trace->graph.node[task].left == 0;
    uint64_t key;

    if (text[PFX_F_queue_id] != NULL)
        ties_ask(ties, TIE_QUEUE_ID, key_of(trace, KEY_QUEUE, view, text[PFX_F_queue_id]), time,
                 task);
    ask_queued(trace, view, time, task);
    if (text[PFX_F_amavis_id] != NULL && (first || text[PFX_F_amavis_mail_id] != NULL))
        ties_ask(ties, TIE_REPLY, key_of(trace, KEY_REPLY, view, text[PFX_F_amavis_id]), time,
                 task);
    if (text[PFX_F_dovecot_session] != NULL && first)
        ties_ask(ties, TIE_SESSION, name_of(trace, KEY_SESSION, text[PFX_F_dovecot_session]), time,
                 task);
    if (text[PFX_F_queue_id] == NULL && text[PFX_F_message_id] != NULL && !is_reader(view))
        ties_ask(ties, TIE_MESSAGE_ID, key_of(trace, KEY_MESSAGE, view, text[PFX_F_message_id]),
                 time, task);
    if (text[PFX_F_queue_id] == NULL && own_envelope(trace, view, &key))
        ties_ask(ties, TIE_ENVELOPE, key, time, task);
}

uint32_t trace_beside(struct trace *trace, const struct view *view, int64_t time, bool matched)
{
    struct graph *graph = &trace->graph;
    const char *id = view->text[PFX_F_mail_id];
    uint32_t mail = 0, task;
    uint64_t key;

    if (id != NULL)
        mail = graph_node(graph, NODE_MAIL, strtoull(id, NULL, 16), true);
    if (mail != 0 && graph->node[mail].trace == 0 && view->text[PFX_F_flow_id] != NULL)
        graph->node[mail].trace = strtoull(view->text[PFX_F_flow_id], NULL, 16);
    if (task_key(trace, view) == 0 && !matched && view->text[PFX_F_message_id] == NULL &&
        !own_envelope(trace, view, &key))
        return 0;
    task = find_task(trace, view, mail, time);
    if (task == 0)
        return mail;
    graph->node[task].time = time;
    if (mail != 0 && graph->node[task].tie < TIE_MAIL) {
        graph->node[task].tie = TIE_MAIL;
        graph->node[task].owner = mail;
    }
    if (graph->node[task].tie < TIE_MAIL)
        ask(trace, view, time, task);
    return task;
}

static void offer_weak(struct trace *trace, const struct view *view, int64_t time, uint32_t number)
{
    struct ties *ties = &trace->ties;
    const struct node *node = &trace->graph.node[number];
    const char *event = view->text[PFX_F_event];
    uint64_t key;

    if (event != NULL && strcmp(event, "cleanup.message_id") == 0 &&
        view->text[PFX_F_message_id] != NULL)
        ties_offer(ties, key_of(trace, KEY_MESSAGE, view, view->text[PFX_F_message_id]), time,
                   number);
    time = node->kind == NODE_MAIL ? node->time : time;
    if (envelope(trace, view, PFX_F_to, &key))
        ties_offer(ties, key, time, number);
    if (envelope(trace, view, PFX_F_helo, &key))
        ties_offer(ties, key, time, number);
}

void trace_offer(struct trace *trace, const struct view *view, int64_t time, uint32_t number)
{
    struct ties *ties = &trace->ties;
    struct node *node = &trace->graph.node[number];
    const char *host = view->text[PFX_F_event_source];
    struct pfx_slice amavis, session;

    if (trace->alone)
        return;
    if (node->left == 0)
        node->time = time;
    if (node->left == 0 && node->kind == NODE_MAIL && view->text[PFX_F_queue_id] != NULL)
        ties_offer(ties, key_of(trace, KEY_QUEUE, view, view->text[PFX_F_queue_id]), time, number);
    amavis = ids_amavis(view);
    if (amavis.length > 0)
        ties_offer(ties, ties_key(ties, KEY_REPLY, host, amavis), time, number);
    session = ids_session(view);
    if (session.length > 0)
        ties_offer(ties, ties_key(ties, KEY_SESSION, NULL, session), time, number);
    if (trace->looked.beside > 0 || trace->looked.ours < ALONE_MOST)
        offer_weak(trace, view, time, number);
}
