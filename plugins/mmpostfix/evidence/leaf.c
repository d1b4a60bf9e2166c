/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of documents; see leaf.h. */
#include "evidence/leaf.h"

void pfx_leaf(struct pfx_hasher *hasher, const struct pfx_text *text,
              unsigned char leaf_r[static PFX_SEAL_HASH])
{
    /* Behind the comma or brace that each part begins with. */
    const struct pfx_slice part[] = {
        {text->text + text->line_begin + 1,
         text->line_end > text->line_begin ? text->line_end - text->line_begin - 1 : 0},
        {text->text + text->fields_begin + 1,
         text->fields_end > text->fields_begin ? text->fields_end - text->fields_begin - 1 : 0}};

    pfx_hasher_sum(hasher, 0, part, 2, leaf_r);
}
