/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the blocks of a flow; see blocks.h. */
#include "trace/blocks.h"
#include "trace/ids.h"

#include <stdio.h>
#include <stdlib.h>

static int compare(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_time(const void *a, const void *b)
{
    const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;
    int order = compare(x->time, y->time);

    return order != 0 ? order : compare((int64_t)x->order, (int64_t)y->order);
}

static int by_recipient(const void *a, const void *b)
{
    const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;
    int order = strcmp(row_text(x, PFX_F_to), row_text(y, PFX_F_to));

    if (order == 0)
        order = strcmp(row_text(x, PFX_F_orig_to), row_text(y, PFX_F_orig_to));
    return order != 0 ? order : by_time(a, b);
}

static bool is_about_recipient(const struct row *row)
{
    return !row_is_beside(row) && row_text(row, PFX_F_to)[0] != '\0' &&
           (row_text(row, PFX_F_status)[0] != '\0' ||
            strcmp(row_text(row, PFX_F_event_action), "blocked") == 0 ||
            strcmp(row_text(row, PFX_F_action), "accept") == 0);
}

const char *block_status(const struct block *block, const struct row *row)
{
    const char *status = row_text(row, PFX_F_status);

    if (strcmp(block->verdict, "expired") == 0 && strcmp(status, "deferred") == 0)
        return "expired";
    return status[0] != '\0' ? status : row_text(row, PFX_F_action);
}

static size_t count_rows(const struct node *node)
{
    size_t count = 0;

    for (const struct row *row = node->rows; row != NULL; row = row->next)
        ++count;
    return count;
}

/* The lines of the block; after them room for lines about recipients. */
static bool take_rows(struct block *block, const struct node *session)
{
    size_t own = count_rows(block->node), all = own + (session ? count_rows(session) : 0);
    const struct row **recipient;
    size_t kept = 0;

    block->row = malloc((all + own + 1) * sizeof(*block->row));
    if (block->row == NULL)
        return false;
    block->recipient = recipient = block->row + all;
    for (const struct row *row = block->node->rows; row != NULL; row = row->next) {
        block->row[block->rows++] = row;
        if (is_about_recipient(row))
            recipient[block->recipients++] = row;
    }
    for (const struct row *row = session ? session->rows : NULL; row != NULL; row = row->next)
        block->row[block->rows++] = row;
    qsort(block->row, block->rows, sizeof(*block->row), by_time);
    qsort(recipient, block->recipients, sizeof(*recipient), by_recipient);
    for (size_t i = 0; i < block->recipients; ++i) {
        if (i + 1 == block->recipients ||
            strcmp(row_text(recipient[i], PFX_F_to), row_text(recipient[i + 1], PFX_F_to)) != 0 ||
            strcmp(row_text(recipient[i], PFX_F_orig_to),
                   row_text(recipient[i + 1], PFX_F_orig_to)) != 0)
            recipient[kept++] = recipient[i];
    }
    block->recipients = kept;
    qsort(recipient, kept, sizeof(*recipient), by_time);
    return true;
}

/* Fields of the mail: those of its session, then its own; of programs beside Postfix what only they
 * tell. What may be of another mail is none. */
static void take_facts(struct block *block, const struct row *rows, enum pfx_scope most)
{
    for (; rows != NULL; rows = rows->next) {
        bool beside = block->node->kind != NODE_TASK && row_is_beside(rows);
        struct view view;

        row_view(rows, &view);
        for (unsigned f = 0; f < PFX_FIELD_COUNT && !rows->weak; ++f) {
            bool fits = pfx_fields[f].scope != PFX_LINE && pfx_fields[f].scope <= most &&
                        (!beside || PFX_IS_NEIGHBOURS(f));

            /* the last line comes first */
            if (view.text[f] != NULL && fits && block->fact.text[f] == NULL)
                block->fact.text[f] = view.text[f];
        }
    }
}

/* What a filter before the queue took, and perhaps did not hand on: "Ok, discarded, id=...", "Ok,
 * id=..., BOUNCE" of amavis. */
static const char *accepted_as(const struct row *row)
{
    struct view view;
    const char *reply;
    size_t length;

    row_view(row, &view);
    if (ids_amavis(&view).length == 0)
        return "accepted";
    reply = view.text[PFX_F_reply_text];
    length = strlen(reply);
    if (strncmp(reply, "Ok, discarded, ", 15) == 0)
        return "discarded";
    return length > 8 && strcmp(reply + length - 8, ", BOUNCE") == 0 ? "bounced" : "accepted";
}

/* A mail's verdict is that of the story, a session's is found from its own lines. */
static const char *verdict_of(const struct graph *graph, const struct node *node)
{
    if (node->kind == NODE_MAIL)
        return graph->verdict[node->verdict];
    for (const struct row *row = node->rows; row != NULL; row = row->next) {
        if (row_is_beside(row))
            continue;
        if (strcmp(row_text(row, PFX_F_event_action), "blocked") == 0)
            return "rejected";
        if (strcmp(row_text(row, PFX_F_action), "accept") == 0)
            return accepted_as(row);
    }
    return "";
}

static void set_id(char room[17], uint64_t id)
{
    snprintf(room, 17, "%016llx", (unsigned long long)id);
}

/* Who the mail's own lines are of; of a program beside Postfix, where there is nothing else. */
static void take_names(struct block *block)
{
    bool beside = true;

    block->queue_id = block->host = block->instance = block->parent_uid = "";
    for (size_t i = 0; i < block->rows; ++i)
        beside &= row_is_beside(block->row[i]);
    for (size_t i = 0; i < block->rows; ++i) {
        const struct row *row = block->row[i];

        if (!beside && row_is_beside(row))
            continue;
        if (block->host[0] == '\0') {
            block->host = row_text(row, PFX_F_event_source);
            block->instance = row_text(row, PFX_F_instance);
        }
        if (block->node->kind == NODE_MAIL && block->queue_id[0] == '\0')
            block->queue_id = row_text(row, PFX_F_queue_id);
        if (block->parent_uid[0] == '\0')
            block->parent_uid = row_text(row, PFX_F_parent_uid);
    }
}

static bool fill(struct block *block, const struct graph *graph, const struct node *node)
{
    static const char *const kinds[] = {"mail", "session", "proxied", "task"};
    const struct node *session = node->session != 0 ? &graph->node[node->session] : NULL;

    *block = (struct block){.node = node, .kind = kinds[node->kind], .link = ""};
    if (node->kind != NODE_TASK)
        set_id(block->id, node->id);
    if (node->parent != 0) {
        set_id(block->parent_id, graph->node[node->parent].id);
        block->link = pfx_link_name((enum pfx_link)node->link);
    }
    if (session != NULL || node->kind == NODE_SESSION)
        set_id(block->session_id, session != NULL ? session->id : node->id);
    block->verdict = verdict_of(graph, node);
    if (!take_rows(block, session))
        return false;
    take_facts(block, node->rows, PFX_MAIL);
    if (session != NULL)
        take_facts(block, session->rows, PFX_SESSION);
    take_names(block);
    return true;
}

static int by_start(const void *a, const void *b)
{
    const struct block *x = *(struct block *const *)a, *y = *(struct block *const *)b;
    int64_t left = x->rows > 0 ? x->row[0]->time : INT64_MAX;
    int64_t right = y->rows > 0 ? y->row[0]->time : INT64_MAX;

    return left != right ? compare(left, right) : compare(x - y, 0);
}

/* The block of a node; they stand in the order of the nodes. */
static struct block *find(const struct blocks *blocks, const struct node *node)
{
    size_t low = 0, high = blocks->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (blocks->block[middle].node == node)
            return &blocks->block[middle];
        if (blocks->block[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool comes_from(const struct block *block, const struct block *other)
{
    while (block != NULL && block != other)
        block = block->parent;
    return block == other;
}

/* Parents first; children in the order of time. */
static void arrange(struct blocks *blocks, const struct graph *graph)
{
    struct block root = {0}, *at;
    size_t shown = 0;

    qsort(blocks->shown, blocks->count, sizeof(*blocks->shown), by_start);
    for (size_t i = 0; i < blocks->count; ++i) {
        struct block *block = blocks->shown[i];
        struct block *parent =
            block->node->parent != 0 ? find(blocks, &graph->node[block->node->parent]) : NULL;

        /* A log may be forged: avoid cycles. */
        if (parent != NULL && !comes_from(parent, block))
            block->parent = parent;
    }
    for (size_t i = 0; i < blocks->count; ++i) {
        struct block *block = blocks->shown[i];
        struct block *parent = block->parent != NULL ? block->parent : &root;

        if (parent->last_child == NULL)
            parent->child = block;
        else
            parent->last_child->sibling = block;
        parent->last_child = block;
    }
    for (at = root.child; at != NULL;) {
        at->depth = at->parent != NULL ? at->parent->depth + 1 : 0;
        blocks->shown[shown++] = at;
        if (at->child != NULL) {
            at = at->child;
            continue;
        }
        while (at != NULL && at->sibling == NULL)
            at = at->parent;
        at = at != NULL ? at->sibling : NULL;
    }
}

bool blocks_open(struct blocks *blocks, const struct graph *graph, const uint32_t *node,
                 size_t count)
{
    *blocks = (struct blocks){.block = calloc(count + 1, sizeof(*blocks->block)),
                              .shown = calloc(count + 1, sizeof(*blocks->shown)),
                              .start = INT64_MAX};
    if (blocks->block == NULL || blocks->shown == NULL) {
        blocks_close(blocks);
        return false;
    }
    while (blocks->count < count) {
        struct block *block = &blocks->block[blocks->count];

        if (!fill(block, graph, &graph->node[node[blocks->count]])) {
            blocks_close(blocks);
            return false;
        }
        blocks->shown[blocks->count++] = block;
        if (block->rows > 0 && block->row[0]->time < blocks->start)
            blocks->start = block->row[0]->time;
    }
    arrange(blocks, graph);
    if (count > 0 && blocks->shown[0]->node->kind != NODE_TASK)
        set_id(blocks->trace, blocks->shown[0]->node->trace);
    return true;
}

void blocks_close(struct blocks *blocks)
{
    for (size_t i = 0; i < blocks->count; ++i)
        free(blocks->block[i].row);
    free(blocks->block);
    free(blocks->shown);
    *blocks = (struct blocks){0};
}
