/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the stages; see core.h. */
#include "core.h"
#include "alerting.h"
#include "chaining.h"
#include "hiding.h"
#include "published.h"
#include "storing.h"
#include "tenancy.h"
#include "alerts/alerts.h"
#include "join.h"
#include "meaning/direction.h"
#include "event/capture.h"
#include "event/event.h"
#include "event/receipt.h"
#include "meaning/gim.h"
#include "line/calendar.h"
#include "line/front.h"
#include "line/program.h"
#include "rules/rulebase.h"
#include "line/stage.h"
#include "story/story.h"
#include "document/document.h"
#include "worker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What is made of a line. */
struct result {
    bool nothing, as_text, spaced;
    struct fjson_object *tree;
};

const char *pfx_outcome_name(enum pfx_outcome outcome)
{
    static const char *const names[] = {"foreign", "matched", "generic", "unmatched", "no memory"};

    return names[outcome];
}

const char *const pfx_format_names[] = {
    [PFX_GIM] = "gim", [PFX_GELF] = "gelf", [PFX_ECS] = "ecs", [PFX_FORMATS] = NULL};

int pfx_format_find(const char *name)
{
    for (int f = PFX_GIM; f < PFX_FORMATS; ++f) {
        if (strcasecmp(name, pfx_format_names[f]) == 0)
            return f;
    }
    return -1;
}

/* False when memory ran out; what was taken is for the caller to free. */
static bool copy_names(struct pfx_core *core, const char *const *product, int products)
{
    core->product = calloc((size_t)products + 1, sizeof(*core->product));
    for (int i = 0; i < products && core->product != NULL; ++i) {
        core->product[i] = strdup(product[i]);
        if (core->product[i] == NULL)
            return false;
    }
    return core->product != NULL;
}

struct pfx_core *pfx_core_open_products(const char *rulebasedir, const char *const *product,
                                        int products, char error_r[PFX_ERROR_SIZE])
{
    struct pfx_core *core = calloc(1, sizeof(*core));

    if (products == 1 && strcmp(product[0], "all") == 0)
        products = 0;
    pfx_fields_init();
    pfx_text_init();
    snprintf(error_r, PFX_ERROR_SIZE, "out of memory");
    if (core == NULL)
        return NULL;
    pthread_mutex_init(&core->lock, NULL);
    core->directory = strdup(rulebasedir);
    core->direction = pfx_direction_new();
    if (copy_names(core, product, products) && core->directory != NULL && core->direction != NULL)
        pfx_published_read(core, NULL, &core->used, error_r);
    if (core->used.rules == NULL)
        pfx_core_close(&core);
    return core;
}

struct pfx_core *pfx_core_open(const char *rulebasedir, char error_r[PFX_ERROR_SIZE])
{
    return pfx_core_open_products(rulebasedir, NULL, 0, error_r);
}

bool pfx_core_alone(const struct pfx_core *core)
{
    return pfx_rules_alone(core->used.rules);
}

int pfx_core_add_domain(struct pfx_core *core, const char *entry, char error_r[PFX_ERROR_SIZE])
{
    return pfx_direction_add_domain(core->direction, entry, error_r, PFX_ERROR_SIZE);
}

int pfx_core_add_network(struct pfx_core *core, const char *entry, char error_r[PFX_ERROR_SIZE])
{
    return pfx_direction_add_network(core->direction, entry, error_r, PFX_ERROR_SIZE);
}

void pfx_core_use_liblognorm(struct pfx_core *core)
{
    core->matcher = PFX_MATCHER_LIBLOGNORM;
}

void pfx_core_close(struct pfx_core **core)
{
    struct pfx_core *old = *core;

    *core = NULL;
    if (old == NULL)
        return;
    pfx_in_use_unref(&old->used);
    free(old->site);
    free(old->tenantfile);
    free(old->tenant);
    free(old->collector);
    if (old->direction != NULL)
        pfx_direction_free(&old->direction);
    for (char **name = old->product; name != NULL && *name != NULL; ++name)
        free(*name);
    free(old->product);
    if (old->kept != NULL)
        pfx_direction_free(&old->kept);
    free(old->keyfile);
    free(old->delimiter);
    free(old->origin);
    pthread_mutex_destroy(&old->lock);
    free(old->directory);
    free(old);
}

int pfx_core_use_alerts(struct pfx_core *core, const char *site, char error_r[PFX_ERROR_SIZE])
{
    snprintf(error_r, PFX_ERROR_SIZE, "out of memory");
    if (site != NULL && (core->site = strdup(site)) == NULL)
        return -1;
    core->alerting = true;
    core->used.alert_rules = pfx_alert_rules_read(
        core->directory, site, pfx_rules_kinds(core->used.rules), error_r, PFX_ERROR_SIZE);
    return core->used.alert_rules != NULL ? 0 : -1;
}

void pfx_core_use_chain(struct pfx_core *core, struct pfx_chain *chain)
{
    core->chain = chain;
}

bool pfx_core_use_storing(struct pfx_core *core, const char *collector, bool line_ids)
{
    core->line_ids = line_ids;
    core->collector = collector != NULL ? strdup(collector) : NULL;
    return collector == NULL || core->collector != NULL;
}

int pfx_core_use_pseudonyms(struct pfx_core *core, const char *keyfile,
                            const struct pfx_policy *policy, char error_r[PFX_ERROR_SIZE])
{
    const char *delimiter = policy->rules.delimiter, *origin = policy->rules.origin;

    core->keyfile = strdup(keyfile);
    core->delimiter = strdup(delimiter != NULL ? delimiter : "");
    core->origin = origin != NULL ? strdup(origin) : NULL;
    core->kept = pfx_direction_new();
    if (core->keyfile == NULL || core->delimiter == NULL || core->kept == NULL ||
        (origin != NULL && core->origin == NULL)) {
        snprintf(error_r, PFX_ERROR_SIZE, "out of memory");
        return -1;
    }
    core->policy = *policy;
    core->policy.rules = (struct pfx_person_rules){core->delimiter, core->origin};
    core->policy.own = core->direction;
    core->policy.keep = core->kept;
    core->used.secrets = pfx_secrets_read(keyfile, error_r, PFX_ERROR_SIZE);
    return core->used.secrets != NULL ? 0 : -1;
}

int pfx_core_add_kept(struct pfx_core *core, const char *entry, char error_r[PFX_ERROR_SIZE])
{
    return pfx_direction_add(core->kept, entry, error_r, PFX_ERROR_SIZE);
}

int pfx_core_use_tenants(struct pfx_core *core, const char *path, const char *tenant, bool strict,
                         char error_r[PFX_ERROR_SIZE])
{
    snprintf(error_r, PFX_ERROR_SIZE, "out of memory");
    core->tenantfile = strdup(path);
    core->tenant = tenant != NULL ? strdup(tenant) : NULL;
    core->strict = strict;
    if (core->tenantfile == NULL || (tenant != NULL && core->tenant == NULL))
        return -1;
    core->used.tenants = pfx_published_tenants(core, error_r);
    return core->used.tenants != NULL ? 0 : -1;
}

struct pfx_secrets *pfx_core_secrets(struct pfx_core *core)
{
    struct pfx_in_use used = pfx_published_take(core, NULL);
    struct pfx_secrets *secrets = pfx_secrets_ref(used.secrets);

    pfx_in_use_unref(&used);
    return secrets;
}

void pfx_core_key_name(const struct pfx_core *core, int64_t seconds, char *name, size_t size)
{
    struct pfx_epoch epoch = {0};
    struct pfx_pseudonyms *pseudonyms = NULL;

    if (core->used.secrets != NULL) {
        pfx_secrets_at(core->used.secrets, seconds, &epoch);
        pseudonyms = pfx_pseudonyms_new(&epoch);
    }
    snprintf(name, size, "%s", pseudonyms != NULL ? pfx_pseudonyms_name(pseudonyms).text : "");
    pfx_pseudonyms_free(&pseudonyms);
}

unsigned pfx_core_alert_rules(struct pfx_core *core)
{
    unsigned rules;

    pthread_mutex_lock(&core->lock);
    rules = core->used.alert_rules != NULL ? core->used.alert_rules->rules : 0;
    pthread_mutex_unlock(&core->lock);
    return rules;
}

int pfx_core_reload(struct pfx_core *core, char error_r[PFX_ERROR_SIZE])
{
    return pfx_published_reload(core, error_r);
}

/* Makes the published rules those of this worker. When memory runs out it has none, and tries again
 * with the next line. What it has goes first: so memory never holds two sets of liblognorm's. */
static void adopt_rules(struct pfx_worker *worker)
{
    struct pfx_rules *rules;
    unsigned generation;

    pfx_narrowed_free(&worker->narrowed);
    if (worker->veil != NULL)
        pfx_veil_free(&worker->veil);
    pfx_in_use_unref(&worker->used);
    worker->used = pfx_published_take(worker->core, &generation);
    rules = worker->used.rules;
    worker->used.rules = NULL; /* the parser has them */
    if (worker->used.secrets != NULL)
        worker->veil = pfx_veil_new(worker->used.secrets, &worker->core->policy);
    pfx_text_forget(&worker->text);
    pfx_stage_forget(&worker->rooms);
    pfx_parser_free(&worker->parser);
    worker->parser = pfx_parser_new(rules, worker->core->matcher);
    if (worker->used.alert_rules != NULL)
        pfx_narrowed_open(&worker->narrowed, worker->used.alert_rules, pfx_rules_kinds(rules)->row);
    /* Without a veil that it has to have it shows nothing, and tries again. */
    if (worker->used.secrets != NULL && worker->veil == NULL)
        pfx_parser_free(&worker->parser);
    if (worker->parser != NULL)
        worker->generation = generation;
    pfx_rules_unref(&rules);
}

/* All workers of a core are one reader of a story. */
static unsigned reader_of(struct pfx_core *core, struct pfx_story *story)
{
    unsigned reader;

    pthread_mutex_lock(&core->lock);
    if (core->story != story) {
        core->reader = pfx_story_add_reader(story);
        core->story = story;
    }
    reader = core->reader;
    pthread_mutex_unlock(&core->lock);
    return reader;
}

struct pfx_worker *pfx_worker_new(struct pfx_core *core, enum pfx_format format,
                                  struct pfx_story *story)
{
    struct pfx_worker *worker = calloc(1, sizeof(*worker));

    if (worker == NULL)
        return NULL;
    worker->core = core;
    worker->format = format;
    worker->story = story;
    if (story != NULL)
        pfx_story_add_worker(story, reader_of(core, story), &worker->teller);
    worker->limits = pfx_limits_default();
    if (story != NULL) {
        worker->scratch.size = PFX_SCRATCH_SIZE;
        worker->scratch.text = malloc(PFX_SCRATCH_SIZE);
    }
    if (core->chain != NULL || core->line_ids)
        worker->hasher = pfx_hasher_new();
    adopt_rules(worker);
    if (((core->chain != NULL || core->line_ids) && worker->hasher == NULL) ||
        worker->parser == NULL || (story != NULL && worker->scratch.text == NULL))
        pfx_worker_free(&worker);
    return worker;
}

void pfx_worker_limit(struct pfx_worker *worker, const struct pfx_limits *limits)
{
    worker->limits = *limits;
}

void pfx_worker_alert(struct pfx_worker *worker, struct pfx_alerts *alerts)
{
    worker->alerts = worker->story != NULL ? alerts : NULL;
}

void pfx_worker_free(struct pfx_worker **worker)
{
    struct pfx_worker *old = *worker;

    *worker = NULL;
    if (old == NULL)
        return;
    pfx_parser_free(&old->parser);
    pfx_narrowed_free(&old->narrowed);
    pfx_in_use_unref(&old->used);
    free(old->lists);
    pfx_text_free(&old->text);
    pfx_stage_free(&old->rooms);
    pfx_whole_free(&old->whole);
    pfx_hasher_free(&old->hasher);
    if (old->veil != NULL)
        pfx_veil_free(&old->veil);
    free(old->scratch.text);
    free(old);
}

const char *pfx_worker_rule(struct pfx_worker *worker)
{
    worker->rule[0] = '\0';
    if (worker->event.rule != NULL)
        pfx_rules_locate(pfx_parser_rules(worker->parser), worker->event.rule, worker->rule,
                         sizeof(worker->rule));
    return worker->rule;
}

/* Postfix has no word for what is no warning; neighbours do. */
static bool is_warning(struct pfx_slice level)
{
    return level.length > 0 && level.text[0] != 'i' && level.text[0] != 'n' && level.text[0] != 'd';
}

/* The fields of every line. */
static void set_head(struct pfx_event *event, const struct pfx_stage *stage,
                     const struct pfx_product *product, const struct pfx_head *head,
                     struct pfx_slice created)
{
    pfx_event_set(event, PFX_F_event_created, created);
    pfx_event_set(event, PFX_F_event_source, stage->host);
    pfx_event_set_constant(event, PFX_F_product, product->name);
    pfx_event_set_constant(event, PFX_F_application, product->application);
    if (pfx_slice_equal(stage->program.instance, PFX_SLICE("postfix")))
        pfx_event_set_constant(event, PFX_F_instance, PFX_SLICE("postfix"));
    else
        pfx_event_set(event, PFX_F_instance, stage->program.instance);
    pfx_event_default(event, PFX_F_service, stage->program.service, PFX_MARK_NONE);
    /* The rules have the same name, at a place that stays. */
    if (event->daemon.text != stage->program.daemon.text &&
        pfx_slice_equal(event->daemon, stage->program.daemon))
        pfx_event_default(event, PFX_F_daemon, event->daemon, PFX_MARK_CONSTANT);
    pfx_event_default(event, PFX_F_daemon, stage->program.daemon, PFX_MARK_NONE);
    pfx_event_default(event, PFX_F_pid, stage->program.pid, PFX_MARK_NONE);
    pfx_event_set(event, PFX_F_level, head->level);
    if (is_warning(head->level))
        pfx_event_set(event, PFX_F_warning, head->rest);
    pfx_event_set(event, PFX_F_queue_id, head->queue_id);
    pfx_event_set(event, PFX_F_repeat_count, stage->repeated);
}

/* Parses what follows the head. A name in front that only looks a little like a queue id is taken
 * for one when the sentence behind it needs one. As pfx_parser_parse(). */
static int parse_head(struct pfx_worker *worker, const struct pfx_speaker *speaker,
                      struct pfx_head *head)
{
    struct pfx_event *event = &worker->event;
    struct pfx_head loose = *head;
    int matched;

    if (head->rest.length == 0)
        return 0;
    matched = pfx_parser_parse(worker->parser, speaker, head->rest, event);
    if (matched != 0 || head->queue_id.length > 0 || speaker->product > 0 ||
        !pfx_program_loose_head(head->rest, &loose))
        return matched;
    matched = pfx_parser_parse(worker->parser, speaker, loose.rest, event);
    if (matched > 0 && (event->rule->roles & PFX_QUEUE_ROLES) == 0) {
        pfx_event_clear(event);
        return 0;
    }
    if (matched > 0)
        *head = loose;
    return matched;
}

/* As parse_head(); of a line that was padded with blanks on its way, without them. */
static int parse(struct pfx_worker *worker, const struct pfx_speaker *speaker,
                 struct pfx_head *head)
{
    struct pfx_head bare = *head;
    int matched = parse_head(worker, speaker, head);

    while (bare.rest.length > 0 && bare.rest.text[bare.rest.length - 1] == ' ')
        --bare.rest.length;
    if (matched != 0 || bare.rest.length == head->rest.length)
        return matched;
    matched = parse_head(worker, speaker, &bare);
    if (matched > 0)
        *head = bare;
    return matched;
}

/* As parse(), of a line of a neighbour, with what stands in front of the sentence. */
static int parse_neighbour(struct pfx_worker *worker, const struct pfx_speaker *speaker,
                           const struct pfx_product *product, struct pfx_slice text,
                           struct pfx_head *head_r)
{
    struct pfx_front front = pfx_front_take(product->form, &product->levels, text);
    struct pfx_event *event = &worker->event;
    int matched;

    *head_r = (struct pfx_head){front.level, front.queue_id, front.rest};
    matched = parse(worker, speaker, head_r);
    for (unsigned i = 0; i < front.parts && matched >= 0; ++i) {
        enum pfx_field field = pfx_field_find(front.part[i].word);

        if (field == PFX_FIELD_NONE || !pfx_event_has(event, field))
            pfx_capture(event, front.part[i].word, front.part[i].text);
    }
    return matched;
}

/* Parses the text of a stage. A program that is called as if it were one of Postfix's, and is none,
 * may be a neighbour. As pfx_parser_parse(). */
static int parse_stage(struct pfx_worker *worker, struct pfx_rules *rules, struct pfx_stage *stage,
                       struct pfx_head *head_r)
{
    struct pfx_slice daemon = stage->program.daemon;
    struct pfx_tag *known = stage->known;
    struct pfx_speaker speaker = {stage->product, daemon, known != NULL ? known->own : NULL};
    bool sure;

    if (speaker.own == NULL)
        speaker = pfx_rules_speaker(rules, stage->product, daemon);
    if (known != NULL)
        known->own = speaker.own;

    if (stage->product == 0 && speaker.own == NULL) {
        stage->product = pfx_rules_product(rules, pfx_program_name(&stage->program), &sure);
        speaker.product = stage->product;
    }
    if (stage->product > 0)
        return parse_neighbour(worker, &speaker, &pfx_rules_products(rules)->row[stage->product],
                               stage->text, head_r);
    *head_r = pfx_program_head(stage->text);
    return parse(worker, &speaker, head_r);
}

/* Whether a line whose tag alone does not tell is Postfix's. */
static bool is_ours(const struct pfx_worker *worker, struct pfx_stage *stage)
{
    const struct pfx_rule *rule = worker->event.rule;

    if (stage->product > 0)
        return stage->claim == PFX_CLAIM_SURE || rule != NULL;
    if (stage->program.cut) { /* the rule has the whole name */
        struct pfx_slice owner = pfx_rules_owner(pfx_parser_rules(worker->parser), rule);

        if (pfx_slice_starts(owner, stage->program.daemon))
            stage->program.daemon = owner;
    }
    if (stage->claim == PFX_CLAIM_OWN_RULE)
        return rule != NULL &&
               pfx_rules_say(pfx_parser_rules(worker->parser), rule, stage->program.daemon);
    return stage->claim == PFX_CLAIM_SURE || rule != NULL;
}

/* Makes what is asked for, in the worker's format; false when memory ran out. */
static bool present(struct pfx_worker *worker, const struct pfx_stage *stage, int severity,
                    struct result *result)
{
    struct pfx_raw raw = {stage->host, stage->tag, stage->raw, stage->time, severity};

    pfx_storing(worker, stage);
    if (worker->shared) /* who reads it may not know what it says, but what kind it is */
        raw.text = pfx_event_get(&worker->event, PFX_F_event);
    if (worker->veil != NULL && !pfx_hiding(worker, &raw))
        return false;
    pfx_storing_domains(&worker->event);
    if (worker->core->chain != NULL)
        return pfx_chaining(worker, &raw, result->spaced, result->as_text ? NULL : &result->tree);
    if (result->as_text)
        return pfx_document_text(&worker->text, worker->format, result->spaced, &worker->limits,
                                 &worker->event, &raw) == 0;
    result->tree =
        pfx_document_tree(&worker->text, worker->format, &worker->limits, &worker->event, &raw);
    return result->tree != NULL;
}

static enum pfx_outcome normalize(struct pfx_worker *worker, const struct pfx_line *line,
                                  struct result *result)
{
    struct pfx_event *event = &worker->event;
    enum pfx_outcome outcome = PFX_MATCHED;
    struct pfx_known known;
    struct pfx_stage stage;
    const struct pfx_product *product;
    struct pfx_rules *rules;
    struct pfx_class class;
    struct pfx_head head;
    bool arrived = true;
    int matched;

    pfx_event_clear(event);
    event->daemon = PFX_NO_SLICE; /* that of the line before went with its bytes */
    if (__atomic_load_n(&worker->core->generation, __ATOMIC_ACQUIRE) != worker->generation)
        adopt_rules(worker);
    if (worker->parser == NULL)
        return PFX_NO_MEMORY;
    rules = pfx_parser_rules(worker->parser);
    known = (struct pfx_known){pfx_rules_know, pfx_rules_product, rules};
    matched = pfx_stage_take(&stage, line, known, &worker->rooms);
    if (matched <= 0)
        return matched < 0 ? PFX_NO_MEMORY : PFX_FOREIGN;
    matched = parse_stage(worker, rules, &stage, &head);
    if (matched < 0)
        return PFX_NO_MEMORY;
    if (!is_ours(worker, &stage))
        return PFX_FOREIGN;
    pfx_stage_date(&stage, head.queue_id, line->received);
    if (matched > 0) {
        if (event->rule->action.length > 0)
            pfx_event_set_constant(event, PFX_F_event, event->rule->event);
        else
            pfx_event_set(
                event, PFX_F_event,
                pfx_event_expand(event, event->rule->event, worker->name, sizeof(worker->name)));
    } else {
        outcome = pfx_slice_trim(stage.text).length > 0 ? PFX_GENERIC : PFX_UNMATCHED;
        pfx_event_set(event, PFX_F_event,
                      outcome == PFX_GENERIC ? PFX_SLICE("generic") : PFX_SLICE("unmatched"));
        pfx_event_set(event, PFX_F_unparsed, head.rest.length > 0 ? head.rest : stage.text);
    }
    if (stage.product == 0)
        pfx_receipt_take(event);
    product = &pfx_rules_products(rules)->row[stage.product];
    set_head(event, &stage, product, &head, pfx_date_format(&worker->date, stage.time));
    if (line->country != NULL)
        pfx_event_set(event, PFX_F_client_country, pfx_slice_of(line->country));
    if (result->nothing && worker->story == NULL)
        return outcome;
    class =
        pfx_gim_classify(event, pfx_rules_kinds(rules), pfx_rules_reasons(rules), worker->action);
    if (worker->story != NULL && stage.product > 0)
        arrived = pfx_join_neighbour(worker, &stage, &class, head.rest, line->received);
    else if (worker->story != NULL)
        pfx_join_story(worker, &stage, &class, line->received);
    if (result->nothing && worker->alerts == NULL)
        return outcome;
    pfx_event_set(event, PFX_F_direction, pfx_direction_of(worker->core->direction, event));
    if (worker->alerts != NULL && worker->used.alert_rules != NULL)
        pfx_alerting(worker, &stage, &class, line->received, arrived);
    if (result->nothing)
        return outcome;
    pfx_gim_categorize(event, &class);
    if (worker->used.tenants != NULL && !pfx_tenancy(worker, stage.raw))
        return PFX_FOREIGN; /* to the tenant whose view it is */
    return present(worker, &stage, line->severity, result) ? outcome : PFX_NO_MEMORY;
}

enum pfx_outcome pfx_normalize(struct pfx_worker *worker, const struct pfx_line *line,
                               struct fjson_object **tree_r)
{
    struct result result = {0};
    enum pfx_outcome outcome = normalize(worker, line, &result);

    *tree_r = result.tree;
    return outcome;
}

enum pfx_outcome pfx_normalize_text(struct pfx_worker *worker, const struct pfx_line *line,
                                    bool spaced, const char **text_r, size_t *length_r)
{
    struct result result = {.as_text = true, .spaced = spaced};
    enum pfx_outcome outcome = normalize(worker, line, &result);
    bool made = outcome != PFX_FOREIGN && outcome != PFX_NO_MEMORY;

    *text_r = made ? worker->text.text : NULL;
    *length_r = made ? worker->text.length : 0;
    return outcome;
}

enum pfx_outcome pfx_classify(struct pfx_worker *worker, const struct pfx_line *line)
{
    struct result result = {.nothing = true};

    return normalize(worker, line, &result);
}

struct pfx_slice pfx_worker_field(const struct pfx_worker *worker, enum pfx_field field)
{
    return pfx_event_get(&worker->event, field);
}

const struct pfx_alerts_told *pfx_worker_told(const struct pfx_worker *worker)
{
    return pfx_event_has(&worker->event, PFX_F_alert) ? &worker->told : NULL;
}

struct fjson_object *pfx_worker_fields(struct pfx_worker *worker,
                                       const uint64_t fields[PFX_FIELD_WORDS])
{
    struct pfx_event *event = &worker->event;
    const unsigned extras = event->extras;
    uint64_t set[PFX_FIELD_WORDS];
    struct fjson_object *tree;

    memcpy(set, event->set, sizeof(set));
    for (unsigned w = 0; w < PFX_FIELD_WORDS; ++w)
        event->set[w] &= fields[w];
    event->extras = 0;
    tree = pfx_document_fields(worker->limits.value, event);
    event->extras = extras;
    memcpy(event->set, set, sizeof(set));
    return tree;
}
