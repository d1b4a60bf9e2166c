/* SPDX-License-Identifier: Apache-2.0 */
/* Saving a story; see keep.h.
 *
 * Entries are packed a few at a time under the story's lock and written outside it; so a file is no
 * picture of one moment, but each entry in it is of one.
 */
#include "keep.h"
#include "pack.h"
#include "story_state.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Entries packed while the lock is held once. */
#define STEP 128

struct pfx_keep {
    struct pfx_keep_options options;
    struct pfx_story *story;
    char *path;
    pthread_t thread;
    int stop[2]; /* a pipe; its end tells the thread to stop */
};

struct writer {
    struct pfx_story *story;
    struct pfx_pack pack;
    uint64_t hash;
    FILE *file;
};

void pfx_keep_report(const struct pfx_keep_options *options, bool failed, const char *what,
                     const char *why)
{
    char text[8600];

    snprintf(text, sizeof(text), "state file %.4095s: %s%s%s", options->path, what,
             why != NULL ? ": " : "", why != NULL ? why : "");
    options->report(failed, text);
}

/* One record: its kind and age, then what a packer adds. */
static void pack_entry(struct writer *writer, char kind, const struct pfx_store *store,
                       struct pfx_entry *entry, const struct pfx_session *session)
{
    struct pfx_pack record = {0};

    pfx_pack_number(&record, kind);
    pfx_pack_number(&record, writer->story->now - entry->touched);
    pfx_pack_number(&record, entry->class);
    pfx_pack_text(&record, pfx_store_key(store, entry));
    if (session != NULL)
        pfx_pack_session(&record, session);
    else
        pfx_pack_mail(&record, (struct pfx_mail *)entry);
    if (record.failed)
        writer->pack.failed = true;
    else
        pfx_pack_text(&writer->pack, (struct pfx_slice){record.bytes, record.length});
    free(record.bytes);
}

static void visit_mail(void *cookie, struct pfx_entry *entry)
{
    struct writer *writer = cookie;

    if (entry->class != PFX_MAIL_GONE)
        pack_entry(writer, 'm', writer->story->mails, entry, NULL);
}

static void visit_sessions(void *cookie, struct pfx_entry *entry)
{
    struct writer *writer = cookie;
    const struct pfx_session *newest = ((struct pfx_sessions *)entry)->newest;

    if (newest != NULL)
        pack_entry(writer, 's', writer->story->sessions, entry, newest);
}

static bool flush(struct writer *writer)
{
    struct pfx_slice bytes = {writer->pack.bytes, writer->pack.length};

    writer->hash = pfx_hash(bytes, writer->hash);
    writer->pack.length = 0;
    return !writer->pack.failed &&
           fwrite(bytes.text, 1, bytes.length, writer->file) == bytes.length;
}

static bool write_store(struct writer *writer, const struct pfx_store *store,
                        void (*visit)(void *, struct pfx_entry *))
{
    size_t cursor = 0;
    bool more = true;

    while (more) {
        pthread_mutex_lock(&writer->story->lock);
        more = pfx_store_walk(store, &cursor, STEP, visit, writer);
        pthread_mutex_unlock(&writer->story->lock);
        if (writer->pack.length > 0) {
            /* Each step is hashed as one piece, so its length goes before it. */
            int64_t length = (int64_t)writer->pack.length;

            if (fwrite(&length, sizeof(length), 1, writer->file) != 1 || !flush(writer))
                return false;
        }
    }
    return !writer->pack.failed;
}

static bool write_all(struct writer *writer, int64_t now)
{
    const int64_t end = 0;

    pfx_pack_add(&writer->pack, PFX_KEEP_MAGIC, 8);
    pfx_pack_number(&writer->pack, (int64_t)pfx_pack_layout());
    pfx_pack_number(&writer->pack, now);
    return flush(writer) && write_store(writer, writer->story->mails, visit_mail) &&
           write_store(writer, writer->story->sessions, visit_sessions) &&
           fwrite(&end, sizeof(end), 1, writer->file) == 1 &&
           fwrite(&writer->hash, sizeof(writer->hash), 1, writer->file) == 1;
}

bool pfx_keep_save(struct pfx_story *story, const struct pfx_keep_options *options)
{
    struct writer writer = {.story = story};
    char name[4096];
    bool done = false;
    int descriptor;

    if ((size_t)snprintf(name, sizeof(name), "%s.new", options->path) >= sizeof(name)) {
        pfx_keep_report(options, true, "not saved", "the name is too long");
        return false;
    }
    descriptor = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    writer.file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (writer.file != NULL) {
        done = write_all(&writer, options->clock()) && fflush(writer.file) == 0 &&
               fsync(descriptor) == 0;
        done &= fclose(writer.file) == 0;
        done = done && rename(name, options->path) == 0;
    } else if (descriptor >= 0) {
        close(descriptor);
    }
    if (!done) {
        pfx_keep_report(options, true, "not saved", strerror(errno));
        unlink(name);
    }
    free(writer.pack.bytes);
    return done;
}

static void *save_often(void *cookie)
{
    struct pfx_keep *keep = cookie;
    struct pollfd stopped = {.fd = keep->stop[0], .events = POLLIN};
    int got;
    sigset_t all;

    sigfillset(&all); /* they are for the daemon's own threads */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    do {
        got = poll(&stopped, 1, (int)keep->options.interval * 1000);
        if (got == 0)
            pfx_keep_save(keep->story, &keep->options);
    } while (got == 0 || (got < 0 && errno == EINTR));
    return NULL;
}

struct pfx_keep *pfx_keep_open(struct pfx_story *story, const struct pfx_keep_options *options)
{
    struct pfx_keep *keep = calloc(1, sizeof(*keep));

    if (keep == NULL || (keep->path = strdup(options->path)) == NULL ||
        pipe2(keep->stop, O_CLOEXEC) < 0) {
        pfx_keep_report(options, true, "not kept", strerror(errno));
        if (keep != NULL)
            free(keep->path);
        free(keep);
        return NULL;
    }
    keep->options = *options;
    keep->options.path = keep->path;
    keep->story = story;
    pfx_keep_restore(story, &keep->options);
    if (pthread_create(&keep->thread, NULL, save_often, keep) != 0) {
        pfx_keep_report(options, true, "not kept", "there is no thread");
        close(keep->stop[0]);
        close(keep->stop[1]);
        free(keep->path);
        free(keep);
        return NULL;
    }
    return keep;
}

void pfx_keep_close(struct pfx_keep **keep)
{
    struct pfx_keep *old = *keep;

    *keep = NULL;
    if (old == NULL)
        return;
    close(old->stop[1]);
    pthread_join(old->thread, NULL);
    close(old->stop[0]);
    pfx_keep_save(old->story, &old->options);
    free(old->path);
    free(old);
}
