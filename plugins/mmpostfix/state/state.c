/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a story in a state file; see state.h. */
#include "state/state.h"
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

struct pfx_state {
    struct pfx_state_options options;
    struct pfx_story *story;
    char *path;
    pthread_t thread;
    int stop[2]; /* a pipe; its end tells the thread to stop */
    int lock;    /* on the file, until it is closed */
};

static void *save_often(void *cookie)
{
    struct pfx_state *state = cookie;
    struct pollfd stopped = {.fd = state->stop[0], .events = POLLIN};
    int got;
    sigset_t all;

    sigfillset(&all); /* signals are for the daemon's own threads */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    do {
        got = poll(&stopped, 1, (int)state->options.interval * 1000);
        if (got == 0)
            pfx_state_save(state->story, &state->options);
    } while (got == 0 || (got < 0 && errno == EINTR));
    return NULL;
}

static void release(struct pfx_state *state)
{
    if (state == NULL)
        return;
    for (int i = 0; i < 2; ++i) {
        if (state->stop[i] >= 0)
            close(state->stop[i]);
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
                                        .lock = lock};
            if (state->path != NULL && pipe2(state->stop, O_CLOEXEC) == 0) {
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
    pfx_state_save(old->story, &old->options);
    release(old);
}
