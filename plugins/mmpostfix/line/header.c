/* SPDX-License-Identifier: Apache-2.0 */
/* Headers; see header.h.
 *
 * A header is a row of parts up to a tag. The table of parts says where each may stand and where
 * the line is after it; a new form is a row, and a function unless it is a word of a known kind.
 */
#include "line/header.h"
#include "line/program.h"
#include "line/stamp.h"
#include "line/word.h"
#include "line/wrapping.h"

/* No header has more parts, blanks and quotes among them. */
#define PARTS_MAX 24

/* Where a line can be. */
enum place {
    FRONT = 1,    /* nothing but wrapping was read */
    BARE = 2,     /* a host without a time */
    DATED = 4,    /* a time */
    NAMED = 8,    /* a time and a host */
    RELAYED = 16, /* and another host */
    END = 32
};

struct reader {
    struct pfx_slice rest, word; /* word: the one at the front of rest */
    struct pfx_time received;
    struct pfx_header *header;
    enum place place;
    bool ctime; /* a stamp that is followed by no host */
    char quote; /* '\0': none */
};

static void skip(struct reader *reader, size_t length)
{
    reader->rest = pfx_word_skip_blanks(pfx_slice_from(reader->rest, length));
}

static bool is_one_of(struct pfx_slice word, const char *const *words)
{
    for (; *words != NULL; ++words) {
        if (pfx_slice_equal(word, pfx_slice_of(*words)))
            return true;
    }
    return false;
}

static bool take_wrapping(struct reader *reader)
{
    return pfx_wrapping_take(&reader->rest, reader->received, &reader->quote);
}

/* "<22>"; "<mail.info>" and "<2.6>" of FreeBSD's syslogd -v and -vv */
static bool take_priority(struct reader *reader)
{
    ptrdiff_t close = pfx_slice_find(pfx_slice_until(reader->rest, 20), PFX_SLICE(">"));

    if (close < 2)
        return false;
    for (ptrdiff_t i = 1; i < close; ++i) {
        char c = reader->rest.text[i];

        if ((c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '.')
            return false;
    }
    skip(reader, (size_t)close + 1);
    return true;
}

static bool take_stamp(struct reader *reader)
{
    struct pfx_stamp stamp;

    if (!pfx_stamp_take(&reader->rest, reader->received, &stamp))
        return false;
    reader->received = stamp.time; /* dates another stamp, which was written before */
    reader->header->has_time = true;
    reader->header->time = stamp.time;
    reader->header->guessed = stamp.guessed;
    reader->ctime = stamp.ctime;
    return true;
}

/* "stdout F " of CRI */
static bool take_stream(struct reader *reader)
{
    static const char *const streams[] = {"stdout", "stderr", NULL};
    static const char *const parts[] = {"F", "P", NULL};
    struct pfx_slice after = reader->rest;

    if (!is_one_of(pfx_word_take(&after), streams) || !is_one_of(pfx_word_take(&after), parts))
        return false;
    reader->rest = after;
    return true;
}

/* "INFO" where a host would stand, "[INFO]" */
static bool take_severity(struct reader *reader)
{
    static const char *const words[] = {"INFO",  "NOTICE",    "WARNING", "WARN",     "ERROR",
                                        "ERR",   "DEBUG",     "FATAL",   "CRITICAL", "CRIT",
                                        "ALERT", "EMERGENCY", "EMERG",   "PANIC",    NULL};
    struct pfx_slice word = reader->word;

    if (pfx_slice_starts(word, PFX_SLICE("[")) && pfx_slice_ends(word, PFX_SLICE("]")))
        word = (struct pfx_slice){word.text + 1, word.length - 2};
    if (!is_one_of(word, words))
        return false;
    skip(reader, reader->word.length);
    return true;
}

/* "mail.info" of BusyBox, "mail:info" of AIX. Where a host is due it may be one: there is a domain
 * "info". */
static bool take_facility(struct reader *reader)
{
    static const char *const facilities[] = {
        "mail",   "user",   "daemon", "syslog", "kern",   "auth",   "local0",   "local1",
        "local2", "local3", "local4", "local5", "local6", "local7", "authpriv", NULL};
    static const char *const severities[] = {"info",  "notice", "warn",  "warning",
                                             "err",   "error",  "debug", "crit",
                                             "alert", "emerg",  "panic", NULL};
    struct pfx_slice word = reader->word;
    size_t length = 0;

    if (reader->place == DATED && !reader->ctime)
        return false;
    while (length < word.length && word.text[length] != '.' && word.text[length] != ':')
        ++length;
    if (!is_one_of(pfx_slice_until(word, length), facilities) ||
        !is_one_of(pfx_slice_from(word, length + 1), severities))
        return false;
    skip(reader, word.length);
    return true;
}

/* "Message forwarded from mx1: " of AIX */
static bool take_forwarded(struct reader *reader)
{
    static const struct pfx_slice front = {"Message forwarded from ", 23};
    struct pfx_slice rest = pfx_slice_from(reader->rest, front.length), word;

    if (!pfx_slice_starts(reader->rest, front))
        return false;
    word = pfx_word_take(&rest);
    if (word.length < 2 || !pfx_slice_ends(word, PFX_SLICE(":")))
        return false;
    reader->header->host = pfx_slice_until(word, word.length - 1);
    reader->rest = rest;
    return true;
}

/* A word that ends in a colon, or a name with a slash that was cut. */
static bool take_tag(struct reader *reader)
{
    struct pfx_slice word = reader->word;

    if (pfx_slice_ends(word, PFX_SLICE(":"))
            ? word.length < 2 || (pfx_slice_ends(word, PFX_SLICE("::")) && pfx_value_is_ip(word))
            : word.length != PFX_CUT_TAG || pfx_slice_find(word, PFX_SLICE("/")) < 0)
        return false;
    reader->header->tag = word;
    skip(reader, word.length);
    reader->header->text = reader->rest;
    return true;
}

static bool take_host(struct reader *reader)
{
    struct pfx_slice word = reader->word;

    if (word.length == 0 || memchr("<>\"'=;,({|`", word.text[0], 11) != NULL)
        return false;
    reader->header->host = word;
    skip(reader, word.length);
    return true;
}

/* The structured data of RFC 5424 at the start of *s: "-" or "[id key="value"]...". */
static bool skip_structured_data(struct pfx_slice *s)
{
    size_t at = 0;
    bool quoted = false;

    if (pfx_slice_starts(*s, PFX_SLICE("-"))) {
        pfx_word_take(s);
        return true;
    }
    if (!pfx_slice_starts(*s, PFX_SLICE("[")))
        return false;
    for (; at < s->length; ++at) {
        char c = s->text[at];

        if (c == '\\' && quoted)
            ++at;
        else if (c == '"')
            quoted = !quoted;
        else if (c == ' ' && !quoted && s->text[at - 1] == ']')
            break;
    }
    *s = pfx_slice_from(*s, at + 1);
    return true;
}

/* "1 TIME HOST APP PROCID MSGID SD [BOM]TEXT", the rest of RFC 5424 after the <PRI> */
static bool take_rfc5424(struct reader *reader)
{
    struct pfx_header header = {0};
    struct pfx_slice line = reader->rest;
    struct pfx_stamp stamp;

    if (!pfx_slice_equal(pfx_word_take(&line), PFX_SLICE("1")))
        return false;
    header.has_time =
        line.length > 10 && line.text[4] == '-' && pfx_stamp_take(&line, reader->received, &stamp);
    if (header.has_time)
        header.time = stamp.time;
    else if (!pfx_slice_equal(pfx_word_take(&line), PFX_SLICE("-")))
        return false;
    header.host = pfx_word_take(&line);
    header.tag = pfx_word_take(&line);
    header.pid = pfx_word_take(&line);
    pfx_word_take(&line);
    if (!skip_structured_data(&line))
        return false;
    if (pfx_slice_equal(header.host, PFX_SLICE("-")))
        header.host.length = 0;
    if (pfx_slice_equal(header.pid, PFX_SLICE("-")))
        header.pid.length = 0;
    header.text =
        pfx_slice_starts(line, PFX_SLICE("\xef\xbb\xbf")) ? pfx_slice_from(line, 3) : line;
    *reader->header = header;
    return true;
}

#define STAY 0 /* the place stays as it is */

/* The first one that fits where the line is. An ordinary header needs the last four. */
static const struct part {
    const char *begin; /* what it begins with: one of these bytes */
    unsigned places;   /* where it may stand */
    enum place then;
    bool (*take)(struct reader *reader);
} parts[] = {
    {" \t\xc2\xef>\"'`\033#", FRONT, STAY, take_wrapping},
    {"<", FRONT | DATED | NAMED, STAY, take_priority},
    {"1", FRONT, END, take_rfc5424},
    {"s", DATED, STAY, take_stream},
    {"M", NAMED, NAMED, take_forwarded},
    {"[INWEDFCAP", FRONT | DATED | NAMED, STAY, take_severity},
    {"mudskal", DATED | NAMED, STAY, take_facility},
    {NULL, FRONT | DATED | NAMED, DATED, take_stamp},
    {NULL, FRONT, STAY, take_wrapping},
    {NULL, FRONT | BARE | DATED | NAMED | RELAYED, END, take_tag},
    {NULL, FRONT, BARE, take_host},
    {NULL, DATED, NAMED, take_host},
    {NULL, NAMED, RELAYED, take_host},
};

static bool take_part(struct reader *reader)
{
    char c = reader->rest.text[0];

    reader->word = pfx_word_of(reader->rest);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); ++i) {
        const struct part *part = &parts[i];

        if ((part->places & reader->place) == 0 ||
            (part->begin != NULL && (c == '\0' || strchr(part->begin, c) == NULL)) ||
            !part->take(reader))
            continue;
        if (part->then != STAY)
            reader->place = part->then;
        return true;
    }
    return false;
}

bool pfx_header_parse(struct pfx_slice line, struct pfx_time received, struct pfx_header *header_r)
{
    struct pfx_header header = {0};
    struct reader reader = {.rest = line, .received = received, .header = &header, .place = FRONT};

    for (int i = 0; i < PARTS_MAX && reader.place != END; ++i) {
        if (reader.rest.length == 0 || !take_part(&reader))
            return false;
    }
    if (reader.place != END)
        return false;
    if (reader.quote != '\0' && header.text.length > 0 &&
        header.text.text[header.text.length - 1] == reader.quote)
        --header.text.length;
    *header_r = header;
    return true;
}
