/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a document as pfx_normalize_text() prints it: an object of strings, numbers and
 * lists of strings, without blanks. Pure; linear; any text is valid input.
 */
#ifndef PFXLOG_MEMBERS_H
#define PFXLOG_MEMBERS_H

#include "base/value.h"

struct member {
    struct pfx_slice name;
    struct pfx_slice raw; /* a string without its quotes, its escapes as they are; else all of it */
    bool string;
};

/* Takes the next member off *rest, which is all of the document at first. False at its end. */
bool member_next(struct pfx_slice *rest, struct member *member_r);
/* Writes the text of a raw string, and NUL, to out, which has room for raw.length + 1 bytes.
 * Returns its length. */
size_t member_text(struct pfx_slice raw, char *out);

#endif
