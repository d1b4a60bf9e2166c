/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a value a document takes; see limit.h. */
#include "document/limit.h"

struct pfx_limits pfx_limits_default(void)
{
    return (struct pfx_limits){PFX_VALUE_PRESET, SIZE_MAX};
}

/* Bytes that what stands at text becomes, of which *step_r are used up. */
static size_t one(struct pfx_slice text, size_t *step_r)
{
    size_t step =
        (unsigned char)text.text[0] < 0x80 ? 1 : pfx_value_utf8_step(text.text, text.length);

    *step_r = step == 0 ? 1 : step;
    return step == 0 ? 3 : step;
}

size_t pfx_limit_bytes(struct pfx_slice text)
{
    size_t bytes = 0, step;

    for (size_t at = 0; at < text.length; at += step)
        bytes += one(pfx_slice_from(text, at), &step);
    return bytes;
}

struct pfx_slice pfx_limit_text(struct pfx_slice text, size_t limit)
{
    size_t at = 0, bytes = 0, step;

    for (; at < text.length; at += step) {
        bytes += one(pfx_slice_from(text, at), &step);
        if (bytes > limit)
            break;
    }
    return pfx_slice_until(text, at);
}

struct pfx_slice pfx_limit_list(struct pfx_slice text, size_t limit)
{
    size_t at = 0, whole = 0, bytes = 0, step;

    for (; at < text.length && bytes <= limit; at += step) {
        if (text.text[at] == '\n')
            whole = at;
        bytes += one(pfx_slice_from(text, at), &step) + (text.text[at] == '\n');
    }
    return bytes <= limit ? text : pfx_slice_until(text, whole);
}
