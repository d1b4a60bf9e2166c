/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences of several lines; see whole.h. */
#include "whole.h"

#include <stdlib.h>
#include <string.h>

#define KEPT 4096

struct pfx_whole {
    bool joined;
    struct pfx_event event; /* of the sentence */
    char text[PFX_STORY_SENTENCE + 1];
    char kept[KEPT];
};

struct pfx_whole *pfx_whole_new(void)
{
    struct pfx_whole *whole = malloc(sizeof(*whole));

    if (whole != NULL)
        memset(&whole->event, 0, sizeof(whole->event));
    return whole;
}

void pfx_whole_free(struct pfx_whole **whole)
{
    free(*whole);
    *whole = NULL;
}

/* The texts of an event in kept; what does not fit is no longer there. */
static void keep_texts(struct pfx_whole *whole, struct pfx_event *event)
{
    size_t used = 0;

    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        struct pfx_slice text = pfx_event_get(event, (enum pfx_field)f);

        if (text.length == 0 || event->mark[f] == PFX_MARK_CONSTANT)
            continue;
        if (text.length > KEPT - used) {
            pfx_event_unset(event, (enum pfx_field)f);
            continue;
        }
        memmove(whole->kept + used, text.text, text.length);
        event->field[f].text = whole->kept + used;
        used += text.length;
    }
    for (unsigned i = 0; i < event->extras; ++i) {
        struct pfx_slice *text = &event->extra[i].text;

        text->length = text->length < KEPT - used ? text->length : KEPT - used;
        if (text->length > 0)
            memmove(whole->kept + used, text->text, text->length);
        text->text = whole->kept + used;
        used += text->length;
    }
}

void pfx_whole_take(struct pfx_whole *whole, struct pfx_story *story,
                    struct pfx_story_worker *teller, struct pfx_parser *parser,
                    const struct pfx_speaker *speaker, bool borrowed, struct pfx_observation *w,
                    struct pfx_event *event)
{
    struct pfx_slice text = {whole->text, pfx_story_sentence(story, teller, w, whole->text)};

    whole->joined = false;
    if (text.length == 0)
        return;
    if (borrowed)
        keep_texts(whole, event);
    whole->text[text.length] = '\0';
    pfx_event_clear(&whole->event);
    whole->event.daemon = event->daemon;
    whole->joined = pfx_parser_parse(parser, speaker, text, &whole->event) > 0;
}

unsigned pfx_whole_roles(const struct pfx_whole *whole)
{
    return whole->joined ? whole->event.rule->roles : 0;
}

void pfx_whole_give(const struct pfx_whole *whole, struct pfx_event *event)
{
    for (unsigned f = 0; whole->joined && f < PFX_FIELD_COUNT; ++f) {
        enum pfx_field field = (enum pfx_field)f;

        if ((pfx_fields[f].scope == PFX_MAIL || field == PFX_F_queued_as ||
             field == PFX_F_queue_id || field == PFX_F_amavis_mail_id) &&
            pfx_event_has(&whole->event, field))
            pfx_event_default(event, field, whole->event.field[f],
                              (enum pfx_mark)whole->event.mark[f]);
    }
}
