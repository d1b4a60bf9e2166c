/* SPDX-License-Identifier: Apache-2.0 */
/* Growth; see growth.h. */
#include "alerts/windows/growth.h"

#include <string.h>

#define DAY 24
#define WEEK (7 * DAY)
#define EIGHTHS 8
#define STEPS 5     /* a mean of the first five hours, then a fifth of each new one */
#define NEW_STEPS 3 /* so many hours of nothing a key begins with among others that have a past */
#define FORGET (8 * WEEK) /* hours without a line after which there is no past */

/* Day 0 of 1970 was a Thursday. */
static bool is_weekend(uint32_t hour)
{
    return (hour / DAY + 4) % 7 == 0 || (hour / DAY + 4) % 7 == 6;
}

static unsigned slot_of(uint32_t hour)
{
    return hour % DAY + (is_weekend(hour) ? DAY : 0);
}

static void learn(struct pfx_growth *growth, uint32_t hour, uint32_t count)
{
    unsigned slot = slot_of(hour);
    uint64_t value = (uint64_t)count * EIGHTHS;
    unsigned days = growth->days[slot];
    int64_t mean = growth->mean[slot], step;

    value = value > UINT16_MAX ? UINT16_MAX : value;
    growth->days[slot] = (uint8_t)(days < STEPS ? days + 1 : days);
    step = ((int64_t)value - mean) / growth->days[slot];
    if (step == 0 && (int64_t)value < mean)
        step = -1;
    growth->mean[slot] = (uint16_t)(mean + step);
}

/* Brings it to that hour: those that passed have what was counted, or nothing. What a new key does
 * in its first hour must not make four times as much usual in the next one. */
static void advance(struct pfx_growth *growth, uint32_t hour, bool warm)
{
    if (growth->hour == 0 || hour > growth->hour + FORGET) {
        *growth = (struct pfx_growth){.hour = hour};
        memset(growth->days, warm ? NEW_STEPS : 0, sizeof(growth->days));
        return;
    }
    for (; growth->hour < hour; ++growth->hour, growth->running = 0) {
        bool capped = growth->over == growth->hour && growth->running > growth->ceiling;

        learn(growth, growth->hour, capped ? growth->ceiling : growth->running);
    }
}

/* The greatest of the slot, of both beside it, and of all: the past of an hour. In eighths. */
static uint32_t past(const struct pfx_growth *growth, uint32_t hour)
{
    uint32_t greatest = 0, sum = 0, known = 0;

    for (unsigned slot = 0; slot < PFX_GROWTH_SLOTS; ++slot) {
        unsigned weight = slot < DAY ? 5 : 2;

        if (growth->days[slot] > 0) {
            sum += growth->mean[slot] * weight;
            known += weight;
        }
    }
    if (known > 0)
        greatest = sum / known;
    for (uint32_t h = hour - 1; h <= hour + 1; ++h) {
        uint32_t mean = growth->mean[slot_of(h)];

        greatest = mean > greatest ? mean : greatest;
    }
    return greatest;
}

bool pfx_growth_add(struct pfx_growth *growth, const struct pfx_growth_limits *limits, bool warm,
                    uint32_t amount, uint32_t time, uint32_t *usual_r)
{
    uint32_t hour = time / PFX_GROWTH_HOUR;
    uint64_t count, usual;

    if (hour > growth->hour)
        advance(growth, hour, warm);
    if (hour == growth->hour)
        growth->running += amount;
    count = pfx_buckets_add(&growth->buckets, limits->window, amount, time);
    *usual_r = 0;
    if (!warm || count < limits->least)
        return false;
    usual = (uint64_t)past(growth, growth->hour) * limits->window / PFX_GROWTH_HOUR;
    *usual_r = (uint32_t)(usual / EIGHTHS);
    if (count * 10 * EIGHTHS <= usual * limits->times)
        return false;
    growth->over = growth->hour;
    growth->ceiling = past(growth, growth->hour) * 2 / EIGHTHS;
    if (growth->ceiling < limits->least)
        growth->ceiling = limits->least;
    return true;
}

bool pfx_growth_warm(uint32_t began, uint32_t time)
{
    uint32_t first = began / PFX_GROWTH_HOUR, hour = time / PFX_GROWTH_HOUR;

    if (hour < first + DAY)
        return false;
    /* A day of the class that ended since, whole: look at the two weeks before. */
    for (uint32_t day = hour / DAY; day > hour / DAY - 14 && day * DAY >= first + DAY; --day) {
        if (is_weekend((day - 1) * DAY) == is_weekend(hour))
            return true;
    }
    return false;
}
