/* SPDX-License-Identifier: Apache-2.0 */
/* Reading log files; see input.h. */
#include "input.h"
#include "reading/journal.h"
#include "reading/lines.h"
#include "reading/years.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct input {
    const char *name;
    struct lines *lines;
    struct journal *journal; /* NULL: it is none */
    struct input_dates dates;
    struct years years;
    bool begun, told; /* of the year */
};

static const char stdin_name[] = "standard input";

/* Standard input as a file that can be read twice; -1 on failure. */
static int spool(void)
{
    FILE *file = tmpfile();
    char room[65536];
    ssize_t got;
    int copy;

    if (file == NULL)
        return -1;
    while ((got = read(STDIN_FILENO, room, sizeof(room))) > 0) {
        if (fwrite(room, 1, (size_t)got, file) != (size_t)got)
            break;
    }
    copy = got == 0 && fflush(file) == 0 && fseek(file, 0, SEEK_SET) == 0 ? dup(fileno(file)) : -1;
    fclose(file);
    return copy;
}

static int open_stdin(bool again)
{
    if (isatty(STDIN_FILENO))
        fprintf(stderr, "pfxlog: reads %s\n", stdin_name);
    return again ? spool() : dup(STDIN_FILENO);
}

static int tell(const struct input *input, const char *reason)
{
    fprintf(stderr, "pfxlog: can not read %s: %s\n", input->name, reason);
    return -1;
}

struct input *input_open(const char *name, bool again, struct input_dates dates)
{
    bool standard = name == NULL || strcmp(name, "-") == 0;
    struct input *input = calloc(1, sizeof(*input));
    int descriptor;

    if (input == NULL) {
        fprintf(stderr, "pfxlog: out of memory\n");
        return NULL;
    }
    input->name = standard ? stdin_name : name;
    input->dates = dates;
    errno = 0;
    descriptor = standard ? open_stdin(again) : open(name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        tell(input, strerror(errno));
    else if ((input->lines = lines_open(descriptor)) == NULL)
        tell(input, "out of memory");
    if (input->lines == NULL)
        input_close(&input);
    return input;
}

/* Finds out what kind of file it is, and of which year. */
static bool begin(struct input *input)
{
    struct pfx_slice text;

    input->begun = true;
    years_begin(&input->years, input->dates.now, input->dates.year);
    if (!lines_peek(input->lines, &text))
        return false;
    if (journal_is_export(text) && input->journal == NULL)
        return (input->journal = journal_open()) != NULL;
    years_learn(&input->years, text);
    if (input->years.old && !input->years.known && !input->told)
        fprintf(stderr,
                "pfxlog: %s: its times have no year, the latest that fits is taken; see "
                "--year\n",
                input->name);
    input->told = true;
    return true;
}

int input_next(struct input *input, struct input_line *line_r)
{
    struct pfx_slice line;
    int got = -1;

    if (input->begun || begin(input))
        got = input->journal != NULL ? journal_next(input->journal, input->lines, &line)
                                     : lines_next(input->lines, &line);
    if (got < 0) {
        const char *reason = lines_reason(input->lines);

        return tell(input, *reason != '\0' ? reason : "out of memory");
    }
    if (got > 0)
        *line_r = (struct input_line){line.text, line.length, years_received(&input->years, line)};
    return got;
}

void input_rewind(struct input *input)
{
    lines_rewind(input->lines); /* where it fails, reading tells */
    input->begun = false;
}

void input_close(struct input **input)
{
    struct input *old = *input;

    *input = NULL;
    if (old == NULL)
        return;
    lines_close(&old->lines);
    journal_close(&old->journal);
    free(old);
}
