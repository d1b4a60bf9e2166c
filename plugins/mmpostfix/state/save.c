/* SPDX-License-Identifier: Apache-2.0 */
/* Saves a story; see save.h.
 *
 * Entries are coded a few at a time under the story's lock and written outside it: each entry is
 * consistent in itself, the file as a whole is no snapshot of one time.
 */
#include "state/save.h"
#include "base/hash.h"
#include "state/coding.h"
#include "story/story_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Entries coded while the lock is held once. */
#define STEP 128

struct writer {
    struct pfx_story *story;
    struct pfx_encoder pack;
    uint64_t hash;
    FILE *file;
};

/* One record: its kind and age, then the coded entry. */
static void pack_entry(struct writer *writer, char kind, const struct pfx_store *store,
                       struct pfx_entry *entry, const struct pfx_session *session)
{
    struct pfx_encoder record = {0};

    pfx_encode_number(&record, kind);
    pfx_encode_number(&record, writer->story->now - entry->touched);
    pfx_encode_number(&record, entry->class);
    pfx_encode_text(&record, pfx_store_key(store, entry));
    if (session != NULL)
        pfx_encode_session(&record, session);
    else
        pfx_encode_mail(&record, (struct pfx_mail *)entry);
    if (record.failed)
        writer->pack.failed = true;
    else
        pfx_encode_text(&writer->pack, (struct pfx_slice){record.bytes, record.length});
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

    pfx_encode_add(&writer->pack, PFX_STATE_MAGIC, 8);
    pfx_encode_number(&writer->pack, (int64_t)pfx_coding_layout());
    pfx_encode_number(&writer->pack, now);
    return flush(writer) && write_store(writer, writer->story->mails, visit_mail) &&
           write_store(writer, writer->story->sessions, visit_sessions) &&
           fwrite(&end, sizeof(end), 1, writer->file) == 1 &&
           fwrite(&writer->hash, sizeof(writer->hash), 1, writer->file) == 1;
}

bool pfx_state_save(struct pfx_story *story, const struct pfx_state_options *options)
{
    struct writer writer = {.story = story};
    char name[4096];
    bool done = false;
    int descriptor;

    if ((size_t)snprintf(name, sizeof(name), "%s.new", options->path) >= sizeof(name)) {
        pfx_state_report(options, true, "not saved", "the name is too long");
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
        pfx_state_report(options, true, "not saved", strerror(errno));
        unlink(name);
    }
    free(writer.pack.bytes);
    return done;
}
