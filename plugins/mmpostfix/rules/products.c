/* SPDX-License-Identifier: Apache-2.0 */
/* The table of products; see products.h. */
#include "rules/products.h"
#include "base/hash.h"
#include "base/rows.h"
#include "rules/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pfx_program_name {
    struct pfx_slice name; /* that of an instance ends in a slash */
    unsigned product;
    bool shared; /* others may be called so */
};

/* Cuts the next entry off a list with commas. */
static struct pfx_slice take_entry(struct pfx_slice *list)
{
    ptrdiff_t comma = pfx_slice_find(*list, PFX_SLICE(","));
    struct pfx_slice entry = comma < 0 ? *list : pfx_slice_until(*list, (size_t)comma);

    *list = comma < 0 ? PFX_NO_SLICE : pfx_slice_from(*list, (size_t)comma + 1);
    return entry;
}

/* The slot of that name, or the empty one where it belongs. */
static uint16_t *find_slot(const struct pfx_products *products, struct pfx_slice name)
{
    size_t at = pfx_slice_hash(name) & (products->slots - 1);

    while (products->slot[at] != 0 &&
           !pfx_slice_equal(products->program[products->slot[at] - 1].name, name))
        at = (at + 1) & (products->slots - 1);
    return &products->slot[at];
}

/* Words as programs write them to the names that Postfix gives its own. */
static struct pfx_slice level_of(struct pfx_slice word)
{
    static const struct {
        struct pfx_slice word, level;
    } rows[] = {
        {{"warn", 4}, {"warning", 7}}, {{"warning", 7}, {"warning", 7}},
        {{"err", 3}, {"error", 5}},    {{"error", 5}, {"error", 5}},
        {{"crit", 4}, {"fatal", 5}},   {{"critical", 8}, {"fatal", 5}},
        {{"fatal", 5}, {"fatal", 5}},  {{"alert", 5}, {"fatal", 5}},
        {{"emerg", 5}, {"panic", 5}},  {{"panic", 5}, {"panic", 5}},
        {{"info", 4}, {"info", 4}},    {{"notice", 6}, {"notice", 6}},
        {{"debug", 5}, {"debug", 5}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_slice name = rows[i].word;
        size_t n = 0;

        while (n < name.length && n < word.length && pfx_lower(word.text[n]) == name.text[n])
            ++n;
        if (n == name.length && (n == word.length || (n + 1 == word.length && word.text[n] == ':')))
            return rows[i].level;
    }
    return PFX_NO_SLICE;
}

static const char *read_levels(struct pfx_slice list, struct pfx_levels *levels)
{
    while (list.length > 0) {
        struct pfx_slice entry = take_entry(&list), name;
        ptrdiff_t equals = pfx_slice_find(entry, PFX_SLICE("="));
        struct pfx_level level;

        level.text = equals < 0 ? entry : pfx_slice_until(entry, (size_t)equals);
        name = equals < 0 ? entry : pfx_slice_from(entry, (size_t)equals + 1);
        level.level = level_of(name);
        if (level.text.length == 0 || level.level.length == 0)
            return "a level is a word such as Error: or a text and a word, (!)=warning";
        if (levels->count == PFX_LEVEL_MAX)
            return "too many levels";
        levels->row[levels->count++] = level;
    }
    return NULL;
}

struct cookie {
    struct pfx_products *products;
    const struct pfx_selection *wanted;
};

static bool is_wanted(const struct pfx_selection *wanted, struct pfx_slice name)
{
    for (int i = 0; i < wanted->count; ++i) {
        if (pfx_slice_equal(pfx_slice_of(wanted->name[i]), name))
            return true;
    }
    return wanted->count == 0;
}

static const char *add_program(struct pfx_products *products, struct pfx_slice entry)
{
    struct pfx_program_name program = {entry, (unsigned)products->rows - 1, false};
    struct pfx_program_name *grown;

    if (pfx_slice_ends(program.name, PFX_SLICE("?"))) {
        program.shared = true;
        --program.name.length;
    }
    if (pfx_slice_ends(program.name, PFX_SLICE("/*")))
        --program.name.length;
    if (program.name.length == 0 || pfx_slice_equal(program.name, PFX_SLICE("/")) ||
        strcspn(program.name.text, " *?[]:") < program.name.length)
        return "a program is a name, or an instance and /*, with ? behind one that others have, "
               "too";
    for (size_t i = 0; i < products->programs; ++i) {
        if (pfx_slice_equal(products->program[i].name, program.name))
            return "this program has a row already";
    }
    if (products->programs == UINT16_MAX - 1)
        return "too many programs";
    grown = pfx_rows_grow(products->program, products->programs, sizeof(*grown));
    if (grown == NULL)
        return "out of memory";
    products->program = grown;
    grown[products->programs++] = program;
    return NULL;
}

static bool is_folder(struct pfx_slice name)
{
    return name.length > 0 && name.length < 64 && name.text[0] != '.' &&
           memchr(name.text, '/', name.length) == NULL;
}

static const char *add_row(void *data, const struct pfx_slice *column, unsigned line)
{
    struct cookie *cookie = data;
    struct pfx_products *products = cookie->products;
    struct pfx_product product = {
        .name = column[0], .application = column[1], .front = column[3], .line = line};
    struct pfx_slice programs = column[2];
    const char *reason = read_levels(column[4], &product.levels);
    bool first = products->rows == 0;

    if (!is_folder(product.name))
        return "a product is named as its folder";
    if (product.application.length == 0)
        return "the name of the application is missing";
    if (first != pfx_slice_equal(product.name, PFX_SLICE("postfix")))
        return "the first product is postfix";
    if (first != (programs.length == 0))
        return first ? "the programs of postfix are those of syslog_name" : "programs are missing";
    for (size_t i = 0; i < products->rows; ++i) {
        if (pfx_slice_equal(products->row[i].name, product.name))
            return "this product has a row already";
    }
    if (reason == NULL && products->rows == PFX_PRODUCT_MAX)
        return "too many products";
    if (reason != NULL)
        return reason;
    products->row[products->rows++] = product;
    while (programs.length > 0 && reason == NULL)
        reason = add_program(products, take_entry(&programs));
    return reason;
}

/* Open addressing at a load of one half at most. */
static bool make_index(struct pfx_products *products)
{
    for (products->slots = 16; products->slots < products->programs * 2; products->slots *= 2)
        ;
    products->slot = calloc(products->slots, sizeof(*products->slot));
    if (products->slot == NULL)
        return false;
    for (size_t i = 0; i < products->programs; ++i)
        *find_slot(products, products->program[i].name) = (uint16_t)(i + 1);
    return true;
}

/* Why not all that was asked for is there, or NULL. */
static const char *selection_fault(const struct pfx_products *products,
                                   const struct pfx_selection *wanted)
{
    static _Thread_local char reason[1024];
    size_t used;

    if (wanted->count > 0 && !is_wanted(wanted, PFX_SLICE("postfix")))
        return "products lacks postfix, which has to be one of them";
    for (int i = 0; i < wanted->count; ++i) {
        struct pfx_slice name = pfx_slice_of(wanted->name[i]);
        bool known = false;

        for (size_t p = 0; p < products->rows; ++p)
            known |= pfx_slice_equal(products->row[p].name, name);
        if (known)
            continue;
        used = (size_t)snprintf(reason, sizeof(reason), "there is no product %.60s; there are",
                                wanted->name[i]);
        for (size_t p = 0; p < products->rows && used < sizeof(reason); ++p)
            used +=
                (size_t)snprintf(reason + used, sizeof(reason) - used, "%s %.*s", p == 0 ? "" : ",",
                                 (int)products->row[p].name.length, products->row[p].name.text);
        return reason;
    }
    return NULL;
}

/* Leaves out what is not wanted. */
static void select_rows(struct pfx_products *products, const struct pfx_selection *wanted)
{
    unsigned place[PFX_PRODUCT_MAX] = {0};
    size_t rows = 0, programs = 0;

    for (size_t i = 0; i < products->rows; ++i) {
        place[i] = (unsigned)rows;
        if (is_wanted(wanted, products->row[i].name))
            products->row[rows++] = products->row[i];
        else
            place[i] = PFX_PRODUCT_MAX;
    }
    products->rows = rows;
    for (size_t i = 0; i < products->programs; ++i) {
        struct pfx_program_name program = products->program[i];

        program.product = place[program.product];
        if (program.product < PFX_PRODUCT_MAX)
            products->program[programs++] = program;
    }
    products->programs = programs;
}

int pfx_products_read(struct pfx_slice text, const struct pfx_selection *wanted,
                      struct pfx_products *products_r, unsigned *line_r, const char **reason_r)
{
    static const struct pfx_slice alone = {"postfix\tpostfix\t-\t-\t-\n", 22};
    struct cookie cookie = {products_r, wanted};

    *products_r = (struct pfx_products){.row = calloc(PFX_PRODUCT_MAX, sizeof(struct pfx_product))};
    *line_r = 0;
    *reason_r = products_r->row == NULL ? "out of memory" : NULL;
    if (*reason_r == NULL && pfx_table_read(text.length > 0 ? text : alone, 5, add_row, &cookie,
                                            line_r, reason_r) == 0) {
        *line_r = 0;
        *reason_r = products_r->rows == 0 ? "the table has no row of postfix"
                                          : selection_fault(products_r, wanted);
    }
    if (*reason_r == NULL) {
        select_rows(products_r, wanted);
        if (!make_index(products_r))
            *reason_r = "out of memory";
    }
    if (*reason_r == NULL)
        return 0;
    pfx_products_free(products_r);
    return -1;
}

void pfx_products_free(struct pfx_products *products)
{
    free(products->row);
    free(products->program);
    free(products->slot);
    *products = (struct pfx_products){0};
}

unsigned pfx_products_find(const struct pfx_products *products, struct pfx_slice name, bool *sure_r)
{
    uint16_t slot = *find_slot(products, name);
    ptrdiff_t slash = slot == 0 ? pfx_slice_find(name, PFX_SLICE("/")) : -1;

    if (slash >= 0)
        slot = *find_slot(products, pfx_slice_until(name, (size_t)slash + 1));
    if (slot == 0)
        return 0;
    *sure_r = !products->program[slot - 1].shared;
    return products->program[slot - 1].product;
}
