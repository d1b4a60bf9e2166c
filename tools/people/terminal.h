/* SPDX-License-Identifier: Apache-2.0 */
/* What people see beside the output: what went wrong, progress, colours. One process has one
 * terminal, so the state is here.
 */
#ifndef PFXLOG_TERMINAL_H
#define PFXLOG_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

enum colour_when { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

enum colour { COLOUR_NONE, COLOUR_BOLD, COLOUR_DIM, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW };

/* Decides about colours: by that, else by the terminal, TERM and NO_COLOR. Call once. */
void terminal_open(enum colour_when when);

/* Writes "pfxlog: ", the text and a line feed to stderr. */
void terminal_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Colours what is printed to stdout from here on, until COLOUR_NONE. */
void terminal_colour(enum colour colour);

/* Prints a text that came from outside: so many characters of it at most, "..." where there are
 * more, and none that a terminal acts on or that hides what it shows. Gives how many characters
 * that were, which is columns but for wide ones. */
size_t terminal_put(const char *text, size_t most);

/* Shows how many lines were read, of so many where all is not 0, when stderr is a terminal. beside:
 * output goes to stdout meanwhile, so that it is shown only where that is no terminal. */
void terminal_progress(unsigned long lines, unsigned long all, bool beside);
/* Takes it away again. Anything may be printed afterwards. */
void terminal_clear(void);

/* False, with the reason in errno, when stdout could not take all so far. */
bool terminal_wrote(void);

#endif
