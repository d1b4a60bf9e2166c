/* SPDX-License-Identifier: Apache-2.0 */
/* Reading log files; see input.h. */
#include "input.h"
#include "people/terminal.h"
#include "reading/command.h"
#include "reading/journal.h"
#include "reading/lines.h"
#include "reading/years.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct input {
    const char *name;
    struct lines *lines;
    struct journal *journal; /* NULL: it is none */
    struct command *command; /* journalctl, while it runs */
    struct input_dates dates;
    struct years years;
    bool begun, told; /* of the year */
    bool file;        /* a regular one, */
    dev_t device;     /* which is this one */
    ino_t inode;
    const char *reason;
};

#define FIELDS_OF_JOURNAL                                                                          \
    "--output-fields=MESSAGE,_HOSTNAME,SYSLOG_IDENTIFIER,_PID,SYSLOG_PID,"                         \
    "_SOURCE_REALTIME_TIMESTAMP"

static int tell(const struct input *input, const char *reason)
{
    terminal_say("can not read %s: %s", input->name, reason);
    return -1;
}

/* Copies what can be read once to a file that can be read twice, and closes it; -1 on failure, with
 * the reason in errno. */
static int spool(int descriptor)
{
    FILE *file = tmpfile();
    char room[65536];
    ssize_t got = -1;
    int copy = -1, reason;

    while (file != NULL && (got = read(descriptor, room, sizeof(room))) != 0) {
        if (got < 0 ? errno != EINTR : fwrite(room, 1, (size_t)got, file) != (size_t)got)
            break;
    }
    if (file != NULL && got == 0 && fflush(file) == 0 && fseek(file, 0, SEEK_SET) == 0)
        copy = dup(fileno(file));
    reason = errno;
    if (file != NULL)
        fclose(file);
    close(descriptor);
    errno = reason;
    return copy;
}

/* An argument for journalctl says which lines: ours are not needed. */
static bool selects(const char *argument)
{
    static const char *const options[] = {"-u",          "-t",           "--unit",
                                          "--user-unit", "--identifier", "--facility"};

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); ++i) {
        if (strncmp(argument, options[i], strlen(options[i])) == 0)
            return true;
    }
    return argument[0] != '-' && strchr(argument, '=') != NULL;
}

/* Arguments that choose the lines of some products, from argument[count] on, and NULL; room is for
 * their texts. False when memory ran out. */
static bool add_units(const char *products, const char **argument, int count, char **room_r)
{
    const char *name = products != NULL ? products : "postfix";
    char *at = *room_r = malloc(strlen(name) * sizeof("--unit=*") + sizeof("--unit=*"));

    if (at == NULL)
        return false;
    if (strcmp(name, "all") == 0) {
        argument[count++] = "SYSLOG_FACILITY=2"; /* mail */
        return true;
    }
    while (*name != '\0') {
        size_t length = strcspn(name, ",");

        argument[count++] = at;
        at += sprintf(at, "--unit=%.*s*", (int)length, name) + 1;
        name += length + (name[length] == ',');
    }
    return true;
}

/* The output of journalctl; as open(). */
static int open_journal(struct input *input, const struct sources *sources)
{
    size_t products = sources->products != NULL ? strlen(sources->products) : 0;
    const char **argument = calloc((size_t)sources->count + products + 8, sizeof(*argument));
    char since[48], until[48], *room = NULL;
    int count = 0, descriptor = -1;
    bool selected = false;

    if (argument == NULL)
        return -1;
    argument[count++] = "journalctl";
    argument[count++] = "--output=export";
    argument[count++] = FIELDS_OF_JOURNAL;
    snprintf(since, sizeof(since), "--since=@%" PRId64, sources->since);
    snprintf(until, sizeof(until), "--until=@%" PRId64, sources->until);
    if (sources->since != INT64_MIN)
        argument[count++] = since;
    if (sources->until != INT64_MAX)
        argument[count++] = until;
    for (int i = 0; i < sources->count; ++i) {
        selected |= selects(sources->name[i]);
        argument[count++] = sources->name[i];
    }
    if (selected || add_units(sources->products, argument, count, &room))
        input->command = command_open((char *const *)argument, &descriptor);
    count = errno;
    free(argument);
    free(room);
    errno = count;
    return descriptor;
}

bool input_end_journal(struct command **command, bool stop)
{
    char *said, *line, *rest = NULL;
    int status;

    if (*command == NULL)
        return true;
    if (stop)
        command_stop(*command);
    status = command_close(command, &said);
    for (line = said != NULL ? strtok_r(said, "\n", &rest) : NULL; line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        terminal_say("journalctl: %s", line);
    free(said);
    if (stop || status == 0)
        return true;
    terminal_say("journalctl failed, its exit status is %d", status);
    return false;
}

static int open_stdin(void)
{
    if (isatty(STDIN_FILENO))
        terminal_say("reads standard input; Ctrl-D ends it");
    return dup(STDIN_FILENO);
}

/* A file, which is no directory; as open(). */
static int open_file(const char *name)
{
    int descriptor = open(name, O_RDONLY | O_CLOEXEC);
    struct stat status;

    if (descriptor < 0 || fstat(descriptor, &status) < 0 || !S_ISDIR(status.st_mode))
        return descriptor;
    close(descriptor);
    errno = EISDIR;
    return -1;
}

int input_count(const struct sources *sources)
{
    return sources->journal || sources->count == 0 ? 1 : sources->count;
}

struct input *input_open(const struct sources *sources, int number, bool again)
{
    struct input *input = calloc(1, sizeof(*input));
    const char *name = sources->count > 0 ? sources->name[number] : "-";
    bool standard = strcmp(name, "-") == 0;
    struct stat status;
    int descriptor;

    if (input == NULL) {
        terminal_say("out of memory");
        return NULL;
    }
    input->name = sources->journal ? "the journal" : standard ? "standard input" : name;
    input->dates = sources->dates;
    descriptor = sources->journal ? open_journal(input, sources)
                 : standard       ? open_stdin()
                                  : open_file(name);
    if (again && descriptor >= 0 &&
        (sources->journal || standard || lseek(descriptor, 0, SEEK_CUR) < 0))
        descriptor = spool(descriptor);
    if (descriptor >= 0 && fstat(descriptor, &status) == 0) {
        input->file = S_ISREG(status.st_mode);
        input->device = status.st_dev;
        input->inode = status.st_ino;
    }
    if (descriptor < 0)
        tell(input, strerror(errno));
    else if ((input->lines = lines_open(descriptor)) == NULL)
        tell(input, "out of memory");
    if (input->lines == NULL || (again && !input_end_journal(&input->command, false)))
        input_close(&input);
    return input;
}

bool input_is_file(const struct input *input)
{
    return input->file;
}

bool input_is_same(const struct input *input, const struct input *other)
{
    return input->file && other->file && input->device == other->device &&
           input->inode == other->inode;
}

const char *input_name(const struct input *input)
{
    return input->name;
}

/* Finds out what kind of file it is, and of which year. */
static bool begin(struct input *input)
{
    struct pfx_slice text;

    input->begun = true;
    years_begin(&input->years, input->dates.now, input->dates.year);
    if (!lines_peek(input->lines, &text))
        return false;
    if (pfx_slice_starts(text, PFX_SLICE("LPKSHHRH"))) {
        input->reason = "a journal's own file; try --journal -- --file=FILE";
        return false;
    }
    if (pfx_slice_starts(text, PFX_SLICE("-- No entries --\n"))) /* of journalctl */
        return lines_next(input->lines, &text) > 0;
    if (journal_is_export(text) && input->journal == NULL)
        return (input->journal = journal_open()) != NULL;
    years_learn(&input->years, text);
    if (input->years.old && !input->years.known && !input->told)
        terminal_say("%s: its times have no year, the latest that fits is taken; see --year",
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
        const char *reason = input->reason != NULL ? input->reason : lines_reason(input->lines);

        return tell(input, *reason != '\0' ? reason : "out of memory");
    }
    if (got == 0)
        return input_end_journal(&input->command, false) ? 0 : -1;
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
    if (old->command != NULL) { /* that is not at its end: what it says of that is of no interest */
        char *said;

        command_close(&old->command, &said);
        free(said);
    }
    journal_close(&old->journal);
    free(old);
}
