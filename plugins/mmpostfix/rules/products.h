/* SPDX-License-Identifier: Apache-2.0 */
/* Whose lines there are: the table products.tsv beside the rulebases. A site may edit it.
 *
 * One row a product, columns separated by tabs, "-" for none:
 *   product  application  programs  front  levels
 * product      the folder of its rules, and event_source_product
 * application  application_name
 * programs     tags that are its own, with commas between: "NAME", or "INSTANCE/" and a star for
 * all below an instance; "?" behind one whose name others have, too: its line is taken only where a
 * rule fits. Postfix's own row has none: syslog_name says them front        what stands before the
 * text that rules match, see line/front.h levels       words of the severity that may stand there,
 * too: "WORD" or "WORD=LEVEL" The row of Postfix comes first. Immutable once read.
 */
#ifndef PFX_PRODUCTS_H
#define PFX_PRODUCTS_H

#include "base/level.h"

#define PFX_PRODUCT_MAX 64

struct pfx_product {
    struct pfx_slice name, application, front;
    struct pfx_levels levels;
    unsigned line; /* of the table */
    int form;      /* of the front, for whoever knows the forms; 0 when read */
};

struct pfx_products {
    struct pfx_product *row; /* [0] is Postfix */
    size_t rows;
    struct pfx_program_name *program;
    size_t programs;
    uint16_t *slot; /* a hash of names: program + 1, 0 for none */
    size_t slots;   /* a power of two */
};

/* Which products are wanted; none named: all. */
struct pfx_selection {
    const char *const *name;
    int count;
};

/* Reads the table from text, which must live as long as the result, and keeps the rows that are
 * wanted. Text is empty where there is no table: then there is Postfix alone. On failure -1, then
 * *line_r (0: no line) and *reason_r (valid until the thread's next call) say where and why. Free
 * with pfx_products_free(). */
int pfx_products_read(struct pfx_slice text, const struct pfx_selection *wanted,
                      struct pfx_products *products_r, unsigned *line_r, const char **reason_r);
void pfx_products_free(struct pfx_products *products);

/* The product that a program is of, by the name in its tag; 0 when it is of none. *sure_r: no other
 * program is called so. */
unsigned pfx_products_find(const struct pfx_products *products, struct pfx_slice name,
                           bool *sure_r);

#endif
