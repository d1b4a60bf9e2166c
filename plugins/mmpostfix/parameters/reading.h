/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the parameters of a module() or an action() by a table, one row a parameter. What is wrong
 * is reported with its name, its value and what is allowed.
 */
#ifndef PFX_PARAMETERS_READING_H
#define PFX_PARAMETERS_READING_H

#include "base/range.h"

#include <stdbool.h>
#include <stddef.h>

struct nvlst;

struct pfx_texts {
    char **text;
    int count;
};

enum pfx_parameter_kind {
    PFX_PARAMETER_TEXT,   /* char *, to be freed; NULL when it was not given and has no preset */
    PFX_PARAMETER_TEXTS,  /* struct pfx_texts, to be freed */
    PFX_PARAMETER_CHOICE, /* int: place in choices, in any case of letters; -1 without a preset */
    PFX_PARAMETER_NUMBER  /* size_t or unsigned; left as it is when it was not given */
};

struct pfx_parameter {
    const char *name;
    enum pfx_parameter_kind kind;
    size_t place, size;         /* of the member in the struct that is filled */
    const char *preset;         /* of a text or a choice */
    const char *const *choices; /* up to a NULL */
    struct pfx_range range;     /* its name is not looked at */
};

/* The place of a member: for the initializer of a row. */
#define PFX_PLACE(type, member)                                                                    \
    .place = offsetof(struct type, member), .size = sizeof(((struct type *)NULL)->member)

struct pfx_parameter_table {
    const struct pfx_parameter *row;
    size_t rows;
    const char *refused; /* what becomes of a configuration with a fault, ends the message */
};

/* Fills *given, which is zeroed but for presets of numbers; the caller frees it by
 * pfx_parameters_free(), also after a failure. Parameters with a dot in their names are rsyslog's
 * own. */
rsRetVal pfx_parameters_read(struct nvlst *lst, const struct pfx_parameter_table *table,
                             void *given);
void pfx_parameters_free(const struct pfx_parameter_table *table, void *given);

/* What was given to a parameter of rsyslog's own, to be freed; NULL when nothing was. */
char *pfx_parameters_foreign(const struct nvlst *lst, const char *name);

#endif
