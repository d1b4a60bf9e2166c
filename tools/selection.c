/* SPDX-License-Identifier: Apache-2.0 */
/* Selecting lines; see selection.h. */
#include "selection.h"
#include "event/fields.h"
#include "line/header.h"
#include "members.h"
#include "people/moment.h"

#include <stdlib.h>
#include <strings.h>

struct selection selection_all(void)
{
    return (struct selection){INT64_MIN, INT64_MAX, NULL, NULL};
}

bool selection_is_some(const struct selection *selection)
{
    return selection->since != INT64_MIN || selection->until != INT64_MAX ||
           selection->hosts != NULL || selection->instances != NULL;
}

/* A name is in a list; labels: mx1 is mx1.example.com, whichever of both is the longer one. */
static bool is_listed(const char *list, struct pfx_slice name, bool labels)
{
    while (name.text != NULL && list != NULL && *list != '\0') {
        size_t length = strcspn(list, ","), common = length < name.length ? length : name.length;
        bool alike = common > 0 && strncasecmp(list, name.text, common) == 0;

        if (alike && length == name.length)
            return true;
        if (alike && labels && (length > common ? list[common] : name.text[common]) == '.')
            return true;
        list += length + (list[length] == ',');
    }
    return false;
}

static struct pfx_slice slice_of(const char *text)
{
    return pfx_slice_of(text != NULL ? text : "");
}

static bool fits(const struct selection *selection, int64_t time, struct pfx_slice host,
                 struct pfx_slice instance)
{
    if (selection->since != INT64_MIN || selection->until != INT64_MAX) {
        if (time == 0 || time < selection->since || time > selection->until)
            return false;
    }
    return (selection->hosts == NULL || is_listed(selection->hosts, host, true)) &&
           (selection->instances == NULL || is_listed(selection->instances, instance, false));
}

bool selection_fits(const struct selection *selection, const char *created, const char *host,
                    const char *instance)
{
    return !selection_is_some(selection) ||
           fits(selection, moment_created(created), slice_of(host), slice_of(instance));
}

bool selection_fits_foreign(const struct selection *selection, struct pfx_slice line,
                            int64_t received)
{
    struct pfx_header header = {0};
    int64_t time = 0;

    if (!selection_is_some(selection))
        return true;
    if (pfx_header_parse(line, (struct pfx_time){received, 0}, &header) && header.has_time)
        time = header.time.seconds * INT64_C(1000000) + header.time.microseconds;
    return fits(selection, time, header.host, PFX_NO_SLICE);
}

bool heading_take(struct heading *heading, enum pfx_format format, struct pfx_slice document)
{
    const struct {
        enum pfx_field field;
        const char **text;
    } wanted[] = {{PFX_F_event_created, &heading->created},
                  {PFX_F_event_source, &heading->host},
                  {PFX_F_instance, &heading->instance},
                  {PFX_F_daemon, &heading->daemon}};
    struct member member;
    unsigned found = 0;
    char *at;

    heading->created = heading->host = heading->instance = heading->daemon = NULL;
    if (heading->size <= document.length) {
        char *grown = realloc(heading->room, document.length * 2);

        if (grown == NULL)
            return false;
        heading->room = grown;
        heading->size = document.length * 2;
    }
    at = heading->room;
    while (found < 4 && member_next(&document, &member)) {
        for (size_t i = 0; i < 4; ++i) {
            if (*wanted[i].text != NULL ||
                !pfx_slice_equal(member.name, pfx_fields[wanted[i].field].key[format]))
                continue;
            *wanted[i].text = at;
            at += member_text(member.raw, at) + 1;
            ++found;
        }
    }
    return true;
}

void heading_close(struct heading *heading)
{
    free(heading->room);
    *heading = (struct heading){0};
}
