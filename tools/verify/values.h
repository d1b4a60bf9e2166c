/* SPDX-License-Identifier: Apache-2.0 */
/* Values of documents that came back, as the texts that the module made them of.
 */
#ifndef PFXLOG_VERIFY_VALUES_H
#define PFXLOG_VERIFY_VALUES_H

#include "event/fields.h"

struct fjson_object;

/* Texts of a document in the making. Zeroed at first. */
struct values {
    char *value;
    size_t used, size;
    bool table; /* the document comes from a table: all is text */
};

/* Begins a document. False: out of memory. */
bool values_begin(struct values *values, struct fjson_object *document);
void values_free(struct values *values);

/* The text of a field of that type; lives until the next document. Of a number that is none, empty.
 */
struct pfx_slice values_text(struct values *values, struct fjson_object *value, enum pfx_type type);

/* A list as a table has it, as JSON or bare: an array to be put away; NULL: out of memory. */
struct fjson_object *values_list(const char *text);

/* Three texts as one; the same. */
struct pfx_slice values_join(struct values *values, const char *a, const char *b, const char *c);

/* A string of JSON, quoted as the module does; the same. */
struct pfx_slice values_quote(struct values *values, struct pfx_slice text);

#endif
