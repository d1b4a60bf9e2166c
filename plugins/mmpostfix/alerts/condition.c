/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions on a line; see condition.h. */
#include "alerts/condition.h"

#include <stdlib.h>
#include <string.h>

enum term_kind { TERM_KIND, TERM_FATE, TERM_VALUE, TERM_GREATER, TERM_HAS, TERM_FIRST, TERM_NAMED };

struct pfx_term {
    enum term_kind what;
    bool begins; /* an alternative */
    bool negated;
    enum pfx_field field;
    int64_t number;
    struct pfx_slice list; /* with commas between */
    const struct pfx_condition *named;
};

/* The next member of a list, off its front. */
static struct pfx_slice take_member(struct pfx_slice *list)
{
    ptrdiff_t comma = pfx_slice_find(*list, PFX_SLICE(","));
    struct pfx_slice member = comma < 0 ? *list : pfx_slice_until(*list, (size_t)comma);

    *list = pfx_slice_from(*list, member.length + 1);
    return member;
}

/* The text is the member, or begins with it. */
static bool is_member(struct pfx_slice member, struct pfx_slice text)
{
    bool begins = member.length > 0 && member.text[member.length - 1] == '*';

    member.length -= begins;
    if (begins ? text.length < member.length : text.length != member.length)
        return false;
    for (size_t i = 0; i < member.length; ++i) {
        if (member.text[i] != text.text[i] && !(member.text[i] == '~' && text.text[i] == ' '))
            return false;
    }
    return true;
}

static bool list_has(struct pfx_slice list, struct pfx_slice text)
{
    if (list.length == 0)
        return text.length == 0;
    while (list.length > 0) {
        if (is_member(take_member(&list), text))
            return true;
    }
    return false;
}

/* A name in a list of kinds that is none would never hold. */
static const char *check_list(const struct pfx_term *term, const struct pfx_kinds *kinds)
{
    struct pfx_slice list = term->list;

    if (list.length == 0)
        return "a value is missing behind =";
    while (list.length > 0) {
        struct pfx_slice member = take_member(&list);

        if (term->what == TERM_FATE && pfx_fate_find(member) <= 0)
            return "no such fate";
        if (term->what == TERM_KIND && pfx_kinds_find(kinds, member) == NULL)
            return "no such kind in kinds.tsv";
    }
    return NULL;
}

static const char *read_field(struct pfx_slice name, struct pfx_term *term)
{
    term->field = pfx_field_find(name);
    if (term->field == PFX_FIELD_NONE)
        term->field = pfx_field_named(name);
    return term->field == PFX_FIELD_NONE ? "no such field" : NULL;
}

static const char *read_term(struct pfx_slice word, const struct pfx_kinds *kinds,
                             pfx_condition_named *named, const void *cookie, struct pfx_term *term)
{
    ptrdiff_t at;

    term->negated = pfx_slice_take(&word, PFX_SLICE("!"));
    if (pfx_slice_take(&word, PFX_SLICE("@"))) {
        term->what = TERM_NAMED;
        term->named = named(cookie, word);
        return term->named == NULL ? "no condition of that name above" : NULL;
    }
    term->what = pfx_slice_starts(word, PFX_SLICE("kind=")) ? TERM_KIND : TERM_FATE;
    if (pfx_slice_take(&word, PFX_SLICE("kind=")) || pfx_slice_take(&word, PFX_SLICE("fate="))) {
        term->list = word;
        return check_list(term, kinds);
    }
    if (pfx_slice_equal(word, PFX_SLICE("first"))) {
        term->what = TERM_FIRST;
        return NULL;
    }
    at = pfx_slice_find(word, PFX_SLICE("="));
    if (at > 0) {
        term->what = TERM_VALUE;
        term->list = pfx_slice_from(word, (size_t)at + 1);
        return read_field(pfx_slice_until(word, (size_t)at), term);
    }
    at = pfx_slice_find(word, PFX_SLICE(">"));
    term->what = at > 0 ? TERM_GREATER : TERM_HAS;
    if (at > 0 && !pfx_value_integer(pfx_slice_from(word, (size_t)at + 1), &term->number))
        return "a number is missing behind >";
    return read_field(at > 0 ? pfx_slice_until(word, (size_t)at) : word, term);
}

const char *pfx_condition_read(struct pfx_slice text, const struct pfx_kinds *kinds,
                               pfx_condition_named *named, const void *cookie,
                               struct pfx_condition *condition_r)
{
    bool begins = true;

    *condition_r = (struct pfx_condition){0};
    while (text.length > 0) {
        ptrdiff_t blank = pfx_slice_find(text, PFX_SLICE(" "));
        struct pfx_slice word = blank < 0 ? text : pfx_slice_until(text, (size_t)blank);
        struct pfx_term *grown;
        const char *fault;

        text = pfx_slice_from(text, word.length + 1);
        if (pfx_slice_equal(word, PFX_SLICE("|"))) {
            if (begins)
                return "nothing stands before |";
            begins = true;
            continue;
        }
        grown = realloc(condition_r->term, (condition_r->terms + 1) * sizeof(*grown));
        if (grown == NULL)
            return "out of memory";
        condition_r->term = grown;
        grown += condition_r->terms++;
        *grown = (struct pfx_term){.begins = begins};
        begins = false;
        fault = read_term(word, kinds, named, cookie, grown);
        if (fault != NULL)
            return fault;
    }
    return begins ? "a condition is missing" : NULL;
}

void pfx_condition_free(struct pfx_condition *condition)
{
    free(condition->term);
    *condition = (struct pfx_condition){0};
}

static bool kind_fits(const struct pfx_term *term, const struct pfx_kind *kind)
{
    struct pfx_slice list = term->list;

    if (term->what == TERM_KIND)
        return list_has(list, kind->name);
    while (list.length > 0) {
        if (pfx_fate_find(take_member(&list)) == (int)kind->fate)
            return true;
    }
    return false;
}

static bool term_fits(const struct pfx_term *term, const struct pfx_alert_line *line)
{
    struct pfx_slice text;
    int64_t number;

    switch (term->what) {
    case TERM_KIND:
    case TERM_FATE:
        for (unsigned i = 0; i < line->kinds; ++i) {
            if (kind_fits(term, line->kind[i]))
                return true;
        }
        return false;
    case TERM_NAMED:
        return pfx_condition_holds(term->named, line);
    case TERM_FIRST:
        return line->first;
    case TERM_HAS:
        return pfx_event_has(line->event, term->field);
    default:
        text = pfx_event_get(line->event, term->field);
        if (!pfx_event_has(line->event, term->field))
            return false;
        return term->what == TERM_VALUE ? list_has(term->list, text)
                                        : pfx_value_integer(text, &number) && number > term->number;
    }
}

bool pfx_condition_holds(const struct pfx_condition *condition, const struct pfx_alert_line *line)
{
    bool holds = false;

    for (unsigned i = 0; i < condition->terms; ++i) {
        const struct pfx_term *term = &condition->term[i];

        if (term->begins && holds)
            return true;
        holds = (term->begins || holds) && term_fits(term, line) != term->negated;
    }
    return holds;
}

/* Whether the term narrows the kinds; *fits_r: that kind is one of them. */
static bool narrows(const struct pfx_term *term, const struct pfx_kind *kind, bool *fits_r)
{
    if (term->negated)
        return false;
    if (term->what == TERM_NAMED) {
        *fits_r = kind != NULL && pfx_condition_selects(term->named, kind);
        return !pfx_condition_selects_all(term->named);
    }
    if (term->what != TERM_KIND && term->what != TERM_FATE)
        return false;
    *fits_r = kind != NULL && kind_fits(term, kind);
    return true;
}

bool pfx_condition_selects_all(const struct pfx_condition *condition)
{
    bool narrow = true, fits;

    for (unsigned i = 0; i < condition->terms; ++i) {
        const struct pfx_term *term = &condition->term[i];

        if (term->begins && !narrow)
            return true;
        narrow = (!term->begins && narrow) || narrows(term, NULL, &fits);
    }
    return !narrow;
}

bool pfx_condition_selects(const struct pfx_condition *condition, const struct pfx_kind *kind)
{
    bool fits;

    for (unsigned i = 0; i < condition->terms; ++i) {
        if (narrows(&condition->term[i], kind, &fits) && fits)
            return true;
    }
    return false;
}
