/* SPDX-License-Identifier: Apache-2.0 */
/* One parsed line: the rule that matched it, and its fields by index. All text is borrowed: slices
 * point into the line, the parse or static text, which must outlive the event. An event belongs
 * to one worker, which clears it for each line; it allocates nothing.
 */
#ifndef PFX_EVENT_H
#define PFX_EVENT_H

#include "event/fields.h"

#define PFX_EXTRA_MAX 16
#define PFX_KIND_MAX 4
#define PFX_CONSTANT_MAX 6
#define PFX_NUMBER_MAX 3
#define PFX_LIST_MAX 2000 /* of bytes */

/* Roles of an event in the story of a mail or of a session. Names in rules: see event.c. */
enum pfx_role {
    PFX_QUEUE_OPEN = 1 << 0,      /* a queue file was created, or first seen */
    PFX_QUEUE_ADD = 1 << 1,       /* one more fact about it */
    PFX_QUEUE_RECIPIENT = 1 << 2, /* status of one recipient */
    PFX_QUEUE_CLOSE = 1 << 3,     /* it was removed */
    PFX_SESSION_OPEN = 1 << 4,    /* a client connected to this process */
    PFX_SESSION_ADD = 1 << 5,
    PFX_SESSION_CLOSE = 1 << 6,
    PFX_PEER_OPEN = 1 << 7, /* the same, where one process has many clients at once */
    PFX_PEER_ADD = 1 << 8,
    PFX_PEER_CLOSE = 1 << 9,
    PFX_POLICY_ADD = 1 << 10 /* what a policy service says of a client, a sender, a recipient */
};

#define PFX_QUEUE_ROLES (PFX_QUEUE_OPEN | PFX_QUEUE_ADD | PFX_QUEUE_RECIPIENT | PFX_QUEUE_CLOSE)
#define PFX_SESSION_ROLES (PFX_SESSION_OPEN | PFX_SESSION_ADD | PFX_SESSION_CLOSE)
#define PFX_PEER_ROLES (PFX_PEER_OPEN | PFX_PEER_ADD | PFX_PEER_CLOSE)

/* What a rule knows without its being said in the text: "pass" of "verification successful". */
struct pfx_constant {
    enum pfx_field field;
    struct pfx_slice text;
};

/* A rule as its tags declare it. Names may hold one <word>, which stands for that field's value. */
struct pfx_kind;
struct pfx_rule {
    struct pfx_slice event;
    struct pfx_slice kind[PFX_KIND_MAX];
    unsigned kinds;
    unsigned roles; /* enum pfx_role, or-ed */
    struct pfx_constant constant[PFX_CONSTANT_MAX];
    unsigned constants;
    /* What follows from the names, found when rules are read; see pfx_kinds_resolve(). */
    const struct pfx_kind *known[PFX_KIND_MAX]; /* NULL: the name holds a field */
    struct pfx_slice action;                    /* the event's last part; empty: as above */
};

struct pfx_extra {
    struct pfx_slice word;
    struct pfx_slice text;
};

/* What is known of a field's text. */
enum pfx_mark {
    PFX_MARK_NONE,
    PFX_MARK_SOUND,   /* it has the form of the field's type */
    PFX_MARK_CONSTANT /* of the module or its rules: it stays as it is while they are in use */
};

struct pfx_event {
    const struct pfx_rule *rule; /* NULL: no specific rule matched */
    struct pfx_slice daemon;     /* that was asked for a rule, as the rules or the tag name it */
    uint64_t set[PFX_FIELD_WORDS];
    struct pfx_slice field[PFX_FIELD_COUNT]; /* valid where its bit in set is, */
    unsigned char mark[PFX_FIELD_COUNT];     /* as this is: enum pfx_mark */
    struct pfx_extra extra[PFX_EXTRA_MAX];   /* captures that fields.def lacks */
    unsigned extras;
    char number[PFX_NUMBER_MAX][12]; /* what fields point to that a line has in another form */
    unsigned numbers;
    bool doubtful;           /* sender or recipient can be read in two ways, so it is not set */
    char list[PFX_LIST_MAX]; /* the members of lists that fields point to */
    size_t listed;
};

/* Makes it one without a rule, fields or captures, of the same daemon. */
void pfx_event_clear(struct pfx_event *event);

/* Sets a field of which that is known; an empty text sets nothing, except for the sender, where <>
 * is a value. Inline, as those below: called a hundred times a line. */
static inline void pfx_event_put(struct pfx_event *event, enum pfx_field field,
                                 struct pfx_slice text, enum pfx_mark mark)
{
    if (text.length == 0 && field != PFX_F_from)
        return;
    event->set[field / 64] |= UINT64_C(1) << (field % 64);
    event->field[field] = text;
    event->mark[field] = (unsigned char)mark;
}

static inline void pfx_event_set(struct pfx_event *event, enum pfx_field field,
                                 struct pfx_slice text)
{
    pfx_event_put(event, field, text, PFX_MARK_NONE);
}

/* As pfx_event_set(), of a text that stays as it is as long as the rules are in use: a document may
 * know it by its place. */
static inline void pfx_event_set_constant(struct pfx_event *event, enum pfx_field field,
                                          struct pfx_slice text)
{
    pfx_event_put(event, field, text, PFX_MARK_CONSTANT);
}

static inline void pfx_event_unset(struct pfx_event *event, enum pfx_field field)
{
    event->set[field / 64] &= ~(UINT64_C(1) << (field % 64));
}

static inline bool pfx_event_has(const struct pfx_event *event, enum pfx_field field)
{
    return (event->set[field / 64] >> (field % 64)) & 1;
}

/* The text of a field, an empty slice when it is not set. */
static inline struct pfx_slice pfx_event_get(const struct pfx_event *event, enum pfx_field field)
{
    return pfx_event_has(event, field) ? event->field[field] : PFX_NO_SLICE;
}

/* As pfx_event_put(), unless the field is set. */
static inline void pfx_event_default(struct pfx_event *event, enum pfx_field field,
                                     struct pfx_slice text, enum pfx_mark mark)
{
    if (!pfx_event_has(event, field))
        pfx_event_put(event, field, text, mark);
}

/* Keeps a capture that fields.def has no field for; past PFX_EXTRA_MAX it is left out. */
void pfx_event_extra(struct pfx_event *event, struct pfx_slice word, struct pfx_slice text);

/* Sets a field to a number that the line has in another form, such as milliseconds of seconds; past
 * PFX_NUMBER_MAX, or when it is too great, it is left out. */
void pfx_event_number(struct pfx_event *event, enum pfx_field field, uint64_t number);

/* Adds one more member to a list that is the last one begun. What has no room is left out. */
void pfx_event_join(struct pfx_event *event, enum pfx_field field, struct pfx_slice member);

/* The bit of a role's name, 0 when it is none. */
unsigned pfx_role_find(struct pfx_slice name);

/* Writes name to out with a <word> in it replaced by that field's text, blanks as underscores, or
 * by "other" when the field is not set. Returns a slice of out or, when there is nothing to
 * replace, name itself. What does not fit is cut. */
struct pfx_slice pfx_event_expand(const struct pfx_event *event, struct pfx_slice name, char *out,
                                  size_t size);

#endif
