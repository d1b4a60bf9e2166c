/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal while something is shown on all of it: its other screen, keys without a return, and
 * as it was afterwards, whatever ends us. ANSI's sequences that every terminal of today has, so no
 * library of terminals is needed. One process has one terminal.
 */
#ifndef PFXLOG_SCREEN_H
#define PFXLOG_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* Keys are read from the terminal itself, so that standard input may be a log. False after a
 * message where there is none. */
bool screen_open(void);
/* As it was before. */
void screen_close(void);
/* Its size now. */
void screen_size(unsigned *columns_r, unsigned *rows_r);
/* Waits for a key, for the descriptor (or none, -1) or for so many milliseconds. The key; 0: none;
 * -1: we were told to end, see screen_signal(). */
int screen_wait(int descriptor, int milliseconds);
/* The signal that told us, 0: none. */
int screen_signal(void);
/* Prints a text of strangers, so many columns wide: cut or filled up. */
void screen_put(const char *text, unsigned width);

#endif
