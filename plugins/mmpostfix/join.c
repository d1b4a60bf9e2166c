/* SPDX-License-Identifier: Apache-2.0 */
/* From a line to its mail; see join.h. */
#include "join.h"

void pfx_join_story(struct pfx_worker *worker, const struct pfx_stage *stage,
                    const struct pfx_class *class, struct pfx_time now)
{
    struct pfx_observation observation;

    pfx_observation_take(&observation, &worker->event, stage->time, class->fate, class->failed);
    pfx_story_line(worker->story, &worker->teller, &observation, now, stage->raw, &worker->event,
                   &worker->scratch);
}

/* Has the story tell a neighbour's line; false when it has to be told again. */
static bool tell_neighbour(struct pfx_worker *worker, const struct pfx_stage *stage,
                           struct pfx_observation *observation, struct pfx_time now)
{
    struct pfx_event *event = &worker->event, *own = &worker->own;
    bool told, amends;

    *own = *event;
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        if (pfx_fields[f].scope != PFX_LINE && !PFX_IS_NEIGHBOURS(f) &&
            !(observation->job_opens &&
              (pfx_fields[f].scope == PFX_CLIENT || pfx_fields[f].scope == PFX_SESSION)))
            pfx_event_unset(event, (enum pfx_field)f);
    }
    told = pfx_story_line(worker->story, &worker->teller, observation, now, stage->raw, event,
                          &worker->scratch);
    /* What it says itself stands, but a record is the mail's. */
    amends = pfx_event_has(event, PFX_F_mail_record);
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        if (pfx_event_has(own, (enum pfx_field)f) &&
            (!amends || pfx_fields[f].scope == PFX_LINE || PFX_IS_NEIGHBOURS(f)))
            pfx_event_set(event, (enum pfx_field)f, own->field[f]);
    }
    return told;
}

/* A last part: between reading the whole sentence and telling it, that may become another one,
 * where several workers have lines of one task. */
#define TRIES 4

static void tell_last_part(struct pfx_worker *worker, const struct pfx_stage *stage,
                           const struct pfx_class *class, const struct pfx_observation *part,
                           struct pfx_time now)
{
    struct pfx_parser *parser = worker->parser;
    struct pfx_speaker speaker =
        pfx_rules_speaker(pfx_parser_rules(parser), stage->product, stage->program.daemon);
    bool borrowed = worker->core->matcher == PFX_MATCHER_LIBLOGNORM, told = false;
    struct pfx_event alone;

    if (worker->whole == NULL)
        worker->whole = pfx_whole_new();
    for (int i = 0; i <= TRIES && !told; ++i) {
        struct pfx_observation observation, read = *part;
        bool joins;

        if (worker->whole != NULL && i < TRIES)
            pfx_whole_take(worker->whole, worker->story, &worker->teller, parser, &speaker,
                           borrowed, &read, i == 0 ? &worker->event : &alone);
        else
            read.joined = PFX_STORY_APART;
        if (i == 0)
            alone = worker->event;
        else
            worker->event = alone;
        joins = read.joined != 0 && read.joined != PFX_STORY_APART;
        if (joins)
            pfx_whole_give(worker->whole, &worker->event);
        pfx_observation_neighbour(&observation, &worker->event, stage->time, class->fate);
        if (joins)
            observation.roles |= pfx_whole_roles(worker->whole) & PFX_QUEUE_ADD;
        observation.piece_text = read.piece_text;
        observation.piece_line = read.piece_line;
        observation.joined = read.joined;
        told = tell_neighbour(worker, stage, &observation, now);
    }
}

bool pfx_join_neighbour(struct pfx_worker *worker, const struct pfx_stage *stage,
                        const struct pfx_class *class, struct pfx_slice sentence,
                        struct pfx_time now)
{
    const struct pfx_event *event = &worker->event;
    struct pfx_observation observation;

    pfx_observation_neighbour(&observation, event, stage->time, class->fate);
    observation.piece_text = sentence;
    observation.piece_line = stage->text.length;
    if (event->rule == NULL && observation.piece == PFX_PIECE_NONE)
        return false;
    if (observation.queue_id.length == 0 && observation.job.length == 0 &&
        observation.child.length == 0 && (observation.roles & ~(unsigned)PFX_QUEUE_ADD) == 0)
        return false;
    if (observation.piece == PFX_PIECE_LAST)
        tell_last_part(worker, stage, class, &observation, now);
    else
        tell_neighbour(worker, stage, &observation, now);
    return true;
}
