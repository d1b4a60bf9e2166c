/* SPDX-License-Identifier: Apache-2.0 */
/* A log line that is an object of JSON, as amavis' [:report_json] writes it: the members of its
 * first level whose names are known here become fields. Strings are delimited by JSON's own rules,
 * so none of them can pose as another member.
 */
#ifndef PFX_REPORT_H
#define PFX_REPORT_H

#include "event/event.h"

/* Text begins behind the "{". The object may be cut. False when no member is known. */
bool pfx_report(struct pfx_event *event, struct pfx_slice text);

#endif
