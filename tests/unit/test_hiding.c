/* SPDX-License-Identifier: Apache-2.0 */
/* A value planted in each field, and in a capture that no field has, is in no document. */
#include "unit/unit.h"

#include "core.h"
#include "hiding.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char planted_address[] = "planted.person@secret.example",
                  planted_ip[] = "198.51.100.77";

static char error[PFX_ERROR_SIZE];

static struct pfx_core *open_core(const char *rules, const char *keys, struct pfx_policy policy)
{
    struct pfx_core *core = pfx_core_open(rules, error);

    if (core != NULL && pfx_core_use_pseudonyms(core, keys, &policy, error) < 0)
        pfx_core_close(&core);
    if (core == NULL)
        fprintf(stderr, "%s\n", error);
    return core;
}

static bool tells(const struct pfx_worker *worker, const char *value)
{
    return strstr(worker->text.text, value) != NULL;
}

/* The document of an event with one field. */
static bool render(struct pfx_worker *worker, enum pfx_field field, const char *text)
{
    struct pfx_raw raw = {
        PFX_SLICE("mx"), PFX_SLICE("postfix/smtpd[7]:"), PFX_SLICE("-"), {1795000000, 0}, 6};

    pfx_event_clear(&worker->event);
    if (field == PFX_FIELD_NONE)
        pfx_event_extra(&worker->event, PFX_SLICE("nobody_knows"), unit_slice(text));
    else
        pfx_event_set(&worker->event, field, unit_slice(text));
    raw.text = unit_slice(text);
    return pfx_hiding(worker, &raw) &&
           pfx_document_text(&worker->text, worker->format, false, &worker->limits, &worker->event,
                             &raw) == 0;
}

static void nothing_planted_comes_through(struct pfx_worker *worker)
{
    for (int f = PFX_FIELD_NONE; f < PFX_FIELD_COUNT; ++f) {
        unit_row = f == PFX_FIELD_NONE ? "a capture" : pfx_fields[f].name;
        /* The own host, which documents are sorted by, and times, which are made of numbers. */
        if (f == PFX_F_event_source || (f >= 0 && pfx_fields[f].type == PFX_DATE))
            continue;
        CHECK(render(worker, (enum pfx_field)f, planted_address));
        CHECK(!tells(worker, "planted") && !tells(worker, "secret"));
        CHECK(render(worker, (enum pfx_field)f, planted_ip));
        CHECK(!tells(worker, planted_ip));
        CHECK(render(worker, (enum pfx_field)f, "says planted.person@secret.example here"));
        CHECK(!tells(worker, "planted") && !tells(worker, "secret"));
    }
    unit_row = "";
}

/* What somebody wrote has no form: sentences that are pieces of the line have it no more than the
 * line and the field that it is in. */
static void texts_of_the_line_are_hidden_alike(struct pfx_worker *worker)
{
    const struct pfx_slice line = PFX_SLICE("warning: illegal command: planted words, ignored");
    struct pfx_raw raw = {
        PFX_SLICE("mx"), PFX_SLICE("postfix/smtpd[7]:"), line, {1795000000, 0}, 6};

    pfx_event_clear(&worker->event);
    pfx_event_set(&worker->event, PFX_F_warning, pfx_slice_from(line, 9));
    pfx_event_set(&worker->event, PFX_F_text, pfx_slice_until(pfx_slice_from(line, 26), 13));
    pfx_event_extra(&worker->event, PFX_SLICE("nobody_knows"), pfx_slice_from(line, 26));
    CHECK(pfx_hiding(worker, &raw) &&
          pfx_document_text(&worker->text, worker->format, false, &worker->limits, &worker->event,
                            &raw) == 0);
    CHECK(!tells(worker, "planted") && !tells(worker, "words"));
    CHECK(tells(worker, "illegal command: t-") && tells(worker, ", ignored"));
}

/* The line of an event with a field of that text in it, which is a piece of it. */
static bool render_piece(struct pfx_worker *worker, const char *text, enum pfx_field field,
                         const char *piece)
{
    const struct pfx_slice line = unit_slice(text);
    struct pfx_raw raw = {PFX_SLICE("mx"), PFX_SLICE("postfix/smtp[7]:"), line, {1795000000, 0}, 6};

    pfx_event_clear(&worker->event);
    pfx_event_set(&worker->event, PFX_F_mail_response, line);
    pfx_event_set(&worker->event, PFX_F_action, PFX_SLICE("replace"));
    pfx_event_set(
        &worker->event, field,
        pfx_slice_until(pfx_slice_from(line, (size_t)(strstr(text, piece) - text)), strlen(piece)));
    return pfx_hiding(worker, &raw) &&
           pfx_document_text(&worker->text, worker->format, false, &worker->limits, &worker->event,
                             &raw) == 0;
}

/* Replies name who an address is of, without its tag or what it was within. */
static void inner_names_are_known(struct pfx_worker *worker)
{
    CHECK(render_piece(worker, "to=<planted+x@example.org> Planted: none here", PFX_F_to,
                       "planted+x@example.org"));
    CHECK(!tells(worker, "lanted"));
    CHECK(render_piece(worker, "to=<b+7-planted=example.org@example.net> no planted here", PFX_F_to,
                       "b+7-planted=example.org@example.net"));
    CHECK(!tells(worker, "lanted"));
}

static void what_checks_write_is_hidden(struct pfx_worker *worker)
{
    CHECK(render_piece(worker, "replace: header: Subject: planted words", PFX_F_milter_data,
                       "Subject: planted words"));
    CHECK(!tells(worker, "planted"));
}

/* What a site keeps is kept, and shows that the test above can fail. */
static void what_is_kept_stays(struct pfx_worker *worker)
{
    CHECK(render(worker, PFX_F_to, planted_address) && tells(worker, planted_address));
    CHECK(render(worker, PFX_F_client_ip, planted_ip) && tells(worker, planted_ip));
    CHECK(render(worker, PFX_F_subject, "a subject") && tells(worker, "a subject"));
}

static void with(const char *rules, const char *keys, bool keep)
{
    struct pfx_policy policy = pfx_policy_default();
    struct pfx_core *core;

    if (keep)
        policy.address = policy.user = policy.host = policy.ip = policy.text = PFX_HIDE_KEEP;
    core = open_core(rules, keys, policy);
    for (int format = PFX_GIM; core != NULL && format < PFX_FORMATS; ++format) {
        struct pfx_worker *worker = pfx_worker_new(core, (enum pfx_format)format, NULL);

        CHECK(worker != NULL);
        if (worker == NULL)
            break;
        if (keep)
            what_is_kept_stays(worker);
        else
            nothing_planted_comes_through(worker);
        if (!keep) {
            texts_of_the_line_are_hidden_alike(worker);
            inner_names_are_known(worker);
            what_checks_write_is_hidden(worker);
        }
        pfx_worker_free(&worker);
    }
    CHECK(core != NULL);
    pfx_core_close(&core);
}

int main(void)
{
    const char *source = getenv("PFX_SRCDIR");
    char rules[4096], keys[] = "/tmp/hiding.XXXXXX";
    int file = mkstemp(keys);

    snprintf(rules, sizeof(rules), "%s/rulebases", source != NULL ? source : ".");
    if (file < 0 || dprintf(file, "always AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n") < 0 ||
        close(file) < 0)
        return 1;
    with(rules, keys, false);
    with(rules, keys, true);
    unlink(keys);
    return UNIT_END();
}
