/* SPDX-License-Identifier: Apache-2.0 */
/* Tenants; see tenants.h. */
#include "meaning/tenants.h"
#include "base/network.h"
#include "base/readfile.h"
#include "base/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { DOMAIN, USER, NETWORK, INSTANCE, SERVICE, ADDRESS, KINDS };

static const char *const kinds[KINDS] = {"domain",   "user",    "network",
                                         "instance", "service", "address"};

struct row {
    enum kind kind;
    struct pfx_slice value; /* in lower case, in the table's text */
    const char *tenant;
    struct pfx_network network; /* of a network, of an address */
};

struct pfx_tenants {
    unsigned references; /* atomic */
    char *text, *whole;  /* with NULs in it; as it was read */
    struct row *row;     /* by kind, then what is more specific first, then by text */
    size_t rows, begin[KINDS + 1];
    bool has_pattern; /* among users */
};

/* What is wrong with a network, or NULL. */
static const char *read_network(struct row *row)
{
    if (row->kind == ADDRESS)
        return pfx_network_read_address(row->value, &row->network) ? NULL : "no address";
    return pfx_network_read(row->value, &row->network) == NULL ? NULL : "no network";
}

static bool is_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return name[length] == '\0' && length > 0 && length < PFX_TENANT_NAME && name[0] != '-';
}

/* What is wrong with a row of three columns, or NULL. */
static const char *read_row(const char *kind, char *value, const char *tenant, struct row *row)
{
    int k = KINDS - 1;

    while (k >= 0 && strcmp(kinds[k], kind) != 0)
        --k;
    if (k < 0)
        return "the first column is domain, user, network, instance, service or address";
    if (!is_name(tenant))
        return "the name of a tenant has small letters, digits and -, at most 47 of them";
    if (k == DOMAIN && (strchr(value, '@') != NULL || value[strspn(value, ".")] == '\0'))
        return "no domain";
    for (char *p = value; *p != '\0'; ++p)
        *p = pfx_lower(*p);
    *row = (struct row){.kind = (enum kind)k, .value = pfx_slice_of(value), .tenant = tenant};
    return k == NETWORK || k == ADDRESS ? read_network(row) : NULL;
}

/* Longer networks before shorter ones, names by text. */
static int by_kind(const void *x, const void *y)
{
    const struct row *a = x, *b = y;
    int order = (int)a->kind - (int)b->kind;

    if (order != 0)
        return order;
    if (a->kind == NETWORK && a->network.prefix != b->network.prefix)
        return a->network.prefix < b->network.prefix ? 1 : -1;
    return pfx_slice_compare(a->value, b->value);
}

/* Takes a line of the table apart; what is wrong with it, or NULL. */
static const char *take_line(struct pfx_tenants *tenants, char *line)
{
    char *rest = line, *column[4];
    unsigned columns = 0;
    struct row *grown;

    line[strcspn(line, "#\r")] = '\0';
    for (char *word; columns < 4 && (word = strsep(&rest, " \t")) != NULL;) {
        if (*word != '\0')
            column[columns++] = word;
    }
    if (columns == 0)
        return NULL;
    if (columns != 3)
        return "a row has three columns: a kind, a value, a tenant";
    grown = pfx_rows_grow(tenants->row, tenants->rows, sizeof(*grown));
    if (grown == NULL)
        return "out of memory";
    tenants->row = grown;
    return read_row(column[0], column[1], column[2], &grown[tenants->rows++]);
}

/* Sorts the rows; which value is there twice, or an empty one. */
static struct pfx_slice sort(struct pfx_tenants *tenants)
{
    size_t at = 0;

    if (tenants->rows > 0)
        qsort(tenants->row, tenants->rows, sizeof(tenants->row[0]), by_kind);
    for (int k = 0; k <= KINDS; ++k) {
        while (at < tenants->rows && (int)tenants->row[at].kind < k)
            ++at;
        tenants->begin[k] = at;
    }
    for (size_t i = 0; i < tenants->rows; ++i) {
        const struct row *row = &tenants->row[i];

        tenants->has_pattern |=
            row->kind == USER && memchr(row->value.text, '*', row->value.length) != NULL;
        if (i > 0 && by_kind(row - 1, row) == 0)
            return row->value;
    }
    return PFX_NO_SLICE;
}

struct pfx_tenants *pfx_tenants_read(const char *path, char *error_r, size_t size)
{
    struct pfx_tenants *tenants = calloc(1, sizeof(*tenants));
    const char *reason = "out of memory", *wrong = NULL;
    struct pfx_slice twice;
    unsigned number = 0;
    size_t length;
    char *rest;

    if (tenants != NULL)
        tenants->text = pfx_readfile(path, &length, &reason);
    if (tenants != NULL && tenants->text != NULL)
        tenants->whole = strdup(tenants->text);
    if (tenants == NULL || tenants->whole == NULL) {
        snprintf(error_r, size, "%.300s: %s", path, reason);
        pfx_tenants_unref(&tenants);
        return NULL;
    }
    rest = tenants->text;
    for (char *line; wrong == NULL && (line = strsep(&rest, "\n")) != NULL; ++number)
        wrong = take_line(tenants, line);
    if (wrong != NULL) {
        snprintf(error_r, size, "%.300s:%u: %s", path, number, wrong);
        pfx_tenants_unref(&tenants);
        return NULL;
    }
    twice = sort(tenants);
    if (twice.length > 0) {
        snprintf(error_r, size, "%.300s: %.*s stands there twice", path, (int)twice.length,
                 twice.text);
        pfx_tenants_unref(&tenants);
        return NULL;
    }
    tenants->references = 1;
    return tenants;
}

struct pfx_tenants *pfx_tenants_ref(struct pfx_tenants *tenants)
{
    if (tenants != NULL)
        __atomic_add_fetch(&tenants->references, 1, __ATOMIC_RELAXED);
    return tenants;
}

void pfx_tenants_unref(struct pfx_tenants **tenants)
{
    struct pfx_tenants *old = *tenants;

    *tenants = NULL;
    if (old == NULL ||
        (old->references > 0 && __atomic_sub_fetch(&old->references, 1, __ATOMIC_ACQ_REL) > 0))
        return;
    free(old->row);
    free(old->text);
    free(old->whole);
    free(old);
}

bool pfx_tenants_equal(const struct pfx_tenants *a, const struct pfx_tenants *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a->whole, b->whole) == 0;
}

bool pfx_tenants_has(const struct pfx_tenants *tenants, const char *name)
{
    for (size_t i = 0; i < tenants->rows; ++i) {
        if (strcmp(tenants->row[i].tenant, name) == 0)
            return true;
    }
    return false;
}

static const char *find(const struct pfx_tenants *tenants, enum kind kind, struct pfx_slice value)
{
    size_t from = tenants->begin[kind], to = tenants->begin[kind + 1];

    while (from < to) {
        size_t middle = (from + to) / 2;
        int order = pfx_slice_compare(value, tenants->row[middle].value);

        if (order == 0)
            return tenants->row[middle].tenant;
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return NULL;
}

static struct pfx_slice fold(struct pfx_slice text, char *room, size_t size)
{
    size_t length = text.length < size ? text.length : size;

    for (size_t i = 0; i < length; ++i)
        room[i] = pfx_lower(text.text[i]);
    return (struct pfx_slice){room, length};
}

/* The domain itself, then ".parent" for each of its parents. */
static const char *find_domain(const struct pfx_tenants *tenants, struct pfx_slice domain)
{
    char room[256];
    struct pfx_slice key;

    while (domain.length > 0 && domain.text[domain.length - 1] == '.')
        --domain.length;
    if (domain.length > sizeof(room)) /* no name is so long; whose it is, its end tells */
        domain = pfx_slice_from(domain, domain.length - sizeof(room));
    key = fold(domain, room, sizeof(room));
    while (key.length > 0) {
        const char *tenant = find(tenants, DOMAIN, key);
        const char *dot = memchr(key.text + 1, '.', key.length - 1);

        if (tenant != NULL)
            return tenant;
        key = dot == NULL ? PFX_NO_SLICE : pfx_slice_from(key, (size_t)(dot - key.text));
    }
    return NULL;
}

const char *pfx_tenant_of_address(const struct pfx_tenants *tenants, struct pfx_slice address)
{
    ptrdiff_t at = pfx_address_at(address);

    return at < 0 ? NULL : find_domain(tenants, pfx_slice_from(address, (size_t)at + 1));
}

/* '*' stands for any characters, none as well. */
static bool fits(struct pfx_slice pattern, struct pfx_slice text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, back = 0;

    while (t < text.length) {
        if (p < pattern.length && pattern.text[p] == '*') {
            star = p++;
            back = t;
        } else if (p < pattern.length && pattern.text[p] == text.text[t]) {
            ++p;
            ++t;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++back;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.text[p] == '*')
        ++p;
    return p == pattern.length;
}

/* The name itself, then the longest pattern that fits, then the domain that it may have. */
static const char *find_user(const struct pfx_tenants *tenants, struct pfx_slice user)
{
    char room[256];
    struct pfx_slice key = fold(user, room, sizeof(room));
    const char *tenant = find(tenants, USER, key);
    size_t longest = 0;

    if (tenant != NULL || !tenants->has_pattern)
        return tenant != NULL ? tenant : pfx_tenant_of_address(tenants, user);
    for (size_t i = tenants->begin[USER]; i < tenants->begin[USER + 1]; ++i) {
        const struct row *row = &tenants->row[i];

        if (row->value.length > longest && fits(row->value, key)) {
            longest = row->value.length;
            tenant = row->tenant;
        }
    }
    return tenant != NULL ? tenant : pfx_tenant_of_address(tenants, user);
}

/* By networks, or by addresses: they stand with the longest first. */
static const char *find_ip(const struct pfx_tenants *tenants, enum kind kind, struct pfx_slice ip)
{
    struct pfx_network address;

    if (tenants->begin[kind] == tenants->begin[kind + 1] || !pfx_network_read_address(ip, &address))
        return NULL;
    for (size_t i = tenants->begin[kind]; i < tenants->begin[kind + 1]; ++i) {
        if (pfx_network_has(&tenants->row[i].network, &address))
            return tenants->row[i].tenant;
    }
    return NULL;
}

static void add(struct pfx_tenant_set *set, const char *tenant)
{
    for (unsigned i = 0; i < set->count; ++i) {
        if (tenant == NULL || strcmp(set->name[i], tenant) == 0)
            return;
    }
    if (tenant != NULL && set->count < PFX_TENANTS_MOST)
        set->name[set->count++] = tenant;
}

const char *pfx_tenant_of_sender(const struct pfx_tenants *tenants, const struct pfx_event *event)
{
    struct pfx_slice user = pfx_event_get(event, PFX_F_sasl_username);
    struct pfx_slice ip = pfx_event_get(event, PFX_F_client_ip);
    const char *tenant = user.length > 0 ? find_user(tenants, user) : NULL;

    if (tenant == NULL)
        tenant = find_ip(tenants, NETWORK, ip);
    if (tenant == NULL && (user.length > 0 || pfx_event_has(event, PFX_F_uid)))
        tenant = pfx_tenant_of_address(tenants, pfx_event_get(event, PFX_F_from));
    return tenant;
}

static const char *server_of(const struct pfx_tenants *tenants, const struct pfx_event *event)
{
    char room[256];
    const char *tenant =
        find(tenants, INSTANCE, fold(pfx_event_get(event, PFX_F_instance), room, sizeof(room)));

    if (tenant == NULL)
        tenant =
            find(tenants, SERVICE, fold(pfx_event_get(event, PFX_F_service), room, sizeof(room)));
    if (tenant == NULL)
        tenant = find_ip(tenants, ADDRESS, pfx_event_get(event, PFX_F_destination_ip));
    if (tenant == NULL)
        tenant = find_ip(tenants, ADDRESS, pfx_event_get(event, PFX_F_server_ip));
    return tenant;
}

void pfx_tenants_of(const struct pfx_tenants *tenants, const struct pfx_event *event,
                    struct pfx_tenant_set *set_r)
{
    struct pfx_slice list = pfx_event_get(event, PFX_F_recipients), recipient;

    set_r->count = 0;
    add(set_r, pfx_tenant_of_address(tenants, pfx_event_get(event, PFX_F_to)));
    if (set_r->count == 0)
        add(set_r, pfx_tenant_of_address(tenants, pfx_event_get(event, PFX_F_orig_to)));
    if (set_r->count > 0 && list.length == 0)
        return;
    while (pfx_slice_next(&list, '\n', &recipient))
        add(set_r, pfx_tenant_of_address(tenants, recipient));
    add(set_r, pfx_tenant_of_sender(tenants, event));
    if (set_r->count == 0)
        add(set_r, server_of(tenants, event));
}
