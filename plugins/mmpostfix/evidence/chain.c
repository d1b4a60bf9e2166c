/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of documents; see chain.h.
 *
 * The file of a chain is written before an anchor is told, and has numbers in reserve: what a
 * daemon that died had given out is never given out again. All files are written by a thread of the
 * chain's own.
 */
#include "evidence/chain.h"
#include "evidence/anchor.h"
#include "state/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define MAGIC "mmpostfix chain 1"
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
    struct pfx_seal_key *key;
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

/* Where the chain is: that file, whole or as it was before. */
static bool write_place(const struct pfx_chain *chain, int directory, const char *name,
                        const struct pfx_anchor *anchor, char why_r[PFX_STATE_WHY])
{
    char head[PFX_SEAL_HEX], previous[PFX_SEAL_HEX], text[400], new_name[256];
    bool ends = anchor->kind == PFX_ANCHOR_END;
    int file, length;
    bool good;

    pfx_seal_hex(anchor->head, head);
    pfx_seal_hex(chain->previous, previous);
    length = snprintf(
        text, sizeof(text),
        MAGIC "\nstream %s\nlast %" PRIu64 "\nreserved %" PRIu64 "\nhead %s\nprevious %s\n",
        chain->stream, anchor->last, anchor->last + (ends ? 0 : RESERVE), head, previous);
    snprintf(new_name, sizeof(new_name), "%.240s.new", name);
    file = pfx_state_open_new(directory, name, new_name, why_r);
    if (file < 0)
        return false;
    good = pfx_state_write(file, text, (size_t)length) && fsync(file) == 0;
    good = close(file) == 0 && good && renameat(directory, new_name, directory, name) == 0 &&
           fsync(directory) == 0;
    if (!good)
        snprintf(why_r, PFX_STATE_WHY, "%s", strerror(errno));
    return good;
}

static bool append(int directory, const char *name, const char *line, char why_r[PFX_STATE_WHY])
{
    char anchors[256];
    int file;
    bool good;

    snprintf(anchors, sizeof(anchors), "%.240s.anchors", name);
    file = openat(directory, anchors,
                  O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                  0640);
    good = file >= 0 && pfx_state_write(file, line, strlen(line)) && fsync(file) == 0;
    if (!good)
        snprintf(why_r, PFX_STATE_WHY, "%.250s: %s", anchors, strerror(errno));
    if (file >= 0)
        close(file);
    return good;
}

/* Tells an anchor: to its file, and in the log. What can not be written is told in the log all the
 * same. */
static void tell(struct pfx_chain *chain, struct pfx_anchor *anchor)
{
    char text[PFX_ANCHOR_TEXT + 1], why[PFX_STATE_WHY];
    const char *name;
    int directory;

    anchor->stream = pfx_slice_of(chain->stream);
    anchor->time = chain->options.clock();
    memcpy(anchor->previous, chain->previous, sizeof(anchor->previous));
    pthread_mutex_lock(&chain->lock);
    if (anchor->kind != PFX_ANCHOR_START)
        anchor->first = chain->anchored + 1;
    anchor->last = chain->last;
    memcpy(anchor->head, chain->head, sizeof(anchor->head));
    pthread_mutex_unlock(&chain->lock);
    if (!pfx_anchor_write(anchor, chain->key, text)) {
        report(chain, true, "no anchor", "it can not be signed");
        return;
    }
    __atomic_store_n(&chain->anchored, anchor->last, __ATOMIC_RELAXED);
    pfx_anchor_hash(chain->hasher, pfx_slice_of(text), chain->previous);
    report(chain, false, "anchor", text);
    memcpy(text + strlen(text), "\n", 2);
    directory = pfx_state_open_directory(chain->path, &name, why);
    if (directory < 0 || !append(directory, name, text, why) ||
        !write_place(chain, directory, name, anchor, why))
        report(chain, true, "not written", why);
    if (directory >= 0)
        close(directory);
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
        tell(chain, &anchor);
    }
}

/* The number behind a word at the front of text, with the line feed behind it. */
static bool take_line(struct pfx_slice *text, const char *word, struct pfx_slice *value_r)
{
    ptrdiff_t end;

    if (!pfx_slice_take(text, pfx_slice_of(word)))
        return false;
    end = pfx_slice_find(*text, PFX_SLICE("\n"));
    if (end < 0)
        return false;
    *value_r = pfx_slice_until(*text, (size_t)end);
    *text = pfx_slice_from(*text, (size_t)end + 1);
    return true;
}

/* Reads where the chain is; *unclean_r: the daemon died, and that was its last one that is known.
 */
static bool read_place(struct pfx_chain *chain, struct pfx_slice text, uint64_t *unclean_r)
{
    struct pfx_slice stream, last, reserved, head, previous;
    int64_t known, reserve;

    if (!pfx_slice_take(&text, PFX_SLICE(MAGIC "\n")) || !take_line(&text, "stream ", &stream) ||
        !take_line(&text, "last ", &last) || !take_line(&text, "reserved ", &reserved) ||
        !take_line(&text, "head ", &head) || !take_line(&text, "previous ", &previous) ||
        text.length > 0 || stream.length == 0 || stream.length >= sizeof(chain->stream) ||
        !pfx_value_integer(last, &known) || !pfx_value_integer(reserved, &reserve) || known < 0 ||
        reserve < known || !pfx_seal_unhex(head, chain->head) ||
        !pfx_seal_unhex(previous, chain->previous))
        return false;
    snprintf(chain->stream, sizeof(chain->stream), "%.*s", (int)stream.length, stream.text);
    chain->last = (uint64_t)reserve;
    *unclean_r = reserve > known ? (uint64_t)known : 0;
    return true;
}

/* A new chain has the name of its file, and digits that no other one has. */
static void name_stream(struct pfx_chain *chain, const char *name)
{
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

static bool open_key(struct pfx_chain *chain, char why_r[PFX_STATE_WHY])
{
    char *private = NULL, *public = NULL;

    if (asprintf(&private, "%s.key", chain->path) < 0 ||
        asprintf(&public, "%s.pub", chain->path) < 0) {
        free(private);
        snprintf(why_r, PFX_STATE_WHY, "out of memory");
        return false;
    }
    if (access(private, F_OK) < 0 && errno == ENOENT)
        chain->key = pfx_seal_make(private, public, why_r);
    else
        chain->key = pfx_seal_read(private, false, why_r);
    free(private);
    free(public);
    return chain->key != NULL;
}

/* All but the thread. False: why_r tells. */
static bool prepare(struct pfx_chain *chain, struct pfx_anchor *start, char why_r[PFX_STATE_WHY])
{
    struct pfx_state_options files = {.path = chain->path, .report = chain->options.report};
    struct pfx_slice text;
    const char *name;
    int directory;

    chain->file = pfx_state_lock(chain->path, why_r);
    if (chain->file < 0 || !open_key(chain, why_r))
        return false;
    directory = pfx_state_open_directory(chain->path, &name, why_r);
    if (directory < 0)
        return false;
    text = pfx_state_slurp(&files, directory, name);
    close(directory);
    if (text.text == NULL) {
        name_stream(chain, name);
    } else if (!read_place(chain, text, &start->unclean)) {
        free((char *)text.text);
        snprintf(why_r, PFX_STATE_WHY,
                 "it is damaged, or no chain; put it away, and a new one "
                 "begins");
        return false;
    }
    free((char *)text.text);
    chain->anchored = chain->last;
    start->first = chain->last + 1;
    chain->hasher = pfx_hasher_new();
    snprintf(why_r, PFX_STATE_WHY, "out of memory");
    return chain->hasher != NULL && pipe2(chain->wake, O_CLOEXEC | O_NONBLOCK) == 0;
}

static void release(struct pfx_chain *chain)
{
    for (int i = 0; i < 2; ++i) {
        if (chain->wake[i] >= 0)
            close(chain->wake[i]);
    }
    if (chain->file >= 0)
        close(chain->file);
    pfx_seal_free(&chain->key);
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
