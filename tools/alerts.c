/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog alerts: the alerts that lines would have had. */
#include "alerts/alerts.h"
#include "files.h"
#include "story/story.h"
#include "verbs.h"

#include <stdio.h>
#include <string.h>

struct telling {
    const struct pfxlog_options *options;
    unsigned long told;
};

/* A field and what stands before it; nothing where the line has no such field. */
static bool add_field(struct room *out, const char *before, const struct pfx_worker *worker,
                      enum pfx_field field)
{
    struct pfx_slice text = pfx_worker_field(worker, field);
    char plain[1024];

    if (text.length == 0)
        return true;
    text = pfx_slice_until(text, sizeof(plain) / 3 - 1);
    text = (struct pfx_slice){plain, pfx_value_utf8(text, plain)};
    for (size_t i = 0; i < text.length; ++i) {
        if (plain[i] == '\n')
            plain[i] = ',';
    }
    return room_add(out, pfx_slice_of(before)) && room_add(out, text);
}

/* For people: when, how bad, which rules, of whom, how many of how many since when. */
static bool add_alert(struct room *out, const struct pfx_worker *worker)
{
    return add_field(out, "", worker, PFX_F_event_created) &&
           add_field(out, "  ", worker, PFX_F_alert_severity) &&
           add_field(out, "  ", worker, PFX_F_alert) &&
           add_field(out, "  ", worker, PFX_F_alert_key) &&
           add_field(out, "  ", worker, PFX_F_alert_value) &&
           add_field(out, " of ", worker, PFX_F_alert_limit) &&
           add_field(out, " since ", worker, PFX_F_alert_since) &&
           add_field(out, ", held back: ", worker, PFX_F_alert_count) &&
           room_add(out, PFX_SLICE("\n"));
}

static enum pfx_outcome take(void *cookie, unsigned thread, struct pfx_worker *worker,
                             const struct pfx_line *line, struct room *out)
{
    struct telling *telling = cookie;
    const bool json = telling->options->json;
    struct pfx_slice text = PFX_NO_SLICE;
    enum pfx_outcome outcome =
        json ? pfx_normalize_text(worker, line, false, &text.text, &text.length)
             : pfx_classify(worker, line);

    (void)thread;
    if (outcome == PFX_FOREIGN || outcome == PFX_NO_MEMORY)
        return outcome;
    if (!selection_fits_worker(&telling->options->selection, worker) ||
        pfx_worker_field(worker, PFX_F_alert).length == 0)
        return outcome;
    ++telling->told;
    if (json)
        return room_add(out, text) && room_add(out, PFX_SLICE("\n")) ? outcome : PFX_NO_MEMORY;
    return add_alert(out, worker) ? outcome : PFX_NO_MEMORY;
}

static bool print(void *cookie, struct pfx_slice out)
{
    (void)cookie;
    fwrite(out.text, 1, out.length, stdout);
    return true;
}

int pfxlog_alerts(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct telling telling = {options, 0};
    struct pfxlog_task task = {.take = take, .print = print, .cookie = &telling, .beside = true};
    int status;

    task.alerts = pfxlog_counts(options, core);
    task.story = task.alerts != NULL ? pfxlog_story(options, true) : NULL;
    if (task.story == NULL) {
        if (task.alerts != NULL)
            pfx_alerts_free(&task.alerts);
        return 2;
    }
    status = pfxlog_files(options, core, &task);
    pfx_story_free(&task.story);
    pfx_alerts_free(&task.alerts);
    return status == 0 && telling.told == 0 ? 1 : status;
}
