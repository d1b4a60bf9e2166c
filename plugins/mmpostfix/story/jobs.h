/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of the programs beside Postfix: the lines that share an id of their own (a task of amavis, a
 * session of Dovecot), and the mail that one of them, or a reply to Postfix, names. What was told
 * before the mail was known waits here for it.
 */
#ifndef PFX_JOBS_H
#define PFX_JOBS_H

#include "story/story_state.h"

/* Classes of the store. */
enum pfx_job_class { PFX_JOB_TASK, PFX_JOB_SESSION /* it began and has not ended */ };

struct pfx_job {
    struct pfx_entry entry;
    uint64_t id;
    uint64_t mail, mail_id;    /* hash of the key of its mail and that one's id; 0: none yet */
    uint64_t named;            /* hash of the key of the mail that it was taken for; 0: none yet */
    char notice[PFX_UID_SIZE]; /* queue id of one about its mail, until that is known */
    int64_t opened;            /* when it began, as a line says; 0: none did */
    struct pfx_facts facts;
    uint8_t fate; /* enum pfx_fate of what it was given */
};

/* The job that the line is of, made when it is the first; NULL when it is of none, or without
 * memory. */
struct pfx_job *pfx_jobs_of(struct pfx_merge *merge);
/* The job if there is one already. */
struct pfx_job *pfx_jobs_find(const struct pfx_merge *merge);

/* A line of Postfix about that mail names the job. Before it is merged: what the job did with the
 * mail is what became of the recipient. After it: the mail gets the job's facts, and the job is the
 * mail's. */
void pfx_jobs_correct(const struct pfx_job *job, struct pfx_observation *observation);
void pfx_jobs_tie(struct pfx_merge *merge, struct pfx_job *job, struct pfx_mail *mail);

/* A line of the job itself. mail: its mail, if it is known. */
void pfx_jobs_merge(struct pfx_merge *merge, struct pfx_job *job, struct pfx_mail *mail);
/* The job names a mail, by its queue id on that host, that no line was of yet: it waits for it. */
void pfx_jobs_claim(struct pfx_merge *merge, const struct pfx_job *job, struct pfx_slice queue_id);
/* A mail is new: the hash of the key of the job that waits for it, or 0; and it gets what that
 * knows. */
uint64_t pfx_jobs_claimed(const struct pfx_merge *merge);
void pfx_jobs_take_claim(struct pfx_merge *merge, struct pfx_mail *mail);
/* What the job knows becomes known of a mail. */
void pfx_jobs_give(const struct pfx_job *job, struct pfx_mail *mail);
/* Sets what is known of the job in the event. alone: its mail is not known. */
void pfx_jobs_tell(struct pfx_merge *merge, const struct pfx_job *job, bool alone);

#endif
