/* SPDX-License-Identifier: Apache-2.0 */
/* Documents in a chain; see chaining.h. */
#include "chaining.h"
#include "evidence/leaf.h"

#include <json.h>
#include <string.h>

bool pfx_chaining(struct pfx_worker *worker, const struct pfx_raw *raw, bool spaced,
                  struct fjson_object **tree_r)
{
    struct pfx_slice name = pfx_fields[PFX_F_chain].key[worker->format];
    struct pfx_limits limits = worker->limits;
    unsigned char leaf[PFX_SEAL_HASH];
    char quoted[PFX_CHAIN_TEXT + 2] = "\"", *place = quoted + 1;
    struct fjson_object *string;

    if (limits.document != SIZE_MAX)
        limits.document -= sizeof(quoted) + name.length;
    if (tree_r != NULL)
        *tree_r = pfx_document_both(&worker->text, worker->format, &limits, &worker->event, raw);
    if (tree_r != NULL ? *tree_r == NULL
                       : pfx_document_text(&worker->text, worker->format, true, &limits,
                                           &worker->event, raw) < 0)
        return false;
    pfx_leaf(worker->hasher, &worker->text, leaf);
    pfx_chain_add(worker->core->chain, worker->hasher, leaf, place);
    if (tree_r == NULL) {
        memcpy(place + strlen(place), "\"", 2);
        return (spaced || pfx_document_text(&worker->text, worker->format, false, &limits,
                                            &worker->event, raw) == 0) &&
               pfx_text_add(&worker->text, name, pfx_slice_of(quoted)) == 0;
    }
    string = fjson_object_new_string(place);
    if (string != NULL)
        fjson_object_object_add(*tree_r, name.text, string);
    return string != NULL;
}
