/* SPDX-License-Identifier: Apache-2.0 */
/* What a text is compared with: its tree as libfastjson prints it, without the backslash that it
 * puts before each slash. */
#ifndef PRINT_H
#define PRINT_H

#include "unit/unit.h"

#include <json.h>

#define FLAGS(spaced) ((spaced) ? FJSON_TO_STRING_SPACED : FJSON_TO_STRING_PLAIN)

/* Valid until the next call. */
static const char *print_tree(struct fjson_object *tree, bool spaced)
{
    static char text[1 << 20];
    const char *at = fjson_object_to_json_string_ext(tree, FLAGS(spaced));
    size_t length = 0;

    for (; *at != '\0' && length + 2 < sizeof(text); ++at) {
        if (at[0] == '\\' && at[1] == '/')
            ++at;
        else if (at[0] == '\\')
            text[length++] = *at++;
        text[length++] = *at;
    }
    CHECK(*at == '\0');
    text[length] = '\0';
    return text;
}

#endif
