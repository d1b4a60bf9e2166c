/* SPDX-License-Identifier: Apache-2.0 */
/* The output of a story: sets fields of an event from what other lines said. Pure. */
#ifndef PFX_RECORD_H
#define PFX_RECORD_H

#include "mail/session.h"

/* Texts that a story makes for one event; they have to live as long as it does. */
struct pfx_scratch {
    char *text;
    size_t size, used;
};
#define PFX_SCRATCH_SIZE (384 * 1024)

/* Sets what is known of the mail: facts, ids and, where whole, the record with its recipients.
 * False when that record has gaps. */
bool pfx_record_tell_mail(const struct pfx_mail *mail, bool whole, struct pfx_event *event,
                          struct pfx_scratch *scratch);
/* Sets only the ids: for a late line, after the record. */
void pfx_record_tell_gone(const struct pfx_mail *mail, struct pfx_event *event,
                          struct pfx_scratch *scratch);
/* Sets the queue id, on a line of the connection that amends the record of its mail. */
void pfx_record_tell_uid(const char *uid, struct pfx_event *event, struct pfx_scratch *scratch);
void pfx_record_tell_child(uint64_t child_id, enum pfx_link link, struct pfx_event *event,
                           struct pfx_scratch *scratch);
/* internal: the delivery went to another mail of our own. */
void pfx_record_tell_hop(bool internal, struct pfx_event *event);
void pfx_record_tell_session_id(const struct pfx_session *session, struct pfx_event *event,
                                struct pfx_scratch *scratch);
/* Sets facts and id of the connection; on the line that ends it, its counters. */
void pfx_record_tell_session(const struct pfx_session *session, bool whole, struct pfx_event *event,
                             struct pfx_scratch *scratch);
/* Sets TLS of the connection to the next hop, as the agent's session has it. */
/* Of a job beside Postfix: its flow, if that is not a mail's (alone); of one that is a session, as
 * it began at opened, its id and, when closed is not 0, how long it lasted. Microseconds, 0: not
 * known. */
void pfx_record_tell_job(uint64_t id, int64_t opened, int64_t closed, bool alone,
                         struct pfx_event *event, struct pfx_scratch *scratch);
/* By which client and sender a policy service was asked about it: those of the event, or what is
 * known. False when that is not known. */
bool pfx_record_asked(const struct pfx_mail *mail, const struct pfx_event *event,
                      struct pfx_slice *client_ip_r, struct pfx_slice *from_r);
/* The connection that a line of another program is of; weak: it is likely of it. */
void pfx_record_tell_client(uint64_t session, uint64_t trace, bool weak, struct pfx_event *event,
                            struct pfx_scratch *scratch);
void pfx_record_tell_relay(const struct pfx_session *session, struct pfx_event *event,
                           struct pfx_scratch *scratch);

#endif
