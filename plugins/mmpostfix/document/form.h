/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a document: their order, names and types. Knows GELF and ECS, but makes no JSON:
 * tree.c and text.c do that, with the same walk.
 */
#ifndef PFX_FORM_H
#define PFX_FORM_H

#include "event/event.h"
#include "base/timestamp.h"

/* The line as it came, which GELF and ECS have beside the fields. */
struct pfx_raw {
    struct pfx_slice host;
    struct pfx_slice tag;  /* as syslog has it: "postfix/smtpd[123]:" */
    struct pfx_slice text; /* the message behind it */
    struct pfx_time time;
    int severity; /* syslog's, 0 to 7; negative when not known */
};

enum pfx_shape {
    PFX_SHAPE_STRING,
    PFX_SHAPE_LOWER,   /* a string in lower case */
    PFX_SHAPE_LINE,    /* a string of front, a blank, and text */
    PFX_SHAPE_JOINED,  /* a string of the lines of text, with ", " between */
    PFX_SHAPE_ARRAY,   /* the lines of text as strings */
    PFX_SHAPE_INTEGER, /* text has its digits as JSON wants them */
    PFX_SHAPE_NUMBER   /* the same, with a fraction always */
};

/* Valid during the call only, but for a constant name. */
struct pfx_member {
    struct pfx_slice name; /* ends in NUL */
    bool constant;         /* the name is, and needs no escapes in JSON */
    enum pfx_field field;  /* whose key it is, PFX_FIELD_NONE of none */
    enum pfx_shape shape;
    struct pfx_slice text;
    struct pfx_slice front; /* of a line, else empty */
    int64_t integer;
    double number;
};

/* Where the members go. */
struct pfx_form_sink {
    /* Called for one member; -1 ends the walk. */
    int (*take)(void *cookie, const struct pfx_member *member);
    /* Takes as many fields as it can by itself, in their order and as take() would: fields has
     * their bits in that word of event. Returns those that are left, of which the first one comes
     * by take(). Not asked where two fields may have one name. NULL: it takes none. */
    uint64_t (*fields)(void *cookie, const struct pfx_event *event, unsigned word, uint64_t fields);
};

/* Gives each member of the document to sink, no name twice. A text that is not of its field's type
 * is left out; a number always has a fraction, so that a store never takes it for an integer. No
 * value is longer than limit bytes: texts lose their end, lists whole elements from the end, and
 * the last member tells the names of those that did. -1: take() said so.
 *
 * GIM   the fields under their names
 * GELF  a GELF 1.1 message: version, host, short_message, timestamp, level, and each field with an
 *       underscore in front. No empty value is in it; the null sender is "<>".
 * ECS   the names of the Elastic Common Schema, dotted, as flat keys; ecs.version, event.kind,
 *       event.dataset, event.category, event.type and message. The process number is an integer
 *       there, and a TLS version has no "TLSv".
 * GIM does without raw. */
int pfx_form_walk(enum pfx_format format, size_t limit, const struct pfx_event *event,
                  const struct pfx_raw *raw, const struct pfx_form_sink *sink, void *cookie);

#endif
