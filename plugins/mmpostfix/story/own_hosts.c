/* SPDX-License-Identifier: Apache-2.0 */
/* Own hosts and aliases; see own_hosts.h. */
#include "story/own_hosts.h"
#include "base/hash.h"
#include "mail/ids.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "NAME" or "NAME=HOST" in front of a list. */
static bool add(struct pfx_own_host **list, const char *entry, bool needs_host)
{
    size_t length = strlen(entry);
    struct pfx_own_host *own = malloc(sizeof(*own) + length + 1);
    ptrdiff_t equals;

    if (own == NULL)
        return false;
    memcpy(own->entry, entry, length + 1);
    own->name = (struct pfx_slice){own->entry, length};
    equals = pfx_slice_find(own->name, PFX_SLICE("="));
    own->host = equals < 0 ? PFX_NO_SLICE : pfx_slice_from(own->name, (size_t)equals + 1);
    if (equals >= 0)
        own->name = pfx_slice_until(own->name, (size_t)equals);
    if (own->name.length == 0 || strpbrk(entry, " ,") != NULL ||
        pfx_slice_find(own->host, PFX_SLICE("=")) >= 0 ||
        (own->host.length == 0 && (equals >= 0 || needs_host))) {
        free(own);
        return false;
    }
    own->next = *list;
    *list = own;
    return true;
}

bool pfx_own_hosts_add_relay(struct pfx_own_hosts *own_hosts, const char *entry)
{
    return add(&own_hosts->relays, entry, false);
}

bool pfx_own_hosts_add_alias(struct pfx_own_hosts *own_hosts, const char *entry)
{
    return add(&own_hosts->aliases, entry, true);
}

static void free_all(struct pfx_own_host *own)
{
    while (own != NULL) {
        struct pfx_own_host *next = own->next;

        free(own);
        own = next;
    }
}

void pfx_own_hosts_free(struct pfx_own_hosts *own_hosts)
{
    free_all(own_hosts->relays);
    free_all(own_hosts->aliases);
    free(own_hosts->labels);
    *own_hosts = (struct pfx_own_hosts){0};
}

bool pfx_own_hosts_is_same(struct pfx_slice a, struct pfx_slice b)
{
    return a.length == b.length && a.length > 0 && strncasecmp(a.text, b.text, a.length) == 0;
}

const struct pfx_own_host *pfx_own_hosts_find(const struct pfx_own_hosts *own_hosts,
                                              struct pfx_slice ip, struct pfx_slice name)
{
    const struct pfx_own_host *own = own_hosts->relays;

    while (own != NULL && !pfx_own_hosts_is_same(own->name, ip) &&
           !pfx_own_hosts_is_same(own->name, name))
        own = own->next;
    return own;
}

struct pfx_slice pfx_own_hosts_instance(const struct pfx_own_hosts *own_hosts,
                                        struct pfx_slice name)
{
    const struct pfx_own_host *own = own_hosts->aliases;

    while (own != NULL && !pfx_slice_equal(own->name, name))
        own = own->next;
    return own != NULL ? own->host : name;
}

/* Slots that are looked at for a label. */
#define PROBES 8

/* Rows are read and written by any number of threads at once: what is set stays as it is. */
static uint64_t get(const uint64_t *value)
{
    return __atomic_load_n(value, __ATOMIC_ACQUIRE);
}

/* Sets what is not set yet; false when it is, to something else. */
static bool claim(uint64_t *value, uint64_t to)
{
    uint64_t before = 0;

    return __atomic_compare_exchange_n(value, &before, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE) ||
           before == to;
}

/* The row of a label, one that is free for it, or NULL. */
static struct pfx_label *row_of(struct pfx_own_hosts *own_hosts, uint64_t label)
{
    for (size_t i = 0; own_hosts->labels != NULL && i < PROBES; ++i) {
        struct pfx_label *row = &own_hosts->labels[(label + i) % PFX_OWN_LABELS];
        uint64_t has = get(&row->label);

        if (has == label || has == 0)
            return row;
    }
    return NULL;
}

/* The row of a label, made its own; NULL when there is no room. */
static struct pfx_label *claim_row(struct pfx_own_hosts *own_hosts, uint64_t label)
{
    struct pfx_label *row = row_of(own_hosts, label);

    while (row != NULL && !claim(&row->label, label))
        row = row_of(own_hosts, label); /* another thread was faster */
    return row;
}

bool pfx_own_hosts_open(struct pfx_own_hosts *own_hosts)
{
    own_hosts->labels = calloc(PFX_OWN_LABELS, sizeof(*own_hosts->labels));
    return own_hosts->labels != NULL;
}

void pfx_own_hosts_remember(struct pfx_own_hosts *own_hosts, const struct pfx_label *known)
{
    struct pfx_label *row = known->label != 0 ? row_of(own_hosts, known->label) : NULL;

    if (row != NULL && row->label == 0)
        *row = *known;
}

static bool is_address(struct pfx_slice host)
{
    size_t i = 0;

    while (i < host.length && (host.text[i] == '.' || pfx_is_digit(host.text[i])))
        ++i;
    return i == host.length || pfx_slice_find(host, PFX_SLICE(":")) >= 0;
}

struct pfx_slice pfx_own_hosts_name(struct pfx_own_hosts *own_hosts, struct pfx_slice host,
                                    bool learn, char room[static PFX_HOST_SIZE])
{
    struct pfx_label *row;
    uint64_t label, full;
    size_t dot;

    if (host.length == 0 || host.length >= PFX_HOST_SIZE - 1 || is_address(host))
        return host;
    for (size_t i = 0; i < host.length; ++i)
        room[i] = pfx_lower(host.text[i]);
    host.text = room;
    for (dot = 0; dot < host.length && room[dot] != '.'; ++dot)
        ;
    label = pfx_hash(pfx_slice_until(host, dot), 0) | 1;
    row = dot > 0 ? row_of(own_hosts, label) : NULL;
    if (row == NULL)
        return host;
    if (dot == host.length) { /* a label alone; a dot tells it from the host that has the label */
        if (__atomic_load_n(&row->ambiguous, __ATOMIC_RELAXED))
            room[host.length++] = '.';
        return host;
    }
    full = pfx_hash(host, 0) | 1;
    if (learn && get(&row->full) == 0 && (row = claim_row(own_hosts, label)) != NULL &&
        claim(&row->full, full))
        __atomic_add_fetch(&own_hosts->changes, 1, __ATOMIC_RELEASE);
    if (row == NULL || get(&row->full) == full)
        return row == NULL ? host : pfx_slice_until(host, dot);
    if (learn && !__atomic_load_n(&row->ambiguous, __ATOMIC_RELAXED)) {
        __atomic_store_n(&row->ambiguous, true, __ATOMIC_RELAXED);
        __atomic_add_fetch(&own_hosts->changes, 1, __ATOMIC_RELEASE);
    }
    return host;
}

/* The place of a text, by its last letters, which differ; NULL: it is too long. */
static struct pfx_named *place_of(struct pfx_named named[static PFX_NAMES], struct pfx_slice text,
                                  bool *found_r)
{
    uint64_t word = 0;
    struct pfx_named *place;

    if (text.length == 0 || text.length >= PFX_NAMED_SIZE)
        return NULL;
    if (text.length >= sizeof(word))
        memcpy(&word, text.text + text.length - sizeof(word), sizeof(word));
    else
        memcpy(&word, text.text, text.length);
    word = (word ^ text.length) * UINT64_C(0x9e3779b97f4a7c15);
    place = &named[word >> 59];
    *found_r = place->given == text.length && memcmp(place->text, text.text, text.length) == 0;
    return place;
}

_Static_assert(PFX_NAMES == 1 << (64 - 59), "bits of the hash");

static void keep(struct pfx_named *place, struct pfx_slice text, struct pfx_slice name,
                 uint64_t hash)
{
    if (place == NULL || name.length >= PFX_NAMED_SIZE)
        return;
    memcpy(place->text, text.text, text.length);
    memcpy(place->name, name.text, name.length);
    place->given = (unsigned char)text.length;
    place->length = (unsigned char)name.length;
    place->hash = hash;
}

struct pfx_slice pfx_own_hosts_speaker(struct pfx_own_hosts *own_hosts, struct pfx_names *names,
                                       struct pfx_slice host, char room[static PFX_HOST_SIZE],
                                       uint64_t *hash_r)
{
    unsigned changes = __atomic_load_n(&own_hosts->changes, __ATOMIC_ACQUIRE);
    struct pfx_named *place;
    struct pfx_slice name;
    bool found = false;

    if (names->changes != changes) {
        memset(names->host, 0, sizeof(names->host));
        names->changes = changes;
    }
    place = place_of(names->host, host, &found);
    if (found) {
        *hash_r = place->hash;
        return (struct pfx_slice){place->name, place->length};
    }
    name = pfx_own_hosts_name(own_hosts, host, true, room);
    *hash_r = pfx_name_hash(name);
    keep(place, host, name, *hash_r);
    return name;
}

struct pfx_slice pfx_own_hosts_speaking(const struct pfx_own_hosts *own_hosts,
                                        struct pfx_names *names, struct pfx_slice instance,
                                        uint64_t *hash_r)
{
    bool found = false;
    struct pfx_named *place = place_of(names->instance, instance, &found);
    struct pfx_slice name;

    if (found) {
        *hash_r = place->hash;
        return (struct pfx_slice){place->name, place->length};
    }
    name = pfx_own_hosts_instance(own_hosts, instance);
    *hash_r = pfx_name_hash(name);
    keep(place, instance, name, *hash_r);
    return name;
}

void pfx_own_hosts_note(struct pfx_own_hosts *own_hosts, struct pfx_slice instance, uint64_t hash)
{
    struct pfx_instance *row = own_hosts->instance;
    unsigned i = pfx_own_hosts_place(own_hosts, hash);

    if (i < PFX_INSTANCES || hash == 0 || instance.length == 0 ||
        instance.length >= sizeof(row->name) ||
        pfx_slice_word(instance, "-_.").length < instance.length)
        return;
    for (i = 0; i < PFX_INSTANCES; ++i, ++row) {
        uint64_t none = 0;

        if (__atomic_compare_exchange_n(&row->hash, &none, hash, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            break;
        if (none == hash) /* another thread was faster */
            return;
    }
    if (i == PFX_INSTANCES)
        return;
    memcpy(row->name, instance.text, instance.length);
    row->name[instance.length] = '\0';
    __atomic_store_n(&row->named, true, __ATOMIC_RELEASE);
}

unsigned pfx_own_hosts_place(const struct pfx_own_hosts *own_hosts, uint64_t hash)
{
    unsigned i = 0;

    while (i < PFX_INSTANCES && get(&own_hosts->instance[i].hash) != hash)
        ++i;
    return i;
}

const char *pfx_own_hosts_noted(const struct pfx_own_hosts *own_hosts, unsigned place)
{
    const struct pfx_instance *row = &own_hosts->instance[place];

    return place < PFX_INSTANCES && __atomic_load_n(&row->named, __ATOMIC_ACQUIRE) ? row->name
                                                                                   : NULL;
}
