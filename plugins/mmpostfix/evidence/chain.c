/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of documents; see chain.h.
 *
 * The file of a chain is written before an anchor is told, and has numbers in reserve: what a
 * daemon that died had given out is never given out again. All files are written by a thread of the
 * chain's own.
 */
#include "evidence/chain.h"
#include "evidence/files.h"
#include "evidence/keys.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define QUOTED(number) #number
#define VERSION(number) QUOTED(number)
/* Numbers in reserve: more than are given out between two anchors. */
#define RESERVE 10000000

struct pfx_chain {
    struct pfx_chain_options options;
    char *path;
    char stream[PFX_CHAIN_STREAM];
    pthread_mutex_t lock; /* of last, head */
    uint64_t last;
    unsigned char head[PFX_SEAL_HASH];
    uint64_t anchored; /* last of the last anchor; atomic */
    /* Of the thread, and before it begins and after it ends: */
    unsigned char previous[PFX_SEAL_HASH]; /* the last anchor */
    struct pfx_keys keys;
    struct pfx_hasher *hasher;
    pthread_t thread;
    int wake[2]; /* a byte: an anchor is due; its end: stop */
    int file;    /* keeps others away */
};

void pfx_chain_link(struct pfx_hasher *hasher, struct pfx_slice stream, uint64_t number,
                    const unsigned char before[static PFX_SEAL_HASH],
                    const unsigned char leaf[static PFX_SEAL_HASH],
                    unsigned char link_r[static PFX_SEAL_HASH])
{
    char digits[24], *end = digits + sizeof(digits), *begin;
    struct pfx_slice middle;

    *--end = ':';
    begin = pfx_value_digits(end, number, 1);
    *--begin = ':';
    middle = (struct pfx_slice){begin, (size_t)(end + 1 - begin)};
    pfx_hasher_sum(hasher, 1,
                   (const struct pfx_slice[]){stream,
                                              middle,
                                              {(const char *)before, PFX_SEAL_HASH},
                                              {(const char *)leaf, PFX_SEAL_HASH}},
                   4, link_r);
}

void pfx_chain_add(struct pfx_chain *chain, struct pfx_hasher *hasher,
                   const unsigned char leaf[static PFX_SEAL_HASH],
                   char text_r[static PFX_CHAIN_TEXT])
{
    struct pfx_slice stream = pfx_slice_of(chain->stream);
    unsigned char before[PFX_SEAL_HASH];
    char digits[20], *begin;
    uint64_t number;

    pthread_mutex_lock(&chain->lock);
    number = ++chain->last;
    memcpy(before, chain->head, sizeof(before));
    pfx_chain_link(hasher, stream, number, before, leaf, chain->head);
    pthread_mutex_unlock(&chain->lock);
    memcpy(text_r, stream.text, stream.length);
    text_r += stream.length;
    *text_r++ = ':';
    begin = pfx_value_digits(digits + sizeof(digits), number, 1);
    memcpy(text_r, begin, (size_t)(digits + sizeof(digits) - begin));
    text_r += digits + sizeof(digits) - begin;
    *text_r++ = ':';
    pfx_seal_hex(before, text_r);
    memcpy(text_r + PFX_SEAL_HEX - 1, ":" VERSION(PFX_CHAIN_VERSION),
           sizeof(":" VERSION(PFX_CHAIN_VERSION)));
    if (number - __atomic_load_n(&chain->anchored, __ATOMIC_RELAXED) == chain->options.documents &&
        write(chain->wake[1], "", 1) < 0)
        return; /* it is full of such */
}

bool pfx_chain_read(struct pfx_slice text, struct pfx_slice *stream_r, uint64_t *number_r,
                    unsigned char before_r[static PFX_SEAL_HASH])
{
    struct pfx_slice part[3];
    int64_t number, version;
    ptrdiff_t colon;

    for (int i = 2; i >= 0; --i) {
        colon = pfx_slice_rfind(text, PFX_SLICE(":"));
        if (colon < 1)
            return false;
        part[i] = pfx_slice_from(text, (size_t)colon + 1);
        text = pfx_slice_until(text, (size_t)colon);
    }
    *stream_r = text;
    if (!pfx_value_integer(part[0], &number) || number < 1 ||
        !pfx_value_integer(part[2], &version) || version != PFX_CHAIN_VERSION)
        return false;
    *number_r = (uint64_t)number;
    return pfx_seal_unhex(part[1], before_r);
}

static void report(const struct pfx_chain *chain, bool failed, const char *what, const char *why)
{
    char text[PFX_ANCHOR_TEXT + PFX_STATE_WHY + 4200];

    snprintf(text, sizeof(text), "chain %.4095s: %s%s%s", chain->path, what,
             why != NULL ? ": " : "", why != NULL ? why : "");
    chain->options.report(failed, text);
}

/* Writes down where the chain is, and then the anchor. A new key signs from there on. */
static bool write_down(struct pfx_chain *chain, const struct pfx_anchor *anchor, const char *text,
                       char why_r[PFX_STATE_WHY])
{
    const struct pfx_keys *keys = &chain->keys;
    bool turns = anchor->kind == PFX_ANCHOR_KEY;
    struct pfx_standing standing = {.last = anchor->last,
                                    .since = turns ? anchor->time : keys->since};

    standing.reserved = anchor->last + (anchor->kind == PFX_ANCHOR_END ? 0 : RESERVE);
    memcpy(standing.head, anchor->head, sizeof(standing.head));
    snprintf(standing.stream, sizeof(standing.stream), "%s", chain->stream);
    snprintf(standing.key, sizeof(standing.key), "%s",
             pfx_seal_name(turns ? keys->next : keys->key));
    snprintf(standing.anchor, sizeof(standing.anchor), "%s", text);
    return pfx_files_write(chain->path, &standing, why_r);
}

/* What an anchor tells but its kind. */
static void fill(struct pfx_chain *chain, struct pfx_anchor *anchor)
{
    int64_t now = chain->options.clock();

    anchor->stream = pfx_slice_of(chain->stream);
    /* A clock that was set back makes no anchor that is older than its key. */
    anchor->time = now > chain->keys.since ? now : chain->keys.since;
    memcpy(anchor->previous, chain->previous, sizeof(anchor->previous));
    pthread_mutex_lock(&chain->lock);
    if (anchor->kind != PFX_ANCHOR_START)
        anchor->first = chain->anchored + 1;
    anchor->last = chain->last;
    memcpy(anchor->head, chain->head, sizeof(anchor->head));
    pthread_mutex_unlock(&chain->lock);
}

/* Tells an anchor: to its file, and in the log. What can not be written is told in the log all the
 * same, but no next key: false. */
static bool tell(struct pfx_chain *chain, struct pfx_anchor *anchor)
{
    char text[PFX_ANCHOR_TEXT], why[PFX_STATE_WHY];

    fill(chain, anchor);
    if (!pfx_anchor_write(anchor, chain->keys.key, text)) {
        report(chain, true, "no anchor", "it can not be signed");
        return false;
    }
    if (!write_down(chain, anchor, text, why)) {
        report(chain, true, "not written", why);
        if (anchor->kind == PFX_ANCHOR_KEY)
            return false;
    }
    __atomic_store_n(&chain->anchored, anchor->last, __ATOMIC_RELAXED);
    pfx_anchor_hash(chain->hasher, pfx_slice_of(text), chain->previous);
    if (!pfx_files_append(chain->path, text, why))
        report(chain, true, "not written", why);
    report(chain, false, "anchor", text);
    return true;
}

/* Has a key of a day that is over sign the next one. What is prepared stays prepared if that can
 * not be written down. */
static bool turn_key(struct pfx_chain *chain)
{
    struct pfx_anchor anchor = {.kind = PFX_ANCHOR_KEY};
    char why[PFX_SEAL_WHY];

    if (!pfx_keys_is_old(&chain->keys, chain->options.clock()))
        return false;
    if (!pfx_keys_prepare(&chain->keys, why)) {
        report(chain, true, "no new key", why);
        return false;
    }
    pfx_seal_public(chain->keys.next, anchor.next);
    if (!tell(chain, &anchor))
        return false;
    if (!pfx_keys_turn(&chain->keys, anchor.time, why))
        report(chain, true, "an old key is still there", why);
    return true;
}

static void *work(void *cookie)
{
    struct pfx_chain *chain = cookie;
    struct pollfd wake = {.fd = chain->wake[0], .events = POLLIN};
    char bytes[64];
    sigset_t all;
    ssize_t got;
    int ready;

    sigfillset(&all); /* signals are for the daemon's own threads */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (;;) {
        struct pfx_anchor anchor = {.kind = PFX_ANCHOR_INTERVAL};

        ready = poll(&wake, 1, (int)chain->options.seconds * 1000);
        if (ready < 0)
            continue;
        got = ready > 0 ? read(chain->wake[0], bytes, sizeof(bytes)) : 1;
        if (got == 0)
            return NULL;
        if (!turn_key(chain))
            tell(chain, &anchor);
    }
}

/* A new chain has the name of its file, and digits that no other one has. */
static void name_stream(struct pfx_chain *chain)
{
    const char *slash = strrchr(chain->path, '/'), *name = slash != NULL ? slash + 1 : chain->path;
    unsigned char random[4] = {0};

    if (getrandom(random, sizeof(random), GRND_NONBLOCK) < 0)
        memcpy(random, &chain, sizeof(random));
    snprintf(chain->stream, sizeof(chain->stream), "%.40s-%02x%02x%02x%02x", name, random[0],
             random[1], random[2], random[3]);
    for (char *c = chain->stream; *c != '\0'; ++c) {
        if (!pfx_is_digit(*c) && (pfx_lower(*c) < 'a' || pfx_lower(*c) > 'z') && *c != '-' &&
            *c != '.' && *c != '_')
            *c = '_';
    }
}

/* Carries on where the chain was left. An anchor that a daemon was killed before writing down is.
 */
static void carry_on(struct pfx_chain *chain, const struct pfx_standing *standing,
                     struct pfx_anchor *start)
{
    char why[PFX_STATE_WHY];

    memcpy(chain->stream, standing->stream, sizeof(chain->stream));
    memcpy(chain->head, standing->head, sizeof(chain->head));
    chain->last = standing->reserved;
    start->unclean = standing->reserved > standing->last;
    start->known = standing->last;
    if (standing->anchor[0] == '\0')
        return;
    pfx_anchor_hash(chain->hasher, pfx_slice_of(standing->anchor), chain->previous);
    if (pfx_files_has(chain->path, standing->anchor, why))
        return;
    if (!pfx_files_append(chain->path, standing->anchor, why))
        report(chain, true, "not written", why);
    report(chain, false, "anchor", standing->anchor);
}

/* All but the thread. False: why_r tells. */
static bool prepare(struct pfx_chain *chain, struct pfx_anchor *start, char why_r[PFX_STATE_WHY])
{
    struct pfx_standing standing;
    int there;

    chain->file = pfx_state_lock(chain->path, why_r);
    if (chain->file < 0)
        return false;
    there = pfx_files_read(chain->path, &standing, why_r);
    if (there < 0 || !pfx_keys_open(&chain->keys, chain->path, standing.key,
                                    there > 0 ? standing.since : chain->options.clock(), why_r))
        return false;
    chain->hasher = pfx_hasher_new();
    snprintf(why_r, PFX_STATE_WHY, "out of memory");
    if (chain->hasher == NULL || pipe2(chain->wake, O_CLOEXEC | O_NONBLOCK) < 0)
        return false;
    if (there > 0)
        carry_on(chain, &standing, start);
    else
        name_stream(chain);
    chain->anchored = chain->last;
    start->first = chain->last + 1;
    return true;
}

static void release(struct pfx_chain *chain)
{
    for (int i = 0; i < 2; ++i) {
        if (chain->wake[i] >= 0)
            close(chain->wake[i]);
    }
    if (chain->file >= 0)
        close(chain->file);
    pfx_keys_close(&chain->keys);
    pfx_hasher_free(&chain->hasher);
    pthread_mutex_destroy(&chain->lock);
    free(chain->path);
    free(chain);
}

struct pfx_chain *pfx_chain_open(const struct pfx_chain_options *options)
{
    struct pfx_chain *chain = calloc(1, sizeof(*chain));
    struct pfx_anchor start = {.kind = PFX_ANCHOR_START};
    char why[PFX_STATE_WHY] = "out of memory";

    if (chain == NULL || (chain->path = strdup(options->path)) == NULL) {
        free(chain);
        options->report(true, "chain: out of memory");
        return NULL;
    }
    chain->options = *options;
    chain->wake[0] = chain->wake[1] = chain->file = -1;
    pthread_mutex_init(&chain->lock, NULL);
    if (!prepare(chain, &start, why)) {
        report(chain, true, "not kept", why);
        release(chain);
        return NULL;
    }
    tell(chain, &start);
    turn_key(chain);
    if (pthread_create(&chain->thread, NULL, work, chain) != 0) {
        report(chain, true, "not kept", "there is no thread");
        release(chain);
        return NULL;
    }
    return chain;
}

void pfx_chain_close(struct pfx_chain **chain)
{
    struct pfx_chain *old = *chain;
    struct pfx_anchor end = {.kind = PFX_ANCHOR_END};

    *chain = NULL;
    if (old == NULL)
        return;
    close(old->wake[1]);
    old->wake[1] = -1;
    pthread_join(old->thread, NULL);
    tell(old, &end);
    release(old);
}
