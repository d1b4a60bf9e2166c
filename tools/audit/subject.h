/* SPDX-License-Identifier: Apache-2.0 */
/* Whom or what an audit is about, and which lines are about it. */
#ifndef PFXLOG_AUDIT_SUBJECT_H
#define PFXLOG_AUDIT_SUBJECT_H

#include "trace/view.h"

#include <netinet/in.h>
#include <stdbool.h>

enum subject_kind { SUBJECT_USER, SUBJECT_ADDRESS, SUBJECT_QUEUE_ID };

/* How a line is about it, as bits. */
enum {
    ABOUT_LOGIN = 1,     /* its login name, which the server has checked if the login succeeded */
    ABOUT_SENDER = 2,    /* its mail address as envelope sender: anybody can write that */
    ABOUT_RECIPIENT = 4, /* as envelope recipient, before or after rewriting */
    ABOUT_CLIENT = 8,    /* its address, as that of the client */
    ABOUT_ORIGIN = 16,   /* as that of the client before a filter or proxy */
    ABOUT_QUEUE_ID = 32
};

struct subject {
    enum subject_kind kind;
    const char *text; /* without <>; not owned, lives as long as the options */
    char *owned;
    int family; /* of an address */
    struct in6_addr ip;
};

/* Takes a text, as: "user", "address", "queue-id", or NULL to tell by its form: an IP address, a
 * queue id as Postfix makes them, else a user. False after a message. */
bool subject_open(struct subject *subject, const char *text, const char *as);
void subject_close(struct subject *subject);
/* The name of its kind, as the option has it; for people. */
const char *subject_kind_name(const struct subject *subject);
const char *subject_title(const struct subject *subject);
/* Bits of ABOUT_; 0: the line's own fields say nothing of it. */
unsigned subject_about(const struct subject *subject, const struct view *view);
/* An address that is the subject, or a network that it is in: "192.0.2.0/24". */
bool subject_is_in(const struct subject *subject, const char *network);
/* The same text, whatever the case. */
bool subject_is_named(const struct subject *subject, const char *text);
/* A mail address or login is that of the subject; only of a user. */
bool subject_is_user(const struct subject *subject, const char *text);

#endif
