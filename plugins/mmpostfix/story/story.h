/* SPDX-License-Identifier: Apache-2.0 */
/* Correlates the lines of one mail: each line is merged into the story of its mail and connection,
 * and gets what earlier lines said. Holds no name of a field or an event: the roles of rules, the
 * fates of kinds and the scopes of fields drive it.
 *
 * One story may be shared by any number of threads. Of its parts those that a line is about are
 * locked while it is merged, never while a tree is built or a file is written. Memory is bounded;
 * early eviction is counted. The timestamps of lines decide what happened first, and a clock that
 * only goes forward decides what is idle; see pfx_story_options.
 */
#ifndef PFX_STORY_H
#define PFX_STORY_H

#include "base/timestamp.h"
#include "mail/record.h"
#include "story/arrivals.h"
#include "story/own_hosts.h"
#include "story/story_options.h"

struct pfx_story;

/* NULL when memory ran out. */
struct pfx_story *pfx_story_new(const struct pfx_story_options *options);
void pfx_story_free(struct pfx_story **story);

/* Adds an own host among the next hops: "NAME" or "ADDRESS" as in relay=, with "=HOST" for its name
 * in its own log lines. Before the first line. False: it is neither. */
bool pfx_story_add_relay(struct pfx_story *story, const char *entry);

/* Adds an alias of an instance: "submission=postfix", where master.cf has "-o
 * syslog_name=submission" for one of its services. Before the first line. False: it is none. */
bool pfx_story_add_alias(struct pfx_story *story, const char *entry);

/* Whether there is any; and what the own host of that address or name is called in its own log
 * lines: empty where it is none, or the site did not say. It stays as long as the story. Any
 * thread. */
bool pfx_story_has_relays(const struct pfx_story *story);
struct pfx_slice pfx_story_own_host(const struct pfx_story *story, struct pfx_slice ip,
                                    struct pfx_slice name);

/* One more reader of all lines, see arrivals.h: an action of its own. Any thread. */
unsigned pfx_story_add_reader(struct pfx_story *story);

/* Who takes lines to the story: a thread, for a reader. */
struct pfx_story_worker {
    unsigned reader;
    struct pfx_names names; /* from line to line */
    struct pfx_taken {
        bool there; /* the line was counted, and is told again */
        bool duplicate, coarse;
        unsigned nth;
        int64_t time;
        uint64_t line;
    } taken;
    /* Of the last line: */
    enum pfx_arrival arrival;
    uint64_t line;     /* its hash */
    unsigned attempts; /* how often the queue manager took its mail up so far */
};

/* Makes one of that reader, before its first line. Any thread. */
void pfx_story_add_worker(struct pfx_story *story, unsigned reader,
                          struct pfx_story_worker *worker_r);

/* The sentence of which a line is the last part, see pieces.h, copied to text, of
 * PFX_STORY_SENTENCE bytes: its length, 0 when it is not known. Sets what is joined in the
 * observation, for pfx_story_line(). */
size_t pfx_story_sentence(struct pfx_story *story, struct pfx_story_worker *worker,
                          struct pfx_observation *observation, char *text);

/* Merges a line and sets in event what is known beside it. now: when the line arrived; line: its
 * whole text, by which a line that comes twice is told. scratch has to live as long as the event.
 * False: nothing was done, as the sentence that it ends became another one since it was read. Then
 * it has to be told again, by the same worker before any other line. In the end joined is set to
 * PFX_STORY_APART: whatever there is, it is not joined.
 */
bool pfx_story_line(struct pfx_story *story, struct pfx_story_worker *worker,
                    struct pfx_observation *observation, struct pfx_time now, struct pfx_slice line,
                    struct pfx_event *event, struct pfx_scratch *scratch);

/* Finds out alone whether a line came before, of one that pfx_story_line() does not get; in worker.
 */
void pfx_story_arrive(struct pfx_story *story, struct pfx_story_worker *worker,
                      struct pfx_observation *observation, struct pfx_slice line);

/* How many mails are in the queue and not on hold, without a look at each of them. */
size_t pfx_story_waiting(struct pfx_story *story);

/* The gauge of that name, without a look at mails that are not active. */
uint64_t pfx_story_stalled(struct pfx_story *story);

void pfx_story_count(struct pfx_story *story, struct pfx_story_counters *counters_r);
/* The same, and the queues of the instances that have a name. Any thread. */
void pfx_story_count_queues(struct pfx_story *story, struct pfx_story_counters *counters_r,
                            struct pfx_gauges instance_r[static PFX_INSTANCES]);
/* The name of an instance, by its place in the order in which they were seen, from 0; it stays as
 * it is. NULL: there are no more so far. Any thread. */
const char *pfx_story_instance(const struct pfx_story *story, unsigned place);

#endif
