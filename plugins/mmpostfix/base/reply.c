/* SPDX-License-Identifier: Apache-2.0 */
/* SMTP replies; see reply.h. */
#include "base/reply.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

size_t pfx_reply_enhanced(struct pfx_slice s)
{
    size_t at = 1;

    if (s.length < 5 || (s.text[0] != '2' && s.text[0] != '4' && s.text[0] != '5'))
        return 0;
    for (int part = 0; part < 2; ++part) {
        size_t start = at + 1;

        if (at >= s.length || s.text[at] != '.')
            return 0;
        for (at = start; at < s.length && is_digit(s.text[at]) && at - start < 3; ++at)
            ;
        if (at == start)
            return 0;
    }
    return at == s.length || s.text[at] == ' ' ? at : 0;
}

/* A reply code with what may follow it directly; 0 when s starts with none. */
static size_t reply_code(struct pfx_slice s)
{
    if (s.length < 3 || s.text[0] < '2' || s.text[0] > '5' || !is_digit(s.text[1]) ||
        !is_digit(s.text[2]))
        return 0;
    return s.length == 3 || s.text[3] == ' ' || s.text[3] == '-' ? 3 : 0;
}

/* "host X[ip] said: REPLY" and "... refused to talk to me: REPLY" (smtp/smtp_proto.c), "server
 * X[ip] said: REPLY" (smtp/smtp_sasl_glue.c): cuts down to REPLY and keeps X. */
static struct pfx_slice said(struct pfx_slice s, struct pfx_slice *host_r)
{
    static const struct pfx_slice verbs[] = {
        {" said: ", 7}, {" refused to talk to me: ", 24}, {" said:", 6}};
    static const struct pfx_slice nouns[] = {{"host ", 5}, {"server ", 7}};

    for (size_t v = 0; v < sizeof(verbs) / sizeof(verbs[0]); ++v) {
        ptrdiff_t at = pfx_slice_find(s, verbs[v]);
        struct pfx_slice front;

        if (at < 0)
            continue;
        front = pfx_slice_until(s, (size_t)at);
        for (size_t n = 0; n < sizeof(nouns) / sizeof(nouns[0]); ++n) {
            ptrdiff_t noun = pfx_slice_rfind(front, nouns[n]);

            if (noun >= 0) {
                *host_r = pfx_slice_from(front, (size_t)noun + nouns[n].length);
                return pfx_slice_from(s, (size_t)at + verbs[v].length);
            }
        }
    }
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
