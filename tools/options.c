/* SPDX-License-Identifier: Apache-2.0 */
/* Common to all verbs; see options.h. */
#include "options.h"
#include "alerts/alerts.h"
#include "people/moment.h"
#include "story/story.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define DAY 86400
#define COUNTS_BYTES ((size_t)256 << 20)

/* Takes the first entry off a list with commas, which may end with one. False: there is none. */
static bool next_entry(struct pfx_slice *list, struct pfx_slice *entry_r)
{
    return list->length > 0 && pfx_slice_next(list, ',', entry_r);
}

static struct pfx_slice list_of(const char *text)
{
    return text != NULL ? pfx_slice_of(text) : PFX_NO_SLICE;
}

/* Passes each entry of a list to the story. False after a message. */
static bool add_entries(struct pfx_story *story, const char *text, const char *option,
                        bool (*add)(struct pfx_story *story, const char *entry))
{
    struct pfx_slice list = list_of(text), word;

    while (next_entry(&list, &word)) {
        char *entry = strndup(word.text, word.length);
        bool added = entry != NULL && add(story, entry);

        if (!added)
            terminal_say("%s, not %s", option, entry != NULL ? entry : "so much: out of memory");
        free(entry);
        if (!added)
            return false;
    }
    return true;
}

struct pfx_story *pfxlog_story(const struct pfxlog_options *options, bool jobs)
{
    struct pfx_story_options story_options = pfx_story_defaults();
    struct pfx_story *story;

    story_options.max_mails = story_options.max_sessions = 1000000;
    story_options.max_bytes = (size_t)4 << 30;
    story_options.replay = true;
    story_options.jobs = jobs;
    story = pfx_story_new(&story_options);
    if (story == NULL)
        terminal_say("out of memory");
    if (story != NULL &&
        (!add_entries(story, options->relays, "--ownrelays takes NAME=HOST", pfx_story_add_relay) ||
         !add_entries(story, options->aliases, "--instancealiases takes NAME=INSTANCE",
                      pfx_story_add_alias)))
        pfx_story_free(&story);
    return story;
}

struct pfx_alerts *pfxlog_counts(const struct pfxlog_options *options, struct pfx_core *core)
{
    char error[PFX_ERROR_SIZE] = "out of memory";
    struct pfx_alerts *alerts = NULL;

    if (pfx_core_use_alerts(core, options->rules, error) == 0)
        alerts = pfx_alerts_new(COUNTS_BYTES, 1);
    if (alerts == NULL)
        terminal_say("%s", error);
    return alerts;
}

bool pfxlog_policy(const struct pfxlog_options *options, struct pfx_policy *policy_r)
{
    struct pfx_slice list = list_of(options->hide), entry;
    char error[PFX_ERROR_SIZE];

    *policy_r = pfx_policy_default();
    while (next_entry(&list, &entry)) {
        if (!pfx_policy_take(policy_r, entry, error, sizeof(error))) {
            terminal_say("--hide: %s", error);
            return false;
        }
    }
    policy_r->rules.origin = options->origin;
    if (options->delimiter != NULL)
        policy_r->rules.delimiter = options->delimiter;
    return true;
}

bool pfxlog_keep(const struct pfxlog_options *options, pfxlog_add *add, void *cookie)
{
    struct pfx_slice list = list_of(options->keep), word;
    char error[PFX_ERROR_SIZE] = "out of memory";

    while (next_entry(&list, &word)) {
        char *entry = strndup(word.text, word.length);
        bool added = entry != NULL && add(cookie, entry, error) == 0;

        free(entry);
        if (!added) {
            terminal_say("--keep: %s", error);
            return false;
        }
    }
    return true;
}

static int add_kept(void *cookie, const char *entry, char error_r[PFX_ERROR_SIZE])
{
    return pfx_core_add_kept(cookie, entry, error_r);
}

bool pfxlog_part(const struct pfxlog_options *options, struct pfx_core *core)
{
    char error[PFX_ERROR_SIZE];

    if (!pfx_core_use_storing(core, options->collector, options->line_ids)) {
        terminal_say("out of memory");
        return false;
    }
    if (options->tenants == NULL && options->tenant == NULL && !options->strict)
        return true;
    if (options->tenants == NULL) {
        terminal_say("--tenant and --strict are for --tenants FILE");
        return false;
    }
    if (pfx_core_use_tenants(core, options->tenants, options->tenant, options->strict, error) < 0) {
        terminal_say("%s", error);
        return false;
    }
    return true;
}

bool pfxlog_hide(const struct pfxlog_options *options, struct pfx_core *core)
{
    char error[PFX_ERROR_SIZE];
    struct pfx_policy policy;

    if (options->secrets == NULL) {
        if (options->hide == NULL && options->keep == NULL && options->origin == NULL &&
            options->delimiter == NULL)
            return true;
        terminal_say("--hide, --keep, --origin and --delimiter are for --pseudonymize FILE");
        return false;
    }
    if (!pfxlog_policy(options, &policy))
        return false;
    if (pfx_core_use_pseudonyms(core, options->secrets, &policy, error) < 0) {
        terminal_say("%s", error);
        return false;
    }
    return pfxlog_keep(options, add_kept, core);
}

/* False after a message. */
static bool read_time(const char *text, const char *name, struct pfxlog_options *options,
                      int64_t *time_r)
{
    struct pfx_time now = options->sources.dates.now;

    if (text == NULL || moment_read(text, now.seconds * SECOND, options->utc, time_r))
        return true;
    terminal_say("--%s takes a time such as \"2026-08-21 10:00\", 10:00, yesterday or \"2h ago\", "
                 "not %s",
                 name, text);
    return false;
}

/* Units of the journal for all products, where these are not asked for by name: those through which
 * mails go. The facility mail may lack what a daemon writes to standard output. */
#define UNITS                                                                                      \
    "postfix,amavis,dovecot,rspamd,opendkim,opendmarc,openarc,dkimpy,postgrey,clamav,spam,"        \
    "sqlgrey,"                                                                                     \
    "milter-greylist,clamsmtp,postsrsd,saslauthd,cyrus,mailscanner,mimedefang"

bool pfxlog_date(struct pfxlog_options *options, bool alone, struct pfx_time now)
{
    struct selection *selection = &options->selection;
    int64_t more = alone ? 0 : DAY;

    options->sources.dates.now = now;
    if (!read_time(options->since, "since", options, &selection->since) ||
        !read_time(options->until, "until", options, &selection->until))
        return false;
    if (selection->since > selection->until) {
        terminal_say("--until %s is before --since %s", options->until, options->since);
        return false;
    }
    options->sources.products =
        options->products_said || strcmp(options->products, "all") != 0 ? options->products : UNITS;
    options->sources.since = INT64_MIN;
    options->sources.until = INT64_MAX;
    if (options->since != NULL)
        options->sources.since = selection->since / SECOND - more;
    if (options->until != NULL)
        options->sources.until = selection->until / SECOND + 1 + more;
    return true;
}
