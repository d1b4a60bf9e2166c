/* SPDX-License-Identifier: Apache-2.0 */
/* SMTP replies; see reply.h. */
#include "base/reply.h"

#include <string.h>

size_t pfx_reply_enhanced(struct pfx_slice s)
{
    size_t at = 1;

    if (s.length < 5 || (s.text[0] != '2' && s.text[0] != '4' && s.text[0] != '5'))
        return 0;
    for (int part = 0; part < 2; ++part) {
        size_t start = at + 1;

        if (at >= s.length || s.text[at] != '.')
            return 0;
        for (at = start; at < s.length && pfx_is_digit(s.text[at]) && at - start < 3; ++at)
            ;
        if (at == start)
            return 0;
    }
    return at == s.length || s.text[at] == ' ' ? at : 0;
}

/* A reply code with what may follow it directly; 0 when s starts with none. */
static size_t reply_code(struct pfx_slice s)
{
    if (s.length < 3 || s.text[0] < '2' || s.text[0] > '5' || !pfx_is_digit(s.text[1]) ||
        !pfx_is_digit(s.text[2]))
        return 0;
    return s.length == 3 || s.text[3] == ' ' || s.text[3] == '-' ? 3 : 0;
}

/* "host X[ip] said: REPLY" and "host X[ip] refused to talk to me: REPLY" (smtp/smtp_proto.c),
 * "server X[ip] said: REPLY" (smtp/smtp_sasl_glue.c), at the start or behind a sentence of
 * Postfix's own that ends in ": " or "; ": cuts down to REPLY and keeps X. What a server sent
 * stands in REPLY, so that the first of them counts. */
static struct pfx_slice said(struct pfx_slice s, struct pfx_slice *host_r)
{
    static const struct pfx_slice nouns[] = {{"host ", 5}, {"server ", 7}};
    static const struct pfx_slice verbs[] = {
        {" said: ", 7}, {" refused to talk to me: ", 24}, {" said:", 6}};
    ptrdiff_t at = -1, end;
    size_t noun = 0;

    for (size_t n = 0; n < sizeof(nouns) / sizeof(nouns[0]); ++n) {
        ptrdiff_t found = pfx_slice_find(s, nouns[n]);

        if (found < 0 || (at >= 0 && found > at) || memchr(s.text, '<', (size_t)found) != NULL ||
            (found > 0 && (found < 2 || s.text[found - 1] != ' ' ||
                           (s.text[found - 2] != ':' && s.text[found - 2] != ';'))))
            continue;
        at = found;
        noun = nouns[n].length;
    }
    if (at < 0)
        return s;
    *host_r = pfx_slice_from(s, (size_t)at + noun);
    end = pfx_slice_find(*host_r, PFX_SLICE(" "));
    for (size_t v = 0; end >= 0 && v < sizeof(verbs) / sizeof(verbs[0]); ++v) {
        struct pfx_slice rest = pfx_slice_from(*host_r, (size_t)end);

        if (pfx_slice_starts(rest, verbs[v])) {
            *host_r = pfx_slice_until(*host_r, (size_t)end);
            return pfx_slice_from(rest, verbs[v].length);
        }
    }
    *host_r = PFX_NO_SLICE;
    return s;
}

struct pfx_slice pfx_reply_take_command(struct pfx_slice s, struct pfx_slice *command_r)
{
    static const struct pfx_slice mark = {" (in reply to ", 14}, end = {" command)", 9};
    ptrdiff_t at = pfx_slice_rfind(s, mark);

    if (at < 0 || !pfx_slice_ends(s, end) || s.length <= (size_t)at + mark.length + end.length)
        return s;
    *command_r = pfx_slice_from(s, (size_t)at + mark.length);
    command_r->length -= end.length;
    return pfx_slice_until(s, (size_t)at);
}

bool pfx_reply_parse(struct pfx_slice s, struct pfx_reply *reply_r)
{
    struct pfx_reply reply = {0};
    size_t length = reply_code(s);
    /* A reply of ours that quotes another one begins with its own code. */
    struct pfx_slice rest =
        length > 0 ? s : pfx_reply_take_command(said(s, &reply.host), &reply.command);

    length = reply_code(rest);

    if (length > 0) {
        reply.code = pfx_slice_until(rest, length);
        rest = pfx_slice_from(rest, length + (rest.length > length));
    }
    length = pfx_reply_enhanced(rest);
    if (length > 0) {
        reply.enhanced = pfx_slice_until(rest, length);
        rest = pfx_slice_trim(pfx_slice_from(rest, length));
    }
    if (reply.code.length == 0 && reply.enhanced.length == 0) {
        *reply_r = (struct pfx_reply){.text = s};
        return false;
    }
    reply.text = pfx_slice_trim(rest);
    *reply_r = reply;
    return true;
}
