/* SPDX-License-Identifier: Apache-2.0 */
/* Documents within limits; see document.h.
 *
 * One that is too long is made anew with shorter values: the longest ones lose, all others stay.
 */
#include "document/document.h"
#include "document/tree.h"

/* What one byte of a value, and all that a member has beside it, can be in JSON. */
#define BYTE_MAX 6
#define MEMBER_MAX (PFX_TEXT_NAME_MAX + 16)

/* Bytes of the document, as text or as libfastjson prints its tree: that puts a backslash before
 * each slash. */
static size_t length_of(const struct pfx_text *text, bool as_tree)
{
    size_t length = text->length;

    for (size_t i = 0; as_tree && i < text->length; ++i)
        length += text->text[i] == '/';
    return length;
}

/* Renders with the longest values that fit, which *value_r tells. */
static int render(struct pfx_text *text, enum pfx_format format, bool spaced, bool as_tree,
                  const struct pfx_limits *limits, const struct pfx_event *event,
                  const struct pfx_raw *raw, size_t *value_r)
{
    size_t value = limits->value;

    for (;;) {
        if (pfx_text_render(text, format, spaced, value, event, raw) < 0)
            return -1;
        *value_r = value;
        if (length_of(text, as_tree) <= limits->document || value <= PFX_VALUE_SHORTEST)
            return 0;
        value = value / 2 > PFX_VALUE_SHORTEST ? value / 2 : PFX_VALUE_SHORTEST;
    }
}

int pfx_document_text(struct pfx_text *text, enum pfx_format format, bool spaced,
                      const struct pfx_limits *limits, const struct pfx_event *event,
                      const struct pfx_raw *raw)
{
    size_t value;

    return render(text, format, spaced, false, limits, event, raw, &value);
}

/* Whatever its bytes are, it is not too long: so nearly all trees are made without being measured.
 */
static bool surely_fits(const struct pfx_event *event, const struct pfx_raw *raw, size_t limit)
{
    size_t bytes = raw->host.length + raw->tag.length + raw->text.length, members = 16;

    for (unsigned w = 0; w < PFX_FIELD_WORDS; ++w) {
        for (uint64_t left = event->set[w]; left != 0; left &= left - 1, ++members)
            bytes += event->field[w * 64 + (unsigned)__builtin_ctzll(left)].length;
    }
    for (unsigned i = 0; i < event->extras; ++i, ++members)
        bytes += event->extra[i].text.length + PFX_TEXT_NAME_MAX;
    return bytes * BYTE_MAX + members * MEMBER_MAX <= limit;
}

struct fjson_object *pfx_document_tree(struct pfx_text *room, enum pfx_format format,
                                       const struct pfx_limits *limits,
                                       const struct pfx_event *event, const struct pfx_raw *raw)
{
    size_t value = limits->value;

    if (limits->document != SIZE_MAX && !surely_fits(event, raw, limits->document) &&
        render(room, format, true, true, limits, event, raw, &value) < 0)
        return NULL;
    return pfx_tree(format, value, event, raw);
}

struct fjson_object *pfx_document_both(struct pfx_text *text, enum pfx_format format,
                                       const struct pfx_limits *limits,
                                       const struct pfx_event *event, const struct pfx_raw *raw)
{
    size_t value;

    return render(text, format, true, true, limits, event, raw, &value) < 0
               ? NULL
               : pfx_tree(format, value, event, raw);
}

struct fjson_object *pfx_document_fields(size_t limit, const struct pfx_event *event)
{
    return pfx_tree(PFX_GIM, limit, event, NULL); /* which needs no line */
}
