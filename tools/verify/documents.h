/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the documents of chains in files: JSON, at whatever depth a search has put them, or CSV.
 */
#ifndef PFXLOG_VERIFY_DOCUMENTS_H
#define PFXLOG_VERIFY_DOCUMENTS_H

#include "options.h"
#include "reading/lines.h"
#include "verify/place.h"

struct documents {
    /* Gets each one. False: enough, reading fails. */
    bool (*take)(void *cookie, const struct place *place, unsigned file, unsigned line);
    /* Gets what is wrong with one (static text). */
    void (*fault)(void *cookie, unsigned file, unsigned line, const char *why);
    void *cookie;
    /* Zeroed at first; counted: */
    uint64_t count, others; /* documents; lines without any */
    unsigned file, line;
    bool failed;
    struct place_room room;
};

/* All of the files of options, or standard input. False after a message. Frees what it needed. */
bool documents_read(struct documents *documents, const struct pfxlog_options *options);

/* What a file is called. */
const char *documents_file(const struct pfxlog_options *options, unsigned file);

/* Opens a file, - is standard input. NULL after a message. */
struct lines *documents_open(const char *name);

#endif
