/* SPDX-License-Identifier: Apache-2.0 */
/* Tag and head of a line; see program.h. */
#include "line/program.h"
#include "base/queue_id.h"

#include <string.h>

/* clang-format off */
#define PFX_NAME(literal) {(literal), sizeof(literal) - 1}
/* clang-format on */

/* Nothing but digits, or nothing. */
static bool are_digits(struct pfx_slice s)
{
    for (size_t i = 0; i < s.length; ++i) {
        if (s.text[i] < '0' || s.text[i] > '9')
            return false;
    }
    return true;
}

bool pfx_program_parse(struct pfx_slice tag, struct pfx_program *program_r)
{
    struct pfx_program program = {0};
    struct pfx_slice name = pfx_slice_trim(tag);
    ptrdiff_t open, first, last;

    if (pfx_slice_ends(name, PFX_SLICE(":")))
        --name.length;
    open = pfx_slice_rfind(name, PFX_SLICE("["));
    if (open >= 0 && pfx_slice_ends(name, PFX_SLICE("]"))) {
        program.pid = pfx_slice_from(name, (size_t)open + 1);
        --program.pid.length;
        name = pfx_slice_until(name, (size_t)open);
    } else if (open >= 0 && are_digits(pfx_slice_from(name, (size_t)open + 1))) {
        program.pid = pfx_slice_from(name, (size_t)open + 1);
        name = pfx_slice_until(name, (size_t)open);
    } else {
        program.cut = pfx_slice_trim(tag).length == PFX_CUT_TAG;
    }
    if (name.length == 0 || memchr(name.text, ' ', name.length) != NULL)
        return false;
    first = pfx_slice_find(name, PFX_SLICE("/"));
    last = pfx_slice_rfind(name, PFX_SLICE("/"));
    if (first < 0) {
        program.instance = program.daemon = name;
    } else {
        program.instance = pfx_slice_until(name, (size_t)first);
        program.daemon = pfx_slice_from(name, (size_t)last + 1);
        if (last > first)
            program.service = (struct pfx_slice){name.text + first + 1, (size_t)(last - first - 1)};
    }
    *program_r = program;
    return program.instance.length > 0 && program.daemon.length > 0;
}

struct pfx_slice pfx_program_name(const struct pfx_program *program)
{
    const char *end = program->daemon.text + program->daemon.length;

    return (struct pfx_slice){program->instance.text, (size_t)(end - program->instance.text)};
}

/* Programs that are called so, but are none of Postfix's. */
static bool is_stranger(struct pfx_slice instance)
{
    static const struct pfx_slice names[] = {
        PFX_NAME("cyrus"),
        PFX_NAME("haproxy"),
        PFX_NAME("postfix-exporter"),
        PFX_NAME("postfix-local"), /* Plesk's */
        PFX_NAME("postfix-mta-sts-resolver"),
        PFX_NAME("postfix-policyd"),
        PFX_NAME("postfix-policyd-spf-perl"),
        PFX_NAME("postfix-policyd-spf-python"),
        PFX_NAME("postfix-queue"), /* Plesk's */
        PFX_NAME("postfix-tlspol"),
        PFX_NAME("postfix_exporter"),
        PFX_NAME("postfixadmin"),
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); ++i) {
        if (pfx_slice_equal(instance, names[i]))
            return true;
    }
    return false;
}

enum pfx_claim pfx_program_claim(const struct pfx_program *program, bool known)
{
    bool bare = program->daemon.text == program->instance.text;

    if (pfx_slice_equal(program->instance, PFX_SLICE("postfix")))
        return PFX_CLAIM_SURE;
    if (is_stranger(program->instance))
        return PFX_CLAIM_NONE;
    if (pfx_slice_starts(program->instance, PFX_SLICE("postfix")))
        return bare && !known ? PFX_CLAIM_ANY_RULE : PFX_CLAIM_SURE;
    return !bare && known ? PFX_CLAIM_OWN_RULE : PFX_CLAIM_NONE;
}

static bool begins_level(char c)
{
    return c == 'w' || c == 'e' || c == 'f' || c == 'p';
}

/* Cuts "WORD: " off the front of *s when WORD is one of words; the word, or an empty slice. */
static struct pfx_slice take_level(struct pfx_slice *s)
{
    static const struct pfx_slice words[] = {
        {"warning", 7}, {"error", 5}, {"fatal", 5}, {"panic", 5}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i) {
        struct pfx_slice rest = pfx_slice_from(*s, words[i].length);

        if (pfx_slice_starts(*s, words[i]) && pfx_slice_starts(rest, PFX_SLICE(": "))) {
            struct pfx_slice word = pfx_slice_until(*s, words[i].length);

            *s = pfx_slice_from(rest, 2);
            return word;
        }
    }
    return PFX_NO_SLICE;
}

struct pfx_slice pfx_program_skip_msgid(struct pfx_slice text)
{
    ptrdiff_t close;

    if (!pfx_slice_starts(text, PFX_SLICE("[ID ")))
        return text;
    close = pfx_slice_find(text, PFX_SLICE("] "));
    return close < 0 ? text : pfx_slice_from(text, (size_t)close + 2);
}

struct pfx_head pfx_program_head(struct pfx_slice text)
{
    struct pfx_head head = {.rest = text};
    struct pfx_slice word;
    bool is_id;

    if (text.length > 0 && begins_level(text.text[0]))
        head.level = take_level(&head.rest);
    word = pfx_queue_id_word(head.rest, &is_id);
    if ((!is_id && !pfx_slice_equal(word, PFX_SLICE("NOQUEUE"))) ||
        !pfx_slice_starts(pfx_slice_from(head.rest, word.length), PFX_SLICE(": ")))
        return head;
    if (is_id)
        head.queue_id = word;
    head.rest = pfx_slice_from(head.rest, word.length + 2);
    return head;
}

bool pfx_program_loose_head(struct pfx_slice text, struct pfx_head *head)
{
    ptrdiff_t colon = pfx_slice_find(pfx_slice_until(text, 66), PFX_SLICE(": "));

    if (colon < 4)
        return false;
    for (ptrdiff_t i = 0; i < colon; ++i) {
        char c = text.text[i];

        if (!(pfx_is_digit(c) || (pfx_lower(c) >= 'a' && pfx_lower(c) <= 'z') || c == '_'))
            return false;
    }
    head->queue_id = pfx_slice_until(text, (size_t)colon);
    head->rest = pfx_slice_from(text, (size_t)colon + 2);
    return true;
}

bool pfx_program_repeated(struct pfx_slice text, struct pfx_slice *count_r,
                          struct pfx_slice *text_r)
{
    static const struct pfx_slice front = {"message repeated ", 17};
    static const struct pfx_slice middle = {" times: [", 9};
    ptrdiff_t at;
    int64_t count;

    if (!pfx_slice_starts(text, front) || !pfx_slice_ends(text, PFX_SLICE("]")))
        return false;
    text = pfx_slice_from(text, front.length);
    at = pfx_slice_find(text, middle);
    if (at < 0 || !pfx_value_integer(pfx_slice_until(text, (size_t)at), &count))
        return false;
    *count_r = pfx_slice_until(text, (size_t)at);
    text = pfx_slice_from(text, (size_t)at + middle.length);
    --text.length;
    *text_r = pfx_slice_trim(text);
    return true;
}
