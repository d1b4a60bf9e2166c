/* SPDX-License-Identifier: Apache-2.0 */
/* Trees and lines by field; see view.h. */
#include "trace/view.h"
#include "base/hash.h"

#include <json.h>
#include <json_object_iterator.h>
#include <stdlib.h>

#define SLOTS 1024 /* a power of two, over three times the fields */

_Static_assert(PFX_FIELD_COUNT * 3 < SLOTS, "names of fields would collide too often");

static uint16_t slot[SLOTS]; /* a field plus one */

/* The slot of a name, or the free one where it belongs. */
static unsigned find(const char *name)
{
    unsigned at = pfx_slice_hash(pfx_slice_of(name)) % SLOTS;

    while (slot[at] != 0 && strcmp(pfx_fields[slot[at] - 1].name, name) != 0)
        at = (at + 1) % SLOTS;
    return at;
}

void view_open(void)
{
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        unsigned at = find(pfx_fields[f].name);

        if (slot[at] == 0)
            slot[at] = (uint16_t)(f + 1);
    }
}

void view_take(struct view *view, struct fjson_object *tree, bool all)
{
    struct fjson_object_iterator i = fjson_object_iter_begin(tree);
    struct fjson_object_iterator end = fjson_object_iter_end(tree);

    memset(view, 0, sizeof(*view));
    for (; !fjson_object_iter_equal(&i, &end); fjson_object_iter_next(&i)) {
        unsigned at = find(fjson_object_iter_peek_name(&i));
        struct fjson_object *value = fjson_object_iter_peek_value(&i);

        if (slot[at] != 0)
            view->text[slot[at] - 1] = all || fjson_object_is_type(value, fjson_type_string)
                                           ? fjson_object_get_string(value)
                                           : "";
    }
}

/* Packed fields: number in two bytes, text, NUL; ends at the number of no field. */
static char *put_field(char *at, unsigned field)
{
    *at++ = (char)(field & 0xff);
    *at++ = (char)(field >> 8);
    return at;
}

static const char *take_field(const char *at, unsigned *field_r)
{
    *field_r = (unsigned char)at[0] | (unsigned)(unsigned char)at[1] << 8;
    return *field_r < PFX_FIELD_COUNT ? at + 2 : NULL;
}

struct row *row_new(const struct view *view, int64_t time, uint64_t order)
{
    size_t size = 2;
    struct row *row;
    char *at;

    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f)
        size += view->text[f] != NULL ? strlen(view->text[f]) + 3 : 0;
    row = malloc(sizeof(*row) + size);
    if (row == NULL)
        return NULL;
    *row = (struct row){.time = time, .order = order};
    at = row->fields;
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        if (view->text[f] == NULL)
            continue;
        size = strlen(view->text[f]) + 1;
        at = put_field(at, f);
        memcpy(at, view->text[f], size);
        at += size;
    }
    put_field(at, PFX_FIELD_COUNT);
    return row;
}

void row_view(const struct row *row, struct view *view_r)
{
    const char *at = row->fields;
    unsigned field;

    memset(view_r, 0, sizeof(*view_r));
    while ((at = take_field(at, &field)) != NULL) {
        view_r->text[field] = at;
        at += strlen(at) + 1;
    }
}

const char *row_text(const struct row *row, enum pfx_field field)
{
    const char *at = row->fields;
    unsigned found;

    while ((at = take_field(at, &found)) != NULL && found != (unsigned)field)
        at += strlen(at) + 1;
    return at != NULL ? at : "";
}
