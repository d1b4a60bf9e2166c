/* SPDX-License-Identifier: Apache-2.0 */
/* Content checks; see content_check.h. */
#include "event/content_check.h"
#include "event/capture.h"
#include "event/envelope.h"
#include "event/tail.h"

#include <string.h>

static bool is_local(struct pfx_slice origin)
{
    return pfx_slice_equal(origin, PFX_SLICE("local"));
}

/* Of a mail that Postfix itself made, as a bounce (internal_mail_filter_classes). */
static bool is_unknown(struct pfx_slice origin)
{
    return pfx_slice_equal(origin, PFX_SLICE("unknown"));
}

/* "name[address]", with ":PORT" where smtpd_client_port_logging is on. */
static bool is_client(struct pfx_slice origin)
{
    ptrdiff_t close = pfx_slice_rfind(origin, PFX_SLICE("]"));
    struct pfx_slice port = pfx_slice_from(origin, close < 0 ? 0 : (size_t)close + 1);

    if (close < 0 || memchr(origin.text, '[', (size_t)close) == NULL)
        return false;
    for (size_t i = 1; i < port.length; ++i) {
        if (!pfx_is_digit(port.text[i]))
            return false;
    }
    return port.length == 0 || (port.length > 1 && port.text[0] == ':');
}

/* " from ORIGIN" at the end of s, ORIGIN being "local", "unknown" or a client: its offset, or -1.
 */
static ptrdiff_t origin_start(struct pfx_slice s, struct pfx_slice *origin_r)
{
    ptrdiff_t at = pfx_slice_rfind(s, PFX_SLICE(" "));
    struct pfx_slice origin;

    if (at < 5 || !pfx_slice_ends(pfx_slice_until(s, (size_t)at), PFX_SLICE(" from")))
        return -1;
    origin = pfx_slice_from(s, (size_t)at + 1);
    if (!is_local(origin) && !is_unknown(origin) && !is_client(origin))
        return -1;
    *origin_r = origin;
    return at - 5;
}

/* What was checked: "NAME: CONTENT" of a header, "ERROR: TEXT" of a mime-error, or a text. */
static void set_content(struct pfx_event *event, struct pfx_slice s)
{
    struct pfx_slice class = pfx_event_get(event, PFX_F_check_class);
    ptrdiff_t colon = pfx_slice_find(s, PFX_SLICE(":"));
    struct pfx_slice name = pfx_slice_until(s, colon < 0 ? 0 : (size_t)colon);

    if (name.length > 0 && pfx_slice_equal(class, PFX_SLICE("mime-error"))) {
        pfx_event_set(event, PFX_F_reason, name);
        s = pfx_slice_trim(pfx_slice_from(s, name.length + 1));
    } else if (name.length > 0 && !pfx_slice_equal(class, PFX_SLICE("body")) &&
               !pfx_slice_equal(class, PFX_SLICE("content")) &&
               memchr(name.text, ' ', name.length) == NULL) {
        s = pfx_slice_trim(pfx_slice_from(s, name.length + 1));
        pfx_event_set(event, PFX_F_email_header, name);
        if (pfx_slice_equal(name, PFX_SLICE("Subject")))
            pfx_event_set(event, PFX_F_subject, s);
    }
    pfx_event_set(event, PFX_F_email_header_content, s);
}

/* Where the text is parted. */
struct parts {
    struct pfx_slice content, origin, list;
    size_t exact; /* length of the list where it is exact, else 0 */
};

/* Parts a text; false when it has no list, or when which one is cleanup's can not be told. */
static bool part(struct pfx_slice text, struct parts *parts_r)
{
    unsigned lists = 0, exacts = 0;
    bool internal = false, likely = false;
    size_t from = 0;
    ptrdiff_t at;

    while ((at = pfx_slice_find(pfx_slice_from(text, from), PFX_SLICE("; from=<"))) >= 0) {
        struct parts here = {.list = pfx_slice_from(text, from + (size_t)at + 2)};
        ptrdiff_t content = origin_start(pfx_slice_until(text, from + (size_t)at), &here.origin);
        enum pfx_list worth;

        from += (size_t)at + 1;
        if (content < 0)
            continue;
        if (++lists > PFX_LISTS_MAX)
            return false;
        here.content = pfx_slice_until(text, (size_t)content);
        worth = pfx_envelope_list(here.list, is_local(here.origin) || is_unknown(here.origin), true,
                                  &here.exact);
        if ((worth == PFX_LIST_EXACT && exacts++ == 0) || (lists == 1 && exacts == 0))
            *parts_r = here;
        likely |= lists == 1 && worth != PFX_LIST_NONE;
        internal |= worth == PFX_LIST_INTERNAL && exacts == 0;
    }
    /* One that is not exact, as in a line that was cut, is believed when it is the only one. */
    return exacts == 1 ? !internal || lists == 1 : lists == 1 && likely;
}

/* ": DATA" behind a list: the reply of a reject, else what came with the action. */
static void set_data(struct pfx_event *event, struct pfx_slice data)
{
    if (pfx_slice_ends(pfx_event_get(event, PFX_F_action), PFX_SLICE("reject")))
        pfx_tail_reply(event, data);
    else
        pfx_event_set(event, PFX_F_milter_data, data);
}

/* A list that is not exact: helo ends where DATA begins. */
static void take_loose(struct pfx_event *event, struct pfx_slice list)
{
    static const struct pfx_slice key = {" helo=<", 7}, mark = {">: ", 3};
    ptrdiff_t helo = pfx_slice_find(list, key), end;
    struct pfx_slice data;

    end = helo < 0 ? -1 : pfx_slice_find(pfx_slice_from(list, (size_t)helo), mark);
    if (end >= 0) {
        pfx_tail_spaced(event, pfx_slice_until(list, (size_t)(helo + end) + 1));
        set_data(event, pfx_slice_from(list, (size_t)(helo + end) + 3));
        return;
    }
    data = pfx_tail_spaced(event, list);
    if (pfx_slice_starts(data, PFX_SLICE(":")))
        set_data(event, pfx_slice_trim(pfx_slice_from(data, 1)));
    else
        pfx_event_set(event, PFX_F_unparsed, data);
}

bool pfx_content_check(struct pfx_event *event, struct pfx_slice text)
{
    struct parts parts = {.exact = 0};

    if (!part(text, &parts)) {
        set_content(event, text);
        return true;
    }
    if (!is_unknown(parts.origin) && !pfx_capture(event, PFX_SLICE("client"), parts.origin))
        return false;
    if (parts.exact > 0) {
        pfx_tail_spaced(event, pfx_slice_until(parts.list, parts.exact));
        if (parts.list.length > parts.exact + 2)
            set_data(event, pfx_slice_from(parts.list, parts.exact + 2));
    } else {
        take_loose(event, parts.list);
    }
    set_content(event, parts.content);
    return true;
}
