/* SPDX-License-Identifier: Apache-2.0 */
/* Captures that hold more than one value, split into fields: what liblognorm has no guarded
 * boundary for, such as "client=...[, sasl_method=...]" or "TEXT; from=<> to=<> proto= helo=<>".
 * A rule captures such a piece whole under a word of the table in split.c.
 *
 * Texts of strangers stand in these pieces. Each splitter says from which side it cuts, so that no
 * field takes its value from inside a text that Postfix delimits.
 */
#ifndef PFX_SPLIT_H
#define PFX_SPLIT_H

#include "event/event.h"

/* Keeps what a rule captured as word: split where the word is a compound one, else as it is. What
 * a splitter can not explain goes to the field unparsed, the fields before it stay. False when the
 * text is nothing of the kind, so that the rule should not have matched. */
bool pfx_split(struct pfx_event *event, struct pfx_slice word, struct pfx_slice text);

#endif
