/* SPDX-License-Identifier: Apache-2.0 */
/* Table files: lines of columns separated by tabs, '#' comments, "-" for an empty column. */
#ifndef PFX_TABLE_H
#define PFX_TABLE_H

#include "base/value.h"

#define PFX_TABLE_COLUMNS 12

/* Takes one row; the reason why it is invalid (static text), or NULL. */
typedef const char *pfx_table_row(void *cookie, const struct pfx_slice *column, unsigned line);

/* Calls add with the columns of each row, which point into text. -1 at the first fault, then
 * *line_r and *fault_r (static text) describe it. columns is at most PFX_TABLE_COLUMNS. */
int pfx_table_read(struct pfx_slice text, unsigned columns, pfx_table_row *add, void *cookie,
                   unsigned *line_r, const char **fault_r);

/* The same of rows that may end after the first least columns; those that are left out are empty.
 */
int pfx_table_read_from(struct pfx_slice text, unsigned least, unsigned columns, pfx_table_row *add,
                        void *cookie, unsigned *line_r, const char **fault_r);

#endif
