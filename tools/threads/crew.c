/* SPDX-License-Identifier: Apache-2.0 */
/* Crews; see crew.h. Batches are slots of a ring, which three counters go through: given by the
 * caller, taken by threads, put by the caller. Their order is put <= taken <= given <= put + slots.
 */
#include "threads/crew.h"

#include <pthread.h>
#include <stdlib.h>

#define SLOTS_A_THREAD 4

struct slot {
    struct batch batch;
    bool done;
};

struct member {
    struct crew *crew;
    unsigned number;
    pthread_t thread;
};

struct crew {
    struct crew_tasks tasks;
    struct slot *slot;
    struct member *member;
    unsigned threads, started;
    size_t slots;
    size_t put;           /* of the caller alone */
    pthread_mutex_t lock; /* of all below, and of done */
    pthread_cond_t more, done;
    size_t given, taken;
    bool closing;
};

static struct slot *slot_of(const struct crew *crew, size_t number)
{
    return &crew->slot[number % crew->slots];
}

/* The next slot that was given, or NULL at the end of all. Called with the lock. */
static struct slot *take(struct crew *crew)
{
    while (crew->taken == crew->given && !crew->closing)
        pthread_cond_wait(&crew->more, &crew->lock);
    return crew->taken == crew->given ? NULL : slot_of(crew, crew->taken++);
}

static void *work(void *cookie)
{
    struct member *member = cookie;
    struct crew *crew = member->crew;
    struct slot *slot;

    pthread_mutex_lock(&crew->lock);
    while ((slot = take(crew)) != NULL) {
        pthread_mutex_unlock(&crew->lock);
        crew->tasks.work(crew->tasks.cookie, member->number, &slot->batch);
        pthread_mutex_lock(&crew->lock);
        slot->done = true;
        pthread_cond_signal(&crew->done);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

struct crew *crew_open(unsigned threads, const struct crew_tasks *tasks)
{
    struct crew *crew = calloc(1, sizeof(*crew));

    if (crew == NULL)
        return NULL;
    crew->tasks = *tasks;
    crew->threads = threads;
    crew->slots = (size_t)threads * SLOTS_A_THREAD;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->more, NULL);
    pthread_cond_init(&crew->done, NULL);
    crew->slot = calloc(crew->slots, sizeof(*crew->slot));
    crew->member = calloc(threads, sizeof(*crew->member));
    if (crew->slot == NULL || crew->member == NULL)
        crew_close(&crew);
    return crew;
}

/* Puts the oldest batch, once it is done. */
static void put_one(struct crew *crew)
{
    struct slot *slot = slot_of(crew, crew->put);

    pthread_mutex_lock(&crew->lock);
    while (!slot->done)
        pthread_cond_wait(&crew->done, &crew->lock);
    slot->done = false;
    pthread_mutex_unlock(&crew->lock);
    crew->tasks.put(crew->tasks.cookie, &slot->batch);
    batch_clear(&slot->batch);
    ++crew->put;
}

struct batch *crew_batch(struct crew *crew)
{
    if (crew->given - crew->put == crew->slots) /* no other thread gives */
        put_one(crew);
    return &slot_of(crew, crew->given)->batch;
}

/* False when there are no threads at all. */
static bool start(struct crew *crew)
{
    struct member *member = &crew->member[crew->started];

    *member = (struct member){.crew = crew, .number = crew->started};
    if (pthread_create(&member->thread, NULL, work, member) == 0)
        ++crew->started;
    else
        crew->threads = crew->started; /* that many have to do */
    return crew->started > 0;
}

void crew_give(struct crew *crew)
{
    struct slot *slot = slot_of(crew, crew->given);

    if (crew->started < crew->threads || crew->started == 0) {
        if (!start(crew)) {
            crew->tasks.work(crew->tasks.cookie, 0, &slot->batch);
            slot->done = true;
        }
    }
    pthread_mutex_lock(&crew->lock);
    ++crew->given;
    if (slot->done)
        ++crew->taken;
    pthread_cond_signal(&crew->more);
    pthread_mutex_unlock(&crew->lock);
}

void crew_wait(struct crew *crew)
{
    while (crew->put != crew->given)
        put_one(crew);
}

void crew_close(struct crew **crew)
{
    struct crew *old = *crew;

    *crew = NULL;
    if (old == NULL)
        return;
    crew_wait(old);
    pthread_mutex_lock(&old->lock);
    old->closing = true;
    pthread_cond_broadcast(&old->more);
    pthread_mutex_unlock(&old->lock);
    for (unsigned i = 0; i < old->started; ++i)
        pthread_join(old->member[i].thread, NULL);
    for (size_t i = 0; old->slot != NULL && i < old->slots; ++i)
        batch_free(&old->slot[i].batch);
    pthread_cond_destroy(&old->more);
    pthread_cond_destroy(&old->done);
    pthread_mutex_destroy(&old->lock);
    free(old->slot);
    free(old->member);
    free(old);
}
