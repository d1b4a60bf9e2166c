/* SPDX-License-Identifier: Apache-2.0 */
/* Exported journals; see journal.h. A field is NAME=TEXT, or, where the text is binary, NAME alone,
 * its length in eight bytes, the low one first, the text, and the end of the line; a record ends
 * with an empty line (systemd's JOURNAL_EXPORT_FORMATS.md). */
#include "reading/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The fields that are of use. */
enum field { REALTIME, SOURCE_REALTIME, HOST, IDENT, PID, SYSLOG_PID, MESSAGE, FIELDS };

static const struct pfx_slice names[FIELDS] = {
    [REALTIME] = {"__REALTIME_TIMESTAMP", 20},
    [SOURCE_REALTIME] = {"_SOURCE_REALTIME_TIMESTAMP", 26},
    [HOST] = {"_HOSTNAME", 9},
    [IDENT] = {"SYSLOG_IDENTIFIER", 17},
    [PID] = {"_PID", 4},
    [SYSLOG_PID] = {"SYSLOG_PID", 10},
    [MESSAGE] = {"MESSAGE", 7},
};

struct journal {
    char *field[FIELDS]; /* of the record; NULL: it has none */
    char *line;
};

bool journal_is_export(struct pfx_slice text)
{
    return pfx_slice_starts(text, PFX_SLICE("__CURSOR="));
}

struct journal *journal_open(void)
{
    return calloc(1, sizeof(struct journal));
}

static void forget(struct journal *journal)
{
    for (int i = 0; i < FIELDS; ++i) {
        free(journal->field[i]);
        journal->field[i] = NULL;
    }
}

/* Keeps a field if it is one of those; a text of several lines becomes one. */
static bool keep(struct journal *journal, struct pfx_slice name, struct pfx_slice text)
{
    char *copy;

    for (int i = 0; i < FIELDS; ++i) {
        if (!pfx_slice_equal(name, names[i]) || journal->field[i] != NULL)
            continue;
        copy = malloc(text.length + 1);
        if (copy == NULL)
            return false;
        for (size_t at = 0; at < text.length; ++at)
            copy[at] = text.text[at] == '\n' ? ' ' : text.text[at] == '\0' ? '?' : text.text[at];
        copy[text.length] = '\0';
        journal->field[i] = copy;
    }
    return true;
}

/* A field whose name is in line. 1, 0 or -1 as lines_next(). */
static int take_binary(struct journal *journal, struct lines *lines, struct pfx_slice line)
{
    char name[32];
    struct pfx_slice bytes;
    uint64_t length = 0;
    int got;

    snprintf(name, sizeof(name), "%.*s", (int)(line.length < 31 ? line.length : 31), line.text);
    if ((got = lines_bytes(lines, 8, &bytes)) <= 0)
        return got;
    for (int i = 7; i >= 0; --i)
        length = length << 8 | (unsigned char)bytes.text[i];
    if (length > SIZE_MAX / 4)
        return 0;
    if ((got = lines_bytes(lines, (size_t)length + 1, &bytes)) <= 0)
        return got;
    --bytes.length;
    return keep(journal, pfx_slice_of(name), bytes) ? 1 : -1;
}

static int take_field(struct journal *journal, struct lines *lines, struct pfx_slice line)
{
    ptrdiff_t equals = pfx_slice_find(line, PFX_SLICE("="));

    if (equals < 0)
        return take_binary(journal, lines, line);
    return keep(journal, pfx_slice_until(line, (size_t)equals),
                pfx_slice_from(line, (size_t)equals + 1))
               ? 1
               : -1;
}

static const char *text_of(const struct journal *journal, enum field one, enum field other)
{
    const char *text = journal->field[one] != NULL ? journal->field[one] : journal->field[other];

    return text != NULL ? text : "";
}

/* "1762333203.123456 mx1 postfix/smtpd[134]: connect ..." */
static bool write_line(struct journal *journal, struct pfx_slice *line_r)
{
    const char *time = text_of(journal, SOURCE_REALTIME, REALTIME);
    const char *pid = text_of(journal, SYSLOG_PID, PID);
    int seconds = strlen(time) > 6 ? (int)strlen(time) - 6 : 0, length;

    free(journal->line);
    length =
        asprintf(&journal->line, "%.*s%s%s%s%s %s%s%s%s: %s", seconds, time, seconds > 0 ? "." : "",
                 time + seconds, seconds > 0 ? " " : "", text_of(journal, HOST, HOST),
                 text_of(journal, IDENT, IDENT), *pid != '\0' ? "[" : "", pid,
                 *pid != '\0' ? "]" : "", text_of(journal, MESSAGE, MESSAGE));
    if (length < 0)
        journal->line = NULL;
    else
        *line_r = (struct pfx_slice){journal->line, (size_t)length};
    return length >= 0;
}

int journal_next(struct journal *journal, struct lines *lines, struct pfx_slice *line_r)
{
    struct pfx_slice line;
    bool any = false;
    int got;

    forget(journal);
    while ((got = lines_next(lines, &line)) > 0 && (line.length > 0 || !any)) {
        if (line.length == 0)
            continue;
        any = true;
        if ((got = take_field(journal, lines, line)) <= 0)
            break;
    }
    if (got < 0 || !any)
        return got < 0 ? -1 : 0;
    return write_line(journal, line_r) ? 1 : -1;
}

void journal_close(struct journal **journal)
{
    struct journal *old = *journal;

    *journal = NULL;
    if (old == NULL)
        return;
    forget(old);
    free(old->line);
    free(old);
}
