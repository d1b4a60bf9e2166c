/* SPDX-License-Identifier: Apache-2.0 */
/* Selecting lines; see selection.h. */
#include "selection.h"
#include "line/header.h"
#include "people/moment.h"

#include <stdio.h>
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

bool selection_fits(const struct selection *selection, int64_t time, struct pfx_slice host,
                    struct pfx_slice instance)
{
    return !selection_is_some(selection) || fits(selection, time, host, instance);
}

bool selection_fits_worker(const struct selection *selection, const struct pfx_worker *worker)
{
    char created[MOMENT_ROOM];
    struct pfx_slice text;

    if (!selection_is_some(selection))
        return true;
    text = pfx_worker_field(worker, PFX_F_event_created);
    snprintf(created, sizeof(created), "%.*s", (int)text.length, text.length > 0 ? text.text : "");
    return fits(selection, moment_created(created), pfx_worker_field(worker, PFX_F_event_source),
                pfx_worker_field(worker, PFX_F_instance));
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
