/* SPDX-License-Identifier: Apache-2.0 */
/* Tables; see csv.h. */
#include "verify/csv.h"

#include <json.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 2000
#define ROW ((size_t)16 << 20) /* bytes, at most */

/* Takes a cell off the front of *row, and the separator behind it. Its text takes the place of its
 * quoted form. False: a quote has no end. */
static bool take_cell(char **row, char separator, char **cell_r, bool *last_r)
{
    char *in = *row, *out;
    bool quoted = *in == '"';

    *cell_r = out = in += quoted;
    for (;; *out++ = *in++) {
        if (*in == '\0' && quoted)
            return false;
        if (*in == '\0' || (!quoted && *in == separator))
            break;
        if (quoted && *in == '"') {
            if (in[1] != '"')
                break;
            ++in;
        }
    }
    in += quoted;
    if (*in != '\0' && *in != separator)
        return false;
    *last_r = *in == '\0';
    *row = in + !*last_r;
    *out = '\0';
    return true;
}

/* What begins as a formula has an apostrophe in front of it, by some that export; but Postfix
 * writes
 * '-l', with one behind it, too. */
static char *bare(char *cell)
{
    bool formula = cell[0] == '\'' && cell[1] != '\0' && strchr("=+-@", cell[1]) != NULL;

    return formula && strchr(cell + 1, '\'') == NULL ? cell + 1 : cell;
}

/* Whether it is one of documents of a chain. */
static bool read_names(struct csv *csv, char *row)
{
    static const char *const places[] = {"vendor_chain", "_vendor_chain", "postfix.chain"};
    bool last = false, found = false;
    char *cell;

    csv->name = calloc(COLUMNS, sizeof(char *));
    while (csv->name != NULL && !last && csv->columns < COLUMNS) {
        if (!take_cell(&row, csv->separator, &cell, &last))
            return false;
        if (strncmp(cell, "_source.", strlen("_source.")) == 0)
            cell += strlen("_source.");
        csv->name[csv->columns] = strdup(cell);
        if (csv->name[csv->columns++] == NULL)
            return false;
        for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); ++i)
            found |= strcmp(cell, places[i]) == 0;
    }
    return found && last;
}

bool csv_open(struct csv *csv, struct pfx_slice line)
{
    pfx_slice_take(&line, PFX_SLICE("\xef\xbb\xbf"));
    if (line.length == 0 || line.text[0] == '{' || line.text[0] == '[')
        return false;
    for (const char *separator = ",;\t"; *separator != '\0'; ++separator) {
        char *row = strndup(line.text, line.length);
        bool good;

        csv->separator = *separator;
        good = row != NULL && read_names(csv, row);
        free(row);
        if (good)
            return true;
        csv_free(csv);
    }
    return false;
}

/* Adds a line to the row. False: it is too long. */
static bool add_line(struct csv *csv, struct pfx_slice line)
{
    size_t wanted = csv->length + line.length + 2;
    char *grown;

    if (wanted > ROW)
        return false;
    if (wanted > csv->size) {
        grown = realloc(csv->row, wanted * 2);
        if (grown == NULL)
            return false;
        csv->row = grown;
        csv->size = wanted * 2;
    }
    if (csv->length > 0)
        csv->row[csv->length++] = '\n';
    memcpy(csv->row + csv->length, line.text, line.length);
    csv->length += line.length;
    csv->row[csv->length] = '\0';
    return true;
}

/* A quote that is open goes on in the next line. */
static bool is_whole(const struct csv *csv)
{
    size_t quotes = 0;

    for (size_t i = 0; i < csv->length; ++i)
        quotes += csv->row[i] == '"';
    return quotes % 2 == 0;
}

const char *csv_take(struct csv *csv, struct pfx_slice line, struct fjson_object **object_r)
{
    char *row, *cell;
    bool last = false;

    *object_r = NULL;
    if (line.length == 0 && csv->length == 0)
        return NULL;
    if (!add_line(csv, line)) {
        csv->length = 0;
        return "its row is too long";
    }
    if (!is_whole(csv))
        return NULL;
    csv->length = 0;
    row = csv->row;
    *object_r = fjson_object_new_object();
    for (unsigned column = 0; *object_r != NULL && !last; ++column) {
        if (column == csv->columns || !take_cell(&row, csv->separator, &cell, &last) ||
            (last && column + 1 < csv->columns)) {
            fjson_object_put(*object_r);
            *object_r = NULL;
            return "its row has other columns than the first one";
        }
        if (fjson_object_object_get_ex(*object_r, csv->name[column], NULL)) {
            fjson_object_put(*object_r);
            *object_r = NULL;
            return "a column is there twice";
        }
        if (cell[strspn(cell, " ")] != '\0')
            fjson_object_object_add(*object_r, csv->name[column],
                                    fjson_object_new_string(bare(cell)));
    }
    return *object_r != NULL ? NULL : "out of memory";
}

bool csv_ended(const struct csv *csv)
{
    return csv->length == 0;
}

void csv_free(struct csv *csv)
{
    for (unsigned i = 0; i < csv->columns; ++i)
        free(csv->name[i]);
    free(csv->name);
    free(csv->row);
    *csv = (struct csv){0};
}
