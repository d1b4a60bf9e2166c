/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that a search was exported to: CSV (RFC 4180) with names in its first row, also with ';'
 * or tabs between. All values are texts there, and an empty one may be none.
 */
#ifndef PFXLOG_VERIFY_CSV_H
#define PFXLOG_VERIFY_CSV_H

#include "base/value.h"

struct fjson_object;

/* Zeroed at first; free with csv_free(). */
struct csv {
    char separator;
    char **name; /* of the columns */
    unsigned columns;
    char *row; /* in the making */
    size_t length, size;
};

/* Whether a line is the first one of a table of documents of a chain; then the table is open. */
bool csv_open(struct csv *csv, struct pfx_slice line);

/* Takes a line. *object_r: a whole row, to be put away, or NULL: it goes on in the next line, or
 * was none. NULL, or what is wrong (static text). */
const char *csv_take(struct csv *csv, struct pfx_slice line, struct fjson_object **object_r);

/* False: the last row has no end. */
bool csv_ended(const struct csv *csv);
void csv_free(struct csv *csv);

#endif
