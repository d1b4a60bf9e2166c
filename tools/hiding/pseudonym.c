/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog pseudonym: what a value is called in documents, and the file of secrets that says so. */
#include "meaning/direction.h"
#include "privacy/veil.h"
#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Epochs that one value is shown for, at most. */
#define EPOCHS_MOST 1200

struct asking {
    const struct pfxlog_options *options;
    struct pfx_policy policy;
    struct pfx_direction *own, *keep;
    struct pfx_secrets *secrets;
    struct pfx_veil *veil;
};

static int keep(void *cookie, const char *entry, char error_r[PFX_ERROR_SIZE])
{
    return pfx_direction_add(cookie, entry, error_r, PFX_ERROR_SIZE);
}

/* False after a message. */
static bool prepare(struct asking *a)
{
    const struct pfxlog_options *options = a->options;
    char error[PFX_ERROR_SIZE];

    if (!pfxlog_policy(options, &a->policy))
        return false;
    a->policy.own = a->own = pfx_direction_new();
    a->policy.keep = a->keep = pfx_direction_new();
    if (a->own == NULL || a->keep == NULL) {
        terminal_say("out of memory");
        return false;
    }
    if (options->domain != NULL &&
        pfx_direction_add_domain(a->own, options->domain, error, sizeof(error)) < 0) {
        terminal_say("%s", error);
        return false;
    }
    if (!pfxlog_keep(options, keep, a->keep))
        return false;
    a->secrets = pfx_secrets_read(options->key, error, sizeof(error));
    if (a->secrets == NULL) {
        terminal_say("%s", error);
        return false;
    }
    a->veil = pfx_veil_new(a->secrets, &a->policy);
    if (a->veil == NULL)
        terminal_say("out of memory");
    return a->veil != NULL;
}

/* Kinds of values; false: there is no such kind. */
static bool kind_named(const char *name, enum pfx_veiled *what_r)
{
    static const struct {
        const char *name;
        enum pfx_veiled what;
    } rows[] = {{"address", PFX_VEIL_ADDRESS},    {"user", PFX_VEIL_USER},
                {"host", PFX_VEIL_HOST},          {"ip", PFX_VEIL_IP},
                {"message-id", PFX_VEIL_MESSAGE}, {"session", PFX_VEIL_SESSION},
                {"text", PFX_VEIL_CONTENT}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        if (strcmp(name, rows[i].name) == 0) {
            *what_r = rows[i].what;
            return true;
        }
    }
    return false;
}

/* What a value is by its form. */
static enum pfx_veiled kind_of(struct pfx_slice value)
{
    if (pfx_value_is_ip(value))
        return PFX_VEIL_IP;
    if (value.length > 2 && value.text[0] == '<' && value.text[value.length - 1] == '>')
        return PFX_VEIL_MESSAGE;
    if (memchr(value.text, '@', value.length) != NULL)
        return PFX_VEIL_ADDRESS;
    return memchr(value.text, '.', value.length) != NULL ? PFX_VEIL_HOST : PFX_VEIL_USER;
}

/* False after a message. */
static bool show(struct asking *a, const char *value, const struct pfx_epoch *epoch)
{
    struct pfx_slice text = pfx_slice_of(value), shown;
    enum pfx_veiled what = kind_of(text);
    int64_t inside = epoch->begin == INT64_MIN ? 0 : epoch->begin;

    if (!pfx_veil_begin(a->veil, inside)) {
        terminal_say("out of memory");
        return false;
    }
    if (a->options->kind != NULL && !kind_named(a->options->kind, &what)) {
        terminal_say("--kind takes address, user, host, ip, message-id, session or text, not %s",
                     a->options->kind);
        return false;
    }
    shown = pfx_veil_value(a->veil, what, text);
    printf("%s\t%s\t%.*s\n", value, epoch->name, (int)shown.length, shown.text);
    return true;
}

/* The epochs that are asked for: one, or each from the first with a secret up to now. */
static bool show_all(struct asking *a, const char *value)
{
    struct pfx_epoch epoch;
    int64_t at = a->options->sources.dates.now.seconds;
    int64_t first = at;

    if (a->options->epoch != NULL) {
        if (!pfx_secrets_named(a->secrets, pfx_slice_of(a->options->epoch), &epoch)) {
            terminal_say("%s is no epoch of %s", a->options->epoch, a->options->key);
            return false;
        }
        return show(a, value, &epoch);
    }
    pfx_secrets_at(a->secrets, at, &epoch);
    if (epoch.begin == INT64_MIN)
        return show(a, value, &epoch);
    for (unsigned i = 0; i < EPOCHS_MOST; ++i) {
        if (epoch.known)
            first = epoch.begin;
        pfx_secrets_at(a->secrets, epoch.begin - 1, &epoch);
    }
    for (pfx_secrets_at(a->secrets, first, &epoch); epoch.begin <= at;
         pfx_secrets_at(a->secrets, epoch.end, &epoch)) {
        if (epoch.known && !show(a, value, &epoch))
            return false;
    }
    return true;
}

/* The file of secrets itself. */
static int change_file(const struct pfxlog_options *options)
{
    char error[PFX_ERROR_SIZE];
    bool done =
        options->make != NULL
            ? pfx_secrets_make(options->key, options->make, options->sources.dates.now.seconds,
                               error, sizeof(error))
            : pfx_secrets_forget(options->key, pfx_slice_of(options->forget), error, sizeof(error));

    if (!done)
        terminal_say("%s", error);
    return done ? 0 : 2;
}

int pfxlog_pseudonym(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct asking a = {.options = options};
    bool good;

    (void)core;
    if (options->key == NULL) {
        terminal_say("pseudonym needs --key FILE, the file of secrets");
        return 2;
    }
    if (options->make != NULL || options->forget != NULL)
        return change_file(options);
    if (options->sources.count == 0) {
        terminal_say("nothing to tell the pseudonym of");
        return 2;
    }
    good = prepare(&a);
    for (int i = 0; good && i < options->sources.count; ++i)
        good = show_all(&a, options->sources.name[i]);
    if (a.veil != NULL)
        pfx_veil_free(&a.veil);
    pfx_secrets_unref(&a.secrets);
    if (a.own != NULL)
        pfx_direction_free(&a.own);
    if (a.keep != NULL)
        pfx_direction_free(&a.keep);
    return good ? 0 : 2;
}
