/* SPDX-License-Identifier: Apache-2.0 */
/* Documents with the names of the Elastic Common Schema, of which some stores make objects:
 * {"email":{"from":{"address":...}}} for "email.from.address".
 */
#ifndef PFXLOG_VERIFY_ECS_H
#define PFXLOG_VERIFY_ECS_H

#include "event/fields.h"

struct fjson_object;

/* The member that has the place, or NULL. */
struct fjson_object *ecs_place(struct fjson_object *document);

/* The same document with flat names, to be put away. NULL: out of memory, or *fault_r says what is
 * wrong (static text). */
struct fjson_object *ecs_flat(struct fjson_object *document, const char **fault_r);

/* The field of a name, or PFX_FIELD_NONE. Of two that share one the first: their order does not
 * matter, since no other field that goes with one of them stands between. */
enum pfx_field ecs_field(struct pfx_slice name);

#endif
