/* SPDX-License-Identifier: Apache-2.0 */
/* A condition on a line, as alerts.tsv has it: words with blanks between, all of which have to be
 * so; "|" stands between alternatives.
 *   kind=A,B      one of its kinds (kinds.tsv) is one of these
 *   fate=A,B      one of its kinds has one of these fates
 *   FIELD=A,B     the field has one of these values; "A*" is any that begins with A,
 *                 "~" stands for a blank
 *   FIELD=        it is there, and empty: the null sender
 *   FIELD>N       the field is a number greater than that
 *   FIELD         the line has the field
 *   own(FIELD)    its address or domain is one of the site's: localnetworks, localdomains
 *   @NAME         the condition of that name
 *   first         the queue manager takes the mail up for the first time
 *   unparsed      no rule knows the line
 *   !WORD         that is not so
 * Fields have the names of the output (doc/fields.md) or those of fields.def. Immutable once read;
 * texts are borrowed.
 */
#ifndef PFX_CONDITION_H
#define PFX_CONDITION_H

#include "event/event.h"
#include "rules/kinds.h"

struct pfx_condition {
    struct pfx_term *term;
    unsigned terms; /* 0: it never holds, or */
    bool always;
};

/* What a line is to a condition. */
struct pfx_alert_line {
    const struct pfx_event *event;
    const struct pfx_kind *const *kind;
    unsigned kinds;
    bool first;   /* the queue manager had not taken the mail up before */
    int64_t time; /* seconds since 1970 */
    /* Whether an address of a network, a mail address or a domain is one of the site's own; NULL:
     * none is. */
    bool (*is_own)(const void *cookie, enum pfx_field field, struct pfx_slice text);
    const void *cookie;
};

/* The condition of a name without its '@', or NULL. */
typedef const struct pfx_condition *pfx_condition_named(const void *cookie, struct pfx_slice name);

/* Reads text. NULL, or what is wrong (static text). Free it in either case. */
const char *pfx_condition_read(struct pfx_slice text, const struct pfx_kinds *kinds,
                               pfx_condition_named *named, const void *cookie,
                               struct pfx_condition *condition_r);
void pfx_condition_free(struct pfx_condition *condition);

bool pfx_condition_terms_hold(const struct pfx_condition *condition,
                              const struct pfx_alert_line *line);
static inline bool pfx_condition_holds(const struct pfx_condition *condition,
                                       const struct pfx_alert_line *line)
{
    return condition->terms == 0 ? condition->always : pfx_condition_terms_hold(condition, line);
}

/* What lines have in common that most conditions are about. */
struct pfx_alert_sort {
    const struct pfx_kind *const *kind;
    unsigned kinds;
    bool first;
};

/* What is left of a condition for lines of a sort: without the words on that, and without
 * alternatives that can not be. It borrows from condition, and is freed by
 * pfx_condition_free_for(). False when memory ran out. */
bool pfx_condition_for(const struct pfx_condition *condition, const struct pfx_alert_sort *sort,
                       struct pfx_condition *left_r);
void pfx_condition_free_for(struct pfx_condition *left);

/* Whether it may hold for a line of that kind, or of none where that is NULL: an index. */
bool pfx_condition_selects(const struct pfx_condition *condition, const struct pfx_kind *kind);
/* Whether it says nothing of kinds. */
bool pfx_condition_selects_all(const struct pfx_condition *condition);

#endif
