/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog audit: reads the files twice; see audit.h. */
#include "audit/audit.h"
#include "alerts/alerts.h"
#include "people/moment.h"
#include "people/terminal.h"
#include "story/story.h"
#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is done with each line that was parsed. */
typedef void take_line(struct audit *audit, const struct view *view, int64_t time);

static void learn_line(struct audit *audit, const struct view *view, int64_t time)
{
    bool postfix = strcmp(view->text[PFX_F_product] != NULL ? view->text[PFX_F_product] : "postfix",
                          "postfix") == 0;

    audit->ours += postfix;
    audit->beside += !postfix;
    audit_learn(audit, view, time);
}

/* Parses all lines. False when memory ran out. */
static bool pass(struct audit *audit, struct merge *merge, struct pfx_worker *worker,
                 struct pfx_time now, take_line *take)
{
    struct view view = {0};
    struct merge_line at;
    unsigned long lines = 0;
    bool done = true;

    while (done && !audit->entries.full && !audit->entries.failed && merge_next(merge, &at)) {
        struct pfx_line line = {.host = "-",
                                .text = at.line.text,
                                .text_length = at.line.length,
                                .severity = -1,
                                .time = now,
                                .received = at.line.received};
        struct pfx_slice document;
        enum pfx_outcome outcome =
            pfx_normalize_text(worker, &line, false, &document.text, &document.length);

        terminal_progress(++lines, audit->lines, false);
        if (document.text == NULL) {
            done = outcome == PFX_FOREIGN;
            continue;
        }
        done = view_take(&view, document, true);
        audit->told = pfx_worker_told(worker);
        if (done)
            take(audit, &view, moment_created(view.text[PFX_F_event_created]));
    }
    audit->lines = lines;
    view_close(&view);
    terminal_clear();
    return done && !audit->entries.failed;
}

/* A pass through a story of its own; alerts: what counts lines, or NULL. False after a message. */
static bool read_all(struct audit *audit, struct merge *merge, struct pfx_core *core,
                     const struct pfxlog_options *options, struct pfx_alerts *alerts,
                     take_line *take)
{
    struct pfx_story *story = pfxlog_story(options, true);
    struct pfx_worker *worker = story != NULL ? pfx_worker_new(core, PFX_GIM, story) : NULL;
    bool done;

    if (worker != NULL && alerts != NULL)
        pfx_worker_alert(worker, alerts);
    done = worker != NULL && pass(audit, merge, worker, options->sources.dates.now, take);
    pfx_worker_free(&worker);
    pfx_story_free(&story);
    if (!done)
        terminal_say("out of memory");
    return done;
}

/* In what nothing was found. */
static void say_nothing(const struct audit *audit, const struct pfxlog_options *options)
{
    char first[MOMENT_ROOM], last[MOMENT_ROOM];

    terminal_say("nothing found of %s, as %s", audit->subject.text, subject_title(&audit->subject));
    terminal_say("looked at %lu lines, %lu of them of Postfix, %lu of programs beside it",
                 audit->lines, audit->ours, audit->beside);
    if (audit->subject.kind != SUBJECT_USER && options->as == NULL)
        terminal_say("it has the form of one; if it is a login name, say --as user");
    if (audit->first == 0)
        return;
    moment_write(audit->first, false, options->utc, first);
    moment_write(audit->last, false, options->utc, last);
    terminal_say("from %s to %s", first, last);
}

static bool is_empty(const struct entries *entries)
{
    for (int section = SECTION_LOGINS; section < SECTION_BY_ADDRESS; ++section) {
        if (entries->first[section] != NULL)
            return false;
    }
    return true;
}

static void print(const struct audit *audit, const struct pfxlog_options *options)
{
    if (options->html)
        audit_html(audit);
    else if (options->json)
        audit_json(audit);
    else if (options->csv)
        audit_csv(audit);
    else
        audit_text(audit);
}

/* 0: printed, 1: nothing found, 2: failed, which was reported. */
static int run(struct audit *audit, struct merge *merge, const struct pfxlog_options *options,
               struct pfx_core *core)
{
    struct pfx_alerts *alerts;
    bool done;

    if (!read_all(audit, merge, core, options, NULL, learn_line))
        return 2;
    audit_join(audit);
    merge_rewind(merge);
    alerts = pfxlog_counts(options, core);
    if (alerts == NULL)
        return 2;
    done = read_all(audit, merge, core, options, alerts, audit_gather);
    pfx_alerts_free(&alerts);
    if (!done)
        return 2;
    if (!audit->entries.full && is_empty(&audit->entries))
        return 1;
    audit->unread |= merge_failed(merge);
    head_make(audit, options);
    mails_sort(audit);
    totals_make(audit);
    if (audit->entries.failed) {
        terminal_say("out of memory");
        return 2;
    }
    if (audit->entries.full) {
        terminal_say("more than %lu entries: choose a shorter time with --since and --until, or "
                     "more with --max-entries",
                     audit->entries.most);
        return 2;
    }
    print(audit, options);
    return 0;
}

int pfxlog_audit(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct audit audit = {.selection = &options->selection,
                          .utc = options->utc || options->json || options->csv};
    struct merge *merge = NULL;
    bool failed = false;
    int status = 2;

    view_open();
    if (!subject_open(&audit.subject, options->target, options->as)) {
        subject_close(&audit.subject);
        return 2;
    }
    if (!graph_open(&audit.graph) || !entries_open(&audit.entries, options->max_entries) ||
        (merge = merge_open(&options->sources, true, &failed)) == NULL) {
        terminal_say("out of memory");
    } else {
        audit.files = merge_files(merge);
        audit.unread = failed;
        status = run(&audit, merge, options, core);
    }
    if (status == 1 && (audit.lines > 0 || !failed))
        say_nothing(&audit, options);
    if (merge != NULL && (failed || merge_failed(merge)))
        status = 2;
    merge_close(&merge);
    index_close(&audit.mails);
    index_close(&audit.recipients);
    index_close(&audit.sessions);
    index_close(&audit.logins);
    entries_close(&audit.entries);
    graph_close(&audit.graph);
    subject_close(&audit.subject);
    return status;
}
