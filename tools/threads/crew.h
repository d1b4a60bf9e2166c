/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that work on batches, as many at a time as there are threads; what becomes of them is
 * handed back in the order in which they were given. So many batches are under way that a thread
 * need not wait for the caller, and no more: memory stays the same, however much there is to do.
 */
#ifndef PFXLOG_CREW_H
#define PFXLOG_CREW_H

#include "threads/batch.h"

struct crew;

struct crew_tasks {
    /* In a thread of that number, from 0: works on a batch. */
    void (*work)(void *cookie, unsigned thread, struct batch *batch);
    /* In the thread of the caller of a function below: takes a batch that is done. */
    void (*put)(void *cookie, struct batch *batch);
    void *cookie;
};

/* Threads start when there is work for one more. NULL when memory ran out. */
struct crew *crew_open(unsigned threads, const struct crew_tasks *tasks);
/* The batch to fill next, which is empty, or still the same when it was not given. May wait, and
 * put. */
struct batch *crew_batch(struct crew *crew);
/* Gives the batch of crew_batch() to a thread. Where no thread can be started, the caller works. */
void crew_give(struct crew *crew);
/* Waits for all batches that were given, and puts them. */
void crew_wait(struct crew *crew);
/* As crew_wait(); the threads end. Accepts NULL inside; clears the pointer. */
void crew_close(struct crew **crew);

#endif
