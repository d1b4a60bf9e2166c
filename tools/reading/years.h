/* SPDX-License-Identifier: Apache-2.0 */
/* The year of lines whose stamps have none: the one that was given, that of the long queue ids in
 * the file, or the latest one that fits. A file may go over New Year. */
#ifndef PFXLOG_YEARS_H
#define PFXLOG_YEARS_H

#include "base/timestamp.h"
#include "base/value.h"

struct years {
    struct pfx_time now;
    bool known;   /* last is to be believed */
    int64_t last; /* time of the line before */
    bool old;     /* the first stamp had no year and, read with the latest, is over a month old */
};

/* For a file that is read now. year: that of its first line, or 0. */
void years_begin(struct years *years, struct pfx_time now, int year);
/* Looks into the beginning of the file for a queue id that tells the year. */
void years_learn(struct years *years, struct pfx_slice text);
/* What a line is to be dated by: when it was received at the latest. */
struct pfx_time years_received(struct years *years, struct pfx_slice line);

#endif
