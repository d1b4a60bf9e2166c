/* SPDX-License-Identifier: Apache-2.0 */
/* What a line told; see told.h. */
#include "alerts/told.h"
#include "base/timestamp.h"

#include <stdio.h>

void pfx_alerts_put(struct pfx_alerts_told *told, const struct pfx_alert *alert)
{
    unsigned place = told->alerts;

    if (place == PFX_ALERTS_MAX)
        return;
    for (; place > 0 && told->alert[place - 1].severity < alert->severity; --place)
        told->alert[place] = told->alert[place - 1];
    told->alert[place] = *alert;
    ++told->alerts;
}

static void set_number(struct pfx_alerts_told *told, unsigned place, struct pfx_event *event,
                       enum pfx_field field, uint32_t number)
{
    snprintf(told->number[place], sizeof(told->number[place]), "%u", number);
    pfx_event_set(event, field, pfx_slice_of(told->number[place]));
}

static void set_severity(struct pfx_event *event, unsigned severity)
{
    static const struct pfx_slice levels[] = {{"0", 1}, {"1", 1}, {"2", 1},
                                              {"3", 1}, {"4", 1}, {"5", 1}};
    struct pfx_slice own = pfx_event_get(event, PFX_F_severity_level);

    pfx_event_set_constant(event, PFX_F_alert_severity, pfx_alert_severity(severity));
    pfx_event_set_constant(event, PFX_F_alert_gim_severity, pfx_alert_severity(severity));
    pfx_event_set_constant(event, PFX_F_alert_gim_severity_level, levels[severity]);
    if (own.length == 1 && own.text[0] >= levels[severity].text[0])
        return;
    pfx_event_set_constant(event, PFX_F_severity, pfx_alert_severity(severity));
    pfx_event_set_constant(event, PFX_F_severity_level, levels[severity]);
}

void pfx_alerts_tell(struct pfx_alerts_told *told, struct pfx_event *event)
{
    const struct pfx_alert *first = &told->alert[0];
    char *date = told->number[4];

    if (told->alerts == 0)
        return;
    pfx_event_unset(event, PFX_F_alert);
    for (unsigned i = 0; i < told->alerts; ++i)
        pfx_event_join(event, PFX_F_alert, told->alert[i].rule->name);
    pfx_event_set(event, PFX_F_alert_key, pfx_slice_of(first->key));
    set_number(told, 0, event, PFX_F_alert_value, first->value);
    set_number(told, 1, event, PFX_F_alert_limit, first->limit);
    set_number(told, 2, event, PFX_F_alert_window, first->rule->window);
    if (first->held > 0)
        set_number(told, 3, event, PFX_F_alert_count, first->held);
    if (pfx_time_text(first->since, date))
        pfx_event_set(event, PFX_F_alert_since, pfx_slice_of(date));
    pfx_event_set(event, PFX_F_alert_signature_id, first->rule->name);
    pfx_event_set(event, PFX_F_alert_signature, first->rule->text);
    pfx_event_set(event, PFX_F_alert_technique, first->rule->technique);
    set_severity(event, first->severity);
}
