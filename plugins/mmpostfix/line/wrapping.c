/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping; see wrapping.h. */
#include "line/wrapping.h"
#include "line/stamp.h"
#include "line/word.h"

/* Names of files that grep puts in front are not longer. */
#define FILE_NAME_MAX 256

/* The same for all: the line is moved past the wrapping. */
struct wrapped {
    struct pfx_slice line;
    struct pfx_time received;
    char quote;
};

static bool take_blank(struct wrapped *wrapped)
{
    size_t length = pfx_word_blank(wrapped->line);

    if (pfx_slice_starts(wrapped->line, PFX_SLICE("\xef\xbb\xbf"))) /* byte order mark */
        length = 3;
    wrapped->line = pfx_slice_from(wrapped->line, length);
    return length > 0;
}

/* "> " of a mail, or quotes, which end with the line. */
static bool take_quote(struct wrapped *wrapped)
{
    if (wrapped->line.text[0] != '>')
        wrapped->quote = wrapped->line.text[0];
    wrapped->line = pfx_slice_from(wrapped->line, 1);
    return true;
}

/* Length of an escape sequence of a terminal at the front of s, or of what rsyslog makes of it. */
static size_t colour_length(struct pfx_slice s)
{
    size_t at = pfx_slice_starts(s, PFX_SLICE("\033[")) ? 2 : 5;

    if (at == 5 && !pfx_slice_starts(s, PFX_SLICE("#033[")))
        return 0;
    while (at < s.length && (pfx_is_digit(s.text[at]) || s.text[at] == ';'))
        ++at;
    return at < s.length && s.text[at] == 'm' ? at + 1 : 0;
}

static bool take_colour(struct wrapped *wrapped)
{
    size_t length = colour_length(wrapped->line);

    wrapped->line = pfx_slice_from(wrapped->line, length);
    return length > 0;
}

/* "mail  | " of docker compose. */
static bool take_service(struct wrapped *wrapped)
{
    struct pfx_slice after = wrapped->line;

    pfx_word_take(&after);
    if (!pfx_slice_starts(after, PFX_SLICE("|")))
        return false;
    after = pfx_slice_from(after, 1);
    if (pfx_word_blank(after) == 0 && colour_length(after) == 0)
        return false;
    wrapped->line = after;
    return true;
}

/* "mail.log:" and "mail.log:12:" of grep, "12:" of grep -n, before a stamp. */
static bool take_file(struct wrapped *wrapped)
{
    struct pfx_slice word = pfx_slice_until(pfx_word_of(wrapped->line), FILE_NAME_MAX);
    size_t at = 0;

    for (int colons = 0; colons < 2; ++colons) {
        ptrdiff_t colon = pfx_slice_find(pfx_slice_from(word, at), PFX_SLICE(":"));
        struct pfx_slice after;
        struct pfx_stamp stamp;

        if (colon < 0)
            return false;
        at += (size_t)colon + 1;
        after = pfx_slice_from(wrapped->line, at);
        if (pfx_stamp_take(&after, wrapped->received, &stamp)) {
            wrapped->line = pfx_slice_from(wrapped->line, at);
            return true;
        }
    }
    return false;
}

bool pfx_wrapping_take(struct pfx_slice *line, struct pfx_time received, char *quote)
{
    static const struct {
        const char *begin; /* with one of these bytes; NULL: any */
        bool (*take)(struct wrapped *wrapped);
    } rows[] = {
        {" \t\xc2\xef", take_blank}, {">\"'`", take_quote}, {"\033#", take_colour},
        {NULL, take_service},        {NULL, take_file},
    };
    struct wrapped wrapped = {*line, received, *quote};
    char c = line->length > 0 ? line->text[0] : '\0';

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && c != '\0'; ++i) {
        if ((rows[i].begin != NULL && strchr(rows[i].begin, c) == NULL) || !rows[i].take(&wrapped))
            continue;
        *line = wrapped.line;
        *quote = wrapped.quote;
        return true;
    }
    return false;
}
