/* SPDX-License-Identifier: Apache-2.0 */
/* The form of a sentence without what may be personal in it. It is not looked for what is personal:
 * only what is known to be Postfix's own stays, words of the rulebases and marks between them. All
 * else becomes {address1}, {host1}, {ip1}, {id1}, {number1}, {path1}, {text1} or {word1}; equal
 * ones of a sentence have equal numbers. Pure.
 */
#ifndef PFXLOG_MASK_H
#define PFXLOG_MASK_H

#include "share/words.h"

/* Room for a form; a longer one ends in "...". */
#define MASK_ROOM 1024

/* Writes the form of text, in ASCII, and NUL. Linear in its length. */
void mask_write(const struct words *words, struct pfx_slice text, char form[MASK_ROOM]);

#endif
