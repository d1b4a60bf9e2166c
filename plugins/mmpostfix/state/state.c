/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a story in a state file; see state.h. */
#include "state/state.h"
#include "state/journal.h"
#include "state/restore.h"
#include "state/save.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOURNAL_EVERY 1000 /* milliseconds */

struct pfx_state {
    struct pfx_state_options options;
    struct pfx_story *story;
    char *path;
    pthread_t thread;
    struct pfx_journal journal;
    int stop[2]; /* a pipe; its end tells the thread to stop */
    int told[2]; /* a pipe; a byte tells that a line told an alert */
    int lock;    /* on the file, until it is closed */
};

static void save(struct pfx_state *state)
{
    /* What changes meanwhile is in the new journal, and in the file or not. */
    if (pfx_state_save(state->story, &state->options) && state->options.alerts != NULL)
        pfx_journal_begin(&state->journal, &state->options);
}

/* What was told goes to the journal at once, what was counted a second later at most. */
static void note_counts(struct pfx_state *state)
{
    char bytes[64];

    while (read(state->told[0], bytes, sizeof(bytes)) == sizeof(bytes))
        ;
    if (pfx_counts_changed(pfx_alerts_counts(state->options.alerts)))
        pfx_journal_add(&state->journal, &state->options);
}

static void *save_often(void *cookie)
{
    struct pfx_state *state = cookie;
    struct pollfd wait[2] = {{.fd = state->stop[0], .events = POLLIN},
                             {.fd = state->told[0], .events = POLLIN}};
    bool counts = state->options.alerts != NULL;
    int64_t interval = state->options.interval, left, due = state->options.clock() + interval;
    int got = 1;
    sigset_t all;

    sigfillset(&all); /* signals are for the daemon's own threads */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    if (counts)
        save(state); /* the journal is of this file */
    do {
        left = due - state->options.clock();
        if (left > interval) /* the clock was set back */
            due -= left - interval;
        if (counts ? left <= 0 : got == 0) {
            save(state);
            due = state->options.clock() + interval;
        }
        wait[0].revents = 0;
        got = poll(wait, counts ? 2 : 1, counts ? JOURNAL_EVERY : (int)interval * 1000);
        if (got >= 0 && counts)
            note_counts(state);
    } while (wait[0].revents == 0);
    return NULL;
}

static void release(struct pfx_state *state)
{
    if (state == NULL)
        return;
    if (state->options.alerts != NULL)
        pfx_alerts_watch(state->options.alerts, -1);
    for (int i = 0; i < 2; ++i) {
        if (state->stop[i] >= 0)
            close(state->stop[i]);
        if (state->told[i] >= 0)
            close(state->told[i]);
    }
    if (state->lock >= 0)
        close(state->lock);
    free(state->path);
    free(state);
}

/* A state without its thread, with the lock on its file; NULL after a report. */
static struct pfx_state *prepare(struct pfx_story *story, const struct pfx_state_options *options)
{
    struct pfx_state *state = NULL;
    char why[PFX_STATE_WHY] = "";
    int lock;

    if (pfx_state_check(options->path, false, why) &&
        (lock = pfx_state_lock(options->path, why)) >= 0) {
        state = calloc(1, sizeof(*state));
        if (state == NULL) {
            close(lock);
        } else {
            *state = (struct pfx_state){.options = *options,
                                        .story = story,
                                        .path = strdup(options->path),
                                        .stop = {-1, -1},
                                        .told = {-1, -1},
                                        .lock = lock};
            if (state->path != NULL && pipe2(state->stop, O_CLOEXEC) == 0 &&
                pipe2(state->told, O_CLOEXEC | O_NONBLOCK) == 0) {
                state->options.path = state->path;
                return state;
            }
        }
        snprintf(why, sizeof(why), "%s", strerror(errno));
    }
    pfx_state_report(options, true, "not kept", why);
    release(state);
    return NULL;
}

struct pfx_state *pfx_state_open(struct pfx_story *story, const struct pfx_state_options *options)
{
    struct pfx_state *state = prepare(story, options);

    if (state == NULL)
        return NULL;
    pfx_state_restore(story, &state->options);
    if (options->alerts != NULL && !pfx_alerts_watch(options->alerts, state->told[1]))
        pfx_state_report(&state->options, true, "its journal is not written", "out of memory");
    if (pthread_create(&state->thread, NULL, save_often, state) != 0) {
        pfx_state_report(options, true, "not kept", "there is no thread");
        release(state);
        return NULL;
    }
    return state;
}

void pfx_state_close(struct pfx_state **state)
{
    struct pfx_state *old = *state;

    *state = NULL;
    if (old == NULL)
        return;
    close(old->stop[1]);
    old->stop[1] = -1;
    pthread_join(old->thread, NULL);
    save(old);
    release(old);
}
