/* SPDX-License-Identifier: Apache-2.0 */
/* Documents and lines by field; see view.h. */
#include "trace/view.h"
#include "base/hash.h"
#include "members.h"

#include <stdlib.h>

#define SLOTS 2048 /* a power of two, over three times the fields */

_Static_assert(PFX_FIELD_COUNT * 3 < SLOTS, "names of fields would collide too often");

static uint16_t slots[SLOTS]; /* a field plus one */

/* The slot of a name, or the free one where it belongs. */
static unsigned find(struct pfx_slice name)
{
    /* Names begin alike. */
    struct pfx_slice end = pfx_slice_from(name, name.length > 8 ? name.length - 8 : 0);
    unsigned at = pfx_slice_hash(end) % SLOTS;

    while (slots[at] != 0 && !pfx_slice_equal(pfx_fields[slots[at] - 1].key[PFX_GIM], name))
        at = (at + 1) % SLOTS;
    return at;
}

void view_open(void)
{
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        unsigned at = find(pfx_fields[f].key[PFX_GIM]);

        if (slots[at] == 0)
            slots[at] = (uint16_t)(f + 1);
    }
}

bool view_take(struct view *view, struct pfx_slice document, bool all)
{
    struct member member;
    char *at;

    memset(view->text, 0, sizeof(view->text));
    if (view->size <= document.length) {
        char *grown = realloc(view->room, document.length * 2);

        if (grown == NULL)
            return false;
        view->room = grown;
        view->size = document.length * 2;
    }
    at = view->room;
    while (member_next(&document, &member)) {
        unsigned slot = find(member.name);

        if (slots[slot] == 0)
            continue;
        view->text[slots[slot] - 1] = at;
        if (member.string) {
            at += member_text(member.raw, at);
        } else if (all) {
            memcpy(at, member.raw.text, member.raw.length);
            at += member.raw.length;
        }
        *at++ = '\0';
    }
    return true;
}

void view_close(struct view *view)
{
    free(view->room);
    *view = (struct view){0};
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

    memset(view_r->text, 0, sizeof(view_r->text));
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

bool row_is_beside(const struct row *row)
{
    const char *product = row_text(row, PFX_F_product);

    return product[0] != '\0' && strcmp(product, "postfix") != 0;
}
