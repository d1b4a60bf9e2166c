/* SPDX-License-Identifier: Apache-2.0 */
/* Table files; see table.h. */
#include "rules/table.h"

/* Splits a line into so many columns; "-" becomes an empty one. */
static bool split_row(struct pfx_slice line, unsigned least, unsigned columns,
                      struct pfx_slice *column)
{
    for (unsigned i = 0; i < columns; ++i) {
        ptrdiff_t tab = pfx_slice_find(line, PFX_SLICE("\t"));

        if (tab < 0 ? i + 1 < least : i + 1 == columns)
            return false;
        column[i] = tab < 0 ? line : pfx_slice_until(line, (size_t)tab);
        if (pfx_slice_equal(column[i], PFX_SLICE("-")))
            column[i].length = 0;
        if (tab >= 0)
            line = pfx_slice_from(line, (size_t)tab + 1);
        else
            memset(&column[i + 1], 0, (columns - i - 1) * sizeof(*column));
        if (tab < 0)
            break;
    }
    return true;
}

int pfx_table_read_from(struct pfx_slice text, unsigned least, unsigned columns, pfx_table_row *add,
                        void *cookie, unsigned *line_r, const char **fault_r)
{
    static const char *const wrong[] = {"",
                                        "",
                                        "a row has two columns separated by tabs",
                                        "a row has three columns separated by tabs",
                                        "a row has four columns separated by tabs",
                                        "a row has five columns separated by tabs",
                                        "a row has six columns separated by tabs",
                                        "a row has seven columns separated by tabs",
                                        "a row has eight columns separated by tabs",
                                        "a row has nine columns separated by tabs",
                                        "a row has ten columns separated by tabs",
                                        "a row has eleven columns separated by tabs",
                                        "a row has twelve columns separated by tabs"};
    struct pfx_slice column[PFX_TABLE_COLUMNS];

    for (*line_r = 1; text.length > 0; ++*line_r) {
        ptrdiff_t end = pfx_slice_find(text, PFX_SLICE("\n"));
        struct pfx_slice line = end < 0 ? text : pfx_slice_until(text, (size_t)end);

        text = pfx_slice_from(text, line.length + 1);
        if (line.length == 0 || line.text[0] == '#')
            continue;
        *fault_r =
            split_row(line, least, columns, column) ? add(cookie, column, *line_r) : wrong[columns];
        if (*fault_r != NULL)
            return -1;
    }
    return 0;
}

int pfx_table_read(struct pfx_slice text, unsigned columns, pfx_table_row *add, void *cookie,
                   unsigned *line_r, const char **fault_r)
{
    return pfx_table_read_from(text, columns, columns, add, cookie, line_r, fault_r);
}
