/* SPDX-License-Identifier: Apache-2.0 */
/* A document is no longer than it may be, and its text is what its tree prints as. */
#include "unit/document/print.h"
#include "unit/unit.h"

#include "document/document.h"

#include <json.h>

static struct pfx_event event;
static char long_text[70000], list[70000];

static size_t slashes(const char *text)
{
    size_t count = 0;

    while ((text = strchr(text, '/')) != NULL) {
        ++count;
        ++text;
    }
    return count;
}

static void fill(const char *piece)
{
    size_t length = strlen(piece);

    for (size_t at = 0; at < sizeof(long_text) - 1; ++at) {
        long_text[at] = piece[at % length];
        list[at] = at % 40 == 39 ? '\n' : piece[at % length];
    }
}

static void check_length(size_t length, size_t limit)
{
    const struct pfx_raw raw = {unit_slice("mail"),
                                unit_slice("postfix/smtp[1]:"),
                                {long_text, length},
                                {1787307332, 5},
                                6};
    const struct pfx_limits limits = {PFX_VALUE_PRESET, limit};
    struct pfx_text text = {0}, room = {0};

    pfx_event_clear(&event);
    pfx_event_set(&event, PFX_F_queue_id, unit_slice("4hR8n873Ycz9Tn"));
    pfx_event_set(&event, PFX_F_to, unit_slice("bob@example.org"));
    pfx_event_set(&event, PFX_F_reply_text, (struct pfx_slice){long_text, length});
    pfx_event_set(&event, PFX_F_unparsed, (struct pfx_slice){long_text, length / 2});
    pfx_event_set(&event, PFX_F_recipients, (struct pfx_slice){list, length});
    for (int format = PFX_GIM; format < PFX_FORMATS; ++format) {
        enum pfx_format f = (enum pfx_format)format;
        struct fjson_object *tree = pfx_document_tree(&room, f, &limits, &event, &raw), *member;

        CHECK(pfx_document_text(&text, f, true, &limits, &event, &raw) == 0);
        CHECK(text.length <= limit);
        /* A tree takes a byte more for each slash. */
        if (text.length + slashes(text.text) <= limit)
            CHECK_TEXT(((struct pfx_slice){text.text, text.length}), print_tree(tree, true));
        CHECK(strlen(fjson_object_to_json_string_ext(tree, FJSON_TO_STRING_SPACED)) <= limit);
        /* What is short stays. */
        CHECK(fjson_object_object_get_ex(tree, pfx_fields[PFX_F_to].key[format].text, &member));
        CHECK_TEXT(unit_slice(fjson_object_get_string(member)), "bob@example.org");
        CHECK(fjson_object_object_get_ex(tree, pfx_fields[PFX_F_truncated].key[format].text,
                                         &member) == (length > PFX_VALUE_PRESET));
        fjson_object_put(tree);
    }
    pfx_text_free(&text);
    pfx_text_free(&room);
}

int main(void)
{
    static const char *const pieces[] = {"a",    "/",           "\x01",
                                         "\xff", "\"quoted\" ", "gr\xc3\xbc\xc3\x9f"};

    pfx_fields_init();
    pfx_text_init();
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); ++i) {
        unit_row = pieces[i];
        fill(pieces[i]);
        for (size_t limit = 3000; limit <= 100000; limit *= 2) {
            check_length(100, limit);
            check_length(sizeof(long_text) - 1, limit);
        }
    }
    return UNIT_END();
}
