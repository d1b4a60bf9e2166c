/* SPDX-License-Identifier: Apache-2.0 */
/* amavis' line about what became of a mail, behind "Passed" or "Blocked" (its log template), and
 * the other lines that name a sender and recipients. Names of attachments, a Message-ID, a Subject
 * hold what a stranger wrote, and amavis quotes only addresses: what can not be told for certain is
 * left out.
 */
#ifndef PFX_VERDICT_H
#define PFX_VERDICT_H

#include "event/event.h"

/* "[ CATEGORY[ (NAMES)]][ {ACTIONS}], [BANKS ][CLIENT ][ORIGIN ]<FROM> -> <TO>,<TO>, KEY: VALUE,
 * ..." False when it has not that form. Of a mail that did not pass the field disposition says how:
 * quarantined, discarded, tempfailed or blocked. */
bool pfx_verdict(struct pfx_event *event, struct pfx_slice text, bool passed);

/* "<FROM> -> <TO>,<TO>" at the start of *text, which is moved past it; false when it is not there.
 * One recipient becomes to, several the extra to_list, as they stand. */
bool pfx_verdict_envelope(struct pfx_event *event, struct pfx_slice *text);

/* "[BANKS ][CLIENT ][ORIGIN ]<FROM> -> <TO>,<TO>", and nothing behind it. */
bool pfx_verdict_parties(struct pfx_event *event, struct pfx_slice text);

/* "RelayedInbound,Quarantined": the words, and the direction of the mail in them. */
void pfx_verdict_actions(struct pfx_event *event, struct pfx_slice actions);

/* "<ADDRESS>", and nothing else: quotes in it close. */
bool pfx_verdict_path(struct pfx_event *event, enum pfx_field field, struct pfx_slice text);

#endif
