/* SPDX-License-Identifier: Apache-2.0 */
/* From a captured word and its text to fields of an event: a host to name, address and port,
 * delays= to its four parts, a queue_file that is one to the queue id, any other word to the field
 * of that name.
 */
#ifndef PFX_CAPTURE_H
#define PFX_CAPTURE_H

#include "event/event.h"

/* What becomes of a word: found once, when rules are read, and then used for each line. */
typedef uint16_t pfx_word_id;
pfx_word_id pfx_capture_find(struct pfx_slice word);
/* As pfx_capture(), of the word that has that id. */
bool pfx_capture_as(struct pfx_event *event, pfx_word_id id, struct pfx_slice word,
                    struct pfx_slice text);
/* The greatest id is below. */
#define PFX_WORD_IDS 1000

/* Keeps text under word. A word that the vocabulary lacks is kept as an extra, and then both have
 * to live as long as the event. False, and nothing is kept, when text has not the form that the
 * word asks for: a host, an address, a number, a queue id, a status code. */
bool pfx_capture(struct pfx_event *event, struct pfx_slice word, struct pfx_slice text);
/* True when text can be kept under word as far as the type of its field goes. */
bool pfx_capture_fits(struct pfx_slice word, struct pfx_slice text);
/* Who replied, of the text "[TEXT: ]host HOST said: ...", host being a slice of it: keeps the text
 * in front, and the host where it is not the next hop of the line, as with a destination that is
 * suspended, or a host that was tried before (smtp/smtp_trouble.c, qmgr/qmgr_error.c). */
void pfx_capture_replier(struct pfx_event *event, struct pfx_slice text, struct pfx_slice host);

#endif
