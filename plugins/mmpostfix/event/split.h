/* SPDX-License-Identifier: Apache-2.0 */
/* Splits captures that hold more than one value into fields, where liblognorm can not find the
 * boundaries safely, such as "client=...[, sasl_method=...]" or "TEXT; from=<> to=<> proto=
 * helo=<>". A rule captures such a piece whole under a word of the table in split.c.
 *
 * These pieces contain text of clients and servers. Each splitter documents from which side it
 * splits against log injection: no field's value is from inside a text that Postfix delimits.
 */
#ifndef PFX_SPLIT_H
#define PFX_SPLIT_H

#include "event/capture.h"

/* Sets the fields of a capture: split where word is a compound one, else as it is. The rest that a
 * splitter can not parse goes to the field unparsed, the fields before it stay. False when the text
 * does not have the form of the word, so that the rule should not have matched. */
bool pfx_split(struct pfx_event *event, struct pfx_slice word, struct pfx_slice text);

/* The same in two steps: what becomes of a word is found when rules are read. */
pfx_word_id pfx_split_find(struct pfx_slice word);
bool pfx_split_as(struct pfx_event *event, pfx_word_id id, struct pfx_slice word,
                  struct pfx_slice text);

/* True for a compound word: one that is split. */
bool pfx_split_is(struct pfx_slice word);

#endif
