/* SPDX-License-Identifier: Apache-2.0 */
/* Values behind a veil; see veil.h. */
#include "privacy/veil.h"
#include "base/hash.h"
#include "base/network.h"
#include "meaning/direction.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>

#define EPOCHS 4 /* in use at once: late lines, and hosts with other clocks */
#define CACHED 4096
#define ENTRY_TEXT 116 /* bytes of a value and what takes its place */
#define ROOM 16384     /* bytes of a block */
/* Longer than all that is put in place of a value but the domains that stay in it. */
#define FORM_MOST 80

/* What is in the cache besides values: names of hosts and networks in them. */
enum { NAME = PFX_VEIL_KINDS, NETWORK };

struct entry {
    uint32_t hash;
    uint32_t line; /* that it was last used in, the lowest bits: while that is told it stays */
    unsigned char serial, what, value, length; /* serial: of the epoch; 0: nothing is here */
    char text[ENTRY_TEXT];                     /* the value, and what takes its place */
};

struct block {
    struct block *next;
    size_t size;
    char bytes[];
};

struct slot {
    struct pfx_epoch epoch; /* without its secret */
    struct pfx_pseudonyms *pseudonyms;
    unsigned char serial;
    uint64_t used;
};

struct pfx_veil {
    struct pfx_secrets *secrets;
    const struct pfx_policy *policy;
    struct slot slot[EPOCHS];
    struct slot *now; /* of the line */
    uint64_t lines, seed;
    unsigned char serial; /* the last one given */
    struct block *block;  /* the one in use; the first of them stays */
    size_t taken;
    bool failed;
    struct pfx_person person;
    struct entry *cache;
};

struct pfx_veil *pfx_veil_new(struct pfx_secrets *secrets, const struct pfx_policy *policy)
{
    struct pfx_veil *veil = calloc(1, sizeof(*veil));

    if (veil == NULL)
        return NULL;
    veil->secrets = pfx_secrets_ref(secrets);
    veil->policy = policy;
    if (getrandom(&veil->seed, sizeof(veil->seed), GRND_NONBLOCK) < 0)
        veil->seed = (uint64_t)(uintptr_t)veil;
    veil->block = malloc(sizeof(*veil->block) + ROOM);
    veil->cache = mmap(NULL, CACHED * sizeof(veil->cache[0]), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (veil->cache == MAP_FAILED)
        veil->cache = NULL;
    else /* it shows whose pseudonym is which */
        madvise(veil->cache, CACHED * sizeof(veil->cache[0]), MADV_DONTDUMP);
    if (veil->block != NULL)
        *veil->block = (struct block){NULL, ROOM};
    if (veil->block == NULL || veil->cache == NULL)
        pfx_veil_free(&veil);
    return veil;
}

static void drop_blocks(struct pfx_veil *veil, bool all)
{
    while (veil->block != NULL && (all || veil->block->next != NULL)) {
        struct block *next = veil->block->next;

        free(veil->block);
        veil->block = next;
    }
    veil->taken = 0;
}

void pfx_veil_free(struct pfx_veil **veil)
{
    struct pfx_veil *old = *veil;

    *veil = NULL;
    if (old == NULL)
        return;
    for (unsigned i = 0; i < EPOCHS; ++i)
        pfx_pseudonyms_free(&old->slot[i].pseudonyms);
    drop_blocks(old, true);
    if (old->cache != NULL)
        munmap(old->cache, CACHED * sizeof(old->cache[0]));
    pfx_secrets_unref(&old->secrets);
    free(old);
}

/* Makes an epoch's keys. What was made with others is forgotten with the one that goes. */
static __attribute__((noinline)) bool load(struct pfx_veil *veil, int64_t seconds)
{
    struct slot *slot = veil->slot;

    for (unsigned i = 1; i < EPOCHS; ++i) {
        if (veil->slot[i].used < slot->used)
            slot = &veil->slot[i];
    }
    pfx_pseudonyms_free(&slot->pseudonyms);
    pfx_secrets_at(veil->secrets, seconds, &slot->epoch);
    slot->pseudonyms = pfx_pseudonyms_new(&slot->epoch);
    OPENSSL_cleanse(slot->epoch.secret, sizeof(slot->epoch.secret));
    memset(veil->cache, 0, CACHED * sizeof(veil->cache[0]));
    slot->serial = 0;
    if (slot->pseudonyms == NULL)
        return false;
    do
        ++veil->serial;
    while (veil->serial == 0);
    slot->serial = veil->serial;
    veil->now = slot;
    return true;
}

bool pfx_veil_begin(struct pfx_veil *veil, int64_t seconds)
{
    ++veil->lines;
    veil->failed = false;
    drop_blocks(veil, false);
    veil->now = NULL;
    for (unsigned i = 0; i < EPOCHS && veil->now == NULL; ++i) {
        struct slot *slot = &veil->slot[i];

        if (slot->pseudonyms != NULL && seconds >= slot->epoch.begin && seconds < slot->epoch.end)
            veil->now = slot;
    }
    if (veil->now == NULL && !load(veil, seconds))
        return false;
    veil->now->used = veil->lines;
    return true;
}

const struct pfx_policy *pfx_veil_policy(const struct pfx_veil *veil)
{
    return veil->policy;
}

struct pfx_slice pfx_veil_epoch(const struct pfx_veil *veil)
{
    return pfx_pseudonyms_name(veil->now->pseudonyms);
}

char *pfx_veil_room(struct pfx_veil *veil, size_t size)
{
    char *room;

    if (size > veil->block->size - veil->taken) {
        size_t wanted = size > ROOM ? size : ROOM;
        struct block *block = malloc(sizeof(*block) + wanted);

        if (block == NULL) {
            veil->failed = true;
            return NULL;
        }
        *block = (struct block){veil->block, wanted};
        veil->block = block;
        veil->taken = 0;
    }
    room = veil->block->bytes + veil->taken;
    veil->taken += size;
    return room;
}

void pfx_veil_trim(struct pfx_veil *veil, const char *end)
{
    veil->taken = (size_t)(end - veil->block->bytes);
}

bool pfx_veil_good(const struct pfx_veil *veil)
{
    return !veil->failed;
}

/* Writes behind *out. */
static void put(char **out, struct pfx_slice s)
{
    if (s.length > 0)
        memcpy(*out, s.text, s.length);
    *out += s.length;
}

static void put_pseudonym(struct pfx_veil *veil, enum pfx_pseudonym_of of, struct pfx_slice front,
                          struct pfx_slice value, char **out)
{
    put(out, front);
    *out += pfx_pseudonym(veil->now->pseudonyms, of, value, *out);
}

static bool is_kept_domain(const struct pfx_policy *policy, struct pfx_slice domain)
{
    return pfx_direction_is_local_domain(policy->own, domain) ||
           pfx_direction_is_local_domain(policy->keep, domain);
}

/* Labels as a provider gives them to customers: with the numbers of an address. */
static bool tells_address(struct pfx_slice labels)
{
    size_t digits = 0, hex = 0;

    for (size_t i = 0; i < labels.length; ++i) {
        char c = pfx_lower(labels.text[i]);

        digits += pfx_is_digit(c);
        hex = pfx_is_digit(c) || (c >= 'a' && c <= 'f') ? hex + 1 : 0;
        if (digits >= 4 || hex >= 8)
            return true;
    }
    return false;
}

/* Where of a name the part begins that stays: 0 all of it, its length nothing. The first labels go
 * when they look like an address. all: of any domain, else of those that are kept. */
static size_t kept_from(const struct pfx_policy *policy, struct pfx_slice name, bool all)
{
    size_t from = 0;
    unsigned labels = 0;

    if (!all && !is_kept_domain(policy, name)) {
        /* A host of a domain that is kept is, too. */
        for (from = 0; from < name.length; ++from) {
            if (name.text[from] == '.' && is_kept_domain(policy, pfx_slice_from(name, from + 1)))
                break;
        }
        if (from == name.length)
            return from;
        ++from;
    } else if (all) { /* its last two labels */
        for (from = name.length; from > 0; --from) {
            if (name.text[from - 1] == '.' && ++labels == 2)
                break;
        }
    }
    return policy->ip != PFX_HIDE_KEEP && tells_address(pfx_slice_until(name, from)) ? from : 0;
}

static void make_host(struct pfx_veil *veil, struct pfx_slice name, char **out)
{
    char room[PFX_PERSON_SIZE];
    size_t length = pfx_person_domain(name, room, sizeof(room));

    put_pseudonym(veil, PFX_OF_HOST, PFX_SLICE("h-"), (struct pfx_slice){room, length}, out);
}

/* Where a value is in the cache, or would be; *found_r: whether it is. */
static struct entry *look_up(struct pfx_veil *veil, unsigned what, struct pfx_slice text,
                             uint32_t *hash_r, bool *found_r)
{
    struct entry *entry;

    *hash_r = (pfx_slice_hash(text) ^ (uint32_t)veil->seed) + what * 0x9e3779b9u;
    entry = &veil->cache[(*hash_r ^ *hash_r >> 16) % CACHED];
    *found_r = entry->hash == *hash_r && entry->serial == veil->now->serial &&
               entry->what == what && entry->value == text.length &&
               memcmp(entry->text, text.text, text.length) == 0;
    return entry;
}

/* Keeps what takes the place of a value, unless that is too long. */
static void keep(struct pfx_veil *veil, struct entry *entry, uint32_t hash, unsigned what,
                 struct pfx_slice text, struct pfx_slice instead)
{
    if (text.length + instead.length > ENTRY_TEXT || entry->line == (uint32_t)veil->lines)
        return;
    entry->hash = hash;
    entry->serial = veil->now->serial;
    entry->what = (unsigned char)what;
    entry->value = (unsigned char)text.length;
    entry->length = (unsigned char)instead.length;
    memcpy(entry->text, text.text, text.length);
    memcpy(entry->text + text.length, instead.text, instead.length);
}

/* A domain, or the name of a host, that is not kept in clear: of many addresses the same. */
static void put_hidden_host(struct pfx_veil *veil, struct pfx_slice name, char **out)
{
    char *begin = *out;
    uint32_t hash;
    bool found;
    struct entry *entry = look_up(veil, NAME, name, &hash, &found);

    if (found) {
        put(out, (struct pfx_slice){entry->text + entry->value, entry->length});
        return;
    }
    make_host(veil, name, out);
    keep(veil, entry, hash, NAME, name, (struct pfx_slice){begin, (size_t)(*out - begin)});
}

/* What of a name stays does so as it is written. */
static void put_host(struct pfx_veil *veil, struct pfx_slice name, bool all, char **out)
{
    size_t from = kept_from(veil->policy, name, all);

    if (from == 0) {
        put(out, name);
        return;
    }
    put_hidden_host(veil, name, out);
    if (from < name.length) {
        put(out, PFX_SLICE("."));
        put(out, pfx_slice_from(name, from));
    }
}

/* The bytes of an address, 4 or 16: one of IPv4 within IPv6 is of IPv4. 0: it is none. */
static size_t read_ip(struct pfx_slice text, unsigned char bytes[static 16])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct pfx_network address;
    ptrdiff_t zone;
    size_t skip, length;

    if (text.length > 5 && (text.text[0] == 'I' || text.text[0] == 'i') && text.text[4] == ':')
        text = pfx_slice_from(text, 5);
    zone = pfx_slice_find(text, PFX_SLICE("%"));
    if (!pfx_network_read_address(zone < 0 ? text : pfx_slice_until(text, (size_t)zone), &address))
        return 0;
    length = address.prefix / 8;
    skip = length == 16 && memcmp(address.bytes, mapped, sizeof(mapped)) == 0 ? 12 : 0;
    memcpy(bytes, address.bytes + skip, length - skip);
    return length - skip;
}

static bool is_kept_ip(const struct pfx_policy *policy, struct pfx_slice text,
                       const unsigned char *bytes, size_t length)
{
    bool nobody = length == 4 ? bytes[0] == 127 || bytes[0] == 0 : true;

    for (size_t i = 0; i < 15 && length == 16; ++i)
        nobody = nobody && bytes[i] == 0;
    return nobody || pfx_direction_is_local_ip(policy->keep, text);
}

/* Its network is that of many addresses. */
static void hide_ip(struct pfx_veil *veil, const unsigned char *bytes, size_t length,
                    unsigned char hidden[static 16])
{
    const struct pfx_slice network = {(const char *)bytes, length == 4 ? 3 : 6};
    unsigned char group[2];
    uint32_t hash;
    bool found;
    struct entry *entry = look_up(veil, NETWORK, network, &hash, &found);

    if (found) {
        memcpy(group, entry->text + entry->value, sizeof(group));
    } else {
        pfx_pseudonym_network(veil->now->pseudonyms, bytes, length, group);
        keep(veil, entry, hash, NETWORK, network,
             (struct pfx_slice){(const char *)group, sizeof(group)});
    }
    pfx_pseudonym_ip(veil->now->pseudonyms, bytes, length, group, hidden);
}

/* False, and nothing is written: it is no address. */
static bool put_ip(struct pfx_veil *veil, struct pfx_slice text, char **out)
{
    unsigned char bytes[16], hidden[16];
    size_t length = read_ip(text, bytes);
    char copy[INET6_ADDRSTRLEN];

    if (length == 0)
        return false;
    if (veil->policy->ip == PFX_HIDE_KEEP || is_kept_ip(veil->policy, text, bytes, length)) {
        put(out, text);
        return true;
    }
    if (veil->policy->ip == PFX_HIDE_PART) {
        memset(bytes + (length == 4 ? 3 : 6), 0, length == 4 ? 1 : 10);
        inet_ntop(length == 4 ? AF_INET : AF_INET6, bytes, copy, sizeof(copy));
    } else if (veil->policy->ip == PFX_HIDE_DROP) {
        copy[0] = '\0';
    } else {
        hide_ip(veil, bytes, length, hidden);
        inet_ntop(AF_INET6, hidden, copy, sizeof(copy));
    }
    put(out, pfx_slice_of(copy));
    return true;
}

/* The domain of an address that is hidden, whole or the local part alone. */
static void put_domain(struct pfx_veil *veil, enum pfx_hide hide, struct pfx_slice domain,
                       char **out)
{
    const bool all = hide <= PFX_HIDE_PART;
    struct pfx_slice inner;

    put(out, PFX_SLICE("@"));
    if (domain.length > 2 && domain.text[0] == '[' && domain.text[domain.length - 1] == ']') {
        inner = (struct pfx_slice){domain.text + 1, domain.length - 2};
        put(out, PFX_SLICE("["));
        if (!put_ip(veil, inner, out))
            put_host(veil, inner, all, out);
        put(out, PFX_SLICE("]"));
    } else if (!put_ip(veil, domain, out)) {
        put_host(veil, domain, all, out);
    }
}

static void put_person(struct pfx_veil *veil, enum pfx_hide hide, struct pfx_slice text, char **out)
{
    struct pfx_person *person = &veil->person;

    pfx_person_fold(text, &veil->policy->rules, person);
    if (person->role)
        put(out, person->local);
    else if (person->local.length > 0)
        put_pseudonym(veil, PFX_OF_PERSON, PFX_SLICE("u-"),
                      (struct pfx_slice){person->text, person->length}, out);
    if (person->domain.length > 0)
        put_domain(veil, hide, person->domain, out);
}

/* "m-...@domain": the part before the sign may name a sender, a host, an address. */
static void put_message_id(struct pfx_veil *veil, struct pfx_slice text, char **out)
{
    bool bracket = text.text[0] == '<';
    struct pfx_slice inner = pfx_slice_from(text, bracket);
    ptrdiff_t at;

    if (inner.length > 0 && inner.text[inner.length - 1] == '>')
        --inner.length;
    at = pfx_slice_rfind(inner, PFX_SLICE("@"));
    if (bracket)
        put(out, PFX_SLICE("<"));
    put_pseudonym(veil, PFX_OF_TEXT, PFX_SLICE("m-"), inner, out);
    if (at >= 0)
        put_domain(veil, veil->policy->address, pfx_slice_from(inner, (size_t)at + 1), out);
    if (bracket)
        put(out, PFX_SLICE(">"));
}

/* An id of a mail holds nothing personal and is even; one of a connection is odd. */
static void put_session(struct pfx_veil *veil, struct pfx_slice text, char **out)
{
    static const char digits[] = "0123456789abcdef";
    size_t hex = 0;

    while (hex < text.length && memchr(digits, text.text[hex], 16) != NULL)
        ++hex;
    if (text.length != 16 || hex < 16) {
        put_pseudonym(veil, PFX_OF_SESSION, PFX_SLICE("s-"), text, out);
    } else if (((const char *)memchr(digits, text.text[15], 16) - digits) % 2 == 0) {
        put(out, text);
    } else {
        pfx_pseudonym_id(veil->now->pseudonyms, text, *out);
        *out += 16;
        /* Still that of a connection, which is hidden again where it comes again. */
        (*out)[-1] = digits[((const char *)memchr(digits, (*out)[-1], 16) - digits) | 1];
    }
}

/* RFC 6154, and INBOX: the same in all mailboxes. */
static bool is_common_content(struct pfx_slice text)
{
    static const char *const names[] = {"INBOX", "Archive", "Drafts", "Junk",
                                        "Sent",  "Spam",    "Trash",  "Inbox"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); ++i) {
        if (pfx_slice_equal(text, pfx_slice_of(names[i])))
            return true;
    }
    return false;
}

static void put_content(struct pfx_veil *veil, struct pfx_slice text, char **out)
{
    if (is_common_content(text))
        put(out, text);
    else
        put_pseudonym(veil, PFX_OF_TEXT, PFX_SLICE("t-"), text, out);
}

/* Nothing, or a colon and digits. */
static bool is_port(struct pfx_slice s)
{
    for (size_t i = 0; i < s.length; ++i) {
        if (i == 0 ? s.text[i] != ':' : !pfx_is_digit(s.text[i]))
            return false;
    }
    return s.length != 1 && s.length <= 6;
}

/* "[192.0.2.1]:25", "[mx.example.com]", "mx.example.com:587", "192.0.2.1". */
static void put_place(struct pfx_veil *veil, enum pfx_veiled what, struct pfx_slice text,
                      char **out)
{
    ptrdiff_t close = text.text[0] == '[' ? pfx_slice_find(text, PFX_SLICE("]")) : -1;
    ptrdiff_t colon = pfx_slice_rfind(text, PFX_SLICE(":"));
    struct pfx_slice rest = PFX_NO_SLICE;

    if (put_ip(veil, text, out))
        return;
    if (close > 1 && is_port(pfx_slice_from(text, (size_t)close + 1))) {
        rest = pfx_slice_from(text, (size_t)close);
        text = (struct pfx_slice){text.text + 1, (size_t)close - 1};
        put(out, PFX_SLICE("["));
    } else if (colon > 0 && is_port(pfx_slice_from(text, (size_t)colon))) {
        rest = pfx_slice_from(text, (size_t)colon);
        text = pfx_slice_until(text, (size_t)colon);
    }
    if (!put_ip(veil, text, out)) {
        if (what == PFX_VEIL_NEXT_HOP && memchr(text.text, '.', text.length) == NULL)
            put(out, text);
        else
            put_host(veil, text, veil->policy->host == PFX_HIDE_KEEP, out);
    }
    put(out, rest);
}

static bool is_host_of_nobody(struct pfx_slice text)
{
    return pfx_slice_equal(text, PFX_SLICE("unknown")) ||
           pfx_slice_equal(text, PFX_SLICE("localhost")) || pfx_slice_equal(text, PFX_SLICE("-"));
}

static void make(struct pfx_veil *veil, enum pfx_veiled what, struct pfx_slice text, char **out)
{
    const struct pfx_policy *policy = veil->policy;
    bool at = memchr(text.text, '@', text.length) != NULL;

    switch (what) {
    case PFX_VEIL_ADDRESS:
        if (at)
            put_person(veil, policy->address, text, out);
        else if (!put_ip(veil, text, out)) {
            if (memchr(text.text, '.', text.length) != NULL)
                put_place(veil, PFX_VEIL_HOST, text, out);
            else
                put_person(veil, policy->address, text, out);
        }
        break;
    case PFX_VEIL_USER:
        put_person(veil, at ? policy->address : policy->user, text, out);
        break;
    case PFX_VEIL_HOST:
    case PFX_VEIL_NEXT_HOP:
        if (is_host_of_nobody(text))
            put(out, text);
        else
            put_place(veil, what, text, out);
        break;
    case PFX_VEIL_IP:
        if (!put_ip(veil, text, out))
            put_place(veil, PFX_VEIL_HOST, text, out);
        break;
    case PFX_VEIL_SESSION:
        put_session(veil, text, out);
        break;
    case PFX_VEIL_MESSAGE:
        put_message_id(veil, text, out);
        break;
    default:
        put_content(veil, text, out);
    }
}

/* How a value is hidden: the strictest of what its site says of it. */
static enum pfx_hide hide_of(const struct pfx_policy *policy, enum pfx_veiled what,
                             struct pfx_slice text)
{
    switch (what) {
    case PFX_VEIL_ADDRESS:
    case PFX_VEIL_MESSAGE:
        return policy->address;
    case PFX_VEIL_USER:
        return policy->user == PFX_HIDE_KEEP && memchr(text.text, '@', text.length) != NULL
                   ? policy->address
                   : policy->user;
    case PFX_VEIL_CONTENT:
        return policy->text;
    case PFX_VEIL_HOST:
    case PFX_VEIL_NEXT_HOP: /* one may have an address in it, or be one */
        return policy->host == PFX_HIDE_KEEP ? policy->ip : policy->host;
    case PFX_VEIL_IP:
        return policy->ip == PFX_HIDE_KEEP ? policy->host : policy->ip;
    default:
        return PFX_HIDE_WHOLE;
    }
}

struct pfx_slice pfx_veil_value(struct pfx_veil *veil, enum pfx_veiled what, struct pfx_slice text)
{
    enum pfx_hide hide = text.length > 0 ? hide_of(veil->policy, what, text) : PFX_HIDE_KEEP;
    struct pfx_slice instead;
    struct entry *entry;
    uint32_t hash;
    char *room, *out;
    bool found;

    if (hide == PFX_HIDE_KEEP)
        return text;
    if (hide == PFX_HIDE_DROP)
        return PFX_NO_SLICE;
    entry = look_up(veil, what, text, &hash, &found);
    if (found) {
        entry->line = (uint32_t)veil->lines;
        instead = (struct pfx_slice){entry->text + entry->value, entry->length};
        return pfx_slice_equal(instead, text) ? text : instead;
    }
    room = out = pfx_veil_room(veil, text.length + 2 * FORM_MOST);
    if (room == NULL)
        return PFX_NO_SLICE;
    make(veil, what, text, &out);
    pfx_veil_trim(veil, out);
    instead = (struct pfx_slice){room, (size_t)(out - room)};
    keep(veil, entry, hash, what, text, instead);
    return pfx_slice_equal(instead, text) ? text : instead;
}
