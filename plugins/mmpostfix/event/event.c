/* SPDX-License-Identifier: Apache-2.0 */
/* One parsed line; see event.h. */
#include "event/event.h"

#include <string.h>

void pfx_event_clear(struct pfx_event *event)
{
    event->rule = NULL;
    memset(event->set, 0, sizeof(event->set));
    event->extras = 0;
    event->numbers = 0;
    event->listed = 0;
    event->doubtful = false;
}

void pfx_event_extra(struct pfx_event *event, struct pfx_slice word, struct pfx_slice text)
{
    if (text.length > 0 && event->extras < PFX_EXTRA_MAX)
        event->extra[event->extras++] = (struct pfx_extra){word, text};
}

unsigned pfx_role_find(struct pfx_slice name)
{
    static const struct {
        const char *name;
        enum pfx_role role;
    } roles[] = {
        {"queue.open", PFX_QUEUE_OPEN},
        {"queue.add", PFX_QUEUE_ADD},
        {"queue.recipient", PFX_QUEUE_RECIPIENT},
        {"queue.close", PFX_QUEUE_CLOSE},
        {"session.open", PFX_SESSION_OPEN},
        {"session.add", PFX_SESSION_ADD},
        {"session.close", PFX_SESSION_CLOSE},
        {"peer.open", PFX_PEER_OPEN},
        {"peer.add", PFX_PEER_ADD},
        {"peer.close", PFX_PEER_CLOSE},
        {"policy.add", PFX_POLICY_ADD},
    };

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); ++i) {
        if (strlen(roles[i].name) == name.length &&
            memcmp(roles[i].name, name.text, name.length) == 0)
            return roles[i].role;
    }
    return 0;
}

static size_t append(char *out, size_t size, size_t at, struct pfx_slice s)
{
    size_t length = s.length < size - at ? s.length : size - at;

    memcpy(out + at, s.text, length);
    return at + length;
}

struct pfx_slice pfx_event_expand(const struct pfx_event *event, struct pfx_slice name, char *out,
                                  size_t size)
{
    ptrdiff_t open = pfx_slice_find(name, PFX_SLICE("<")), close;
    enum pfx_field field;
    size_t length = 0;

    if (open < 0 || (close = pfx_slice_find(name, PFX_SLICE(">"))) < open)
        return name;
    field = pfx_field_find((struct pfx_slice){name.text + open + 1, (size_t)(close - open - 1)});
    length = append(out, size, length, pfx_slice_until(name, (size_t)open));
    if (field != PFX_FIELD_NONE && pfx_event_has(event, field))
        length = append(out, size, length, event->field[field]);
    else
        length = append(out, size, length, PFX_SLICE("other"));
    length = append(out, size, length, pfx_slice_from(name, (size_t)close + 1));
    for (size_t i = 0; i < length; ++i) {
        if (out[i] == ' ')
            out[i] = '_';
    }
    return (struct pfx_slice){out, length};
}

void pfx_event_number(struct pfx_event *event, enum pfx_field field, uint64_t number)
{
    char *end, *begin;

    if (event->numbers >= PFX_NUMBER_MAX || number > 99999999999u)
        return;
    end = event->number[event->numbers] + sizeof(event->number[0]);
    begin = pfx_value_digits(end, number, 1);
    pfx_event_set(event, field, (struct pfx_slice){begin, (size_t)(end - begin)});
    ++event->numbers;
}

void pfx_event_join(struct pfx_event *event, enum pfx_field field, struct pfx_slice member)
{
    struct pfx_slice list = pfx_event_get(event, field);
    bool more = list.length > 0;
    char *end = event->list + event->listed;

    if (member.length == 0 || event->listed + member.length + 1 > sizeof(event->list))
        return;
    if (more)
        *end++ = '\n';
    memcpy(end, member.text, member.length);
    if (!more)
        list.text = end;
    list.length += member.length + more;
    event->listed += member.length + more;
    pfx_event_set(event, field, list);
}
