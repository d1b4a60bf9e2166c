/* SPDX-License-Identifier: Apache-2.0 */
/* Names of ECS; see ecs.h. */
#include "verify/ecs.h"

#include <json.h>
#include <stdio.h>
#include <string.h>

#define DEEPEST 12 /* of objects in each other */
#define NAME 400   /* bytes */

struct fjson_object *ecs_place(struct fjson_object *document)
{
    struct fjson_object *member = NULL, *part = NULL;

    if (!fjson_object_object_get_ex(document, "postfix.chain", &member) &&
        fjson_object_object_get_ex(document, "postfix", &part) &&
        fjson_object_is_type(part, fjson_type_object))
        fjson_object_object_get_ex(part, "chain", &member);
    return member;
}

/* Puts the members of an object into flat, behind what is in name. NULL, or what is wrong. */
static const char *flatten(struct fjson_object *object, char name[static NAME], unsigned depth,
                           struct fjson_object *flat)
{
    struct fjson_object_iterator it = fjson_object_iter_begin(object);
    struct fjson_object_iterator end = fjson_object_iter_end(object);
    size_t used = strlen(name);
    const char *fault = NULL;

    for (; fault == NULL && !fjson_object_iter_equal(&it, &end); fjson_object_iter_next(&it)) {
        struct fjson_object *value = fjson_object_iter_peek_value(&it);
        int length = snprintf(name + used, NAME - used, "%s", fjson_object_iter_peek_name(&it));
        bool is_object = fjson_object_is_type(value, fjson_type_object);

        if (length + used + 2 > NAME || (is_object && depth == DEEPEST)) {
            fault = "its names are too long or too deep";
        } else if (is_object) {
            memcpy(name + used + length, ".", 2);
            fault = flatten(value, name, depth + 1, flat);
        } else if (fjson_object_object_get_ex(flat, name, NULL)) {
            fault = "it has a name twice, flat and in an object";
        } else {
            fjson_object_object_add(flat, name, fjson_object_get(value));
        }
        name[used] = '\0';
    }
    return fault;
}

struct fjson_object *ecs_flat(struct fjson_object *document, const char **fault_r)
{
    struct fjson_object *flat = fjson_object_new_object();
    char name[NAME] = "";

    *fault_r = flat != NULL ? flatten(document, name, 0, flat) : NULL;
    return flat;
}

enum pfx_field ecs_field(struct pfx_slice name)
{
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        if (pfx_fields[f].ecs != NULL && pfx_slice_equal(pfx_slice_of(pfx_fields[f].ecs), name))
            return (enum pfx_field)f;
    }
    return PFX_FIELD_NONE;
}
