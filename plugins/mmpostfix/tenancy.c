/* SPDX-License-Identifier: Apache-2.0 */
/* Views of tenants; see tenancy.h. */
#include "tenancy.h"

#include <stdlib.h>
#include <string.h>

/* Lists with an element for each recipient, in the same order. */
static const enum pfx_field parallel[] = {PFX_F_recipients,          PFX_F_recipients_status,
                                          PFX_F_recipients_dsn,      PFX_F_recipients_relay,
                                          PFX_F_recipients_reason,   PFX_F_recipients_queued_as,
                                          PFX_F_recipients_own_host, PFX_F_recipients_time};
#define PARALLEL (sizeof(parallel) / sizeof(parallel[0]))

/* What tells how many recipients there are. */
static const enum pfx_field counting[] = {
    PFX_F_nrcpt,          PFX_F_recipient_count,   PFX_F_count_recipients,
    PFX_F_count_sent,     PFX_F_count_handed_over, PFX_F_count_bounced,
    PFX_F_count_deferred, PFX_F_count_expired,     PFX_F_count_discarded,
    PFX_F_verdict};

static void tell(struct pfx_worker *worker, const struct pfx_tenant_set *set)
{
    size_t length = 0;

    for (unsigned i = 0; i < set->count; ++i) {
        size_t name = strlen(set->name[i]);

        if (i > 0)
            worker->tenants[length++] = '\n';
        memcpy(worker->tenants + length, set->name[i], name);
        length += name;
    }
    if (set->count > 0)
        pfx_event_set(&worker->event, PFX_F_tenant, (struct pfx_slice){worker->tenants, length});
}

/* Whether a recipient is that tenant's, or nobody's in a mail of that tenant's; sees: NULL, nobody
 * sees one. */
static bool may_see(const struct pfx_worker *worker, struct pfx_slice recipient, const char *sees,
                    bool sender)
{
    const char *of = pfx_tenant_of_address(worker->used.tenants, recipient);

    return of == NULL ? sender : sees != NULL && strcmp(of, sees) == 0;
}

/* Room for copies of the lists; false when memory ran out. */
static bool make_room(struct pfx_worker *worker, const struct pfx_slice list[PARALLEL],
                      char *out[PARALLEL])
{
    size_t room = 0;

    for (size_t i = 0; i < PARALLEL; ++i)
        room += list[i].length + 1;
    if (worker->lists_size < room) {
        char *grown = realloc(worker->lists, room);

        if (grown == NULL)
            return false;
        worker->lists = grown;
        worker->lists_size = room;
    }
    out[0] = worker->lists;
    for (size_t i = 1; i < PARALLEL; ++i)
        out[i] = out[i - 1] + list[i - 1].length + 1;
    return true;
}

/* Copies what a tenant may see to out, as used tells then. False when the lists are not of one
 * length, since one was cut: then nobody can tell whose is which. */
static bool copy_own(const struct pfx_worker *worker, struct pfx_slice list[PARALLEL],
                     const char *sees, bool sender, char *out[PARALLEL], size_t used[PARALLEL],
                     bool *went_r)
{
    struct pfx_slice member[PARALLEL];

    while (pfx_slice_next(&list[0], '\n', &member[0])) {
        bool may = may_see(worker, member[0], sees, sender);

        *went_r |= !may;
        for (size_t i = 0; i < PARALLEL; ++i) {
            if (!pfx_event_has(&worker->event, parallel[i]))
                continue;
            if (i > 0 && !pfx_slice_next(&list[i], '\n', &member[i]))
                return false;
            if (!may)
                continue;
            if (used[i] > 0)
                out[i][used[i]++] = '\n';
            memcpy(out[i] + used[i], member[i].text, member[i].length);
            used[i] += member[i].length;
        }
    }
    return true;
}

static bool all_seen(const struct pfx_worker *worker, struct pfx_slice list, const char *sees,
                     bool sender)
{
    struct pfx_slice member;

    while (pfx_slice_next(&list, '\n', &member)) {
        if (!may_see(worker, member, sees, sender))
            return false;
    }
    return true;
}

/* Leaves of the lists what a tenant may see; whether something went. */
static bool part_lists(struct pfx_worker *worker, const char *sees, bool sender)
{
    struct pfx_event *event = &worker->event;
    struct pfx_slice list[PARALLEL];
    char *out[PARALLEL];
    size_t used[PARALLEL] = {0};
    bool went = false, good;

    for (size_t i = 0; i < PARALLEL; ++i)
        list[i] = pfx_event_get(event, parallel[i]);
    if (list[0].length == 0 || all_seen(worker, list[0], sees, sender))
        return false;
    good = make_room(worker, list, out) && copy_own(worker, list, sees, sender, out, used, &went);
    for (size_t i = 0; i < PARALLEL; ++i) {
        if (!good || used[i] == 0)
            pfx_event_unset(event, parallel[i]);
        else if (went)
            pfx_event_set(event, parallel[i], (struct pfx_slice){out[i], used[i]});
    }
    return went || !good;
}

/* Sentences and captures without a field may name any recipient. */
static void drop_texts(struct pfx_worker *worker)
{
    struct pfx_event *event = &worker->event;

    for (unsigned w = 0; w < PFX_FIELD_WORDS; ++w) {
        for (uint64_t left = event->set[w]; left != 0; left &= left - 1) {
            enum pfx_field field = (enum pfx_field)(w * 64 + (unsigned)__builtin_ctzll(left));

            if (pfx_fields[field].privacy == PFX_PRIVACY_TEXT)
                pfx_event_unset(event, field);
        }
    }
    event->extras = 0;
    worker->shared = true;
}

static void drop_counts(struct pfx_event *event)
{
    for (size_t i = 0; i < sizeof(counting) / sizeof(counting[0]); ++i)
        pfx_event_unset(event, counting[i]);
}

static bool has(const struct pfx_tenant_set *set, const char *name)
{
    for (unsigned i = 0; i < set->count; ++i) {
        if (strcmp(set->name[i], name) == 0)
            return true;
    }
    return false;
}

static bool is_of_domain(char c)
{
    return pfx_is_digit(c) || (pfx_lower(c) >= 'a' && pfx_lower(c) <= 'z') || c == '.' ||
           c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

/* Whose the domain is that a text goes on with behind an '@'. A text may go on at once with what is
 * no part of it, as the name of a file does: the longest that is somebody's counts. */
static const char *owner_behind(const struct pfx_worker *worker, struct pfx_slice text, size_t at,
                                size_t *end_r)
{
    const char *of = NULL;
    size_t end = at + 1;

    while (end < text.length && is_of_domain(text.text[end]))
        ++end;
    *end_r = end;
    for (; of == NULL && end > at + 1; --end) {
        if (end == *end_r || strchr(".-_", text.text[end]) != NULL)
            of = pfx_tenant_of_address(worker->used.tenants,
                                       (struct pfx_slice){text.text + at, end - at});
    }
    while (*end_r > at + 1 && text.text[*end_r - 1] == '.')
        --*end_r;
    return of;
}

/* Whether an address begins there: behind what is no part of one, or behind "name=". */
static bool begins_address(struct pfx_slice text, size_t begin)
{
    size_t word = begin;

    if (begin == 0 || strchr("<>,;:([\"' \t\n", text.text[begin - 1]) != NULL)
        return true;
    if (text.text[begin - 1] != '=')
        return false;
    for (--word; word > 0 && (strchr("-_", text.text[word - 1]) != NULL ||
                              (text.text[word - 1] >= 'a' && text.text[word - 1] <= 'z'));)
        --word;
    return word == 0 || strchr(",;([ \t\n", text.text[word - 1]) != NULL;
}

/* Whether what ends there is the sender's whole address. */
static bool is_sender(struct pfx_slice text, size_t end, struct pfx_slice sender)
{
    return sender.length > 0 && sender.length <= end &&
           pfx_slice_equal((struct pfx_slice){text.text + end - sender.length, sender.length},
                           sender) &&
           begins_address(text, end - sender.length);
}

/* Whether a text was cut within an address in brackets: whose it is nobody can tell. */
static bool ends_in_address(struct pfx_slice text)
{
    size_t at = text.length;

    while (at > 0 && strchr("<> \t\n", text.text[at - 1]) == NULL)
        --at;
    return at > 0 && text.text[at - 1] == '<';
}

/* Whether a text names an address that who sees the line may not see: one of a tenant, and not of
 * that one. sees: NULL, none; sender: whom it may name all the same. */
static bool names_closed(const struct pfx_worker *worker, struct pfx_slice text, const char *sees,
                         struct pfx_slice sender)
{
    const char *at = text.length > 0 ? memchr(text.text, '@', text.length) : NULL;

    while (at != NULL) {
        size_t end;
        const char *of = owner_behind(worker, text, (size_t)(at - text.text), &end);

        if (of != NULL && (sees == NULL || strcmp(of, sees) != 0) && !is_sender(text, end, sender))
            return true;
        ++at;
        at = memchr(at, '@', text.length - (size_t)(at - text.text));
    }
    return ends_in_address(text);
}

/* What tells of senders, and names that look like addresses. */
static bool is_of_sender(enum pfx_field field)
{
    const enum pfx_privacy privacy = pfx_fields[field].privacy;

    return field == PFX_F_from || field == PFX_F_sasl_sender || field == PFX_F_header_from ||
           field == PFX_F_email_from_header || privacy == PFX_PRIVACY_USER ||
           privacy == PFX_PRIVACY_MESSAGE || privacy == PFX_PRIVACY_NONE;
}

/* Takes out what names an address that is closed, whoever's line it was taken from. Whether it was
 * an address itself: then the text of the line may have it in any spelling. */
static bool close_fields(struct pfx_worker *worker, const char *sees)
{
    struct pfx_event *event = &worker->event;
    const struct pfx_slice sender = pfx_event_get(event, PFX_F_from);
    bool closed = false;

    for (unsigned w = 0; w < PFX_FIELD_WORDS; ++w) {
        for (uint64_t left = event->set[w]; left != 0; left &= left - 1) {
            enum pfx_field field = (enum pfx_field)(w * 64 + (unsigned)__builtin_ctzll(left));
            bool address = pfx_fields[field].privacy == PFX_PRIVACY_ADDRESS;

            if (is_of_sender(field) ||
                !names_closed(worker, event->field[field], sees, address ? PFX_NO_SLICE : sender))
                continue;
            closed |= address;
            pfx_event_unset(event, field);
        }
    }
    for (unsigned i = 0; i < event->extras; ++i) {
        if (names_closed(worker, event->extra[i].text, sees, sender))
            event->extras = 0;
    }
    return closed;
}

bool pfx_tenancy(struct pfx_worker *worker, struct pfx_slice line)
{
    const char *view = worker->core->tenant, *sees, *sender;
    struct pfx_event *event = &worker->event;
    struct pfx_tenant_set set;
    bool parted;

    worker->shared = false;
    pfx_tenants_of(worker->used.tenants, event, &set);
    if (view != NULL && !has(&set, view))
        return false;
    if (view != NULL || worker->core->strict) {
        sees = view != NULL ? view : set.count == 1 ? set.name[0] : NULL;
        sender = pfx_tenant_of_sender(worker->used.tenants, event);
        parted =
            (view != NULL || set.count > 1) &&
            part_lists(worker, sees, sender != NULL && sees != NULL && strcmp(sender, sees) == 0);
        if (parted)
            drop_counts(event);
        if (close_fields(worker, sees) || parted || set.count > 1 ||
            names_closed(worker, line, sees, pfx_event_get(event, PFX_F_from)))
            drop_texts(worker);
        if (view != NULL)
            set = (struct pfx_tenant_set){{view}, 1};
    }
    tell(worker, &set);
    return true;
}
