/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal; see terminal.h. */
#include "terminal.h"
#include "people/escape.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVERY 16384 /* lines */

static struct {
    bool coloured, shown;
    int reason; /* why output was lost */
} terminal;

void terminal_open(enum colour_when when)
{
    const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
    bool fits = isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0 &&
                (no == NULL || *no == '\0');

    terminal.coloured = when == COLOUR_ALWAYS || (when == COLOUR_AUTO && fits);
}

void terminal_say(const char *format, ...)
{
    va_list arguments;

    terminal_clear();
    fputs("pfxlog: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void terminal_colour(enum colour colour)
{
    static const char *const codes[] = {"0", "1", "2", "31", "32", "33"};

    if (terminal.coloured)
        printf("\033[%sm", codes[colour]);
}

size_t terminal_put(const char *text, size_t most)
{
    size_t put = 0;

    for (; *text != '\0' && put < most; ++put) {
        const char *at = text;
        uint32_t character = escape_next(&text);

        escape_put(character, at, text);
    }
    if (*text == '\0')
        return put;
    fputs("...", stdout);
    return put + 3;
}

void terminal_progress(unsigned long lines, unsigned long all, bool beside)
{
    if (lines % EVERY != 0 || !isatty(STDERR_FILENO) || (beside && isatty(STDOUT_FILENO)))
        return;
    terminal.shown = true;
    if (all > 0)
        fprintf(stderr, "\r%lu of %lu lines, %lu %%\033[K", lines, all, lines * 100 / all);
    else
        fprintf(stderr, "\r%lu lines\033[K", lines);
}

void terminal_clear(void)
{
    if (terminal.shown)
        fputs("\r\033[K", stderr);
    terminal.shown = false;
}

bool terminal_wrote(void)
{
    if (terminal.reason == 0 && ferror(stdout))
        terminal.reason = errno != 0 ? errno : EIO;
    errno = terminal.reason;
    return terminal.reason == 0;
}
