/* SPDX-License-Identifier: Apache-2.0 */
/* What was there before; see known.h. */
#include "alerts/windows/known.h"

static uint16_t day_of(uint32_t time)
{
    return (uint16_t)(time / 86400);
}

enum pfx_knowledge pfx_known_ask(const struct pfx_known_values *known, uint32_t value,
                                 unsigned days, unsigned learn, unsigned least, uint32_t time)
{
    int today = day_of(time);

    for (uint32_t i = 0; i < known->used && i < PFX_KNOWN_VALUES; ++i) {
        if (known->value[i] == value && known->since[i] < today &&
            today - known->last[i] < (int)days)
            return PFX_KNOWN;
    }
    return known->times >= least && today - known->first >= (int)learn ? PFX_NEW : PFX_LEARNING;
}

void pfx_known_add(struct pfx_known_values *known, uint32_t value, uint32_t time)
{
    uint16_t today = day_of(time);
    uint32_t place = 0;

    if (known->times == 0 || today < known->first)
        known->first = today;
    known->times += known->times < UINT16_MAX;
    if (known->used > PFX_KNOWN_VALUES)
        known->used = 0;
    for (uint32_t i = 0; i < known->used; ++i) {
        if (known->value[i] == value) {
            known->last[i] = today > known->last[i] ? today : known->last[i];
            known->since[i] = today < known->since[i] ? today : known->since[i];
            return;
        }
        if (known->last[i] < known->last[place])
            place = i;
    }
    if (known->used < PFX_KNOWN_VALUES)
        place = known->used++;
    else if (today < known->last[place])
        return;
    known->value[place] = value;
    known->last[place] = today;
    known->since[place] = today;
}
