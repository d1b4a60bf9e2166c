/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions on a line; see condition.h. */
#include "alerts/condition.h"

#include <stdlib.h>
#include <string.h>

enum term_kind {
    TERM_KIND,
    TERM_VALUE,
    TERM_GREATER,
    TERM_HAS,
    TERM_FIRST,
    TERM_UNPARSED,
    TERM_OWN,
    TERM_NAMED
};

/* A value, or how it begins. */
struct member {
    struct pfx_slice text;
    bool begins;
    bool blanks; /* '~' in it */
};

struct pfx_term {
    enum term_kind what;
    bool begins; /* an alternative */
    bool negated;
    enum pfx_field field;
    int64_t number;
    struct member *member; /* of TERM_VALUE */
    unsigned members;
    const struct pfx_kind *first_kind; /* row 0 */
    uint64_t *kind;                    /* of TERM_KIND: a bit for each row */
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

static bool is_member(const struct member *member, struct pfx_slice text)
{
    struct pfx_slice m = member->text;

    if (member->begins ? text.length < m.length : text.length != m.length)
        return false;
    if (!member->blanks)
        return pfx_slice_starts(text, m);
    for (size_t i = 0; i < m.length; ++i) {
        if (m.text[i] != text.text[i] && !(m.text[i] == '~' && text.text[i] == ' '))
            return false;
    }
    return true;
}

static bool is_value(const struct pfx_term *term, struct pfx_slice text)
{
    for (unsigned i = 0; i < term->members; ++i) {
        if (is_member(&term->member[i], text))
            return true;
    }
    return false;
}

/* An empty list is the empty text. */
static const char *read_values(struct pfx_slice list, struct pfx_term *term)
{
    do {
        struct member *grown = realloc(term->member, (term->members + 1) * sizeof(*grown));
        struct pfx_slice text = take_member(&list);

        if (grown == NULL)
            return "out of memory";
        term->member = grown;
        grown += term->members++;
        grown->begins = pfx_slice_ends(text, PFX_SLICE("*"));
        text.length -= grown->begins;
        grown->text = text;
        grown->blanks = pfx_slice_find(text, PFX_SLICE("~")) >= 0;
    } while (list.length > 0);
    return NULL;
}

/* The rows of kinds that a list of names, or of fates, has. One that is none would never hold. */
static const char *read_kinds(struct pfx_slice list, bool fates, const struct pfx_kinds *kinds,
                              struct pfx_term *term)
{
    term->first_kind = kinds->row;
    term->kind = calloc(kinds->rows / 64 + 1, sizeof(*term->kind));
    if (term->kind == NULL)
        return "out of memory";
    if (list.length == 0)
        return "a value is missing behind =";
    while (list.length > 0) {
        struct pfx_slice name = take_member(&list);
        int fate = fates ? pfx_fate_find(name) : 0;
        bool found = false;

        for (size_t k = 0; k < kinds->rows; ++k) {
            if (fates ? (int)kinds->row[k].fate != fate
                      : !pfx_slice_equal(kinds->row[k].name, name))
                continue;
            term->kind[k / 64] |= UINT64_C(1) << k % 64;
            found = true;
        }
        if (!found || (fates && fate <= 0))
            return fates ? "no such fate in kinds.tsv" : "no such kind in kinds.tsv";
    }
    return NULL;
}

static const char *read_field(struct pfx_slice name, struct pfx_term *term)
{
    term->field = pfx_field_either(name);
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
    term->what = TERM_KIND;
    if (pfx_slice_take(&word, PFX_SLICE("kind=")))
        return read_kinds(word, false, kinds, term);
    if (pfx_slice_take(&word, PFX_SLICE("fate=")))
        return read_kinds(word, true, kinds, term);
    if (pfx_slice_equal(word, PFX_SLICE("first")) || pfx_slice_equal(word, PFX_SLICE("unparsed"))) {
        term->what = word.text[0] == 'f' ? TERM_FIRST : TERM_UNPARSED;
        return NULL;
    }
    if (pfx_slice_take(&word, PFX_SLICE("own("))) {
        term->what = TERM_OWN;
        if (!pfx_slice_ends(word, PFX_SLICE(")")))
            return "own is as own(FIELD)";
        return read_field(pfx_slice_until(word, word.length - 1), term);
    }
    at = pfx_slice_find(word, PFX_SLICE("="));
    if (at > 0) {
        const char *fault = read_values(pfx_slice_from(word, (size_t)at + 1), term);

        term->what = TERM_VALUE;
        return fault != NULL ? fault : read_field(pfx_slice_until(word, (size_t)at), term);
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
    for (unsigned i = 0; i < condition->terms; ++i) {
        free(condition->term[i].member);
        free(condition->term[i].kind);
    }
    free(condition->term);
    *condition = (struct pfx_condition){0};
}

static bool kind_fits(const struct pfx_term *term, const struct pfx_kind *kind)
{
    size_t row = (size_t)(kind - term->first_kind);

    return (term->kind[row / 64] >> row % 64 & 1) != 0;
}

static bool term_fits(const struct pfx_term *term, const struct pfx_alert_line *line)
{
    struct pfx_slice text;
    int64_t number;

    switch (term->what) {
    case TERM_KIND:
        for (unsigned i = 0; i < line->kinds; ++i) {
            if (kind_fits(term, line->kind[i]))
                return true;
        }
        return false;
    case TERM_NAMED:
        return pfx_condition_holds(term->named, line);
    case TERM_FIRST:
        return line->first;
    case TERM_UNPARSED:
        return line->event->rule == NULL;
    case TERM_HAS:
        return pfx_event_has(line->event, term->field);
    case TERM_OWN:
        text = pfx_event_get(line->event, term->field);
        return text.length > 0 && line->is_own != NULL &&
               line->is_own(line->cookie, term->field, text);
    default:
        text = pfx_event_get(line->event, term->field);
        if (!pfx_event_has(line->event, term->field))
            return false;
        return term->what == TERM_VALUE ? is_value(term, text)
                                        : pfx_value_integer(text, &number) && number > term->number;
    }
}

bool pfx_condition_terms_hold(const struct pfx_condition *condition,
                              const struct pfx_alert_line *line)
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

/* Adds a term to the alternative that ends what is left. */
static bool add_left(struct pfx_condition *left, const struct pfx_term *term, bool begins)
{
    struct pfx_term *grown = realloc(left->term, (left->terms + 1) * sizeof(*grown));

    if (grown == NULL)
        return false;
    left->term = grown;
    grown[left->terms] = *term;
    grown[left->terms++].begins = begins;
    return true;
}

static bool is_single(const struct pfx_condition *condition)
{
    for (unsigned i = 1; i < condition->terms; ++i) {
        if (condition->term[i].begins)
            return false;
    }
    return condition->terms > 0;
}

/* What is known of a term by the sort alone. */
enum known { KNOWN_NOT, KNOWN_TRUE, KNOWN_FALSE };

static enum known known_of(const struct pfx_term *term, const struct pfx_alert_sort *sort)
{
    bool fits = false;

    if (term->what == TERM_FIRST)
        return sort->first != term->negated ? KNOWN_TRUE : KNOWN_FALSE;
    /* A line that has a kind was understood. */
    if (term->what != TERM_KIND && (term->what != TERM_UNPARSED || sort->kinds == 0))
        return KNOWN_NOT;
    for (unsigned i = 0; i < sort->kinds && term->what == TERM_KIND; ++i)
        fits |= kind_fits(term, sort->kind[i]);
    return fits != term->negated ? KNOWN_TRUE : KNOWN_FALSE;
}

/* Puts what is left of a term behind the alternative that begins at *begins; *known_r says when
 * that is nothing. A named condition of one alternative is put in its place, else it stays as it
 * is. */
static bool leave_term(const struct pfx_term *term, const struct pfx_alert_sort *sort, bool *begins,
                       struct pfx_condition *left, enum known *known_r)
{
    struct pfx_condition named = {0};
    bool good = true;

    *known_r = known_of(term, sort);
    if (*known_r != KNOWN_NOT)
        return true;
    if (term->what == TERM_NAMED) {
        good = pfx_condition_for(term->named, sort, &named);
        if (named.always || named.terms == 0)
            *known_r = named.always != term->negated ? KNOWN_TRUE : KNOWN_FALSE;
    }
    if (good && *known_r == KNOWN_NOT && is_single(&named) &&
        (!term->negated || named.terms == 1)) {
        for (unsigned i = 0; i < named.terms && good; ++i, *begins = false) {
            named.term[i].negated ^= term->negated;
            good = add_left(left, &named.term[i], *begins);
        }
    } else if (good && *known_r == KNOWN_NOT) {
        good = add_left(left, term, *begins);
        *begins = false;
    }
    pfx_condition_free_for(&named);
    return good;
}

bool pfx_condition_for(const struct pfx_condition *condition, const struct pfx_alert_sort *sort,
                       struct pfx_condition *left_r)
{
    struct pfx_condition left = {0};
    unsigned start = 0; /* of the alternative */
    bool begins = true; /* nothing is left of it so far */
    bool possible = true;

    for (unsigned i = 0; i < condition->terms; ++i) {
        const struct pfx_term *term = &condition->term[i];
        enum known known = KNOWN_FALSE;

        if (term->begins) {
            start = left.terms;
            begins = possible = true;
        }
        if (possible && !leave_term(term, sort, &begins, &left, &known)) {
            pfx_condition_free_for(&left);
            return false;
        }
        if (possible && known == KNOWN_FALSE) {
            possible = false;
            left.terms = start;
        }
        if (possible && begins && (i + 1 == condition->terms || condition->term[i + 1].begins)) {
            left.always = true; /* all of it is known to be so */
            left.terms = 0;
            break;
        }
    }
    if (left.terms == 0) {
        free(left.term);
        left.term = NULL;
    }
    *left_r = left;
    return true;
}

void pfx_condition_free_for(struct pfx_condition *left)
{
    free(left->term);
    *left = (struct pfx_condition){0};
}

/* Whether the term narrows the kinds; *fits_r: that kind is one of them. */
static bool narrows(const struct pfx_term *term, const struct pfx_kind *kind, bool *fits_r)
{
    if (term->negated)
        return false;
    if (term->what == TERM_NAMED) {
        *fits_r = pfx_condition_selects(term->named, kind);
        return !pfx_condition_selects_all(term->named);
    }
    if (term->what != TERM_KIND && term->what != TERM_UNPARSED)
        return false;
    *fits_r = kind == NULL ? term->what == TERM_UNPARSED
                           : term->what == TERM_KIND && kind_fits(term, kind);
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
