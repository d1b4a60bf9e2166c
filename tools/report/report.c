/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog report: the mails of a log in figures; see report.h. */
#include "report/report.h"
#include "files.h"
#include "story/story.h"
#include "verbs.h"

static enum pfx_outcome take(void *cookie, unsigned thread, struct pfx_worker *worker,
                             const struct pfx_line *line, struct room *out)
{
    struct report *report = cookie;
    enum pfx_outcome outcome = pfx_classify(worker, line);

    (void)thread;
    (void)out;
    ++report->lines;
    if (outcome == PFX_FOREIGN || outcome == PFX_NO_MEMORY)
        return outcome;
    report_take(report, worker, outcome);
    return report->failed ? PFX_NO_MEMORY : outcome;
}

static bool print_nothing(void *cookie, struct pfx_slice out)
{
    (void)cookie;
    (void)out;
    return true;
}

bool report_shows(const struct report *report, enum section section)
{
    if (!report->options->problems_only)
        return true;
    return section == SECTION_HEAD || section == SECTION_PROBLEMS || report->problem[section];
}

static void print(const struct report *report)
{
    if (report->options->html)
        report_html(report);
    else if (report->options->json)
        report_json(report);
    else if (report->options->csv)
        report_csv(report);
    else
        report_text(report);
}

/* status: of reading. */
static int conclude(struct report *report, int status)
{
    bool problems;

    report_make(report);
    if (report->failed) {
        terminal_say("out of memory");
        return 2;
    }
    problems = report->sheets.of[SECTION_PROBLEMS].first != NULL;
    if (report->options->problems_only && !problems)
        return status;
    if (report->ours == 0 && !report->options->problems_only) {
        terminal_say("no line of Postfix among %lu lines", report->lines);
        return status == 2 ? 2 : 1;
    }
    print(report);
    return status == 2 ? 2 : report->options->problems_only;
}

int pfxlog_report(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct report report = {.options = options,
                            .clock.utc = options->utc || options->json || options->csv};
    struct pfxlog_task task = {.take = take,
                               .print = print_nothing,
                               .cookie = &report,
                               .story = pfxlog_story(options, true),
                               .merged = true};
    int status = 2;

    if (task.story != NULL && report_open(&report)) {
        status = pfxlog_files(options, core, &task);
        if (status != 2 || report.ours > 0)
            status = conclude(&report, status == 1 ? 0 : status);
    } else if (task.story != NULL) {
        terminal_say("out of memory");
    }
    pfx_story_free(&task.story);
    report_close(&report);
    return status;
}
