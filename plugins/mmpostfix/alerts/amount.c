/* SPDX-License-Identifier: Apache-2.0 */
/* How often a line counts; see amount.h. */
#include "alerts/amount.h"

static uint32_t number_of(const struct pfx_event *event, enum pfx_field field, uint32_t otherwise)
{
    int64_t number;

    if (!pfx_value_integer(pfx_event_get(event, field), &number) || number < 0)
        return otherwise;
    return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

/* Logins that failed, as far as no other line of their session tells of them. */
static uint32_t attempts_of(const struct pfx_event *event)
{
    uint32_t all, others;

    if (!pfx_event_has(event, PFX_F_cmd_auth_accepted))
        return number_of(event, PFX_F_auth_attempts, 1);
    all = number_of(event, PFX_F_cmd_auth, 0);
    others =
        number_of(event, PFX_F_cmd_auth_accepted, 0) + number_of(event, PFX_F_session_denied, 0);
    return all > others ? all - others : 0;
}

uint32_t pfx_amount(const struct pfx_event *event, const struct pfx_alert_rule *rule)
{
    uint64_t amount = 1, repeated = number_of(event, PFX_F_repeat_count, 1);

    if (rule->attempts)
        amount = attempts_of(event);
    else if (rule->measure == PFX_MEASURE_SUM)
        amount = number_of(event, rule->field, 0);
    amount *= repeated > 0 ? repeated : 1;
    return amount > UINT32_MAX ? UINT32_MAX : (uint32_t)amount;
}
