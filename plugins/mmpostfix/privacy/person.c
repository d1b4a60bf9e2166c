/* SPDX-License-Identifier: Apache-2.0 */
/* One form for addresses; see person.h. */
#include "privacy/person.h"

#include <idn2.h>
#include <stdlib.h>

/* Addresses within addresses: one may be in another that is in another. */
#define DEEPEST 4
#define NAME_MOST 255 /* bytes of a name that libidn2 sees */

/* An address in the making: parts of texts that live on. */
struct parts {
    struct pfx_slice local, domain;
};

/* RFC 2142, and what Postfix itself is called in addresses. */
static bool is_role(struct pfx_slice local)
{
    static const char *const names[] = {"abuse",         "double-bounce", "hostmaster",
                                        "mailer-daemon", "noc",           "postmaster",
                                        "root",          "security",      "webmaster"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); ++i) {
        size_t at = 0;

        while (at < local.length && pfx_lower(local.text[at]) == names[i][at])
            ++at;
        if (at == local.length && names[i][at] == '\0')
            return true;
    }
    return false;
}

static bool starts_folded(struct pfx_slice s, const char *lower)
{
    size_t i = 0;

    for (; lower[i] != '\0'; ++i) {
        if (i >= s.length || pfx_lower(s.text[i]) != lower[i])
            return false;
    }
    return true;
}

static bool is_name(struct pfx_slice s)
{
    bool dot = false;

    for (size_t i = 0; i < s.length; ++i) {
        char c = s.text[i];

        dot = dot || (c == '.' && i > 0 && i + 1 < s.length);
        if (!pfx_is_digit(c) && c != '.' && c != '-' &&
            (pfx_lower(c) < 'a' || pfx_lower(c) > 'z') && (unsigned char)c < 0x80)
            return false;
    }
    return dot;
}

/* Cuts the first field off, up to a sign; false: there is no such sign. */
static bool cut(struct pfx_slice *rest, char sign, struct pfx_slice *field_r)
{
    ptrdiff_t at = pfx_slice_find(*rest, (struct pfx_slice){&sign, 1});

    if (at < 0)
        return false;
    *field_r = pfx_slice_until(*rest, (size_t)at);
    *rest = pfx_slice_from(*rest, (size_t)at + 1);
    return true;
}

/* "SRS0=hash=time=domain=local", "SRS1=hash=relay==hash=time=domain=local"; the first sign may be
 * '+' or '-'. */
static bool take_srs(struct parts *p)
{
    struct pfx_slice rest = pfx_slice_from(p->local, 5), field, domain;
    bool second = starts_folded(p->local, "srs1");

    if ((!second && !starts_folded(p->local, "srs0")) || p->local.length < 5 ||
        memchr("=+-", p->local.text[4], 3) == NULL)
        return false;
    /* Of SRS1 hash, relay and the empty one that its second sign makes. */
    for (unsigned i = 0; second && i < 2; ++i) {
        if (!cut(&rest, '=', &field))
            return false;
    }
    if (second && rest.length > 0 && memchr("=+-", rest.text[0], 3) != NULL)
        rest = pfx_slice_from(rest, 1);
    if (!cut(&rest, '=', &field) || !cut(&rest, '=', &field) || !cut(&rest, '=', &domain) ||
        rest.length == 0)
        return false;
    *p = (struct parts){rest, domain};
    return true;
}

/* "prvs=TAG=local", "msprvs1=TAG=local", "btv1==TAG==local". */
static bool take_batv(struct parts *p)
{
    static const char *const fronts[] = {"prvs=", "msprvs1=", "btv1=="};
    struct pfx_slice rest, tag;

    for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); ++i) {
        if (!starts_folded(p->local, fronts[i]))
            continue;
        rest = pfx_slice_from(p->local, strlen(fronts[i]));
        if (!cut(&rest, '=', &tag))
            return false;
        if (rest.length > 0 && rest.text[0] == '=')
            rest = pfx_slice_from(rest, 1);
        p->local = rest;
        return rest.length > 0;
    }
    return false;
}

/* "bounces+1-bob=example.com": the recipient is behind the last sign that parts it from the rest.
 */
static bool take_verp(struct parts *p)
{
    ptrdiff_t at = pfx_slice_rfind(p->local, PFX_SLICE("="));
    struct pfx_slice local, domain;
    size_t digits = 0;
    ptrdiff_t plus;

    if (at <= 0)
        return false;
    local = pfx_slice_until(p->local, (size_t)at);
    domain = pfx_slice_from(p->local, (size_t)at + 1);
    if (!is_name(domain))
        return false;
    plus = pfx_slice_rfind(local, PFX_SLICE("+"));
    if (plus < 0 && (starts_folded(local, "bounce") || starts_folded(local, "return") ||
                     starts_folded(local, "owner") || starts_folded(local, "verp")))
        plus = pfx_slice_find(local, PFX_SLICE("-"));
    local = pfx_slice_from(local, plus < 0 ? 0 : (size_t)plus + 1);
    while (digits < local.length && pfx_is_digit(local.text[digits]))
        ++digits;
    if (digits > 0 && digits + 1 < local.length && local.text[digits] == '-')
        local = pfx_slice_from(local, digits + 1);
    if (local.length == 0)
        return false;
    *p = (struct parts){local, domain};
    return true;
}

/* "user%domain", "domain!user". */
static bool take_routed(struct parts *p)
{
    ptrdiff_t percent = pfx_slice_rfind(p->local, PFX_SLICE("%"));
    ptrdiff_t bang = pfx_slice_find(p->local, PFX_SLICE("!"));
    struct pfx_slice whole = p->local;

    if (percent > 0 && is_name(pfx_slice_from(whole, (size_t)percent + 1))) {
        *p = (struct parts){pfx_slice_until(whole, (size_t)percent),
                            pfx_slice_from(whole, (size_t)percent + 1)};
        return true;
    }
    if (bang > 0 && (size_t)bang + 1 < whole.length) {
        *p = (struct parts){pfx_slice_from(whole, (size_t)bang + 1),
                            pfx_slice_until(whole, (size_t)bang)};
        return true;
    }
    return false;
}

/* Postfix parts at the first of the signs, but not at the first letter. */
static struct pfx_slice without_tag(struct pfx_slice local, const char *delimiter)
{
    if (local.length == 0 || local.text[0] == '"')
        return local;
    for (size_t i = 1; i < local.length; ++i) {
        if (strchr(delimiter, local.text[i]) != NULL)
            return pfx_slice_until(local, i);
    }
    return local;
}

/* In lower case, and without the quotes of RFC 5322. */
static size_t put_local(struct pfx_slice local, char *room, size_t size)
{
    bool quoted = local.length >= 2 && local.text[0] == '"';
    size_t length = 0;

    for (size_t i = quoted ? 1 : 0; i < local.length && length < size; ++i) {
        if (quoted && local.text[i] == '"')
            continue;
        if (quoted && local.text[i] == '\\' && i + 1 < local.length)
            ++i;
        room[length++] = pfx_lower(local.text[i]);
    }
    return length;
}

/* As A-labels; 0: it is no such name. */
static __attribute__((noinline)) size_t put_ascii(struct pfx_slice name, char *room, size_t size)
{
    char copy[NAME_MOST + 1], *ascii = NULL;
    size_t length = 0;

    if (name.length > NAME_MOST || memchr(name.text, '\0', name.length) != NULL)
        return 0;
    memcpy(copy, name.text, name.length);
    copy[name.length] = '\0';
    if (idn2_to_ascii_8z(copy, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK) {
        length = strlen(ascii);
        if (length <= size)
            memcpy(room, ascii, length);
        else
            length = 0;
        idn2_free(ascii);
    }
    return length;
}

size_t pfx_person_domain(struct pfx_slice name, char *room, size_t size)
{
    bool high = false;
    size_t length = 0;

    while (name.length > 1 && name.text[name.length - 1] == '.')
        --name.length;
    for (size_t i = 0; i < name.length; ++i)
        high = high || (unsigned char)name.text[i] >= 0x80;
    if (high && (length = put_ascii(name, room, size)) > 0)
        return length;
    for (; length < name.length && length < size; ++length)
        room[length] = pfx_lower(name.text[length]);
    return length;
}

void pfx_person_fold(struct pfx_slice text, const struct pfx_person_rules *rules,
                     struct pfx_person *person_r)
{
    ptrdiff_t at = pfx_address_at(text);
    struct parts p = {text, PFX_NO_SLICE};
    unsigned depth = 0;
    size_t length;

    if (at >= 0)
        p = (struct parts){pfx_slice_until(text, (size_t)at), pfx_slice_from(text, (size_t)at + 1)};
    person_r->local = p.local;
    person_r->domain = p.domain;
    person_r->role = is_role(p.local);
    while (depth++ < DEEPEST && p.local.length > 0 && p.local.text[0] != '"' &&
           (take_srs(&p) || take_batv(&p) || take_verp(&p) || take_routed(&p)))
        continue;
    p.local = without_tag(p.local, rules->delimiter);
    if (p.domain.length == 0 && rules->origin != NULL)
        p.domain = pfx_slice_of(rules->origin);
    length = put_local(p.local, person_r->text, PFX_PERSON_SIZE - NAME_MOST - 1);
    if (p.domain.length > 0) {
        person_r->text[length++] = '@';
        length += pfx_person_domain(p.domain, person_r->text + length, PFX_PERSON_SIZE - length);
    }
    person_r->length = length;
}
