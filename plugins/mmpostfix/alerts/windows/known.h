/* SPDX-License-Identifier: Apache-2.0 */
/* Which values a key had before, such as the networks that a user logs in from: up to 16 of them,
 * each with the day it was seen last. Pure; time is an argument, in seconds since 1970; plain
 * bytes, zeroed at first. Not thread-safe.
 */
#ifndef PFX_KNOWN_H
#define PFX_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#define PFX_KNOWN_VALUES 16

struct pfx_known_values {
    uint16_t first; /* day of the first */
    uint16_t times; /* that there was one */
    uint32_t used;
    uint32_t value[PFX_KNOWN_VALUES]; /* a keyed hash */
    uint16_t last[PFX_KNOWN_VALUES];  /* day */
    uint16_t since[PFX_KNOWN_VALUES]; /* day of its first */
};

enum pfx_knowledge {
    PFX_KNOWN,    /* it was there in that time, and before today */
    PFX_NEW,      /* it was not, and enough is known to say so */
    PFX_LEARNING, /* it was not, but too little is known */
};

/* What is known of a value. It is known from the day after its first on, as a second login of an
 * intruder does not make him one of the house, for so many days; and new only once as many days as
 * learn have passed since the first and there were least before. */
enum pfx_knowledge pfx_known_ask(const struct pfx_known_values *known, uint32_t value,
                                 unsigned days, unsigned learn, unsigned least, uint32_t time);

/* Remembers it in the place of the one that was seen longest ago. */
void pfx_known_add(struct pfx_known_values *known, uint32_t value, uint32_t time);

#endif
