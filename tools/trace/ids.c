/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of programs beside Postfix in replies; see ids.h. */
#include "trace/ids.h"

#include <ctype.h>

#define BEFORE_MOST 40 /* longest text before "id=" */

static bool is_text(const char *text, const char *other)
{
    return text != NULL && strcmp(text, other) == 0;
}

bool ids_beside(const struct view *view)
{
    return view->text[PFX_F_product] != NULL && !is_text(view->text[PFX_F_product], "postfix");
}

static bool is_loopback(const char *ip)
{
    return ip != NULL && (strncmp(ip, "127.", 4) == 0 || strcmp(ip, "::1") == 0);
}

/* Whether the reply of the line is that of a filter of our own. */
static bool is_filter(const struct view *view)
{
    const char *event = view->text[PFX_F_event];

    return is_text(event, "smtpd.proxy_reject") || is_text(event, "smtpd.proxy_accept") ||
           (view->text[PFX_F_status] != NULL && is_loopback(view->text[PFX_F_relay_ip]));
}

/* amavis: "Reject, id=", "Ok, discarded, id=", "Error in processing, id=", "id=": before it words
 * alone, so that it is not in what the reply quotes. */
struct pfx_slice ids_amavis(const struct view *view)
{
    const char *text = view->text[PFX_F_reply_text];
    size_t at = 0, length = 0, parts = 1;

    if (text == NULL || !is_filter(view))
        return PFX_NO_SLICE;
    while (at < BEFORE_MOST && strncmp(text + at, "id=", 3) != 0) {
        if (!isalpha((unsigned char)text[at]) && text[at] != ',' && text[at] != ' ')
            return PFX_NO_SLICE;
        ++at;
    }
    if (at == BEFORE_MOST || (at > 0 && text[at - 1] != ' '))
        return PFX_NO_SLICE;
    text += at + 3;
    for (; isdigit((unsigned char)text[length]) || text[length] == '-'; ++length)
        parts += text[length] == '-';
    return parts == 2 || parts == 3 ? (struct pfx_slice){text, length} : PFX_NO_SLICE;
}

struct pfx_slice ids_session(const struct view *view)
{
    static const char saved[] = " Saved";
    struct pfx_slice text;
    size_t begin;

    if (!is_text(view->text[PFX_F_daemon], "lmtp") || !is_text(view->text[PFX_F_status], "sent") ||
        view->text[PFX_F_reply_text] == NULL)
        return PFX_NO_SLICE;
    text = pfx_slice_of(view->text[PFX_F_reply_text]);
    if (text.length < sizeof(saved) || text.text[0] != '<' ||
        strcmp(text.text + text.length - strlen(saved), saved) != 0)
        return PFX_NO_SLICE;
    text.length -= strlen(saved);
    begin = text.length;
    while (begin > 0 && text.text[begin - 1] != ' ')
        --begin;
    return begin >= 2 && text.text[begin - 2] == '>' ? pfx_slice_from(text, begin) : PFX_NO_SLICE;
}

struct pfx_slice ids_queued(struct pfx_slice *rest)
{
    while (rest->length > 0) {
        const char *slash = memchr(rest->text, '/', rest->length);
        struct pfx_slice part = *rest;
        size_t letters = 0;

        if (slash != NULL)
            part.length = (size_t)(slash - part.text);
        *rest = pfx_slice_from(*rest, part.length + (slash != NULL));
        while (letters < part.length && isalnum((unsigned char)part.text[letters]))
            ++letters;
        if (letters == part.length && letters >= 5)
            return part;
    }
    return PFX_NO_SLICE;
}
