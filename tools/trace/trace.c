/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog trace: reads the files twice; see trace.h. */
#include "trace/trace.h"
#include "people/moment.h"
#include "people/terminal.h"
#include "story/story.h"
#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)

/* Fields that the story adds to a line in the second pass. */
static const enum pfx_field story_fields[] = {PFX_F_hop, PFX_F_parent_uid, PFX_F_relay_tls_version,
                                              PFX_F_relay_tls_cipher, PFX_F_relay_tls_trustlevel};

/* A way to parse lines. */
struct reader {
    struct pfx_story *story;
    struct pfx_worker *worker;
    struct pfx_time now;
    struct view view; /* of the last line */
};

/* What became of a line. */
enum parsed { FOREIGN, PARSED, FAILED };

static bool reader_open(struct reader *reader, struct pfx_core *core,
                        const struct pfxlog_options *options, struct pfx_time now)
{
    *reader = (struct reader){.now = now};
    if (options != NULL && (reader->story = pfxlog_story(options, false)) == NULL)
        return false;
    reader->worker = pfx_worker_new(core, PFX_GIM, reader->story);
    if (reader->worker == NULL)
        terminal_say("out of memory");
    return reader->worker != NULL;
}

static void reader_close(struct reader *reader)
{
    view_close(&reader->view);
    pfx_worker_free(&reader->worker);
    pfx_story_free(&reader->story);
}

static struct pfx_line line_of(const struct reader *reader, const struct merge_line *at)
{
    /* A bare line has no host; without one the story knows no mail. */
    return (struct pfx_line){.host = "-",
                             .text = at->line.text,
                             .text_length = at->line.length,
                             .severity = -1,
                             .time = reader->now,
                             .received = at->line.received};
}

static enum parsed parse(struct reader *reader, const struct merge_line *at, bool all)
{
    struct pfx_line line = line_of(reader, at);
    struct pfx_slice document;
    enum pfx_outcome outcome =
        pfx_normalize_text(reader->worker, &line, false, &document.text, &document.length);

    if (document.text == NULL)
        return outcome == PFX_FOREIGN ? FOREIGN : FAILED;
    return view_take(&reader->view, document, all) ? PARSED : FAILED;
}

/* Only for the story. */
static enum parsed follow(struct reader *reader, const struct merge_line *at)
{
    struct pfx_line line = line_of(reader, at);
    enum pfx_outcome outcome = pfx_classify(reader->worker, &line);

    return outcome == PFX_FOREIGN ? FOREIGN : outcome == PFX_NO_MEMORY ? FAILED : PARSED;
}

static bool mark(struct marks *marks, size_t number, uint32_t node)
{
    if (number >= marks->size) {
        size_t size = marks->size * 2 + 4096;
        uint32_t *grown = realloc(marks->node, size * sizeof(*grown));

        if (grown == NULL)
            return false;
        marks->node = grown;
        marks->size = size;
    }
    marks->node[number] = node;
    return true;
}

/* The first pass: builds the graph. */
static bool learn(struct trace *trace, struct reader *reader)
{
    struct merge_line at;

    while (merge_next(trace->merge, &at)) {
        enum parsed parsed = parse(reader, &at, false);
        uint32_t node = 0;

        if (parsed == PARSED)
            node = trace_learn(trace, &reader->view);
        if (parsed == FAILED || !mark(&trace->marks[at.file], at.number, node))
            return false;
        terminal_progress(++trace->looked.lines, 0, false);
    }
    if (trace->ties.failed)
        return false;
    ties_join(&trace->ties, &trace->graph);
    graph_join(&trace->graph);
    return true;
}

/* True when a line has to go through the story again; *shown_r: it is printed too. */
static bool is_needed(const struct graph *graph, uint32_t number, bool *shown_r)
{
    const struct node *node = &graph->node[number], *session = &graph->node[node->session];

    *shown_r = node->selected || node->users > 0;
    return *shown_r || (node->session != 0 && (session->selected || session->users > 0));
}

/* A line to print: its own fields, and the few that only the story has told. */
static struct row *make_row(struct reader *plain, const struct merge_line *at,
                            const struct view *told, uint64_t order)
{
    struct view *view = &plain->view;

    if (parse(plain, at, true) != PARSED)
        return NULL;
    for (size_t i = 0; i < sizeof(story_fields) / sizeof(story_fields[0]); ++i)
        view->text[story_fields[i]] = told->text[story_fields[i]];
    return row_new(view, moment_created(view->text[PFX_F_event_created]), order);
}

/* The second pass: parses the selected lines again. */
static bool print(struct trace *trace, struct reader *reader, struct reader *plain,
                  struct flows *flows)
{
    struct merge_line at;
    bool done = true;

    merge_rewind(trace->merge);
    for (uint64_t order = 0; done && merge_next(trace->merge, &at) && terminal_wrote(); ++order) {
        uint32_t marked = trace->marks[at.file].node[at.number], node = marked;
        bool shown = false;

        terminal_progress(order, trace->looked.lines, true);
        if (node != TRACE_OUTBOUND)
            node = ties_owner(&trace->graph, node);
        if (node == 0 || (node != TRACE_OUTBOUND && !is_needed(&trace->graph, node, &shown)))
            continue;
        done = (shown ? parse(reader, &at, true) : follow(reader, &at)) == PARSED;
        if (done && shown) {
            struct row *row = make_row(plain, &at, &reader->view, order);

            done = row != NULL;
            if (done) {
                row->weak = node != marked && trace->graph.node[marked].tie <= TIE_WEAKEST;
                flows_add(flows, node, row);
            }
        }
    }
    return flows_finish(flows) && done;
}

/* How many lines were looked at, and whose. */
static void say_lines(const struct trace *trace, const struct pfxlog_options *options)
{
    const struct looked *looked = &trace->looked;
    size_t files = merge_files(trace->merge);
    char where[80] = "of the journal", beside[80] = "";

    if (!options->sources.journal)
        snprintf(where, sizeof(where), "in %zu file%s", files, files == 1 ? "" : "s");
    if (looked->beside > 0)
        snprintf(beside, sizeof(beside), ", %lu of programs beside it", looked->beside);
    terminal_say("looked at %lu lines %s, %lu of them of Postfix%s", looked->lines, where,
                 looked->ours, beside);
}

/* Says in what it was looked, and for what. */
static void say_nothing(const struct trace *trace, const struct pfxlog_options *options)
{
    const struct looked *looked = &trace->looked;
    char first[MOMENT_ROOM], last[MOMENT_ROOM], kinds[TARGET_KINDS_ROOM];

    target_kinds(&trace->target, kinds);
    terminal_say("nothing found of %s, as %s", options->target, kinds);
    say_lines(trace, options);
    if (selection_is_some(&options->selection))
        terminal_say("%lu of those fit --since, --until, --host and --instance", looked->selected);
    if (looked->first == 0)
        return;
    moment_write(looked->first, false, options->utc, first);
    moment_write(looked->last, false, options->utc, last);
    terminal_say("from %s to %s", first, last);
}

/* 0: printed, 1: nothing found, 2: failed, which was reported. */
static int run(struct trace *trace, const struct pfxlog_options *options, struct pfx_core *core,
               struct pfx_time now)
{
    struct reader reader, plain = {0};
    struct flows *flows = NULL;
    int status = 2;

    if (reader_open(&reader, core, options, now)) {
        bool learnt = learn(trace, &reader);

        terminal_clear();
        reader_close(&reader);
        if (learnt)
            flows = flows_open(&trace->graph,
                               options->json  ? blocks_json
                               : options->csv ? blocks_csv
                                              : blocks_text,
                               options->utc);
        if (flows == NULL)
            terminal_say("out of memory");
    }
    if (flows != NULL && flows_count(flows) == 0) {
        status = 1;
    } else if (flows != NULL && reader_open(&reader, core, options, now) &&
               reader_open(&plain, core, NULL, now)) {
        status = print(trace, &reader, &plain, flows) ? 0 : 2;
        if (status != 0)
            terminal_say("out of memory");
    }
    reader_close(&reader);
    reader_close(&plain);
    flows_close(&flows);
    return status;
}

int pfxlog_trace(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct trace trace = {.selection = &options->selection,
                          .alone = strcmp(options->products, "postfix") == 0};
    bool failed = false;
    int status = 2;

    view_open();
    if (!target_open(&trace.target, options->target) || !graph_open(&trace.graph) ||
        !ties_open(&trace.ties) ||
        (trace.merge = merge_open(&options->sources, true, &failed)) == NULL ||
        (trace.marks = calloc(merge_files(trace.merge), sizeof(*trace.marks))) == NULL)
        terminal_say("out of memory");
    else
        status = run(&trace, options, core, options->sources.dates.now);
    terminal_clear();
    if (status == 1 && (trace.looked.lines > 0 || !failed))
        say_nothing(&trace, options);
    if (trace.merge != NULL && (failed || merge_failed(trace.merge)))
        status = 2;
    for (size_t i = 0; trace.marks != NULL && i < merge_files(trace.merge); ++i)
        free(trace.marks[i].node);
    free(trace.marks);
    merge_close(&trace.merge);
    ties_close(&trace.ties);
    graph_close(&trace.graph);
    target_close(&trace.target);
    return status;
}
