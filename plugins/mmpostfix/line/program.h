/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a Postfix line: who speaks, how loud, about which queue file. Knows the forms of
 * Postfix's names, and strangers by name, but no daemon. Pure functions; slices point into the
 * given text.
 */
#ifndef PFX_PROGRAM_H
#define PFX_PROGRAM_H

#include "base/value.h"

/* "postfix-out/submission/smtpd[123]:" (global/mail_task.c, master.cf -o syslog_name). */
struct pfx_program {
    struct pfx_slice instance; /* "postfix-out": before the first slash */
    struct pfx_slice service;  /* "submission": all between first and last slash, or empty */
    struct pfx_slice daemon;   /* "smtpd": after the last slash; the whole when there is none */
    struct pfx_slice pid;      /* "123", or empty; its first digits when the tag was cut there */
    bool cut;                  /* the tag was perhaps cut within the name of the daemon */
};

/* %syslogtag:1:32% of rsyslog's own templates, and others, cut a tag after so many bytes. */
#define PFX_CUT_TAG 32

/* What a tag says about whose line it is. */
enum pfx_claim {
    PFX_CLAIM_NONE,     /* not Postfix's */
    PFX_CLAIM_OWN_RULE, /* another program may have that name: Postfix's if a rule of that very
                           daemon fits, "outbound/qmgr[1]:" */
    PFX_CLAIM_ANY_RULE, /* the same, but no daemon is named: any rule, "postfix-out[1]:" */
    PFX_CLAIM_SURE      /* Postfix's, whatever it says */
};

/* A text split at its front: "LEVEL: ID: REST" (util/msg_output.c, and the queue id that most
 * messages begin with). */
struct pfx_head {
    struct pfx_slice level;    /* "warning", "error", "fatal", "panic", or empty */
    struct pfx_slice queue_id; /* a real one; NOQUEUE is none */
    struct pfx_slice rest;
};

/* Splits a syslog tag, with or without pid and colon. False when it has no program name. Whether
 * it is Postfix's is for pfx_program_claim() and the rulebases to say. */
bool pfx_program_parse(struct pfx_slice tag, struct pfx_program *program_r);

/* The whole name: "postfix-out/submission/smtpd". */
struct pfx_slice pfx_program_name(const struct pfx_program *program);

/* Whose line it is. known: there are rules of that daemon. */
enum pfx_claim pfx_program_claim(const struct pfx_program *program, bool known);

/* text without the "[ID 123456 mail.info] " that Solaris' syslogd puts before it. */
struct pfx_slice pfx_program_skip_msgid(struct pfx_slice text);

/* Splits the front of a text. */
struct pfx_head pfx_program_head(struct pfx_slice text);

/* A word at the front of text that could stand for a queue id though it has the form of none: what
 * global/mail_queue.c mail_queue_id_ok() lets pass, followed by ": ". Sites and tools make up such
 * names. Only valid when the message after it is one that Postfix logs with a queue id.
 * False when there is none. */
bool pfx_program_loose_head(struct pfx_slice text, struct pfx_head *head);

/* "message repeated N times: [ TEXT]", as syslog daemons shorten repetitions. True when text is
 * one; then *count_r is N and *text_r the text within. */
bool pfx_program_repeated(struct pfx_slice text, struct pfx_slice *count_r,
                          struct pfx_slice *text_r);

#endif
