/* SPDX-License-Identifier: Apache-2.0 */
/* Text of strangers in formats that others read: it stays text there, and looks like what it is.
 * Each prints to stdout; any bytes are valid input.
 */
#ifndef PFXLOG_ESCAPE_H
#define PFXLOG_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes a character of UTF-8 off *text, which is not at its end; U+FFFD for a byte that begins
 * none. */
uint32_t escape_next(const char **text);
/* Control characters, and such as are not seen or turn the direction of what is around them. */
bool escape_is_hidden(uint32_t character);

/* Prints a character as it stands from text to end, '?' for a hidden one or a byte that is none. */
void escape_put(uint32_t character, const char *text, const char *end);
/* Inside of an element or of an attribute in quotes; hidden characters become '?'. */
void escape_html(const char *text);
/* A field of RFC 4180 in quotes, "" alone without; hidden characters become '?'. A ' goes before
 * what a spreadsheet takes for a formula. */
void escape_csv(const char *text);
/* A string of JSON in quotes; hidden characters are escaped. */
void escape_json(const char *text);

#endif
