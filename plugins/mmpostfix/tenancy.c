/* SPDX-License-Identifier: Apache-2.0 */
/* Views of tenants; see tenancy.h. */
#include "tenancy.h"

#include <stdlib.h>
#include <string.h>

/* Lists with an element for each recipient, in the same order. */
static const enum pfx_field parallel[] = {PFX_F_recipients, PFX_F_recipients_status,
                                          PFX_F_recipients_dsn, PFX_F_recipients_relay,
                                          PFX_F_recipients_reason};
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

static bool next(struct pfx_slice *list, struct pfx_slice *member_r)
{
    ptrdiff_t end = pfx_slice_find(*list, PFX_SLICE("\n"));

    if (list->text == NULL)
        return false;
    *member_r = pfx_slice_until(*list, end < 0 ? list->length : (size_t)end);
    *list = end < 0 ? PFX_NO_SLICE : pfx_slice_from(*list, (size_t)end + 1);
    return true;
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

    while (next(&list[0], &member[0])) {
        bool may = may_see(worker, member[0], sees, sender);

        *went_r |= !may;
        for (size_t i = 0; i < PARALLEL; ++i) {
            if (!pfx_event_has(&worker->event, parallel[i]))
                continue;
            if (i > 0 && !next(&list[i], &member[i]))
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
    if (list[0].length == 0)
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

/* Whether who sees the line may see an address: nobody's, or that tenant's. sees: NULL, none. */
static bool is_open(const struct pfx_worker *worker, struct pfx_slice address, const char *sees)
{
    const char *of = pfx_tenant_of_address(worker->used.tenants, address);

    return of == NULL || (sees != NULL && strcmp(of, sees) == 0);
}

static bool is_of_address(char c)
{
    return pfx_is_digit(c) || (pfx_lower(c) >= 'a' && pfx_lower(c) <= 'z') || c == '.' ||
           c == '-' || (unsigned char)c >= 0x80;
}

/* Whether a text names an address that is not open, other than that of the sender. */
static bool names_closed(const struct pfx_worker *worker, struct pfx_slice text, const char *sees)
{
    const struct pfx_slice from = pfx_event_get(&worker->event, PFX_F_from);

    for (size_t at = 0; at < text.length; ++at) {
        size_t end = at + 1;

        if (text.text[at] != '@')
            continue;
        while (end < text.length && is_of_address(text.text[end]))
            ++end;
        while (end > at + 1 && text.text[end - 1] == '.')
            --end;
        if (from.length > 0 && from.length <= end &&
            pfx_slice_equal((struct pfx_slice){text.text + end - from.length, from.length}, from))
            continue;
        if (!is_open(worker, (struct pfx_slice){text.text + at, end - at}, sees))
            return true;
    }
    return false;
}

/* Fields that name one recipient, or one who was asked for. */
static void close_fields(struct pfx_worker *worker, const char *sees)
{
    static const enum pfx_field fields[] = {PFX_F_to,         PFX_F_orig_to,       PFX_F_address,
                                            PFX_F_lookup_key, PFX_F_sieve_address, PFX_F_alert_key};
    struct pfx_event *event = &worker->event;

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); ++i) {
        if (pfx_event_has(event, fields[i]) &&
            !is_open(worker, pfx_event_get(event, fields[i]), sees))
            pfx_event_unset(event, fields[i]);
    }
}

bool pfx_tenancy(struct pfx_worker *worker, struct pfx_slice line)
{
    const char *view = worker->core->tenant, *sees, *sender;
    struct pfx_event *event = &worker->event;
    struct pfx_tenant_set set;

    worker->shared = false;
    pfx_tenants_of(worker->used.tenants, event, &set);
    if (view != NULL && !has(&set, view))
        return false;
    if (view != NULL || worker->core->strict) {
        sees = view != NULL ? view : set.count == 1 ? set.name[0] : NULL;
        sender = pfx_tenant_of_sender(worker->used.tenants, event);
        if (set.count > 1 &&
            part_lists(worker, sees, sender != NULL && sees != NULL && strcmp(sender, sees) == 0))
            drop_counts(event);
        if (set.count > 1 || names_closed(worker, line, sees))
            drop_texts(worker);
        close_fields(worker, sees);
        if (view != NULL)
            set = (struct pfx_tenant_set){{view}, 1};
    }
    tell(worker, &set);
    return true;
}
