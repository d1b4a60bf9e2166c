/* SPDX-License-Identifier: Apache-2.0 */
/* interleave RULEBASEDIR THREADS ROUNDS [OWNRELAY...] <LINES: the story by many threads, against
 * the same lines one after the other.
 *
 * Threads take the lines in turns of a few. In the moment in which a line holds all that it touches
 * it takes a number. Then a story in one part gets the lines in the order of these numbers, by one
 * thread: what either says of each line has to be the same to the byte. In every other round a part
 * that is taken out of order counts as busy, so that all are let go and found again. The clock
 * stands still, so nothing is evicted: that is a matter of chance, and not of this test. Where
 * stamps tell full seconds the order of arrival is what counts, so they get fractions in that order
 * beforehand.
 */
#include "core.h"
#include "line/header.h"
#include "story/story.h"
#include "story/story_state.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 16
#define TURN_MAX 6

struct item {
    struct pfx_line line;
    unsigned number; /* the moment of the line, from 1 */
    char *told, *wanted;
};

static struct item *item;
static size_t items, next_item; /* atomic */
static unsigned numbers;        /* atomic */
static __thread unsigned number;
static struct pfx_core *core;
static struct pfx_story *story;

/* Some yield while they hold what others want. */
static void probe(void)
{
    number = __atomic_add_fetch(&numbers, 1, __ATOMIC_RELAXED);
    if (number % 5 == 0)
        sched_yield();
}

static char *copy_of(struct pfx_slice s)
{
    return strndup(s.text != NULL ? s.text : "", s.length);
}

static bool read_items(void)
{
    char *text = NULL;
    size_t room = 0, size = 0;
    ssize_t length;

    while ((length = getline(&text, &room, stdin)) > 0) {
        struct pfx_header header;

        if (!pfx_header_parse((struct pfx_slice){text, (size_t)length - 1}, (struct pfx_time){0, 0},
                              &header))
            continue;
        if (items == size) {
            size = size * 2 + 1024;
            item = realloc(item, size * sizeof(*item));
            if (item == NULL)
                return false;
        }
        item[items++] = (struct item){.line = {.host = copy_of(header.host),
                                               .tag = copy_of(header.tag),
                                               .text = copy_of(header.text),
                                               .text_length = header.text.length,
                                               .severity = 6,
                                               .time = header.time,
                                               .received = {1787307332, 0}}};
        if (header.time.microseconds == 0)
            item[items - 1].line.time.microseconds = (int32_t)items;
    }
    free(text);
    return items > 0;
}

static char *tell(struct pfx_worker *worker, const struct pfx_line *line)
{
    struct pfx_slice text = PFX_NO_SLICE;

    pfx_normalize_text(worker, line, false, &text.text, &text.length);
    return copy_of(text);
}

static void *work(void *argument)
{
    unsigned seed = *(unsigned *)argument;
    struct pfx_worker *worker = pfx_worker_new(core, PFX_GIM, story);

    for (;;) {
        size_t turn = 1 + (size_t)rand_r(&seed) % TURN_MAX;
        size_t at = __atomic_fetch_add(&next_item, turn, __ATOMIC_RELAXED);

        for (size_t i = at; i < at + turn && i < items; ++i) {
            number = 0;
            item[i].told = tell(worker, &item[i].line);
            item[i].number = number;
        }
        if (at >= items)
            break;
    }
    pfx_worker_free(&worker);
    return NULL;
}

static int by_number(const void *a, const void *b)
{
    const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;

    return (x->number > y->number) - (x->number < y->number);
}

static struct pfx_story *new_story(unsigned shards, char *const *relay)
{
    struct pfx_story_options options = pfx_story_defaults();

    options.shards = shards;
    story = pfx_story_new(&options);
    if (story != NULL)
        story->answers = true; /* as after a first line of a policy service, whoever came to it */
    for (; story != NULL && *relay != NULL; ++relay) {
        if (!pfx_story_add_relay(story, *relay))
            pfx_story_free(&story);
    }
    return story;
}

/* The same lines in the order in which they were merged. */
static void tell_in_order(void)
{
    struct item **order = calloc(items, sizeof(*order));
    struct pfx_worker *worker = pfx_worker_new(core, PFX_GIM, story);

    for (size_t i = 0; i < items; ++i)
        order[i] = &item[i];
    qsort(order, items, sizeof(*order), by_number);
    for (size_t i = 0; i < items; ++i)
        order[i]->wanted = tell(worker, &order[i]->line);
    pfx_worker_free(&worker);
    free(order);
}

static unsigned compare(unsigned round)
{
    unsigned wrong = 0;

    for (size_t i = 0; i < items; ++i) {
        if (strcmp(item[i].told, item[i].wanted) != 0 && wrong++ < 3)
            printf("round %u, line %zu: %s %s\n threads:  %s\n in order: %s\n", round, i + 1,
                   item[i].line.tag, item[i].line.text, item[i].told, item[i].wanted);
        free(item[i].told);
        free(item[i].wanted);
    }
    return wrong;
}

/* One round; how many lines came out otherwise. */
static unsigned once(unsigned round, unsigned threads, char *const *relay)
{
    pthread_t thread[THREADS_MAX];
    unsigned seed[THREADS_MAX], unforeseen;
    struct pfx_story_worker idle;

    next_item = 0;
    numbers = 0;
    new_story(16, relay);
    story->shards.contended = round % 2 == 1;
    story->shards.probe = probe;
    pfx_story_add_worker(story, 0, &idle); /* so that none is ever alone */
    for (unsigned i = 0; i < threads; ++i) {
        seed[i] = round * THREADS_MAX + i + 1;
        if (pthread_create(&thread[i], NULL, work, &seed[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < threads; ++i)
        pthread_join(thread[i], NULL);
    unforeseen = story->shards.unforeseen;
    if (unforeseen > 0)
        printf("round %u: %u times a line touched what it did not hold\n", round, unforeseen);
    pfx_story_free(&story);
    new_story(1, relay);
    tell_in_order();
    pfx_story_free(&story);
    return compare(round) + unforeseen;
}

int main(int argc, char **argv)
{
    char error[PFX_ERROR_SIZE] = "usage: interleave RULEBASEDIR THREADS ROUNDS [OWNRELAY...]";
    unsigned threads = argc > 3 ? (unsigned)atoi(argv[2]) : 0, wrong = 0;
    unsigned rounds = argc > 3 ? (unsigned)atoi(argv[3]) : 0;

    core = threads > 0 && threads <= THREADS_MAX ? pfx_core_open(argv[1], error) : NULL;
    if (core == NULL || !read_items()) {
        fprintf(stderr, "%s\n", core == NULL ? error : "no lines");
        return 2;
    }
    for (unsigned round = 0; round < rounds; ++round)
        wrong += once(round, threads, argv + 4);
    printf("%zu lines by %u threads, %u rounds, %u otherwise than in order\n", items, threads,
           rounds, wrong);
    for (size_t i = 0; i < items; ++i) {
        free((char *)item[i].line.host);
        free((char *)item[i].line.tag);
        free((char *)item[i].line.text);
    }
    free(item);
    pfx_core_close(&core);
    return wrong > 0 || rounds == 0;
}
