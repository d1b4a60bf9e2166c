/* SPDX-License-Identifier: Apache-2.0 */
/* Tag and text of a line; see stage.h. */
#include "line/stage.h"
#include "base/queue_id.h"
#include "line/calendar.h"
#include "line/header.h"
#include "line/json.h"

#include <stdlib.h>
#include <string.h>

/* A container's tag before docker's before a relay's: more is nobody's log. */
#define HEADERS_MAX 4

/* A line that came within so many seconds is no archive's: its year is that of the clock, and a
 * mail can be on hold for years. */
#define LIVE 3600

/* Says whose line it is by the program of the stage. */
static void set_claim(struct pfx_stage *stage, struct pfx_known known)
{
    const struct pfx_program *program = &stage->program;
    bool plain = pfx_slice_equal(program->instance, PFX_SLICE("postfix")),
         sure; /* as it is known */

    stage->claim = pfx_program_claim(program, !plain && known.know(known.cookie, program->daemon));
    stage->product = stage->claim == PFX_CLAIM_NONE
                         ? known.product(known.cookie, pfx_program_name(program), &sure)
                         : 0;
    if (stage->product > 0)
        stage->claim = sure ? PFX_CLAIM_SURE : PFX_CLAIM_OWN_RULE;
}

static bool names_daemon(const struct pfx_program *program)
{
    return program->daemon.text != program->instance.text;
}

/* An ordinary line, whose text is what a daemon says. */
static bool is_settled(const struct pfx_stage *stage)
{
    if (stage->product > 0)
        return true;
    return stage->claim == PFX_CLAIM_SURE && names_daemon(&stage->program) &&
           stage->program.pid.length > 0 && !pfx_slice_starts(stage->text, PFX_SLICE("postfix"));
}

/* Whether a header within the text of a tag is to be believed. What a daemon says is never one,
 * even where a client made it look so; but a file can be read under the tag "postfix", and a
 * container have a tag of its own in front of the lines of its syslog daemon. */
static bool may_wrap(const struct pfx_stage *outer, const struct pfx_stage *inner)
{
    int64_t number;

    /* "postfix.example.com[192.0.2.1]: ..." is what Postfix says of a client, also with its port.
     */
    if ((inner->program.pid.length > 0 && !pfx_value_integer(inner->program.pid, &number)) ||
        pfx_slice_find(inner->program.daemon, PFX_SLICE("[")) >= 0)
        return false;
    if (outer->claim == PFX_CLAIM_NONE ||
        (outer->claim != PFX_CLAIM_OWN_RULE && outer->program.pid.length == 0))
        return true;
    if (outer->claim == PFX_CLAIM_SURE && names_daemon(&outer->program))
        return pfx_slice_starts(outer->text, PFX_SLICE("postfix"));
    return inner->claim == PFX_CLAIM_SURE && names_daemon(&inner->program);
}

/* Goes into the header of a text, and that of its text; the innermost that is Postfix's counts. */
static bool take_headers(struct pfx_stage *stage, struct pfx_slice text,
                         const struct pfx_line *line, struct pfx_known known)
{
    struct pfx_stage at = *stage;
    struct pfx_time received = line->received;
    bool found = false;

    for (int i = 0; i < HEADERS_MAX; ++i) {
        struct pfx_stage inner = at;
        struct pfx_header header;

        if (!pfx_header_parse(text, received, &header) ||
            !pfx_program_parse(header.tag, &inner.program))
            return found;
        if (header.pid.length > 0)
            inner.program.pid = header.pid;
        set_claim(&inner, known);
        inner.tag = header.tag;
        if (header.host.length > 0)
            inner.host = header.host;
        if (header.has_time) {
            inner.time = received = header.time;
            inner.guessed = header.guessed;
        }
        inner.text = pfx_program_skip_msgid(header.text);
        if (inner.claim != PFX_CLAIM_NONE) {
            if (!may_wrap(&at, &inner) ||
                (inner.product > 0 && !header.has_time && line->tag != NULL))
                return found;
            *stage = inner;
            found = true;
            if (is_settled(stage))
                return true;
        } else if (!header.has_time && (i > 0 || line->tag != NULL)) {
            return found; /* what some program says, up to a colon */
        }
        at = inner;
        text = inner.text;
    }
    return found;
}

/* Goes on with the line within an object of docker or the journal. */
static bool take_json(struct pfx_stage *stage, const struct pfx_line *line, struct pfx_known known,
                      char *room)
{
    struct pfx_json json;

    if (!pfx_json_unwrap(stage->text, room, &json))
        return false;
    stage->text = json.text;
    if (json.host.length > 0)
        stage->host = json.host;
    if (pfx_json_time(&json, &stage->time))
        stage->guessed = false;
    if (json.ident.length == 0 || !pfx_program_parse(json.ident, &stage->program)) {
        stage->claim = PFX_CLAIM_NONE;
        stage->product = 0;
        return take_headers(stage, stage->text, line, known);
    }
    stage->program.pid = json.pid;
    stage->tag = json.ident;
    set_claim(stage, known);
    return take_headers(stage, stage->text, line, known) || stage->claim != PFX_CLAIM_NONE;
}

/* The program of the tag that the line came with, and whose line it so is. */
static void take_tag(struct pfx_stage *stage, struct pfx_known known, struct pfx_tags *tags)
{
    struct pfx_slice pid, name = pfx_tag_name(stage->tag, &pid);
    bool found = false;
    struct pfx_tag *place = pfx_tags_find(tags, name, &found);

    if (found) {
        stage->program = pfx_tag_program(place, name, pid);
        stage->claim = place->claim;
        stage->product = place->product;
        stage->known = place;
        return;
    }
    if (!pfx_program_parse(stage->tag, &stage->program))
        return;
    set_claim(stage, known);
    if (place == NULL || stage->program.instance.text != name.text)
        return;
    pfx_tag_learn(place, name, &stage->program);
    place->claim = stage->claim;
    place->product = stage->product;
    stage->known = place;
}

static bool take(struct pfx_stage *stage, const struct pfx_line *line, struct pfx_known known,
                 struct pfx_tags *tags, char *room)
{
    if (line->tag != NULL)
        take_tag(stage, known, tags);
    if (is_settled(stage)) {
        stage->text = pfx_program_skip_msgid(stage->text);
        return true;
    }
    stage->known = NULL; /* it may be another's */
    if ((room != NULL && take_json(stage, line, known, room)) ||
        (stage->claim == PFX_CLAIM_NONE && line->raw != NULL &&
         take_headers(stage, (struct pfx_slice){line->raw, line->raw_length}, line, known)) ||
        take_headers(stage, stage->text, line, known))
        return true;
    stage->text = pfx_program_skip_msgid(stage->text);
    return stage->claim != PFX_CLAIM_NONE;
}

/* Room for so many bytes and a NUL. */
static bool grow(struct pfx_room *room, size_t length)
{
    char *grown;

    if (length < room->size)
        return true;
    grown = realloc(room->text, length + 1);
    if (grown == NULL)
        return false;
    room->text = grown;
    room->size = length + 1;
    return true;
}

/* Goes on with the text within "message repeated N times: [ TEXT]". What does not end with the line
 * has no NUL behind it and is copied. */
static bool unwrap_text(struct pfx_stage *stage, struct pfx_room *room)
{
    struct pfx_slice text = stage->text;

    if (!pfx_program_repeated(stage->text, &stage->repeated, &text) &&
        text.text[text.length] == '\0')
        return true;
    if (!grow(room, text.length))
        return false;
    memcpy(room->text, text.text, text.length);
    room->text[text.length] = '\0';
    stage->text = (struct pfx_slice){room->text, text.length};
    return true;
}

int pfx_stage_take(struct pfx_stage *stage, const struct pfx_line *line, struct pfx_known known,
                   struct pfx_stage_rooms *rooms)
{
    bool object = line->text_length > 0 && line->text[0] == '{';

    *stage = (struct pfx_stage){.text = {line->text, line->text_length}, .time = line->time};
    if (line->host != NULL)
        stage->host = (struct pfx_slice){line->host, strlen(line->host)};
    if (line->tag != NULL)
        stage->tag = (struct pfx_slice){line->tag, strlen(line->tag)};
    if (object && !grow(&rooms->object, line->text_length))
        return -1;
    if (!take(stage, line, known, &rooms->tags, object ? rooms->object.text : NULL))
        return 0;
    stage->raw = stage->text;
    return unwrap_text(stage, &rooms->text) ? 1 : -1;
}

void pfx_stage_date(struct pfx_stage *stage, struct pfx_slice queue_id, struct pfx_time received)
{
    int64_t given = stage->guessed ? pfx_queue_id_time(queue_id) / 1000000 : 0;
    int64_t year = 366 * 86400, late = received.seconds - stage->time.seconds;

    if (given == 0 || stage->time.seconds < given + year - 2 * 86400 ||
        given > received.seconds + 86400 || (late > -LIVE && late < LIVE))
        return;
    stage->time.seconds = pfx_calendar_redate(stage->time.seconds, given);
    stage->guessed = false;
}

void pfx_stage_forget(struct pfx_stage_rooms *rooms)
{
    memset(&rooms->tags, 0, sizeof(rooms->tags));
}

void pfx_stage_free(struct pfx_stage_rooms *rooms)
{
    free(rooms->object.text);
    free(rooms->text.text);
    *rooms = (struct pfx_stage_rooms){0};
}
